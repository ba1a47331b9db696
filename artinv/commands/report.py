"""Make one HTML page of all results.

The page is made from metrics/, plots/ and dvc.lock only; missing results are listed as missing. docs/report.md explains it.
"""

import argparse
from pathlib import Path

from artinv.commands import output


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="folder of metrics/ and plots/; default: this folder")
    parser.add_argument("-o", "--out", type=Path, default=Path("reports/index.html"), metavar="OUT.html",
                        help="page to write; default: %(default)s")


def run(options: argparse.Namespace) -> None:
    """Read the results, write the page, print its path."""
    from artinv.show.report import page

    output(options.out, *options.folder.glob("metrics/*"), *options.folder.glob("plots/*"), kind=b"<!doctype html>")
    print(page.summary(page.write(options.folder, options.out), options.out))
