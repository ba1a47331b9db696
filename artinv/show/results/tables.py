"""Results as aligned plain text: what is printed at the end of a run."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from artinv.core.channels import TITLES, UNITLESS
from artinv.core.text import aligned, figure, span
from artinv.data.splits import SETTINGS
from artinv.evaluate.scores import COMMON, MODEL, TRIVIAL, Result, label

_SHARED = {"pearson": "Pearson", "pearson_coils": "12 coils", "rmse_mm": "RMSE mm", "rmse_mm_coils": "12 coils",
           "rmse_z": "RMSE z", "rmse_z_coils": "12 coils"}
_OTHERS = {"rmse_z": "in standard deviations of the speaker", "rmse_mm_blind": "in mm of the average training speaker"}


def fold_table(result: Result, places: Sequence[Path | str] = (), *, bold: bool | None = None) -> str:
    """RMSE and Pearson per articulator with 95 % intervals, the baselines beside them, and where the files lie.

    `bold`: the heading in bold; by default on a terminal only.
    """
    scores, run, counts = result.scores, result.scores["run"], result.scores["counts"]
    lines = {MODEL: run.get("model", MODEL), **{name: name for name in ("ridge", TRIVIAL) if name in scores}}
    body = aligned(_rows(result, lines), left=2)
    rule = "-" * max(map(len, body))
    what = f"{run.get('split', '')} {run.get('test_speaker', '')}".strip() or "test set"
    warning = ", not to be compared with published numbers" if run.get("origin") in ("synthetic", "mixed") else ""
    heading = f"{what}: {counts['utterances']} test utterances, {counts['sentences']} sentences, {label(run)}{warning}"
    if _on_terminal() if bold is None else bold:
        heading = f"\033[1m{heading}\033[0m"
    text = [heading, "", *body[:2], rule, *body[2:-2], rule, *body[-2:], "", *_notes(result)]
    for metric, title in _OTHERS.items():
        means = {name: (scores if line == MODEL else scores[line])[metric]["mean"] for line, name in lines.items()}
        text.append(f"RMSE {title}: " + ", ".join(f"{name} {figure(value, 3)}" for name, value in means.items()))
    if COMMON in scores:
        text += ["", *_common(scores[COMMON], lines)]
    return "\n".join([*text, *_curve(scores.get("adapted", {})), *_written(places)])


def loso_table(summary: Mapping, places: Sequence[Path | str] = ()) -> str:
    """Of each split and model: RMSE and Pearson by test speaker, means with 95 % intervals over speakers, the gain over ridge."""
    text = ladder(summary)
    for split in SETTINGS:
        for model, block in sorted(summary.get(split, {}).items()):
            counts, origin = block["counts"], label(summary["run"])
            tested = f"{counts['speakers']} test speakers, {counts['utterances']} utterances, {_sentences(counts)}"
            text += [f"{split} {model}: {tested}, {origin}", ""]
            body = aligned(_speaker_rows(model, block))
            rule = "-" * max(map(len, body))
            text += [*body[:2], rule, *body[2 : 2 + len(block["speakers"])], rule, *body[2 + len(block["speakers"]) :], ""]
            for line in (line for line in ("ridge", TRIVIAL) if line in block):
                text += [_gain(f"{model} - {line}", block[f"minus_{line}"])]
            text += [*_held(block), *adapted(model, block), ""]
        text += [_gain(pair, gain) for pair, gain in summary.get("pairs", {}).get(split, {}).items()]
    return "\n".join([*text, *_written(places)]).rstrip()


def ladder(summary: Mapping) -> list[str]:
    """All models of all settings in one table, from the simplest to the best, with means and 95 % intervals over speakers."""
    rungs = [rung for split in SETTINGS if split in summary for rung in _rungs(split, summary[split])]
    every = {"pearson": 3, "rmse_mm": 2, "rmse_z": 3, "rmse_mm_blind": 2}
    coils = {f"{metric}_coils": digits for metric, digits in every.items() if metric != "rmse_mm_blind"}
    sizes = [figure(block.get("training", {}).get("parameters"), 0) for _, _, block in rungs]
    held = [figure(block.get("intervals", {}).get("learned", {}).get("coverage"), 3) for _, _, block in rungs]
    text = _ladder("all trajectories", rungs, every, {"parameters": sizes, "coverage": held})
    text += _ladder("the 12 coordinates of tongue, jaw and lips", rungs, coils)
    shared = [(split, name, block[COMMON]) for split, name, block in rungs if COMMON in block]
    return text + (_ladder("the test parts alone, on which all settings can be compared", shared, every | coils) if shared else [])


def _rungs(split: str, models: Mapping) -> list[tuple[str, str, Mapping]]:
    ordered = dict(sorted(models.items(), key=lambda item: item[1]["pearson"]["mean"]))
    first = next(iter(ordered.values()))
    return [(split, *item) for item in ({line: first[line] for line in (TRIVIAL, "ridge") if line in first} | ordered).items()]


def _ladder(
    over: str, rungs: Sequence[tuple[str, str, Mapping]], titles: Mapping[str, int],
    more: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """A row per rung; `more`: further columns by title."""
    rows = [["setting", "model", *[cell for metric in titles for cell in (metric, "95 %")], *(more or {})]]
    for at, (split, name, block) in enumerate(rungs):
        cells = [cell for metric, digits in titles.items()
                 for cell in (figure(block[metric]["mean"], digits), span(block[metric]["low"], block[metric]["high"], digits))]
        rows.append([split, name, *cells, *(column[at] for column in (more or {}).values())])
    body = aligned(rows, left=2)
    return [f"Means over {over}:", body[0], "-" * max(map(len, body)), *body[1:], ""]


def adapted(model: str, block: Mapping) -> list[str]:
    """Scores by number of utterances of the test speaker that the model was adapted on, beside it unadapted on the same ones."""
    if "adapted" not in block:
        return []
    rows = [[f"{model} adapted on", "tested on, each", "Pearson", "95 %", "zero-shot", "gain", "95 %", "RMSE mm blind", "95 %",
             "zero-shot"]]
    for _, point in sorted(block["adapted"].items(), key=lambda item: int(item[0])):
        r, blind = point["pearson"], point["rmse_mm_blind"]
        gain = r["gain"]
        rows.append([counted(point["utterances"], "utterance"), on(point), figure(r["mean"], 3), span(r["low"], r["high"], 3),
                     figure(r["zero_shot"], 3), figure(gain["mean"], 3), span(gain["low"], gain["high"], 3),
                     figure(blind["mean"], 2), span(blind["low"], blind["high"], 2), figure(blind["zero_shot"], 2)])
    return ["", *aligned(rows, left=2)]


def counted(number: float, noun: str) -> str:
    """A number of things; means over speakers with a decimal where they have one.

    >>> counted(1, "utterance"), counted(17.25, "sentence")
    ('1 utterance', '17.2 sentences')
    """
    return f"{figure(number, 0 if float(number).is_integer() else 1)} {noun}{'' if number == 1 else 's'}"


def on(point: Mapping) -> str:
    """What a point of the curve of adaptation is measured on."""
    return f"{counted(point['tested_utterances'], 'utterance')}, {counted(point['tested_sentences'], 'sentence')}"


def _rows(result: Result, lines: dict[str, str]) -> list[list[str]]:
    model, *others = lines.values()
    rows = [["", "", *[cell for title in ("RMSE mm", "Pearson") for cell in (title, *[""] * len(lines))]],
            ["articulator", "", *[model, "95 %", *others] * 2]]
    for row in result.articulators.to_dict("records"):
        name = row["articulator"]
        cells = [TITLES.get(name, name) + (" *" if name in UNITLESS else ""), name if name in TITLES else ""]
        for metric, digits in (("rmse_mm", 3 if name in UNITLESS else 2), ("pearson", 3)):
            cells += [figure(row[metric], digits), span(row[f"{metric}_low"], row[f"{metric}_high"], digits)]
            cells += [figure(row[f"{line}_{metric}"], digits) for line in lines if line != MODEL]
        rows.append(cells)
    return [*rows, _coil_row(result, lines)]


def _coil_row(result: Result, lines: Mapping[str, str]) -> list[str]:
    """The last row: means over the 12 coordinates."""
    blocks = {line: result.scores if line == MODEL else result.scores[line] for line in lines}
    cells = ["mean, 12 coil coordinates", ""]
    for metric, digits in (("rmse_mm_coils", 2), ("pearson_coils", 3)):
        own = blocks[MODEL][metric]
        cells += [figure(own["mean"], digits), span(own["low"], own["high"], digits)]
        cells += [figure(block[metric]["mean"], digits) for line, block in blocks.items() if line != MODEL]
    return cells


def _common(common: Mapping, lines: Mapping[str, str]) -> list[str]:
    """Means on the test part of the test speaker."""
    tested = f"{counted(common['utterances'], 'utterance')}, {counted(common['sentences'], 'sentence')}"
    rows = [["", *_SHARED.values()]]
    for line, name in lines.items():
        block = common if line == MODEL else common[line]
        rows.append([name, *(figure(block[metric]["mean"], 2 if "mm" in metric else 3) for metric in _SHARED)])
    return [f"the test part alone, common to all splits ({tested}):", *aligned(rows)]


def _curve(points: Mapping) -> list[str]:
    """The curve of adaptation of one fold, every point beside the model as it is."""
    if not points:
        return []
    rows = [["adapted on", "tested on", "Pearson", "zero-shot", "RMSE mm blind", "zero-shot"]]
    for _, point in sorted(points.items(), key=lambda item: int(item[0])):
        pairs = [(one["pearson"], one["rmse_mm_blind"]) for one in (point, points["0"])]
        (r, blind), (zero_r, zero_blind) = pairs
        rows.append([counted(point["utterances"], "utterance"), on(point), figure(r, 3), figure(zero_r, 3), figure(blind, 2),
                     figure(zero_blind, 2)])
    return ["", *aligned(rows, left=2)]


def _sentences(counts: Mapping) -> str:
    """How many different sentences were tested: of each speaker, and of all together where that is known."""
    each = f"{counted(counts['sentences_each'], 'sentence')} each"
    return f"{each}, {counts['sentences']} distinct" if "sentences" in counts else each


def _speaker_rows(model: str, block: Mapping) -> list[list[str]]:
    lines = {model: block, **{line: block[line] for line in ("ridge", TRIVIAL) if line in block}}
    rows = [["", *[cell for title in ("RMSE mm", "Pearson") for cell in (title, *[""] * len(lines))]],
            ["test speaker", *[model, "95 %", *list(lines)[1:]] * 2]]
    places = [*((name, "speakers", name) for name in block["speakers"]),
              *((f"mean {name}", "corpora", name) for name in block["corpora"] if len(block["corpora"]) > 1), ("mean", None, None),
              ("mean, 12 coil coordinates", None, None)]
    for title, group, name in places:
        rows.append([title])
        over = "_coils" if title.endswith("coordinates") else ""
        for metric, digits in (("rmse_mm", 2), ("pearson", 3)):
            cells = [(part[group][name] if group else part)[f"{metric}{over}"] for part in lines.values()]
            known = [cell if isinstance(cell, Mapping) else {"mean": cell, "low": None, "high": None} for cell in cells]
            values = [figure(cell["mean"], digits) for cell in known]
            rows[-1] += [values[0], span(known[0]["low"], known[0]["high"], digits) if group != "speakers" else "", *values[1:]]
    return rows


def _held(block: Mapping) -> list[str]:
    """How intervals hold, on average and speaker by speaker, beside those of constant width and the model's own."""
    text = []
    if "intervals" in block:
        found, level = block["intervals"], block["intervals"]["level"]
        kinds = {"learned": "learned width", "constant": "constant width"}
        what = f"intervals that are to hold {level:.0%}, calibrated on strangers"
        rows = [[what, "hold", "speakers within 5 points", "width SD"]]
        for kind, title in kinds.items():
            own = found[kind]
            served = f"{own['within']} of {len(own['speakers'])}"
            rows.append([title, f"{own['coverage']:.1%}", served, f"± {figure(own['margin'], 2)}"])
        text += ["", *aligned(rows), f"learned widths are {narrower(found)} than constant ones", ""]
        rows = [["test speaker", *[cell for kind in kinds for cell in (kind, "width SD")], "calibrated on"]]
        for name, own in found["learned"]["speakers"].items():
            both = own, found["constant"]["speakers"][name]
            cells = [cell for one in both for cell in (f"{one['coverage']:.1%}", f"± {figure(one['margin'], 2)}")]
            rows.append([name, *cells, str(own["calibrated_on"])])
        text += aligned(rows)
    if "own_intervals" in block:
        own = block["own_intervals"]
        text += ["", (f"the models' own intervals, calibrated on speakers they were trained on, hold {own['coverage']:.1%} of "
                      f"{own['level']:.0%}; {own['within']} of {len(own['speakers'])} speakers within 5 points")]
    return text


def narrower(intervals: Mapping) -> str:
    """How much narrower learned widths are than constant ones, in words; less than 1 % is nothing."""
    share = 1 - intervals["learned"]["margin"] / intervals["constant"]["margin"]
    return f"{share:.1%} narrower" if share >= 0.01 else "no narrower"


def _gain(title: str, gain: Mapping) -> str:
    parts = [
        f"{name} {figure(gain[metric]['mean'], 3)} {span(gain[metric]['low'], gain[metric]['high'], 3)}, "
        f"better for {gain[metric]['better']} of {gain[metric]['speakers']} speakers"
        for metric, name in (("pearson", "Pearson"), ("rmse_mm", "RMSE mm"))
    ]
    return f"{title}: " + "; ".join(parts)


def _written(places: Sequence[Path | str]) -> list[str]:
    return ["", *aligned([["" if at else "written:", str(place)] for at, place in enumerate(places)], left=2)] if places else []


def _notes(result: Result) -> list[str]:
    notes = []
    if set(UNITLESS) & set(result.articulators["articulator"]):
        notes.append("* no unit; not in the mean of millimetres")
    still = result.scores["counts"]["constant"]
    if still:
        notes.append(f"{still} times an articulator stood still through an utterance: no Pearson there, left out")
    return notes


def _on_terminal() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
