"""Train the yardstick and all listed generators on prepared sounds, generators side by side, and write them."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from artinv.core.provenance import made_by, versions
from artinv.digits import adversarial, training, yardstick
from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import TrainParams
from artinv.digits.generators import Kind, Model
from artinv.digits.metrics import Features
from artinv.digits.results import YardstickScores
from artinv.digits.sounds import Clips, load
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.words import NAMES
from artinv.digits.yardstick import YardstickParams
from artinv.runtime.parallel import imap

Settings = tuple[AutoencoderParams, FlowParams, AdversarialParams]
"""Parameters of the three ways to train a generator."""


def fit_yardstick(folder: Path, params: YardstickParams, path: Path) -> YardstickScores:
    """Train the yardstick, write it, and score it on the test sounds."""
    train, test = load(folder, "train"), load(folder, "test")
    judge, trained = yardstick.fit(train, load(folder, "valid"), params, path.with_suffix(".state"))
    judge.save(path)
    features = judge.judge(test.sound())
    stamp = made_by({**versions(), "seed": params.seed})
    return YardstickScores(
        test.origin, stamp, judge.mark, len(train), len(test), *by_group(features, test), len(trained.curve), trained.parameters)


def by_group(features: Features, test: Clips) -> tuple[float, dict[str, float], dict[str, float]]:
    """Return the share of recognized sounds: of all, by speaker, by digit."""
    right = features.probabilities.argmax(1) == test.digits
    speakers = {str(name): float(right[test.speakers == name].mean()) for name in sorted(set(test.speakers.tolist()))}
    digits = {NAMES[digit]: float(right[test.digits == digit].mean()) for digit in np.unique(test.digits)}
    return float(right.mean()), speakers, digits


def fit_all(folder: Path, models: Path, params: TrainParams, settings: Settings, workers: int = 0) -> dict[str, dict[str, float]]:
    """Train the listed generators in parallel, write each to `models`, and return what the metrics file says about each.

    An interrupted training resumes from a file beside `models`: DVC removes that folder, an output, before the next run.
    """
    work = partial(_fit, folder, models, settings)
    return dict(zip(params.models, imap(work, params.models, workers), strict=True))


def _fit(folder: Path, models: Path, settings: Settings, kind: Kind) -> dict[str, float]:
    torch.set_num_threads(1)
    model, facts = fit(kind, load(folder, "train"), load(folder, "valid"), settings, models.parent / f".{kind}.state")
    model.save(models / f"{kind}.safetensors")
    return facts


def fit(
    kind: Kind, train: Clips, valid: Clips, settings: Settings, state: Path | None = None,
) -> tuple[Model, dict[str, float]]:
    """Train one generator, and return it with facts about its training.

    With `state`, an interrupted training resumes from that file, that of `flow` only while its autoencoder is trained.
    """
    coding, flow, contest = settings
    if kind in ("cvae", "flow"):
        if kind == "cvae":
            model, trained = training.fit_vae(train, valid, coding, state)
        else:
            model, trained = training.fit_flow(train, valid, coding, flow, state)
        facts = trained.facts
    else:
        model, end = adversarial.fit(kind, train, contest, state)
        facts = {"steps": contest.steps, "gap": end.gap, "slope": end.slope, "inconsistency": end.inconsistency}
    return model, facts | {"parameters": sum(value.numel() for value in model.sampler.parameters())}
