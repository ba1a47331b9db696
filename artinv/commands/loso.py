"""Print the table of the last `make loso`."""

import argparse

from artinv.commands import told


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.folds import CSV, DETAILS, JSON
    from artinv.splits import SETTINGS
    from artinv.tables import loso_table

    places = [JSON, DETAILS, CSV, "plots/loso"]
    print(told(DETAILS, "make loso", SETTINGS, lambda summary: loso_table(summary, places)))
