"""Rules of accessibility, checked by axe-core in the browser of the tests.

axe-core (MPL-2.0, 500 kB) is not in the repository. The tests use the file that the variable AXE_CORE names.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import chromium

SCRIPT = Path(os.environ.get("AXE_CORE", ""))
CURE = "the variable AXE_CORE names no file; CONTRIBUTING.md says how to install axe-core"


@dataclass(frozen=True)
class Medium:
    """Window in which a page is shown."""

    width: int  # pixels
    height: int
    features: dict[str, str] = field(default_factory=dict)  # media features
    opened: bool = True  # details are open


MEDIA = {
    "wide": Medium(1280, 900, opened=False), "narrow": Medium(390, 844),
    "dark": Medium(1280, 900, {"prefers-color-scheme": "dark"}),
}
"""Media in which all rules are checked."""

SIZES = {
    "landscape": Medium(844, 390), "forced colours": Medium(1280, 900, {"forced-colors": "active"}), "small": Medium(320, 640),
}
"""Further media in which only the width is checked; the rules depend on nothing that is new there."""

_RUN = """axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')} ${node.html.slice(0, 120)}`)))"""


def needed(test: pytest.Function) -> pytest.Function:
    """Skip a test where browser or axe-core is missing."""
    return chromium.needed(pytest.mark.skipif(not SCRIPT.is_file(), reason=CURE)(test))


def violations(browser: chromium.Browser, page: Path, medium: Medium, *, marked: bool) -> list[str]:
    """Return one line for each element that violates a rule."""
    shown(browser, page, medium, marked=marked)
    browser.run(SCRIPT.read_text(encoding="utf-8") + "; null")
    return browser.run(_RUN)


def shown(browser: chromium.Browser, page: Path, medium: Medium, *, marked: bool) -> int:
    """Open a page; return its width in pixels, which is greater than that of the window if it must be scrolled sideways."""
    browser.open(page, medium.width, medium.height, calm=True, marked=marked, features=medium.features)
    if medium.opened:
        browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    return browser.run("document.documentElement.scrollWidth")
