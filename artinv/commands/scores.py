"""Print the scores on the test set, articulator by articulator, as the last `make repro` left them.

They are read from metrics/ and plots/ of this folder. docs/protocol.md says how they are taken.
"""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(_: argparse.Namespace) -> None:
    """Read metrics/, print."""
    from artinv.evaluate.scores import ARTICULATORS, DETAILS, SCORES, UTTERANCES, Evaluation
    from artinv.runtime.errors import believed
    from artinv.show.results.tables import fold_table

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    result = Evaluation.load()
    with believed(f"{DETAILS} or {ARTICULATORS}", "make repro"):
        text = fold_table(result, [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures])
    print(text)
