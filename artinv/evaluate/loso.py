"""Leave-one-speaker-out summary: fold scores -> a table of speakers by articulators, means and 95 % intervals over speakers."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from artinv.core.channels import CHANNELS, IN_COILS
from artinv.core.files import write_json, write_text
from artinv.core.workspace import Workspace
from artinv.data.groups import check
from artinv.data.splits import SETTINGS
from artinv.evaluate.calibration_groups import CalibrationGroups, calibrated_coverage, own_coverage
from artinv.evaluate.results import (
    MODEL,
    PREDICTORS,
    AdaptedSummary,
    CommonCounts,
    Difference,
    Estimate,
    FoldScores,
    Gain,
    LosoSummary,
    ModelSummary,
    OverSpeakers,
    SummaryCounts,
    SummaryRun,
    Training,
)
from artinv.evaluate.scores import EvaluateParams
from artinv.learn import models
from artinv.measure.bootstrap import interval, resample
from artinv.measure.metrics import ADAPTED, AVERAGES, COILS, METRICS, average
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params

KEYS = ["split", "model", "line", "metric", "corpus", "speaker"]
VALUES = ["mean", *CHANNELS]
MEANS = ("mean", "low", "high")
"""Names, in the column `speaker`, of the rows that summarize all speakers."""


class LosoParams(Params):
    """The list of folds: runs by test speakers."""

    section: ClassVar[str] = "loso"
    runs: list[str] = Field(min_length=1)  # setting-model
    speakers: list[str] = Field(min_length=1)  # test speakers
    calibrated: str  # model whose intervals are calibrated on speakers it was not trained on
    strangers: list[str]  # groups of speakers; that model is trained once without each group

    @field_validator("runs")
    @classmethod
    def _known(cls, runs: list[str]) -> list[str]:
        for setting, _, model in (run.partition("-") for run in runs):
            if setting not in SETTINGS or model not in models.names():
                raise ValueError(f"expected one of {list(SETTINGS)}, a dash and one of {models.names()}")
        return runs

    def calibration(self, folder: Path) -> CalibrationGroups:
        """Read the errors on all groups from a folder; raise BadParams if a test speaker shares no group with another speaker."""
        check(self.speakers, self.strangers)
        return CalibrationGroups.read(self.calibrated, self.strangers, folder)

    def read(self, folder: Path) -> list[FoldScores]:
        """Read the scores of the listed folds; other files in the folder are ignored."""
        return [FoldScores.read(folder / run / f"{name}.json", "make loso") for run in self.runs for name in self.speakers]


def write(
    folds: Sequence[FoldScores], params: EvaluateParams, workspace: Workspace, calibration: CalibrationGroups | None = None,
) -> LosoSummary:
    """Write the headline for `dvc metrics`, the summary and the table; return the summary."""
    summary = summarise(folds, params, calibration)
    write_json(workspace.loso_scores, summary.headline)
    summary.write(workspace.loso_details)
    rows = with_means(tidy(folds), params)
    write_text(workspace.loso_table, rows.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
    return summary


def tidy(folds: Sequence[FoldScores]) -> pd.DataFrame:
    """Return a row per split, model, predictor, metric and test speaker: the mean and, by column, each articulator in it."""
    _check(folds)
    rows = []
    for fold in folds:
        run = fold.run
        for name, scores in fold.predictors.items():
            for mean, metric in AVERAGES.items():
                keys = [run.setting, run.model, name, mean, run.test_speaker.partition("/")[0], run.test_speaker]
                channels = scores.trajectories[metric]
                values = [channels.get(channel) if channel else None for channel in _averaged(mean)]
                rows.append([*keys, scores.means[mean].mean, *values])
    table = pd.DataFrame(rows, columns=[*KEYS, *VALUES]).astype(dict.fromkeys(VALUES, float))
    for column, order in (("line", PREDICTORS), ("metric", AVERAGES)):
        table[column] = pd.Categorical(table[column], order, ordered=True)
    return table.sort_values(KEYS, ignore_index=True)


def _averaged(mean: str) -> list[str | None]:
    """Return, for each channel, its name if it enters the mean, else None."""
    return [channel if mean not in COILS or inside else None for channel, inside in zip(CHANNELS, IN_COILS, strict=True)]


def with_means(table: pd.DataFrame, params: EvaluateParams) -> pd.DataFrame:
    """Return the table with rows `mean`, `low` and `high`, over the speakers of each corpus and of `all`, below each group."""
    parts = []
    for keys, group in table.groupby(KEYS[:4], observed=True):
        parts.append(group)
        for corpus, rows in _corpora(group):
            ends = dict(zip(MEANS, _over_speakers(rows[VALUES].to_numpy(), params), strict=True))
            parts.append(pd.DataFrame([[*keys, corpus, name, *values] for name, values in ends.items()], columns=table.columns))
    return pd.concat(parts, ignore_index=True)


def summarise(folds: Sequence[FoldScores], params: EvaluateParams, calibration: CalibrationGroups | None = None) -> LosoSummary:
    """Summarize each setting and model: overall, by corpus, speaker and articulator, and minus each baseline; and models in pairs.

    `calibration` holds the errors that intervals are calibrated on. Each fold counts once in a mean over speakers, however many
    utterances it has. Differences are taken per speaker, then averaged.
    """
    table = tidy(folds)
    settings: dict[str, dict[str, ModelSummary]] = {}
    for (setting, model), rows in table.groupby(["split", "model"]):
        own = sorted((fold for fold in folds if (fold.run.setting, fold.run.model) == (setting, model)),
                     key=lambda fold: fold.run.test_speaker)
        calibrated = calibration if (setting, model) == ("indep", calibration.model if calibration else None) else None
        settings.setdefault(setting, {})[model] = _model(own, dict(list(rows.groupby("line", observed=True))), params, calibrated)
    pairs = _pairs(table, params)
    if gains := _known_text_gains(folds, params):
        pairs.setdefault("unseen", {}).update(gains)
    run = SummaryRun(folds[0].run.origin, "; ".join(sorted({fold.run.made_by for fold in folds})), folds[0].run.phones)
    return LosoSummary(run, settings, pairs)


def _model(
    folds: Sequence[FoldScores], tables: Mapping[str, pd.DataFrame], params: EvaluateParams, calibration: CalibrationGroups | None,
) -> ModelSummary:
    """Summarize the folds of one setting and model, in the order of their speakers; `tables` are their rows by predictor."""
    baselines = [name for name in tables if name != MODEL]
    trained = [fold.training for fold in folds if fold.training]
    return ModelSummary(
        counts=_counts(folds),
        predictors={name: _over_all_speakers(folds, name, rows, params) for name, rows in tables.items()},
        minus={name: paired(tables[MODEL], tables[name], params) for name in baselines},
        common_counts=_common_counts(folds),
        training=_average_training(trained) if len(trained) == len(folds) else None,
        adapted=_adaptation_curve(folds, params),
        intervals=calibrated_coverage(folds, calibration) if calibration else None,
        own_intervals=own_coverage(folds),
    )


def _counts(folds: Sequence[FoldScores]) -> SummaryCounts:
    named = all(fold.sentences for fold in folds)
    return SummaryCounts(
        speakers=len(folds), utterances=sum(fold.counts.utterances for fold in folds),
        sentences_each=float(np.mean([fold.counts.sentences for fold in folds])),
        sentences=len(set().union(*(fold.sentences for fold in folds))) if named else None,
    )


def _common_counts(folds: Sequence[FoldScores]) -> CommonCounts | None:
    parts = [fold.common for fold in folds if fold.common]
    if len(parts) < len(folds):
        return None
    return CommonCounts(sum(part.tested.utterances for part in parts), float(np.mean([part.tested.sentences for part in parts])))


def _average_training(trained: Sequence[Training]) -> Training:
    return Training(**{name.name: float(np.mean([getattr(run, name.name) for run in trained])) for name in fields(Training)})


def _common_means(folds: Sequence[FoldScores], name: str, params: EvaluateParams) -> dict[str, Estimate]:
    """Return one predictor's means over the test part of each test speaker, with intervals over speakers."""
    parts = [means for fold in folds if fold.common and (means := fold.common.predictors.get(name))]
    if len(parts) < len(folds):
        return {}
    values = np.array([[part[mean].mean for mean in AVERAGES] for part in parts], float)
    return dict(zip(AVERAGES, _estimates(values, params), strict=True))


def _adaptation_curve(folds: Sequence[FoldScores], params: EvaluateParams) -> dict[int, AdaptedSummary]:
    """Return the scores by number of adaptation utterances, with intervals over speakers.

    `zero_shot` is the score of the unadapted model on the same utterances; `gain` is the difference, taken per speaker.
    """
    if not all(fold.adapted for fold in folds):
        return {}
    points = {}
    for number in folds[0].adapted:
        own = [fold.adapted[number] for fold in folds]
        means = {}
        for metric in ADAPTED:
            values = np.array([[fold.adapted[at].means[metric] for at in (number, 0)] for fold in folds], float)
            point, zero, gain = _estimates(np.column_stack([*values.T, values[:, 0] - values[:, 1]]), params)
            means[metric] = Gain(point.mean, point.low, point.high, zero.mean, gain)
        points[number] = AdaptedSummary(
            utterances=float(np.mean([point.utterances for point in own])),
            tested_utterances=float(np.mean([point.tested.utterances for point in own])),
            tested_sentences=float(np.mean([point.tested.sentences for point in own])), means=means,
        )
    return points


def paired(first: pd.DataFrame, second: pd.DataFrame, params: EvaluateParams) -> dict[str, Difference]:
    """Return the differences first - second, by metric, over the speakers that both have."""
    result = {}
    for metric in AVERAGES:
        a, b = (rows[rows["metric"] == metric].set_index("speaker")["mean"] for rows in (first, second))
        difference = (a - b).dropna().sort_index().to_numpy()
        (over,) = _estimates(difference[:, None], params)
        better = difference > 0 if metric.startswith("pearson") else difference < 0
        result[metric] = Difference(over.mean, over.low, over.high, int(better.sum()), len(difference))
    return result


def _pairs(table: pd.DataFrame, params: EvaluateParams) -> dict[str, dict[str, dict[str, Difference]]]:
    """Return the difference between every two models of a setting."""
    pairs: dict[str, dict[str, dict[str, Difference]]] = {}
    for setting, rows in table[table["line"] == MODEL].groupby("split"):
        for first, second in combinations(sorted(rows["model"].unique()), 2):
            difference = paired(rows[rows["model"] == first], rows[rows["model"] == second], params)
            pairs.setdefault(setting, {})[f"{first} - {second}"] = difference
    return pairs


def _known_text_gains(folds: Sequence[FoldScores], params: EvaluateParams) -> dict[str, dict[str, Difference]]:
    """Return the gain from having the tested sentences, said by others, in training: with minus without, on the test parts."""
    measured = [
        (fold.run.setting, fold.run.model, fold.run.test_speaker, mean, fold.common.predictors[MODEL][mean].mean)
        for fold in folds if fold.common for mean in AVERAGES
    ]
    by_run = dict(list(pd.DataFrame(measured, columns=["split", "model", "speaker", "metric", "mean"]).groupby(["split", "model"])))
    return {
        f"{model} with known text - {model}": paired(by_run["indep", model], rows, params)
        for (setting, model), rows in by_run.items() if setting == "unseen" and ("indep", model) in by_run
    }


def _corpora(group: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each corpus and, if there are several, of `all`."""
    parts = list(group.groupby("corpus"))
    return parts if len(parts) == 1 else [*parts, ("all", group)]


def _over_speakers(values: np.ndarray, params: EvaluateParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(speakers, columns) -> mean, low, high, each (columns,)."""
    return average(values), *interval(resample(values, params.draws, params.seed), len(values))


def _estimates(values: np.ndarray, params: EvaluateParams) -> list[Estimate]:
    """(speakers, columns) -> one estimate per column."""
    return [Estimate(*map(float, ends)) for ends in zip(*_over_speakers(values, params), strict=True)]


def _over_all_speakers(folds: Sequence[FoldScores], name: str, rows: pd.DataFrame, params: EvaluateParams) -> OverSpeakers:
    """Summarize one predictor over all speakers, by corpus, by speaker and by articulator."""
    return OverSpeakers(
        means=_means(rows, params),
        corpora={corpus: _means(part, params) for corpus, part in rows.groupby("corpus")},
        speakers={speaker: dict(zip(part["metric"], part["mean"], strict=True)) for speaker, part in rows.groupby("speaker")},
        trajectories={metric: _by_channel(part) for metric, part in rows.groupby("metric", observed=True) if metric in METRICS},
        common=_common_means(folds, name, params),
    )


def _means(rows: pd.DataFrame, params: EvaluateParams) -> dict[str, Estimate]:
    return {metric: _estimates(part[["mean"]].to_numpy(), params)[0] for metric, part in rows.groupby("metric", observed=True)}


def _by_channel(rows: pd.DataFrame) -> dict[str, float]:
    means = average(rows[list(CHANNELS)].to_numpy())
    return {channel: float(value) for channel, value in zip(CHANNELS, means, strict=True) if np.isfinite(value)}


def _check(folds: Sequence[FoldScores]) -> None:
    if not folds:
        raise BadData("no folds to summarise; run `make loso`")
    seen = set()
    for fold in folds:
        key = f"{fold.run.setting} {fold.run.model} {fold.run.test_speaker}"
        if key in seen:
            raise BadData(f"fold '{key}' appears twice; remove one of its score files")
        seen.add(key)
        if fold.run.origin != folds[0].run.origin:
            raise BadData(f"fold '{key}' is {fold.run.origin}, others are {folds[0].run.origin}; summarise them separately")
        if fold.run.phones != folds[0].run.phones:
            used = (fold.run.phones or "none", folds[0].run.phones or "none")
            raise BadData(f"fold '{key}' has phones: {used[0]}, others have {used[1]}; run `make loso`")
