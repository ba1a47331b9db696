"""Print the table of the last `dvc repro`."""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.evaluate import ARTICULATORS, DETAILS, SCORES, UTTERANCES, Result
    from artinv.tables import fold_table

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    print(fold_table(Result.load(), [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures]))
