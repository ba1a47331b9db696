"""Processor time of training one fold of leave one speaker out, as `python -m benchmarks.folds` writes it to metrics/cost.json."""

from collections.abc import Mapping
from dataclasses import dataclass

from artinv.core.typed import Figure, Result
from artinv.show.report.sources import NAMES, Sources

FILE, JOB = NAMES.metrics / "cost.json", "python -m benchmarks.folds"


@dataclass(frozen=True, slots=True)
class FoldCosts(Result):
    """Processor time of training all models on all speakers except one; the figures differ a little at every run."""

    origin: str  # of the training data
    made_by: str
    machine: str  # processor
    speaker: str  # test speaker of the fold
    cpu_seconds: Mapping[str, Mapping[str, Figure]]  # setting -> model -> s, on one core


def read(sources: Sources) -> FoldCosts | None:
    """Return the costs, or None if they were not measured."""
    return sources.result(FoldCosts, FILE, JOB)
