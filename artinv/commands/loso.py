"""Print the table of the last `make loso`."""

import argparse

from artinv.commands import result


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.folds import CSV, DETAILS, JSON
    from artinv.tables import loso_table

    print(loso_table(result(DETAILS, "make loso"), [JSON, DETAILS, CSV, "plots/loso"]))
