"""Print the scores of leave one speaker out, as last measured in this project.

The scores are read from metrics/loso_details.json in this folder. docs/protocol.md explains them.
"""

import argparse

from artinv.commands import present
from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace, workspace: Workspace) -> None:
    """Read metrics/ and print the table."""
    from artinv.evaluate.results import LosoSummary
    from artinv.runtime.errors import expected_content
    from artinv.show.results.tables import loso_table

    summary = LosoSummary.read(workspace.loso_details, "make loso")
    places = present(workspace.loso_scores, workspace.loso_details, workspace.loso_table, workspace.loso_plots)
    with expected_content(workspace.loso_details, "make loso"):
        text = loso_table(summary, places)
    print(text)
