"""Print the scores of every speaker left out in turn, as the last `make loso` left them.

They are read from metrics/loso_details.json of this folder. docs/protocol.md says how they are taken.
"""

import argparse

from artinv.commands import told


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.data.splits import SETTINGS
    from artinv.evaluate.loso import CSV, DETAILS, JSON
    from artinv.show.results.tables import loso_table

    places = [JSON, DETAILS, CSV, "plots/loso"]
    print(told(DETAILS, "make loso", SETTINGS, lambda summary: loso_table(summary, places)))
