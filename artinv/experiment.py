"""One experiment: fit the model and ridge regression on a split's train set, score both on its test set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from artinv import models
from artinv.acoustics import FeatureParams
from artinv.adapt import CURVE, AdaptParams, adapt, can_adapt
from artinv.channels import CHANNELS
from artinv.dataset import load, load_stats
from artinv.evaluate import EvaluateParams, Result, evaluate, measure, versions
from artinv.intervals import Errors, Interval, Width, factors
from artinv.metrics import mean_over
from artinv.models import ModelParams
from artinv.normalize import Stats, average
from artinv.predict import Inverter
from artinv.splits import Split, speakers_of
from artinv.train import Trained, TrainParams, train
from artinv.utterance import Frames
from artinv.warp import Warp


class ExperimentParams(TrainParams):
    """How the model of an experiment is trained; what is not named for several speakers is trained as for one."""

    pooled_epochs: dict[str, Annotated[int, Field(ge=1)]]  # instead of `epochs`, by model, where several speakers are learned from
    warp: float = Field(ge=0, le=0.5)  # vocal tracts are up to this share longer and shorter than in truth, utterance by utterance

    @field_validator("pooled_epochs")
    @classmethod
    def _known(cls, epochs: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(epochs.keys() - set(models.names())):
            raise ValueError(f"unknown model '{unknown[0]}'; expected some of {models.names()}")
        return epochs

    def of_split(self, split: str) -> TrainParams:
        """What holds for one of the settings; an epoch over all speakers is many times as long as one over a single speaker."""
        epochs = self.epochs if split == "spec" else self.pooled_epochs.get(self.model, self.epochs)
        return TrainParams(**self.model_dump(exclude={"pooled_epochs", "warp"}) | {"epochs": epochs})


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
    errors: Mapping[str, Errors]  # of the model on the test speaker: relative to learned and to constant widths


@dataclass(frozen=True, slots=True)
class ScoreParams:
    """How predictions are judged."""

    evaluate: EvaluateParams
    adapt: AdaptParams



def fit(
    split: Split, params: ExperimentParams, sizes: ModelParams, features: FeatureParams, *, level: float, states: Path,
) -> dict[str, Fit]:
    """The chosen model and ridge regression by the names of their files; `states` is where interrupted training goes on from.

    Their intervals hold `level` of the errors on the utterances to validate on.
    """
    training, valid = load(split.train), load(split.valid)
    stats = load_stats(speakers_of(split.train)).values()
    mean, std = average(stats)
    warp = Warp.of(features, np.mean([one.acoustic_std for one in stats], axis=0), params.warp)
    origins = {frames.origin for frames in training}
    origin = origins.pop() if len(origins) == 1 else "mixed"
    provenance = {"origin": origin, "split": split.split, "test_speaker": split.test_speaker, "seed": str(params.seed)}
    fits, chosen = {}, params.of_split(split.split)
    for file, fixed in LINES.items():
        name = fixed or chosen.model
        own = sizes.sizes(name)
        trained = train(chosen.model_copy(update={"model": name}), own, training, valid, states / f".{file}.state", warp=warp)
        inverter = Inverter(
            model=name, sizes=own, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=trained.network,
            features=features.model_dump(), statistics={"mean": mean, "std": std}, provenance=provenance,
        )
        fits[file] = Fit(with_interval(inverter, valid, level), trained)
    return fits


def with_interval(inverter: Inverter, valid: Sequence[Frames], level: float) -> Inverter:
    """The same with margins that hold `level` of its errors on these utterances, each speaker counting once.

    The share is found on other speakers (of one speaker: on other utterances) than the width is learned from, half by half.
    """
    valid = sorted(valid, key=lambda frames: frames.id)
    speakers = list(dict.fromkeys(_speaker(frames) for frames in valid))
    groups = speakers if len(speakers) > 1 else [frames.id for frames in valid]
    half = {group: at % 2 for at, group in enumerate(groups)}
    halves = [[frames for frames in valid if half[_speaker(frames) if len(speakers) > 1 else frames.id] == at] for at in (0, 1)]
    found = []
    for own, others in (halves, halves[::-1]):
        width = _width(inverter, others or own)
        found += [errors(inverter, width, list(frames)) for _, frames in groupby(own, _speaker)]
    interval = Interval(_width(inverter, valid), factors(found, level), level)
    return replace(inverter, statistics=inverter.statistics | interval.arrays())


def _width(inverter: Inverter, known: Sequence[Frames]) -> Width:
    heard = [frames.acoustics for frames in known]
    return Width.fit(heard, inverter.predict_many(heard), [frames.motion for frames in known])


def _speaker(frames: Frames) -> str:
    return f"{frames.corpus}/{frames.speaker}"


def errors(inverter: Inverter, width: Width, truths: Sequence[Frames]) -> Errors:
    """Of one speaker's utterances, relative to a width."""
    predicted = inverter.predict_many([frames.acoustics for frames in truths])
    widths = [width.of(frames.acoustics, motion) for frames, motion in zip(truths, predicted, strict=True)]
    return Errors.of(widths, predicted, [frames.motion for frames in truths])


def score(split: Split, inverters: Mapping[str, Inverter], params: ScoreParams) -> Score:
    """Predict the test set and measure; `inverters` are named as `fit` names them."""
    truths = load(split.test)
    stats = load_stats(speakers_of(split.test))
    blind = average(load_stats(speakers_of(split.train)).values())
    predictions = {
        "model" if file == "inverter" else file: inverter.predict_many([frames.acoustics for frames in truths])
        for file, inverter in inverters.items()
    }
    inverter = inverters["inverter"]
    run = {
        "origin": split.origin, "split": split.split, "test_speaker": split.test_speaker,
        "unseen_text": split.unseen_text, "model": inverter.model, "seed": inverter.provenance.get("seed", ""), **versions(),
    }
    result = evaluate(truths, predictions, stats, blind, run=run, params=params.evaluate)
    more, found = {}, {}
    if interval := Interval.of(inverter.statistics):
        widths = {"learned": interval.width, "constant": Width.constant(inverter.n_in)}
        found = {kind: errors(inverter, width, truths) for kind, width in widths.items()}
        more["intervals"] = _covered(interval, found["learned"])
    if split.split == "indep" and can_adapt(inverter) and any(frames.part != "train" for frames in truths):
        more["adapted"] = curve(inverter, truths, stats[split.test_speaker], blind, params)
    return Score(replace(result, scores=result.scores | more), truths, predictions["model"], stats, found)


def _covered(interval: Interval, found: Errors) -> dict:
    """The share of true values that the model's own intervals hold."""
    shares = found.share(interval.factor)
    articulators = {channel: float(share) for channel, share in zip(CHANNELS, shares, strict=True) if np.isfinite(share)}
    return {"level": interval.level, "coverage": float(np.nanmean(shares)), "articulators": articulators}


def curve(
    inverter: Inverter, truths: Sequence[Frames], stats: Stats, blind: tuple[np.ndarray, np.ndarray], params: ScoreParams,
) -> dict:
    """Scores by number of utterances adapted on: the first ones of the speaker's train part; measured on the other parts."""
    pool = sorted((frames for frames in truths if frames.part == "train"), key=lambda frames: frames.order)
    rest = [frames for frames in truths if frames.part != "train"]
    points = {}
    for number in sorted({0, *params.adapt.utterances}):
        known = [replace(frames, motion=stats.restore(frames).motion) for frames in pool[:number]]
        adapted = adapt(inverter, known, blind, params.adapt)
        motions = adapted.inverter.predict_many([frames.acoustics for frames in rest])
        usual = adapted.mean, adapted.std
        line = measure(rest, motions, {f"{rest[0].corpus}/{rest[0].speaker}": stats}, usual, params.evaluate)
        points[str(number)] = {metric: mean_over(line.means[metric], metric) for metric in CURVE} | {"utterances": len(known)}
    return points
