"""Predict a split's test set and score it: against the baselines, interval coverage, and gain from adapting to the speaker."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.ids import SpeakerId
from artinv.core.provenance import versions
from artinv.core.records import Frames
from artinv.data.dataset import Dataset
from artinv.data.normalize import average
from artinv.data.splits import Split, speakers_of
from artinv.data.stats import Stats
from artinv.evaluate.results import AdaptedScores, Amount, FoldCoverage, ScoredRun
from artinv.evaluate.scores import EvaluateParams, ScoreTables, evaluate, measure
from artinv.learn.adapt import AdaptParams, adapt, can_adapt
from artinv.learn.calibration import errors_by_width
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import ErrorHistogram, Interval
from artinv.measure.metrics import ADAPTED, AVERAGES, mean_over


@dataclass(frozen=True, slots=True)
class ScoredSplit:
    """Scores of a split, with the data they were computed from."""

    result: ScoreTables
    truths: Sequence[Frames]
    predictions: Sequence[np.ndarray]
    stats: Mapping[SpeakerId, Stats]
    errors: Mapping[str, ErrorHistogram]  # of the model, relative to learned and to constant widths


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Test set of a split, with the speaker statistics for scoring it."""

    truths: Sequence[Frames]
    stats: Mapping[SpeakerId, Stats]  # of the test speakers
    average: tuple[np.ndarray, np.ndarray]  # (18,) mean and std of the motion, averaged over the training speakers

    @classmethod
    def of(cls, split: Split, data: Dataset) -> Self:
        """Read the test set of a split and the statistics."""
        stats = data.stats(speakers_of(split.test))
        return cls(data.load(split.test), stats, average(data.stats(speakers_of(split.train)).values()))


@dataclass(frozen=True, slots=True)
class ScoreParams:
    """Parameters of evaluation and of adaptation."""

    evaluate: EvaluateParams
    adapt: AdaptParams


def score(split: Split, tested: EvaluationSet, inverters: Mapping[str, Inverter], params: ScoreParams) -> ScoredSplit:
    """Predict the test set and score it; the keys of `inverters` are those of `artinv.learn.inverter.FILES`."""
    truths, stats, blind = tested.truths, tested.stats, tested.average
    predictions = {
        "model" if file == "inverter" else file: inverter.predict_many([frames.acoustics for frames in truths])
        for file, inverter in inverters.items()
    }
    inverter = inverters["inverter"]
    run = ScoredRun(
        origin=split.origin, split=split.split, test_speaker=split.test_speaker, unseen_text=split.unseen_text,
        model=inverter.model, seed=str(inverter.provenance.get("seed", "")), phones=inverter.source or None,
        **versions(),
    )
    result = evaluate(truths, predictions, stats, blind, run=run, params=params.evaluate)
    errors, interval, adapted = errors_by_width(inverter, truths), Interval.of(inverter.statistics), {}
    if split.split == "indep":
        parts = {frames.part for frames in truths}
        if can_adapt(inverter) and "train" in parts and len(parts) > 1:
            adapted = adaptation_curve(inverter, truths, stats[split.test_speaker], blind, params)
    scores = replace(result.scores, intervals=_covered(interval, errors["learned"]) if interval else None, adapted=adapted)
    return ScoredSplit(replace(result, scores=scores), truths, predictions["model"], stats, errors)


def sentences(truths: Sequence[Frames]) -> list[str]:
    """Return a hash of every distinct sentence: comparable between speakers, without publishing the text of the corpus."""
    return sorted({hashlib.sha1(frames.sentence.encode(), usedforsecurity=False).hexdigest()[:12] for frames in truths})


def _covered(interval: Interval, found: ErrorHistogram) -> FoldCoverage:
    """Return the share of true values inside the model's own intervals."""
    shares = found.share(interval.factor)
    articulators = {channel: float(share) for channel, share in zip(CHANNELS, shares, strict=True) if np.isfinite(share)}
    return FoldCoverage(interval.level, float(np.nanmean(shares)), articulators)


def adaptation_curve(
    inverter: Inverter, truths: Sequence[Frames], stats: Stats, blind: tuple[np.ndarray, np.ndarray], params: ScoreParams,
) -> dict[int, AdaptedScores]:
    """Return the scores by number of adaptation utterances, taken from the start of the speaker's train part; 0: unadapted model.

    All points are measured on the same utterances: those of the other parts whose sentences are not in the adaptation set. The
    result is empty if no such utterance exists.
    """
    pool = sorted((frames for frames in truths if frames.part == "train"), key=lambda frames: frames.order)
    said = {frames.sentence for frames in pool[: max(params.adapt.utterances, default=0)]}
    rest = [frames for frames in truths if frames.part != "train" and frames.sentence not in said]
    tested = Amount(len(rest), len({frames.sentence for frames in rest}))
    points: dict[int, AdaptedScores] = {}
    if not rest:
        return points
    for number in sorted({0, *params.adapt.utterances}):
        known = [replace(frames, motion=stats.restore(frames).motion) for frames in pool[:number]]
        adapted = adapt(inverter, known, blind, params.adapt)
        motions = adapted.inverter.predict_many([frames.acoustics for frames in rest])
        scale = adapted.mean, adapted.std
        measured = measure(rest, motions, {rest[0].speaker_id: stats}, scale, params.evaluate)
        means = {metric: float(mean_over(measured.means[AVERAGES[metric]], metric)) for metric in ADAPTED}
        points[number] = AdaptedScores(len(known), tested, means)
    return points
