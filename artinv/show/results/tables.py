"""Results as aligned text tables, printed at the end of a run."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artinv.core.channels import TITLES, UNITLESS
from artinv.core.text import aligned, figure, span
from artinv.data.splits import SETTINGS
from artinv.evaluate.results import (
    MODEL,
    RIDGE,
    TRIVIAL,
    AdaptedScores,
    CalibratedCoverage,
    CommonPart,
    Difference,
    Estimate,
    FoldScores,
    LosoSummary,
    ModelSummary,
    OverSpeakers,
    SummaryCounts,
)
from artinv.evaluate.scores import ScoreTables, origin_label

_SHARED = {"pearson": "Pearson", "pearson_coils": "12 coils", "rmse_mm": "RMSE mm", "rmse_mm_coils": "12 coils",
           "rmse_z": "RMSE z", "rmse_z_coils": "12 coils"}
_OTHERS = {"rmse_z": "in standard deviations of the speaker", "rmse_mm_blind": "in mm of the average training speaker"}


def fold_table(result: ScoreTables, places: Sequence[Path | str] = (), *, bold: bool | None = None) -> str:
    """Return RMSE and Pearson per articulator with 95 % intervals and baselines; `places` are the files that were written.

    `bold` prints the heading in bold; by default on a terminal only.
    """
    scores, run, counts = result.scores, result.scores.run, result.scores.counts
    titles = {name: run.model if name == MODEL else name for name in scores.predictors}
    body = aligned(_rows(result, titles), left=2)
    rule = "-" * max(map(len, body))
    what = f"{run.split} {run.test_speaker}".strip() or "test set"
    warning = ", not to be compared with published numbers" if run.origin in ("synthetic", "mixed") else ""
    data = f"{origin_label(run.origin, run.phones)}{warning}"
    heading = f"{what}: {counts.utterances} test utterances, {counts.sentences} sentences, {data}"
    if _on_terminal() if bold is None else bold:
        heading = f"\033[1m{heading}\033[0m"
    text = [heading, "", *body[:2], rule, *body[2:-2], rule, *body[-2:], "", *_notes(result)]
    for metric, title in _OTHERS.items():
        means = [f"{titles[name]} {figure(own.means[metric].mean, 3)}" for name, own in scores.predictors.items()]
        text.append(f"RMSE {title}: " + ", ".join(means))
    if scores.common:
        text += ["", *_common(scores.common, titles)]
    return "\n".join([*text, *_curve(scores.adapted), *_written(places)])


def loso_table(summary: LosoSummary, places: Sequence[Path | str] = ()) -> str:
    """Return, for each split and model, RMSE and Pearson by test speaker, means with 95 % intervals, and gains over baselines."""
    text = overview(summary)
    for setting in SETTINGS:
        for model, own in sorted(summary.settings.get(setting, {}).items()):
            counts = own.counts
            tested = f"{counts.speakers} test speakers, {counts.utterances} utterances, {_sentences(counts)}"
            text += [f"{setting} {model}: {tested}, {origin_label(summary.run.origin, summary.run.phones)}", ""]
            body = aligned(_speaker_rows(model, own))
            rule, speakers = "-" * max(map(len, body)), 2 + len(own.predictors[MODEL].speakers)
            text += [*body[:2], rule, *body[2:speakers], rule, *body[speakers:], ""]
            text += [_gain(f"{model} - {name}", difference) for name, difference in own.minus.items()]
            text += [*_intervals(own), *adapted(model, own), ""]
        text += [_gain(pair, difference) for pair, difference in summary.pairs.get(setting, {}).items()]
    return "\n".join([*text, *_written(places)]).rstrip()


def overview(summary: LosoSummary) -> list[str]:
    """Return all models of all settings in one table, baselines first, with means and 95 % intervals over speakers."""
    settings = [setting for setting in SETTINGS if setting in summary.settings]
    rows = [row for setting in settings for row in _overview_rows(setting, summary.settings[setting])]
    every = {"pearson": 3, "rmse_mm": 2, "rmse_z": 3, "rmse_mm_blind": 2}
    coils = {f"{metric}_coils": digits for metric, digits in every.items() if metric != "rmse_mm_blind"}
    of_models = [row.summary for row in rows]
    sizes = [figure(own.training.parameters if own and own.training else None, 0) for own in of_models]
    coverage = [figure(own.intervals.learned.coverage if own and own.intervals else None, 3) for own in of_models]
    whole = [(row.setting, row.name, row.over.means) for row in rows]
    text = _overview_table("all trajectories", whole, every, {"parameters": sizes, "coverage": coverage})
    text += _overview_table("the 12 coordinates of tongue, jaw and lips", whole, coils)
    shared = [(row.setting, row.name, row.over.common) for row in rows if row.over.common]
    if shared:
        text += _overview_table("the test parts alone, which are the same in all settings", shared, every | coils)
    return text


@dataclass(frozen=True, slots=True)
class _OverviewRow:
    """One predictor of one setting."""

    setting: str
    name: str
    over: OverSpeakers
    summary: ModelSummary | None  # None for a baseline


def _overview_rows(setting: str, models: Mapping[str, ModelSummary]) -> list[_OverviewRow]:
    ordered = sorted(models.items(), key=lambda item: item[1].predictors[MODEL].means["pearson"].mean)
    baselines = ordered[0][1].predictors
    return [
        *(_OverviewRow(setting, name, baselines[name], None) for name in (TRIVIAL, RIDGE) if name in baselines),
        *(_OverviewRow(setting, name, own.predictors[MODEL], own) for name, own in ordered),
    ]


def _overview_table(
    over: str, predictors: Sequence[tuple[str, str, Mapping[str, Estimate]]], titles: Mapping[str, int],
    more: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Return a row per predictor; `more` holds further columns by title."""
    rows = [["setting", "model", *[cell for metric in titles for cell in (metric, "95 %")], *(more or {})]]
    for at, (setting, name, means) in enumerate(predictors):
        cells = [cell for metric, digits in titles.items()
                 for cell in (figure(means[metric].mean, digits), span(means[metric].low, means[metric].high, digits))]
        rows.append([setting, name, *cells, *(column[at] for column in (more or {}).values())])
    body = aligned(rows, left=2)
    return [f"Means over {over}:", body[0], "-" * max(map(len, body)), *body[1:], ""]


def adapted(model: str, summary: ModelSummary) -> list[str]:
    """Return the scores by number of adaptation utterances, with those of the unadapted model on the same test utterances."""
    if not summary.adapted:
        return []
    rows = [[f"{model} adapted on", "tested on, per speaker", "Pearson", "95 %", "zero-shot", "gain", "95 %",
             "RMSE mm blind", "95 %", "zero-shot"]]
    for _, point in sorted(summary.adapted.items()):
        r, blind = point.means["pearson"], point.means["rmse_mm_blind"]
        tested = tested_on(point.tested_utterances, point.tested_sentences)
        rows.append([counted(point.utterances, "utterance"), tested, figure(r.mean, 3), span(r.low, r.high, 3),
                     figure(r.zero_shot, 3), figure(r.gain.mean, 3), span(r.gain.low, r.gain.high, 3),
                     figure(blind.mean, 2), span(blind.low, blind.high, 2), figure(blind.zero_shot, 2)])
    return ["", *aligned(rows, left=2)]


def counted(number: float, noun: str) -> str:
    """Return a number with its noun; a number that is not whole has one decimal.

    >>> counted(1, "utterance"), counted(17.25, "sentence")
    ('1 utterance', '17.2 sentences')
    """
    return f"{figure(number, 0 if float(number).is_integer() else 1)} {noun}{'' if number == 1 else 's'}"


def tested_on(utterances: float, sentences: float) -> str:
    """Return the size of a test set in words."""
    return f"{counted(utterances, 'utterance')}, {counted(sentences, 'sentence')}"


def _rows(result: ScoreTables, titles: Mapping[str, str]) -> list[list[str]]:
    model, *others = titles.values()
    rows = [["", "", *[cell for title in ("RMSE mm", "Pearson") for cell in (title, *[""] * len(titles))]],
            ["articulator", "", *[model, "95 %", *others] * 2]]
    for row in result.articulators.to_dict("records"):
        channel = row["articulator"]
        cells = [TITLES.get(channel, channel) + (" *" if channel in UNITLESS else ""), channel if channel in TITLES else ""]
        for metric, digits in (("rmse_mm", 3 if channel in UNITLESS else 2), ("pearson", 3)):
            cells += [figure(row[metric], digits), span(row[f"{metric}_low"], row[f"{metric}_high"], digits)]
            cells += [figure(row[f"{name}_{metric}"], digits) for name in titles if name != MODEL]
        rows.append(cells)
    return [*rows, _coil_row(result.scores)]


def _coil_row(scores: FoldScores) -> list[str]:
    """Return the last row: means over the 12 coil coordinates."""
    cells = ["mean, 12 coil coordinates", ""]
    for metric, digits in (("rmse_mm_coils", 2), ("pearson_coils", 3)):
        own = scores.predictors[MODEL].means[metric]
        cells += [figure(own.mean, digits), span(own.low, own.high, digits)]
        cells += [figure(baseline.means[metric].mean, digits) for name, baseline in scores.predictors.items() if name != MODEL]
    return cells


def _common(common: CommonPart, titles: Mapping[str, str]) -> list[str]:
    """Return the means on the test part of the test speaker."""
    tested = tested_on(common.tested.utterances, common.tested.sentences)
    rows = [["", *_SHARED.values()]]
    for name, means in common.predictors.items():
        rows.append([titles[name], *(figure(means[metric].mean, 2 if "mm" in metric else 3) for metric in _SHARED)])
    return [f"the test part alone, common to all splits ({tested}):", *aligned(rows)]


def _curve(points: Mapping[int, AdaptedScores]) -> list[str]:
    """Return the adaptation curve of one fold; `zero-shot` is the unadapted model."""
    if not points:
        return []
    rows = [["adapted on", "tested on", "Pearson", "zero-shot", "RMSE mm blind", "zero-shot"]]
    for _, point in sorted(points.items()):
        pairs = [(scored.means["pearson"], scored.means["rmse_mm_blind"]) for scored in (point, points[0])]
        (r, blind), (zero_r, zero_blind) = pairs
        tested = tested_on(point.tested.utterances, point.tested.sentences)
        rows.append([counted(point.utterances, "utterance"), tested, figure(r, 3), figure(zero_r, 3), figure(blind, 2),
                     figure(zero_blind, 2)])
    return ["", *aligned(rows, left=2)]


def _sentences(counts: SummaryCounts) -> str:
    """Return the number of distinct sentences per speaker and, if known, over all speakers."""
    each = f"{counted(counts.sentences_each, 'sentence')} each"
    return each if counts.sentences is None else f"{each}, {counts.sentences} distinct"


def _speaker_rows(model: str, summary: ModelSummary) -> list[list[str]]:
    predictors = summary.predictors
    names = [model if name == MODEL else name for name in predictors]
    rows = [["", *[cell for title in ("RMSE mm", "Pearson") for cell in (title, *[""] * len(names))]],
            ["test speaker", *[model, "95 %", *names[1:]] * 2]]
    metrics = {"rmse_mm": 2, "pearson": 3}
    for speaker in predictors[MODEL].speakers:
        cells = [[figure(over.speakers[speaker][metric], digits) for over in predictors.values()]
                 for metric, digits in metrics.items()]
        rows.append([speaker, *(cell for first, *others in cells for cell in (first, "", *others))])
    corpora = predictors[MODEL].corpora
    places = [(f"mean {corpus}", [over.corpora[corpus] for over in predictors.values()], "")
              for corpus in corpora if len(corpora) > 1]
    everybody = [over.means for over in predictors.values()]
    for title, means, ending in [*places, ("mean", everybody, ""), ("mean, 12 coil coordinates", everybody, "_coils")]:
        row = [title]
        for metric, digits in metrics.items():
            own, *others = (averages[f"{metric}{ending}"] for averages in means)
            row += [figure(own.mean, digits), span(own.low, own.high, digits), *(figure(other.mean, digits) for other in others)]
        rows.append(row)
    return rows


def _intervals(summary: ModelSummary) -> list[str]:
    """Return the coverage of calibrated intervals, overall and by speaker, and of the model's own intervals."""
    text = []
    if calibrated := summary.intervals:
        kinds = {"learned": calibrated.learned, "constant": calibrated.constant}
        what = f"{calibrated.level:.0%} intervals, calibrated on speakers not in training"
        rows = [[what, "coverage", "speakers within 5 points", "width SD"]]
        for kind, own in kinds.items():
            within = f"{own.within} of {len(own.speakers)}"
            rows.append([f"{kind} width", f"{own.coverage:.1%}", within, f"± {figure(own.margin, 2)}"])
        text += ["", *aligned(rows), f"learned widths are {narrower(calibrated)} than constant ones", ""]
        rows = [["test speaker", *[cell for kind in kinds for cell in (kind, "width SD")], "calibrated on"]]
        for name, speaker in calibrated.learned.speakers.items():
            both = speaker, calibrated.constant.speakers[name]
            cells = [cell for width in both for cell in (f"{width.coverage:.1%}", f"± {figure(width.margin, 2)}")]
            rows.append([name, *cells, str(speaker.calibrated_on)])
        text += aligned(rows)
    if trained := summary.own_intervals:
        text += ["", (f"the models' own {trained.level:.0%} intervals, calibrated on their training speakers: "
                      f"coverage {trained.coverage:.1%}; {trained.within} of {len(trained.speakers)} speakers within 5 points")]
    return text


def narrower(intervals: CalibratedCoverage) -> str:
    """Return in words how much narrower learned widths are than constant ones; less than 1 % counts as none."""
    share = 1 - intervals.learned.margin / intervals.constant.margin
    return f"{share:.1%} narrower" if share >= 0.01 else "no narrower"


def _gain(title: str, gain: Mapping[str, Difference]) -> str:
    parts = [
        f"{name} {figure(gain[metric].mean, 3)} {span(gain[metric].low, gain[metric].high, 3)}, "
        f"better for {gain[metric].better} of {gain[metric].speakers} speakers"
        for metric, name in (("pearson", "Pearson"), ("rmse_mm", "RMSE mm"))
    ]
    return f"{title}: " + "; ".join(parts)


def _written(places: Sequence[Path | str]) -> list[str]:
    return ["", *aligned([["" if at else "written:", str(place)] for at, place in enumerate(places)], left=2)] if places else []


def _notes(result: ScoreTables) -> list[str]:
    notes = []
    if set(UNITLESS) & set(result.articulators["articulator"]):
        notes.append("* no unit; not included in the mean in mm")
    still = result.scores.counts.constant
    if still:
        notes.append(f"{still} times an articulator did not move in an utterance: Pearson is undefined and left out")
    return notes


def _on_terminal() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
