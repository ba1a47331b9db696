"""Print the scores on the test set by articulator, as last measured in this project.

The scores are read from metrics/ and plots/ in this folder. docs/protocol.md explains them.
"""

import argparse

from artinv.commands import present
from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace, workspace: Workspace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.scores import ScoreTables
    from artinv.runtime.errors import expected_content
    from artinv.show.results.tables import fold_table

    tables = [workspace.scores, workspace.details, workspace.utterances, workspace.articulators]
    pictures = [workspace.articulators_plot, workspace.trajectories_plot]
    result = ScoreTables.load(workspace)
    with expected_content(f"{workspace.details} or {workspace.articulators}", "make repro"):
        text = fold_table(result, present(*tables, *pictures))
    print(text)
