"""One experiment: fit the model and ridge regression on a split's train set, score both on its test set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artinv.dataset import load, load_stats
from artinv.evaluate import EvaluateParams, Result, evaluate, versions
from artinv.features import FeatureParams
from artinv.models import ModelParams
from artinv.normalize import Stats, average
from artinv.predict import Inverter
from artinv.splits import Split, speakers_of
from artinv.train import Trained, TrainParams, train
from artinv.utterance import Frames

LINES = {"ridge": "ridge", "inverter": ""}
"""Name of a file in models/ -> the model that it holds; the chosen one where it is empty."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A model that is ready to use, and how it was trained."""

    inverter: Inverter
    trained: Trained

    @property
    def facts(self) -> dict[str, float]:
        """What is tracked of a training."""
        best = self.trained.best
        return {"epochs": len(self.trained.curve), "best_epoch": best.epoch, "train_loss": best.train, "valid_loss": best.valid,
                "parameters": self.trained.parameters}


@dataclass(frozen=True, slots=True)
class Score:
    """The numbers, and what they were made from."""

    result: Result
    truths: Sequence[Frames]
    predictions: Sequence[np.ndarray]
    stats: Mapping[str, Stats]


def fit(split: Split, params: TrainParams, sizes: ModelParams, features: FeatureParams, states: Path) -> dict[str, Fit]:
    """The chosen model and ridge regression by the names of their files; `states` is where interrupted training goes on from."""
    training, valid = load(split.train), load(split.valid)
    mean, std = average(load_stats(speakers_of(split.train)).values())
    fits = {}
    for file, fixed in LINES.items():
        name = fixed or params.model
        own = sizes.sizes(name)
        trained = train(params.model_copy(update={"model": name}), own, training, valid, states / f".{file}.state")
        inverter = Inverter(
            model=name, sizes=own, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=trained.network,
            features=features.model_dump(), statistics={"mean": mean, "std": std},
        )
        fits[file] = Fit(inverter, trained)
    return fits


def score(split: Split, inverters: Mapping[str, Inverter], params: EvaluateParams) -> Score:
    """Predict the test set and measure; `inverters` are named as `fit` names them."""
    truths = load(split.test)
    stats = load_stats(speakers_of(split.test))
    blind = average(load_stats(speakers_of(split.train)).values())
    predictions = {
        "model" if file == "inverter" else file: inverter.predict_many([frames.acoustics for frames in truths])
        for file, inverter in inverters.items()
    }
    run = {
        "origin": split.origin, "split": split.split, "test_speaker": split.test_speaker,
        "unseen_text": split.unseen_text, "model": inverters["inverter"].model, **versions(),
    }
    return Score(evaluate(truths, predictions, stats, blind, run=run, params=params), truths, predictions["model"], stats)
