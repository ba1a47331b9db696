"""All HTML pages that the project makes, for tests that hold for each of them.

A new kind of page gets a function here that writes one example with toy content into a folder, and an entry in `PAGES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from artinv.core.records import Label
from artinv.factors import training
from artinv.factors.training import Run
from artinv.live.model import load
from artinv.show import digits as digits_page
from artinv.show.factors import page as factors_page
from artinv.show.live import page as live_page
from artinv.show.report import page as report_page
from artinv.show.view import page as view_page
from tests.support import coded, toy_digits
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


def _live(folder: Path) -> Path:
    (folder / "live.html").write_text(live_page.render(load()), encoding="utf-8")
    return folder / "live.html"


def _factors(folder: Path) -> Path:
    made = training.fit(Run("blobs", "betavae", "mlp"), coded.blobs(size=20), coded.fit_params(epochs=1))[0]
    (folder / "factors.html").write_text(factors_page.page(made, range(3), ["a", "b", "c"], None, 2.0), encoding="utf-8")
    return folder / "factors.html"


def _digits(folder: Path) -> Path:
    (folder / "digits.html").write_text(digits_page.page({"test set": toy_digits.clips(1).sound()}, "synthetic"), encoding="utf-8")
    return folder / "digits.html"


PAGES = {"report": Kind(_report), "view": Kind(_view, marked=True), "view of two takes": Kind(_takes, marked=True),
         "live": Kind(_live, marked=True), "factors": Kind(_factors), "digits": Kind(_digits)}
"""The kinds of pages by name."""

BUILT = sorted(path for path in (ROOT / "site").glob("**/*.html") if path.name != "index.html")
"""Pages of the documentation, where `make docs` has built them; the first one only leads to another."""
