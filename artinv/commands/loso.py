"""Print the scores of leave one speaker out, as measured by the last `make loso`.

The scores are read from metrics/loso_details.json in this folder. docs/protocol.md explains them.
"""

import argparse

from artinv.commands import table_of


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.data.splits import SETTINGS
    from artinv.evaluate.loso import CSV, DETAILS, JSON
    from artinv.show.results.tables import loso_table

    places = [JSON, DETAILS, CSV, "plots/loso"]
    print(table_of(DETAILS, "make loso", SETTINGS, lambda summary: loso_table(summary, places)))
