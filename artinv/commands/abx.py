"""Print how well phones are told apart (ABX) by motion and by sound, as the last `make abx` left it.

It is read from metrics/abx_details.json of this folder. docs/abx.md says what the figures mean.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.abx.report import DETAILS, HEADLINE, AbxScores, show
    from artinv.runtime.errors import believed

    scores = AbxScores.read(DETAILS, "make abx")
    with believed(DETAILS, "make abx"):
        text = show(scores, [HEADLINE, DETAILS, "data/abx"])
    print(text)
