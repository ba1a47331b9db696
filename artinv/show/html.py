"""How every page of this project begins: one HTML file that needs nothing else and, by its own policy, lets nothing else in."""

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib import resources


def head(title: str, style: str, script: str = "", more: Sequence[str] = ()) -> str:
    """Up to `</head>`. A browser obeys this style and this script alone; `more` are further rules of the policy."""
    rules = ["default-src 'none'", *([f"script-src {_digest(script)}"] if script else []), f"style-src {_digest(style)}", *more]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>{style}</style>
</head>"""


def part(package: str, name: str) -> str:
    """A text file that lies beside a package's modules."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What a browser compares an element with before it obeys it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
