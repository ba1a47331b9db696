"""Print the table of the last `dvc repro`."""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.errors import believed
    from artinv.evaluate import ARTICULATORS, DETAILS, SCORES, UTTERANCES, Result
    from artinv.tables import fold_table

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    result = Result.load()
    with believed(f"{DETAILS} or {ARTICULATORS}", "make repro"):
        text = fold_table(result, [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures])
    print(text)
