"""Predict a split's test set and judge: against the baselines, by intervals, and by what adapting to the speaker is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from artinv.adapt import AdaptParams, adapt, can_adapt
from artinv.calibration import errors
from artinv.channels import CHANNELS
from artinv.dataset import load, load_stats
from artinv.evaluate import EvaluateParams, Result, evaluate, measure
from artinv.intervals import Errors, Interval, Width
from artinv.metrics import ADAPTED, METRICS, mean_over
from artinv.normalize import Stats, average
from artinv.predict import Inverter
from artinv.provenance import versions
from artinv.splits import Split, speakers_of
from artinv.utterance import Frames


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


def score(split: Split, inverters: Mapping[str, Inverter], params: ScoreParams) -> Score:
    """Predict the test set and measure; `inverters` are named as `predict.FILES` names them."""
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
    if split.split == "indep":
        parts = {frames.part for frames in truths}
        if "test" in parts:
            more["test_part"] = _of_test_part(truths, predictions["model"], stats, blind, params.evaluate)
        if can_adapt(inverter) and "train" in parts and len(parts) > 1:
            more["adapted"] = curve(inverter, truths, stats[split.test_speaker], blind, params)
    return Score(replace(result, scores=result.scores | more), truths, predictions["model"], stats, found)


def _of_test_part(
    truths: Sequence[Frames], motions: Sequence[np.ndarray], stats: Mapping[str, Stats], blind: tuple[np.ndarray, np.ndarray],
    params: EvaluateParams,
) -> dict:
    """The means over those utterances alone that `unseen_text` leaves to test on, so that both can be compared."""
    chosen = [(frames, motion) for frames, motion in zip(truths, motions, strict=True) if frames.part == "test"]
    line = measure(*zip(*chosen, strict=True), stats, blind, params)
    return {metric: mean_over(line.means[metric], metric) for metric in METRICS} | {"utterances": len(chosen)}


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
        line = measure(rest, motions, {rest[0].person: stats}, usual, params.evaluate)
        points[str(number)] = {metric: mean_over(line.means[metric], metric) for metric in ADAPTED} | {"utterances": len(known)}
    return points
