"""Print ABX phone discrimination from motion and from sound, as measured by the last `make abx`.

The figures are read from metrics/abx_details.json in this folder. docs/abx.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.abx.report import DETAILS, HEADLINE, AbxScores, show
    from artinv.runtime.errors import believed

    scores = AbxScores.read(DETAILS, "make abx")
    with believed(DETAILS, "make abx"):
        text = show(scores, [HEADLINE, DETAILS, "data/abx"])
    print(text)
