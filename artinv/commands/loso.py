"""Print the scores of leave one speaker out, as measured by the last `make loso`.

The scores are read from metrics/loso_details.json in this folder. docs/protocol.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.loso import CSV, DETAILS, JSON
    from artinv.evaluate.results import LosoSummary
    from artinv.runtime.errors import expected_content
    from artinv.show.results.tables import loso_table

    summary = LosoSummary.read(DETAILS, "make loso")
    with expected_content(DETAILS, "make loso"):
        text = loso_table(summary, [JSON, DETAILS, CSV, "plots/loso"])
    print(text)
