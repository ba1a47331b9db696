"""Make one HTML page of all results.

The page is made from metrics/, plots/ and dvc.lock only; missing results are listed as missing. docs/report.md explains it.
"""

import argparse
from pathlib import Path

from artinv.commands import in_project, output
from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", nargs="?", type=Path, help="folder of metrics/ and plots/; default: this folder")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.html", help=f"page to write; default: {Workspace().report}")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Read the results, write the page, print its path."""
    from artinv.runtime.errors import BadData
    from artinv.show.html import START

    results, out = Workspace(options.folder or workspace.root), options.out or workspace.report
    if not any(map(Path.is_dir, (results.metrics, results.plots))) and not in_project(results):
        cure = "name the folder of a project, as in `artinv report FOLDER`"
        raise BadData(f"{results.root}: no results in metrics/ or plots/; {cure}")
    output(out, *results.metrics.glob("*"), *results.plots.glob("*"), kind=START.encode())
    from artinv.show.report import page

    print(page.summary(page.write(results.root, out), out))
