"""Score autoencoders: reconstruction of test images, and metrics of disentanglement over all images."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from artinv.core.provenance import made_by, versions
from artinv.core.records import common_origin
from artinv.factors.disentanglement import Coded, MetricParams, measure
from artinv.factors.model import Disentangler
from artinv.factors.results import FactorScores, ModelScores, RunScores
from artinv.factors.spectra import Images, origin_of
from artinv.factors.training import FitParams, Run
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

HELD = 0.01
"""Mean KL in nats above which a latent is active."""


def evaluate(spectra: Path, models: Path, fit: FitParams, params: MetricParams, workers: int = 0) -> FactorScores:
    """Score all trainings of all runs."""
    jobs = fit.jobs
    made = list(track(imap(partial(_job, spectra, models, params), jobs, workers), "scores", len(jobs)))
    runs = {}
    for name in fit.runs:
        run = Run.of(name)
        own = [scores for (other, _), scores in zip(jobs, made, strict=True) if other == run]
        runs[name] = RunScores.of((run.data, run.model, run.network), own)
    sets = {name: Images.load(spectra / f"{name}.npz") for name in dict.fromkeys(run.data for run in runs.values())}
    return FactorScores(
        common_origin(map(origin_of, sets)), made_by({**versions(), "seed": fit.seed}), list(range(fit.seed, fit.seed + fit.seeds)),
        {name: origin_of(name) for name in sets}, {name: len(images.levels) for name, images in sets.items()},
        {name: [str(factor) for factor in images.names] for name, images in sets.items()}, runs,
    )


def score(made: Disentangler, images: Images, params: MetricParams, seed: int) -> ModelScores:
    """Score one autoencoder."""
    pixels, test = images.values(), images.of("test")
    means, log_variances = made.code(pixels)
    again = torch.from_numpy(made.images(means[test]))
    held = 0.5 * (means[test] ** 2 + np.exp(log_variances[test]) - 1 - log_variances[test])
    return ModelScores(
        seed, float((again - pixels[test]).square().mean()), int((held.mean(0) > HELD).sum()), float(held.sum(1).mean()),
        measure(coded(means, images), params),
    )


def coded(codes: np.ndarray, images: Images) -> Coded:
    """Return codes (N, values) of all images with their factors."""
    return Coded(codes, images.levels.astype(np.int64), tuple(map(str, images.names)), tuple(map(bool, images.ordered)))


def _job(spectra: Path, models: Path, params: MetricParams, job: tuple[Run, int]) -> ModelScores:
    run, seed = job
    return score(Disentangler.load(run.path(models, seed)), Images.load(spectra / f"{run.data}.npz"), params, seed)
