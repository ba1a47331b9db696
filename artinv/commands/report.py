"""Make one HTML page of all results.

The page is made from metrics/, plots/ and dvc.lock only; missing results are listed as missing. docs/report.md explains it.
"""

import argparse
from pathlib import Path

from artinv.commands import output
from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", nargs="?", type=Path, help="folder of metrics/ and plots/; default: this folder")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT.html", help=f"page to write; default: {Workspace().report}")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Read the results, write the page, print its path."""
    from artinv.show.html import START
    from artinv.show.report import page

    results, out = Workspace(options.folder or workspace.root), options.out or workspace.report
    output(out, *results.metrics.glob("*"), *results.plots.glob("*"), kind=START.encode())
    print(page.summary(page.write(results.root, out), out))
