"""Print the scores of every speaker left out in turn, as the last `make loso` left them.

They are read from metrics/loso_details.json of this folder. docs/protocol.md says how they are taken.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.evaluate.loso import CSV, DETAILS, JSON
    from artinv.evaluate.results import LosoSummary
    from artinv.runtime.errors import believed
    from artinv.show.results.tables import loso_table

    summary = LosoSummary.read(DETAILS, "make loso")
    with believed(DETAILS, "make loso"):
        text = loso_table(summary, [JSON, DETAILS, CSV, "plots/loso"])
    print(text)
