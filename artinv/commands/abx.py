"""Print the table of the last `make abx`."""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.abx.report import DETAILS, HEADLINE, show
    from artinv.commands import told

    print(told(DETAILS, "make abx", ["run"], lambda details: show(details, [HEADLINE, DETAILS, "data/abx"])))
