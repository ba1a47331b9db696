"""Print ABX phone discrimination from motion and from sound, as measured by the last `make abx`.

The figures are read from metrics/abx_details.json in this folder. docs/abx.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.abx.report import DETAILS, HEADLINE, AbxScores, as_text
    from artinv.runtime.errors import expected_content

    scores = AbxScores.read(DETAILS, "make abx")
    with expected_content(DETAILS, "make abx"):
        text = as_text(scores, [HEADLINE, DETAILS, "data/abx"])
    print(text)
