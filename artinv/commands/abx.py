"""Print ABX phone discrimination from motion and from sound, as last measured in this project.

The figures are read from metrics/abx_details.json in this folder. docs/abx.md explains them.
"""

import argparse

from artinv.commands import present
from artinv.core.workspace import Workspace


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""


def run(_: argparse.Namespace, workspace: Workspace) -> None:
    """Read metrics/ and print the table."""
    from artinv.abx.report import AbxScores, as_text
    from artinv.runtime.errors import expected_content

    scores = AbxScores.read(workspace.abx_details, "make abx")
    with expected_content(workspace.abx_details, "make abx"):
        text = as_text(scores, present(workspace.abx_scores, workspace.abx_details, workspace.abx))
    print(text)
