"""Scores of autoencoders as they are written to metrics/factors, and their table."""

from collections.abc import Mapping
from dataclasses import dataclass

from artinv.core.text import aligned
from artinv.core.typed import Figure, Result
from artinv.factors.disentanglement import Scores
from artinv.factors.disentanglement.metrics import NAMES
from artinv.factors.layers.results import Spread

JOB = "make factors"


@dataclass(frozen=True, slots=True)
class ModelScores:
    """Scores of one training."""

    seed: int
    mse: Figure  # mean squared error of the pixels of test images, 0 to 1
    active: int  # latents that hold more than 0.01 nats
    divergence: Figure  # nats, KL of the latents, mean over test images
    metrics: Scores  # of the means of the latents, over all images


@dataclass(frozen=True, slots=True)
class RunScores:
    """The trainings of one run, and the spread of their figures."""

    data: str
    model: str
    network: str
    trainings: list[ModelScores]
    spreads: dict[str, Spread]  # mse, active, divergence, and the names of `NAMES`

    @classmethod
    def of(cls, names: tuple[str, str, str], trainings: list[ModelScores]) -> "RunScores":
        """Summarize trainings."""
        spreads = {name: Spread.of([getattr(each, name) for each in trainings]) for name in ("mse", "active", "divergence")}
        spreads |= {name: Spread.of([getattr(each.metrics, name) for each in trainings]) for name in NAMES}
        return cls(*names, trainings, spreads)


@dataclass(frozen=True, slots=True)
class FactorScores(Result):
    """The scores of all runs."""

    origin: str  # synthetic, real or mixed
    made_by: str
    seeds: list[int]
    origins: dict[str, str]  # by set: synthetic or real
    images: dict[str, int]  # by set
    factors: dict[str, list[str]]  # by set
    runs: dict[str, RunScores]  # by SET/MODEL/NETWORK


def table(scores: FactorScores) -> str:
    """Return the table that a run prints: medians and ranges over seeds."""
    rows = [["set", "model", "network", "MSE", "active", *NAMES.values()]]
    for run in scores.runs.values():
        own: Mapping[str, Spread] = run.spreads
        cells = [own["mse"].text(4), own["active"].text(0), *(own[name].text(2) for name in NAMES)]
        rows.append([run.data, run.model, run.network, *cells])
    images = ", ".join(f"{count} {name} ({scores.origins[name].upper()})" for name, count in scores.images.items())
    head = f"images {images}; seeds {', '.join(map(str, scores.seeds))}"
    return "\n".join([f"{head}: median [least, greatest] over seeds", *aligned(rows, left=3)])
