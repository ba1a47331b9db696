"""Scores of a test set: measured and predicted motion -> all metrics, with baselines and bootstrap intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.core.files import write_json, write_text
from artinv.core.ids import SpeakerId
from artinv.core.records import Frames
from artinv.core.workspace import Workspace
from artinv.data.stats import Stats
from artinv.evaluate.results import (
    MODEL,
    PREDICTORS,
    TRIVIAL,
    Amount,
    CommonPart,
    Counts,
    Estimate,
    FoldScores,
    PredictorScores,
    ScoredRun,
)
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.measure.metrics import AVERAGES, METRICS, mean_over
from artinv.runtime.errors import BadData, reason
from artinv.runtime.params import Params


class EvaluateParams(Params):
    """Parameters of bootstrap intervals, and the number of example plots."""

    section: ClassVar[str] = "evaluate"
    draws: int = Field(ge=100)  # bootstrap samples per interval
    seed: int = Field(ge=0)  # of the bootstrap
    examples: int = Field(ge=1, le=6)  # test utterances to plot, from low to high Pearson


@dataclass(frozen=True, slots=True)
class Measured:
    """Scores of one predictor on the test set; every array by metric.

    `low` and `high` are the ends of the 95 % intervals of `means`, followed by those of their mean over channels. For AVERAGES that
    are not in METRICS they hold the mean over channels alone, as (1,).
    """

    values: dict[str, np.ndarray]  # (utterances, 18)
    means: dict[str, np.ndarray]  # (18,) average over utterances
    pooled: dict[str, np.ndarray]  # (18,) over all frames at once
    low: dict[str, np.ndarray]  # (19,) or (1,)
    high: dict[str, np.ndarray]  # (19,) or (1,)


@dataclass(frozen=True, slots=True)
class ScoreTables:
    """Scores of one test set, with tables by articulator and by utterance."""

    scores: FoldScores
    articulators: pd.DataFrame  # a row per measured articulator, and a last row `mean`
    utterances: pd.DataFrame  # a row per test utterance

    def save(self, workspace: Workspace) -> None:
        """Write the headline for `dvc metrics`, the details and both tables."""
        write_json(workspace.scores, self.scores.headline)
        self.scores.write(workspace.details)
        write_text(workspace.articulators, self.articulators.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
        write_text(workspace.utterances, self.utterances.to_csv(index=False, float_format="%.3f", lineterminator="\n"))

    @classmethod
    def load(cls, workspace: Workspace) -> Self:
        """Read the files that `save` wrote; their numbers are rounded."""
        scores = FoldScores.read(workspace.details, "dvc repro")
        try:
            return cls(scores, *(pd.read_csv(path) for path in (workspace.articulators, workspace.utterances)))
        except (OSError, ValueError) as error:
            raise BadData(f"{workspace.articulators}: cannot be read ({reason(error)}); run `dvc repro`") from None


def evaluate(
    truths: Sequence[Frames], predictions: Mapping[str, Sequence[np.ndarray]], stats: Mapping[SpeakerId, Stats],
    blind: tuple[np.ndarray, np.ndarray], *, run: ScoredRun, params: EvaluateParams,
) -> ScoreTables:
    """Score every predictor in `predictions`, and the speaker's mean as a baseline.

    `truths` and `predictions` are z-scores, `stats` is by `corpus/speaker`, `blind` is the (mean, std) averaged over the training
    speakers, and `run` holds the facts that are saved with the scores.
    """
    if not truths:
        raise BadData("no test utterance to evaluate; choose another split or test_speaker")
    everything = {**predictions, TRIVIAL: [np.zeros_like(frames.motion) for frames in truths]}
    for name, motions in predictions.items():
        _check(name, truths, motions)
    measured = {name: measure(truths, motions, stats, blind, params) for name, motions in everything.items()}
    constant = np.stack([metrics.is_constant(frames.motion) for frames in truths])
    tested = _tested(truths)
    counts = Counts(
        tested.utterances, tested.sentences, frames=sum(len(frames.motion) for frames in truths), constant=int(constant.sum()),
        articulators=int(_available(measured).sum()),
    )
    scored = {name: _scores(measured[name]) for name in PREDICTORS if name in measured}
    scores = FoldScores(run, counts, scored, _common(truths, measured, params))
    return ScoreTables(scores, _articulators(measured, constant), _utterances(truths, measured))


def measure(
    truths: Sequence[Frames], motions: Sequence[np.ndarray], stats: Mapping[SpeakerId, Stats],
    blind: tuple[np.ndarray, np.ndarray], params: EvaluateParams,
) -> Measured:
    """Compute all metrics of one predictor."""
    rows: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
    for frames, motion in zip(truths, motions, strict=True):
        own = stats[frames.speaker_id]
        rows["pearson"].append(metrics.pearson(frames.motion, motion))
        rows["rmse_z"].append(metrics.rmse(frames.motion, motion))
        rows["rmse_mm"].append(metrics.rmse_mm(frames.motion, motion, own.motion_std))
        pair = own.mean_of(frames.name), own.motion_std
        rows["rmse_mm_blind"].append(metrics.rmse_mm_blind(frames.motion, motion, pair, blind))
    values = {metric: np.stack(row) for metric, row in rows.items()}
    count = np.stack([np.isfinite(frames.motion).sum(axis=0) for frames in truths])
    pooled = {metric: _pool(values[metric], count) for metric in METRICS[1:]}
    pooled["pearson"] = metrics.pearson(np.concatenate([frames.motion for frames in truths]), np.concatenate(motions))
    means = {metric: metrics.average(values[metric]) for metric in METRICS}
    return Measured(values, means, pooled, *_intervals(values, [frames.sentence for frames in truths], params))


def _intervals(values: Mapping[str, np.ndarray], sentences: Sequence[str], params: EvaluateParams) -> tuple[dict, dict]:
    """Return `low` and `high` of `Measured`. The bootstrap draws sentences, with all takes of each."""
    low, high = {}, {}
    drawn = resample(np.concatenate([values[metric] for metric in METRICS], axis=1), params.draws, params.seed, sentences)
    draws = dict(zip(METRICS, np.split(drawn, len(METRICS), axis=1), strict=True))
    for name, metric in AVERAGES.items():
        columns = [draws[metric]] if name == metric else []
        samples = np.column_stack([*columns, mean_over(draws[metric], name)])
        low[name], high[name] = interval(samples, len(set(sentences)))
    return low, high


def _common(truths: Sequence[Frames], measured: Mapping[str, Measured], params: EvaluateParams) -> CommonPart | None:
    """Score every predictor on the utterances of the test part alone; None if there are none."""
    rows = [at for at, frames in enumerate(truths) if frames.part == "test"]
    if not rows:
        return None
    chosen, predictors = [truths[at] for at in rows], {}
    for name in (name for name in PREDICTORS if name in measured):
        values = {metric: measured[name].values[metric][rows] for metric in METRICS}
        low, high = _intervals(values, [frames.sentence for frames in chosen], params)
        predictors[name] = {
            mean: Estimate(float(mean_over(metrics.average(values[metric]), mean)), float(low[mean][-1]), float(high[mean][-1]))
            for mean, metric in AVERAGES.items()
        }
    return CommonPart(_tested(chosen), predictors)


def _tested(truths: Sequence[Frames]) -> Amount:
    return Amount(len(truths), len({frames.sentence for frames in truths}))


def examples(result: ScoreTables, number: int) -> list[int]:
    """Return the indices of `number` test utterances from low to high Pearson: the middle one of each quantile class."""
    order = result.utterances["pearson"].fillna(-1).argsort(kind="stable").to_numpy()
    return list(dict.fromkeys(int(order[int((rank + 0.5) * len(order) / number)]) for rank in range(number)))


def origin_label(origin: str, phones: str | None = None) -> str:
    """Return the origin of the data, and the source of the phones that were known beside the sound, as tables and plots show it."""
    words = {"synthetic": "SYNTHETIC data", "mixed": "partly SYNTHETIC data", "real": "real data"}
    return words.get(origin, "data of unknown origin") + (f", phones: {phones}" if phones else "")


def _check(name: str, truths: Sequence[Frames], motions: Sequence[np.ndarray]) -> None:
    if len(truths) != len(motions):
        raise BadData(f"{name}: {len(motions)} predictions for {len(truths)} test utterances; delete the model and run `dvc repro`")
    for frames, motion in zip(truths, motions, strict=True):
        if motion.shape != frames.motion.shape or not np.isfinite(motion).all():
            raise BadData(f"{frames.id}: prediction of '{name}' is not {frames.motion.shape} finite numbers; retrain the model")


def _pool(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return the RMSE over all frames, from the RMSE and the number of frames of each utterance."""
    squares = np.where(count > 0, np.square(values) * count, 0)
    total = count.sum(axis=0)
    return np.sqrt(np.divide(squares.sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0))


def _available(measured: Mapping[str, Measured]) -> np.ndarray:
    return np.isfinite(measured[TRIVIAL].means["rmse_z"])


def _scores(own: Measured) -> PredictorScores:
    means = {
        mean: Estimate(float(mean_over(own.means[metric], mean)), float(own.low[mean][-1]), float(own.high[mean][-1]),
                       float(mean_over(own.pooled[metric], mean)))
        for mean, metric in AVERAGES.items()
    }
    trajectories = {
        metric: {channel: float(value) for channel, value in zip(CHANNELS, own.means[metric], strict=True) if np.isfinite(value)}
        for metric in METRICS
    }
    return PredictorScores(means, trajectories)


def _articulators(predictors: Mapping[str, Measured], constant: np.ndarray) -> pd.DataFrame:
    columns: dict[str, list[str] | np.ndarray] = {"articulator": [*CHANNELS, "mean"]}
    for name, measured in predictors.items():
        for metric in METRICS:
            stem = metric if name == MODEL else f"{name}_{metric}"
            columns[stem] = np.append(measured.means[metric], mean_over(measured.means[metric], metric))
            columns[f"{stem}_low"], columns[f"{stem}_high"] = measured.low[metric], measured.high[metric]
    columns["constant"] = np.append(constant.sum(axis=0), constant.sum())
    return pd.DataFrame(columns)[np.append(_available(predictors), True)].reset_index(drop=True)


def _utterances(truths: Sequence[Frames], predictors: Mapping[str, Measured]) -> pd.DataFrame:
    columns = {"id": [frames.id for frames in truths], "frames": [len(frames.motion) for frames in truths]}
    for name, measured in predictors.items():
        for metric in METRICS:
            columns[metric if name == MODEL else f"{name}.{metric}"] = mean_over(measured.values[metric], metric)
    for metric in ("pearson", "rmse_mm"):
        for at in np.flatnonzero(_available(predictors)):
            columns[f"{metric}.{CHANNELS[at]}"] = predictors[MODEL].values[metric][:, at]
    return pd.DataFrame(columns)
