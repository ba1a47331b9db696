"""The figures of the documentation against a metrics file that a test has written."""

import shutil
from pathlib import Path

from tools.deps import ROOT
from tools.figures import figures


def pages_without_source(root: Path, name: str) -> list[str]:
    """Copy the pages beside metrics/ and correct their figures; return the figures of a metrics file that have no source."""
    shutil.copytree(ROOT / "docs", root / "docs")
    own = [figure.report() for figure in figures(root, write=True) if f"metrics/{name}.json" in figure.fault]
    after = {figure.report() for figure in figures(root) if not figure.fault}
    return own + sorted(after - {""})
