"""Measured and predicted motion of the test set -> every number that is reported, with baselines and intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.core.files import write_json, write_text
from artinv.core.ids import SpeakerId
from artinv.core.records import Frames
from artinv.data.normalize import Stats
from artinv.evaluate.results import MODEL, PREDICTORS, TRIVIAL, Amount, CommonPart, Counts, Estimate, FoldScores, Run, Scores
from artinv.measure import metrics
from artinv.measure.bootstrap import interval, resample
from artinv.measure.metrics import AVERAGES, METRICS, mean_over
from artinv.runtime.errors import BadData, reason
from artinv.runtime.params import Params

SCORES, DETAILS = Path("metrics/scores.json"), Path("metrics/details.json")
UTTERANCES, ARTICULATORS = Path("metrics/utterances.csv"), Path("plots/articulators.csv")


class EvaluateParams(Params):
    """Bootstrap intervals, and how many examples are drawn."""

    section: ClassVar[str] = "evaluate"
    draws: int = Field(ge=100)  # bootstrap draws of an interval
    seed: int = Field(ge=0)  # of the draws
    examples: int = Field(ge=1, le=6)  # test utterances that are drawn, from weak to strong


@dataclass(frozen=True, slots=True)
class Line:
    """One predictor on the test set; every array by metric."""

    values: dict[str, np.ndarray]  # (utterances, 18)
    means: dict[str, np.ndarray]  # (18,) average over utterances
    pooled: dict[str, np.ndarray]  # (18,) over all frames at once
    low: dict[str, np.ndarray]  # (19,) lower ends of the 95 % intervals of `means`, and last of their mean; of AVERAGES that are
    high: dict[str, np.ndarray]  # (19,) upper ends      no metric themselves (1,), of the mean alone


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one test set, and the tables that go with them."""

    scores: FoldScores
    articulators: pd.DataFrame  # a row per available articulator and a last row `mean`
    utterances: pd.DataFrame  # a row per test utterance

    def save(self, root: Path | str = ".") -> None:
        """Write the headline for `dvc metrics`, and everything."""
        write_json(Path(root) / SCORES, self.scores.headline)
        self.scores.write(Path(root) / DETAILS)
        write_text(Path(root) / ARTICULATORS, self.articulators.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
        write_text(Path(root) / UTTERANCES, self.utterances.to_csv(index=False, float_format="%.3f", lineterminator="\n"))

    @classmethod
    def load(cls, root: Path | str = ".") -> Self:
        """Read what `save` wrote, rounded as it is there."""
        scores = FoldScores.read(Path(root) / DETAILS, "dvc repro")
        try:
            return cls(scores, *(pd.read_csv(Path(root) / path) for path in (ARTICULATORS, UTTERANCES)))
        except (OSError, ValueError) as error:
            raise BadData(f"{Path(root) / ARTICULATORS}: cannot be read ({reason(error)}); run `dvc repro`") from None


def evaluate(
    truths: Sequence[Frames], predictions: Mapping[str, Sequence[np.ndarray]], stats: Mapping[SpeakerId, Stats],
    blind: tuple[np.ndarray, np.ndarray], *, run: Run, params: EvaluateParams,
) -> Evaluation:
    """Score the predictions of every predictor, and the speaker's mean beside them.

    `truths` and `predictions` are z-scores; `stats` by `corpus/speaker`; `blind` the (mean, std) averaged over the training
    speakers; `run` the facts that are written beside the numbers.
    """
    if not truths:
        raise BadData("there is no test utterance to evaluate; choose another split or test_speaker")
    everything = {**predictions, TRIVIAL: [np.zeros_like(frames.motion) for frames in truths]}
    for line, motions in predictions.items():
        _check(line, truths, motions)
    lines = {line: measure(truths, motions, stats, blind, params) for line, motions in everything.items()}
    constant = np.stack([metrics.still(frames.motion) for frames in truths])
    tested = _tested(truths)
    counts = Counts(
        tested.utterances, tested.sentences, frames=sum(len(frames.motion) for frames in truths), constant=int(constant.sum()),
        articulators=int(_available(lines).sum()),
    )
    scored = {name: _scores(lines[name]) for name in PREDICTORS if name in lines}
    scores = FoldScores(run, counts, scored, _common(truths, lines, params))
    return Evaluation(scores, _articulators(lines, constant), _utterances(truths, lines))


def measure(
    truths: Sequence[Frames], motions: Sequence[np.ndarray], stats: Mapping[SpeakerId, Stats],
    blind: tuple[np.ndarray, np.ndarray], params: EvaluateParams,
) -> Line:
    """All metrics of one predictor."""
    rows: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
    for frames, motion in zip(truths, motions, strict=True):
        own = stats[frames.person]
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
    return Line(values, means, pooled, *_intervals(values, [frames.sentence for frames in truths], params))


def _intervals(values: Mapping[str, np.ndarray], sentences: Sequence[str], params: EvaluateParams) -> tuple[dict, dict]:
    """Lower and upper ends as in `Line`, over sentences: all takes of a sentence are drawn together."""
    low, high = {}, {}
    drawn = resample(np.concatenate([values[metric] for metric in METRICS], axis=1), params.draws, params.seed, sentences)
    draws = dict(zip(METRICS, np.split(drawn, len(METRICS), axis=1), strict=True))
    for name, metric in AVERAGES.items():
        columns = [draws[metric]] if name == metric else []
        samples = np.column_stack([*columns, mean_over(draws[metric], name)])
        low[name], high[name] = interval(samples, len(set(sentences)))
    return low, high


def _common(truths: Sequence[Frames], lines: Mapping[str, Line], params: EvaluateParams) -> CommonPart | None:
    """Score every predictor on the utterances of the test part alone; None where there are none."""
    rows = [at for at, frames in enumerate(truths) if frames.part == "test"]
    if not rows:
        return None
    chosen, predictors = [truths[at] for at in rows], {}
    for name in (name for name in PREDICTORS if name in lines):
        values = {metric: lines[name].values[metric][rows] for metric in METRICS}
        low, high = _intervals(values, [frames.sentence for frames in chosen], params)
        predictors[name] = {
            mean: Estimate(float(mean_over(metrics.average(values[metric]), mean)), float(low[mean][-1]), float(high[mean][-1]))
            for mean, metric in AVERAGES.items()
        }
    return CommonPart(_tested(chosen), predictors)


def _tested(truths: Sequence[Frames]) -> Amount:
    return Amount(len(truths), len({frames.sentence for frames in truths}))


def examples(result: Evaluation, number: int) -> list[int]:
    """Positions of test utterances from weak to strong: the middles of `number` equal classes of their Pearson."""
    order = result.utterances["pearson"].fillna(-1).argsort(kind="stable").to_numpy()
    return list(dict.fromkeys(int(order[int((rank + 0.5) * len(order) / number)]) for rank in range(number)))


def label(origin: str) -> str:
    """The origin of the data, in the words that stand on every table and picture."""
    words = {"synthetic": "SYNTHETIC data", "mixed": "partly SYNTHETIC data", "real": "real data"}
    return words.get(origin, "data of unknown origin")


def _check(line: str, truths: Sequence[Frames], motions: Sequence[np.ndarray]) -> None:
    if len(truths) != len(motions):
        raise BadData(f"{line}: {len(motions)} predictions for {len(truths)} test utterances; delete the model and run `dvc repro`")
    for frames, motion in zip(truths, motions, strict=True):
        if motion.shape != frames.motion.shape or not np.isfinite(motion).all():
            raise BadData(f"{frames.id}: prediction of '{line}' is not {frames.motion.shape} finite numbers; train the model anew")


def _pool(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """RMSE over all frames from the RMSE of the utterances and their numbers of frames."""
    squares = np.where(count > 0, np.square(values) * count, 0)
    total = count.sum(axis=0)
    return np.sqrt(np.divide(squares.sum(axis=0), total, out=np.full(len(total), np.nan), where=total > 0))


def _available(lines: Mapping[str, Line]) -> np.ndarray:
    return np.isfinite(lines[TRIVIAL].means["rmse_z"])


def _scores(line: Line) -> Scores:
    means = {
        mean: Estimate(float(mean_over(line.means[metric], mean)), float(line.low[mean][-1]), float(line.high[mean][-1]),
                       float(mean_over(line.pooled[metric], mean)))
        for mean, metric in AVERAGES.items()
    }
    trajectories = {
        metric: {channel: float(value) for channel, value in zip(CHANNELS, line.means[metric], strict=True) if np.isfinite(value)}
        for metric in METRICS
    }
    return Scores(means, trajectories)


def _articulators(lines: Mapping[str, Line], constant: np.ndarray) -> pd.DataFrame:
    columns: dict[str, list[str] | np.ndarray] = {"articulator": [*CHANNELS, "mean"]}
    for name, line in lines.items():
        for metric in METRICS:
            stem = metric if name == MODEL else f"{name}_{metric}"
            columns[stem] = np.append(line.means[metric], mean_over(line.means[metric], metric))
            columns[f"{stem}_low"], columns[f"{stem}_high"] = line.low[metric], line.high[metric]
    columns["constant"] = np.append(constant.sum(axis=0), constant.sum())
    return pd.DataFrame(columns)[np.append(_available(lines), True)].reset_index(drop=True)


def _utterances(truths: Sequence[Frames], lines: Mapping[str, Line]) -> pd.DataFrame:
    columns = {"id": [frames.id for frames in truths], "frames": [len(frames.motion) for frames in truths]}
    for name, line in lines.items():
        for metric in METRICS:
            columns[metric if name == MODEL else f"{name}.{metric}"] = mean_over(line.values[metric], metric)
    for metric in ("pearson", "rmse_mm"):
        for at in np.flatnonzero(_available(lines)):
            columns[f"{metric}.{CHANNELS[at]}"] = lines[MODEL].values[metric][:, at]
    return pd.DataFrame(columns)
