"""All metrics of a code at once."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from artinv.core.typed import Figure
from artinv.factors.disentanglement.coded import Coded
from artinv.factors.disentanglement.dci import Predictor, dci
from artinv.factors.disentanglement.irs import irs
from artinv.factors.disentanglement.mig import mig
from artinv.factors.disentanglement.sap import sap
from artinv.factors.disentanglement.votes import factor_vae_score
from artinv.runtime.params import ProfileParams

NAMES = {
    "mig": "MIG", "sap": "SAP", "disentanglement": "DCI disentanglement", "completeness": "DCI completeness",
    "informativeness": "DCI informativeness", "factor_vae": "FactorVAE score", "irs": "IRS",
}
"""Fields of `Scores` -> names in tables. All lie between 0 and 1; higher is better."""


class MetricParams(ProfileParams):
    """How the metrics are computed."""

    section: ClassVar[str] = "metrics"
    points: int = Field(ge=100)  # drawn for MIG, FactorVAE score and IRS
    bins: int = Field(ge=2, le=1000)  # of a code value, for MIG
    train: int = Field(ge=50)  # points that predictors are fitted on (SAP, DCI)
    test: int = Field(ge=25)  # points that predictors are scored on
    predictor: Predictor  # of DCI
    trees: int = Field(ge=1)  # of DCI
    votes: int = Field(ge=10)  # of the FactorVAE score
    batch: int = Field(ge=2)  # points of a vote
    prune: float = Field(ge=0, lt=1)  # share of the largest standard deviation below which a code value does not vote
    seed: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics of a code, 0 to 1; means over factors, with the parts of each factor."""

    mig: Figure
    sap: Figure
    disentanglement: Figure
    completeness: Figure
    informativeness: Figure
    factor_vae: Figure
    irs: Figure
    gap_of: dict[str, Figure]  # by factor: its part of MIG
    informativeness_of: dict[str, Figure]  # by factor


def measure(coded: Coded, params: MetricParams) -> Scores:
    """Compute all metrics of a code; equal input gives equal figures."""
    rng = np.random.default_rng(params.seed)
    points = coded.draw(params.points, rng)
    order = rng.permutation(len(coded.codes))
    parts = min(params.train, len(order) * params.train // (params.train + params.test))
    train, test = coded.take(order[:parts]), coded.take(order[parts:parts + params.test])
    gaps, found = mig(points, params.bins), dci(train, test, params.predictor, params.trees, params.seed)
    return Scores(
        float(gaps.mean()), float(sap(train, test).mean()), found.disentanglement, found.completeness,
        float(found.informativeness.mean()), factor_vae_score(points, params.votes, params.batch, params.prune, rng), irs(points),
        dict(zip(coded.names, gaps.tolist(), strict=True)),
        dict(zip(coded.names, found.informativeness.tolist(), strict=True)),
    )
