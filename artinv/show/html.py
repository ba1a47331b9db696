"""Head of every HTML page: self-contained, with a content security policy that blocks all other content."""

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib import resources

START = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"""
"""Beginning of every page of artinv, by which commands recognize a file that they may replace."""


def head(title: str, style: str, script: str = "", more: Sequence[str] = (), sources: Sequence[str] = ()) -> str:
    """Return the page up to `</head>`. The policy allows only this style and script; `more` adds rules to it, `sources` scripts."""
    allowed = " ".join([_digest(script), *sources])
    rules = [*([f"script-src {allowed}"] if script else []), f"style-src {_digest(style)}", *more]
    return f"""{START}; {"; ".join(rules)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{style}</style>
</head>"""


def part(package: str, name: str) -> str:
    """Read a text file from the folder of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the hash by which the policy identifies an element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
