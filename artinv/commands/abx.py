"""Print ABX phone discrimination from motion and from sound, as measured by the last `make abx`.

The figures are read from metrics/abx_details.json in this folder. docs/abx.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.abx.report import DETAILS, HEADLINE, show
    from artinv.commands import table_of

    print(table_of(DETAILS, "make abx", ["run"], lambda details: show(details, [HEADLINE, DETAILS, "data/abx"])))
