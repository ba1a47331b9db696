"""All HTML pages that the project makes, for tests that hold for each of them.

A new kind of page gets a function here that writes one example with toy content into a folder, and an entry in `PAGES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from artinv.core.records import Label
from artinv.show.report import page as report_page
from artinv.show.view import page as view_page
from tests.support import results_for_tests as results
from tests.support.scenes import scene
from tools.deps import ROOT


@dataclass(frozen=True)
class Kind:
    """A kind of page."""

    write: Callable[[Path], Path]  # folder for the example -> its file
    marked: bool = False  # its scripts mark the body when they have finished


def _report(folder: Path) -> Path:
    results.everything(folder)
    report_page.write(folder, folder / "report.html")
    return folder / "report.html"


def _view(folder: Path) -> Path:
    (folder / "view.html").write_text(view_page.render(scene(20.0, notes=("a note",))), encoding="utf-8")
    return folder / "view.html"


def _takes(folder: Path) -> Path:
    slow = (Label("sil", 0.0, 0.6), Label("aa1", 0.6, 2.6), Label("sil", 2.6, 3.0))
    text = view_page.render(scene(measured=None), scene(3.0, measured=None, phones=slow))
    (folder / "takes.html").write_text(text, encoding="utf-8")
    return folder / "takes.html"


PAGES = {"report": Kind(_report), "view": Kind(_view, marked=True), "view of two takes": Kind(_takes, marked=True)}
"""The kinds of pages by name."""

BUILT = sorted(path for path in (ROOT / "site").glob("**/*.html") if path.name != "index.html")
"""Pages of the documentation, where `make docs` has built them; the first one only leads to another."""
