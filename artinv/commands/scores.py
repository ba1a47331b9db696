"""Print the scores on the test set by articulator, as measured by the last `make repro`.

The scores are read from metrics/ and plots/ in this folder. docs/protocol.md explains them.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.scores import ARTICULATORS, DETAILS, SCORES, UTTERANCES, ScoreTables
    from artinv.runtime.errors import expected_content
    from artinv.show.results.tables import fold_table

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    result = ScoreTables.load()
    with expected_content(f"{DETAILS} or {ARTICULATORS}", "make repro"):
        text = fold_table(result, [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures])
    print(text)
