"""The scores of many folds, one test speaker each -> speakers by articulators, with means and 95 % intervals over speakers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from artinv.core.channels import CHANNELS, IN_COILS
from artinv.core.files import write_json, write_text
from artinv.core.provenance import made_by
from artinv.data.groups import check
from artinv.data.splits import SETTINGS
from artinv.evaluate.scores import COMMON, MODEL, EvaluateParams
from artinv.evaluate.strangers import Strangers, held, seen
from artinv.learn import models
from artinv.measure.bootstrap import interval, resample
from artinv.measure.metrics import ADAPTED, AVERAGES, COILS, METRICS, average
from artinv.runtime.errors import BadData, reason
from artinv.runtime.params import Params

LINES = (MODEL, "ridge", "trivial")
KEYS = ["split", "model", "line", "metric", "corpus", "speaker"]
VALUES = ["mean", *CHANNELS]
MEANS = ("mean", "low", "high")
"""The rows over speakers, named as if they were speakers."""

JSON, DETAILS, CSV = Path("metrics/loso.json"), Path("metrics/loso_details.json"), Path("metrics/loso.csv")

FOLDS = Path("data/loso/scores")

Fold = Mapping
"""The content of one fold's metrics/details.json."""


class LosoParams(Params):
    """Which folds there are."""

    section: ClassVar[str] = "loso"
    runs: list[str] = Field(min_length=1)  # setting-model
    speakers: list[str] = Field(min_length=1)  # test speakers
    calibrated: str  # the model whose intervals are calibrated on strangers
    strangers: list[str]  # groups of speakers, without each of which that model is trained once

    @field_validator("runs")
    @classmethod
    def _known(cls, runs: list[str]) -> list[str]:
        for setting, _, model in (run.partition("-") for run in runs):
            if setting not in SETTINGS or model not in models.names():
                raise ValueError(f"expected one of {list(SETTINGS)}, a dash and one of {models.names()}")
        return runs

    def calibration(self) -> Strangers:
        """The errors on all groups; refused where a speaker has nobody to be calibrated on."""
        check(self.speakers, self.strangers)
        return Strangers.read(self.calibrated, self.strangers)

    def read(self, folder: Path = FOLDS) -> list[Fold]:
        """The scores of the listed folds; what else may lie in the folder is not looked at."""
        folds = []
        for path in (folder / run / f"{name}.json" for run in self.runs for name in self.speakers):
            try:
                folds.append(json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError) as error:
                raise BadData(f"{path}: is listed under `loso` and cannot be read ({reason(error)}); run `make loso`") from None
        return folds


def setting(run: Mapping[str, str]) -> str:
    """The name under which a fold's scores are put together with others."""
    return "unseen" if run["split"] == "indep" and run.get("unseen_text") == "True" else run["split"]


def write(folds: Sequence[Fold], params: EvaluateParams, root: Path | str = ".", strangers: Strangers | None = None) -> dict:
    """Write the headline for `dvc metrics`, the summary and the table; returns the summary."""
    summary = summarise(folds, params, strangers)
    write_json(Path(root) / JSON, headline(summary))
    write_json(Path(root) / DETAILS, summary)
    rows = with_means(tidy(folds), params)
    write_text(Path(root) / CSV, rows.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
    return summary


def headline(summary: Mapping) -> dict:
    """Of each split and line the means over speakers; the intervals and all else stand in the details."""
    figures: dict = dict(summary["run"])
    for split in (key for key in summary if key in SETTINGS):
        for model, block in summary[split].items():
            for line, means in {model: block, **{line: block[line] for line in LINES[1:] if line in block}}.items():
                shown = ("pearson", "rmse_mm", *COILS)
                figures.setdefault(split, {})[line] = {metric: means[metric]["mean"] for metric in shown}
                if COMMON in means:
                    figures[split][line] |= {f"{COMMON}_{metric}": means[COMMON][metric]["mean"] for metric in shown}
            if "intervals" in block:
                learned, constant = block["intervals"]["learned"], block["intervals"]["constant"]
                figures[split][model] |= {
                    "coverage": learned["coverage"], "speakers_within": learned["within"], "speakers": len(learned["speakers"]),
                    "margin": learned["margin"], "margin_constant": constant["margin"],
                }
    return figures


def tidy(folds: Sequence[Fold]) -> pd.DataFrame:
    """A row per split, model, line, mean and test speaker; a column per articulator that enters the mean, and the mean."""
    _check(folds)
    rows = []
    for fold in folds:
        run = fold["run"]
        for line in LINES:
            if line != MODEL and line not in fold:
                continue
            means, channels = (fold, fold["trajectories"]) if line == MODEL else (fold[line], fold["trajectories"][line])
            for mean, metric in AVERAGES.items():
                keys = [setting(run), run["model"], line, mean, run["test_speaker"].partition("/")[0], run["test_speaker"]]
                rows.append([*keys, means[mean]["mean"], *(channels[metric].get(channel) for channel in _averaged(mean))])
    table = pd.DataFrame(rows, columns=[*KEYS, *VALUES]).astype(dict.fromkeys(VALUES, float))
    for column, order in (("line", LINES), ("metric", AVERAGES)):
        table[column] = pd.Categorical(table[column], order, ordered=True)
    return table.sort_values(KEYS, ignore_index=True)


def _averaged(mean: str) -> list[str | None]:
    """The channels that enter a mean, in their places."""
    return [channel if mean not in COILS or inside else None for channel, inside in zip(CHANNELS, IN_COILS, strict=True)]


def with_means(table: pd.DataFrame, params: EvaluateParams) -> pd.DataFrame:
    """The table and, below each group, rows `mean`, `low` and `high` over the speakers of each corpus and of `all`."""
    parts = []
    for keys, group in table.groupby(KEYS[:4], observed=True):
        parts.append(group)
        for corpus, rows in _corpora(group):
            ends = dict(zip(MEANS, _over_speakers(rows[VALUES].to_numpy(), params), strict=True))
            parts.append(pd.DataFrame([[*keys, corpus, name, *values] for name, values in ends.items()], columns=table.columns))
    return pd.concat(parts, ignore_index=True)


def summarise(folds: Sequence[Fold], params: EvaluateParams, strangers: Strangers | None = None) -> dict:
    """By split and model: overall, by corpus, speaker and articulator, and against the baselines; and models in pairs.

    `strangers`: the errors that intervals are calibrated on. Over speakers each fold counts once, however many utterances it has;
    `minus_ridge` and pairs compare speaker by speaker.
    """
    table = tidy(folds)
    made = sorted({made_by(fold["run"]) for fold in folds})
    summary = {"run": {"origin": folds[0]["run"]["origin"], "made_by": "; ".join(made)}}
    for (split, model), rows in table.groupby(["split", "model"]):
        lines = dict(list(rows.groupby("line", observed=True)))
        block = _block(lines[MODEL], params)
        for line in LINES[1:]:
            if line in lines:
                block[line] = _block(lines[line], params)
                block[f"minus_{line}"] = paired(lines[MODEL], lines[line], params)
        own = sorted((fold for fold in folds if (setting(fold["run"]), fold["run"]["model"]) == (split, model)),
                     key=lambda fold: fold["run"]["test_speaker"])
        block["counts"] = _counts(own)
        block["training"] = {fact: float(np.mean([fold["training"][fact] for fold in own])) for fact in own[0].get("training", {})}
        for line in LINES:
            (block if line == MODEL else block.get(line, {})).update(_of_common(own, line, params))
        block |= seen(own) | _of_adapting(own, params)
        if strangers and (split, model) == ("indep", strangers.model):
            block |= held(own, strangers)
        summary.setdefault(split, {})[model] = block
    summary["pairs"] = _pairs(table, params)
    if gains := _of_known_text(folds, params):
        summary["pairs"].setdefault("unseen", {}).update(gains)
    return summary


def _counts(folds: Sequence[Fold]) -> dict:
    """Of what was tested on; `sentences`: distinct ones, over all speakers, where each fold names its own."""
    counts = {"speakers": len(folds), "utterances": sum(fold["counts"]["utterances"] for fold in folds),
              "sentences_each": float(np.mean([fold["counts"]["sentences"] for fold in folds]))}
    if all("sentences" in fold for fold in folds):
        counts["sentences"] = len(set().union(*(fold["sentences"] for fold in folds)))
    return counts


def _of_common(folds: Sequence[Fold], line: str, params: EvaluateParams) -> dict:
    """One line's means over the test part of each test speaker, which every setting tests on, with intervals over speakers."""
    blocks = [fold.get(COMMON, {}) for fold in folds]
    own = [block if line == MODEL else block.get(line) for block in blocks]
    if not all(own):
        return {}
    values = np.array([[one[mean]["mean"] for mean in AVERAGES] for one in own], float)
    ends = zip(AVERAGES, *_over_speakers(values, params), strict=True)
    means = {name: {"mean": float(mean), "low": float(low), "high": float(high)} for name, mean, low, high in ends}
    counts = {} if line != MODEL else {
        "utterances": sum(block["utterances"] for block in blocks),
        "sentences_each": float(np.mean([block["sentences"] for block in blocks])),
    }
    return {COMMON: {**means, **counts}}


def _of_adapting(folds: Sequence[Fold], params: EvaluateParams) -> dict:
    """Scores by number of utterances adapted on, with intervals over speakers, beside those of the model as it is, `zero_shot`.

    Both are measured on the same utterances; `gain` is taken speaker by speaker.
    """
    if not all("adapted" in fold for fold in folds):
        return {}
    points = {}
    for number in folds[0]["adapted"]:
        points[number] = {count: float(np.mean([fold["adapted"][number][count] for fold in folds]))
                          for count in ("utterances", "tested_utterances", "tested_sentences")}
        for metric in ADAPTED:
            values = np.array([[fold["adapted"][at][metric] for at in (number, "0")] for fold in folds], float)
            columns = np.column_stack([*values.T, values[:, 0] - values[:, 1]])
            (mean, zero, gain), (low, _, gain_low), (high, _, gain_high) = _over_speakers(columns, params)
            points[number][metric] = {"mean": float(mean), "low": float(low), "high": float(high), "zero_shot": float(zero),
                                      "gain": {"mean": float(gain), "low": float(gain_low), "high": float(gain_high)}}
    return {"adapted": points}


def paired(one: pd.DataFrame, other: pd.DataFrame, params: EvaluateParams) -> dict:
    """Differences one - other over the speakers of both, by metric: mean, 95 % interval, and how many speakers are better off."""
    result = {}
    for metric in AVERAGES:
        a, b = (rows[rows["metric"] == metric].set_index("speaker")["mean"] for rows in (one, other))
        difference = (a - b).dropna().sort_index().to_numpy()
        mean, low, high = (float(value[0]) for value in _over_speakers(difference[:, None], params))
        better = difference > 0 if metric.startswith("pearson") else difference < 0
        result[metric] = {"mean": mean, "low": low, "high": high, "better": int(better.sum()), "speakers": len(difference)}
    return result


def _pairs(table: pd.DataFrame, params: EvaluateParams) -> dict:
    """Every two models of a split against each other."""
    pairs = {}
    for split, rows in table[table["line"] == MODEL].groupby("split"):
        models = sorted(rows["model"].unique())
        for at, one in enumerate(models):
            for other in models[at + 1 :]:
                pairs.setdefault(split, {})[f"{one} - {other}"] = paired(
                    rows[rows["model"] == one], rows[rows["model"] == other], params)
    return pairs


def _of_known_text(folds: Sequence[Fold], params: EvaluateParams) -> dict:
    """What it is worth that others say the tested sentences in training: with them minus without, over the test parts."""
    measured = [
        (setting(fold["run"]), fold["run"]["model"], fold["run"]["test_speaker"], mean, fold[COMMON][mean]["mean"])
        for fold in folds if COMMON in fold for mean in AVERAGES
    ]
    by_run = dict(list(pd.DataFrame(measured, columns=["split", "model", "speaker", "metric", "mean"]).groupby(["split", "model"])))
    return {
        f"{model} with known text - {model}": paired(by_run["indep", model], rows, params)
        for (split, model), rows in by_run.items() if split == "unseen" and ("indep", model) in by_run
    }


def _corpora(group: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each corpus, and of all if there are several."""
    parts = list(group.groupby("corpus"))
    return parts if len(parts) == 1 else [*parts, ("all", group)]


def _over_speakers(values: np.ndarray, params: EvaluateParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(speakers, columns) -> mean, low, high, each (columns,)."""
    return average(values), *interval(resample(values, params.draws, params.seed), len(values))


def _block(rows: pd.DataFrame, params: EvaluateParams) -> dict:
    """One line: over all speakers, and apart by corpus, by speaker and by articulator."""
    return {
        **_means(rows, params),
        "corpora": {corpus: _means(part, params) for corpus, part in rows.groupby("corpus")},
        "speakers": {speaker: dict(zip(part["metric"], part["mean"], strict=True)) for speaker, part in rows.groupby("speaker")},
        "trajectories": {metric: _by_channel(part) for metric, part in rows.groupby("metric", observed=True) if metric in METRICS},
    }


def _means(rows: pd.DataFrame, params: EvaluateParams) -> dict:
    means = {}
    for metric, part in rows.groupby("metric", observed=True):
        mean, low, high = _over_speakers(part[["mean"]].to_numpy(), params)
        means[metric] = {"mean": float(mean[0]), "low": float(low[0]), "high": float(high[0])}
    return means


def _by_channel(rows: pd.DataFrame) -> dict[str, float]:
    means = average(rows[list(CHANNELS)].to_numpy())
    return {channel: float(value) for channel, value in zip(CHANNELS, means, strict=True) if np.isfinite(value)}


def _check(folds: Sequence[Fold]) -> None:
    if not folds:
        raise BadData("there is no fold to summarise; run `make loso`")
    seen = set()
    for fold in folds:
        run = fold["run"]
        key = f"{setting(run)} {run['model']} {run['test_speaker']}"
        if key in seen:
            raise BadData(f"fold '{key}' stands there twice; remove one of its scores")
        seen.add(key)
        if run["origin"] != folds[0]["run"]["origin"]:
            raise BadData(f"fold '{key}' is {run['origin']}, others are {folds[0]['run']['origin']}; summarise them apart")
