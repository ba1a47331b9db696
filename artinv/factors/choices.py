"""Check of the parameters of the pipeline `factors`, pipelines/factors/params.yaml, as a whole before any stage runs."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from artinv.factors.disentanglement import MetricParams
from artinv.factors.spectra import SOUNDS, SetParams, factors_of
from artinv.factors.training import FitParams, Run
from artinv.runtime.errors import BadParams, expected
from artinv.runtime.params import ProfileParams, check_profiles


class TraverseParams(ProfileParams):
    """How latents are moved one by one."""

    section: ClassVar[str] = "traverse"
    model: str  # MODEL/NETWORK whose first training is shown, for each set that it is trained on
    reach: float = Field(gt=0, le=6)  # largest value of a latent, in standard deviations of its prior
    steps: int = Field(ge=3, le=50)  # values of each latent


SECTIONS: tuple[type[ProfileParams], ...] = (SetParams, FitParams, MetricParams, TraverseParams)


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    check_profiles(path, SECTIONS, _check_profile)


def _check_profile(sets: SetParams, fit: FitParams, _: MetricParams, traverse: TraverseParams) -> None:
    highest = sets.lowest * 2 ** ((sets.bins - 1) / sets.per_octave)
    if highest > sets.transform["rate"] / 2:
        limit = f"expected below {sets.transform['rate'] / 2:.0f}"
        raise BadParams(f"data.bins: the last bin is at {highest:.0f} Hz, {limit}; lower bins or raise per_octave")
    for name in fit.runs:
        run = Run.of(name)
        if run.data not in sets.sets:
            raise BadParams(f"train.runs: '{name}' needs a set that data.sets does not name; {expected(run.data, sets.sets)}")
        if run.model == "adagvae" and run.data not in SOUNDS:
            raise BadParams(f"train.runs: '{name}' needs pairs that differ in one of several factors; take one of {list(SOUNDS)}")
    if traverse.model not in {name.partition("/")[2] for name in fit.runs}:
        known = sorted({name.partition("/")[2] for name in fit.runs})
        raise BadParams(f"traverse.model: '{traverse.model}' is not trained; {expected(traverse.model, known)}")
    if not traverse.model.endswith("/mlp"):
        raise BadParams(f"traverse.model: the page of '{traverse.model}' cannot be made; take a run of the network mlp")
    for name in set(sets.sets) & set(SOUNDS):
        total = int(np.prod([float(each.levels) for each in factors_of(name, sets)]))
        if sets.count == 0 and total > 2_000_000:
            raise BadParams(f"data.count: the grid of '{name}' has {total} sounds; set count to a number of them")
