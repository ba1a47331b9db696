"""Make one HTML page of all results that there are.

It is made from metrics/, plots/ and dvc.lock alone; what is not there is left out and named. docs/report.md explains it.
"""

import argparse
from pathlib import Path

from artinv.commands import output


def add(parser: argparse.ArgumentParser) -> None:
    """From where, to where."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="holds metrics/ and plots/; default: this one")
    parser.add_argument("-o", "--out", type=Path, default=Path("reports/index.html"), metavar="OUT.html",
                        help="page to write; default: %(default)s")


def run(options: argparse.Namespace) -> None:
    """Read, render, say where it lies."""
    from artinv.show.report import page

    output(options.out, *options.folder.glob("metrics/*"), *options.folder.glob("plots/*"), kind=b"<!doctype html>")
    print(page.told(page.write(options.folder, options.out), options.out))
