"""Print how well phones are told apart (ABX) by motion and by sound, as the last `make abx` left it.

It is read from metrics/abx_details.json of this folder. docs/abx.md says what the figures mean.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.abx.report import DETAILS, HEADLINE, show
    from artinv.commands import told

    print(told(DETAILS, "make abx", ["run"], lambda details: show(details, [HEADLINE, DETAILS, "data/abx"])))
