"""The printed table says what the scores say, in columns."""

import copy
import re

from artinv import folds
from artinv.evaluate import evaluate
from artinv.tables import aligned, fold_table, loso_table
from tests.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths


def _result(run=RUN, number=8):
    made = truths(number)
    made[0].motion[:, 5] = 0.5
    predictions = {"model": noisy(made, 0.7), "ridge": noisy(made, 1.5)}
    return evaluate(made, predictions, {"mocha/fsew0": statistics(made)}, blind(), run=run, params=PARAMS)


def test_every_number_of_a_row_stands_in_the_scores():
    result = _result()
    lines = {line.split("  ")[0]: line for line in fold_table(result).splitlines()}
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", lines["jaw y"])]
    row = result.articulators.set_index("articulator").loc["li_y"]
    names = ("rmse_mm", "rmse_mm_low", "rmse_mm_high", "ridge_rmse_mm", "trivial_rmse_mm",
             "pearson", "pearson_low", "pearson_high", "ridge_pearson", "trivial_pearson")
    for name, shown in zip(names, numbers, strict=True):
        assert abs(row[name] - shown) <= 0.0051
    assert f"{result.scores['rmse_mm']['mean']:.2f}" in lines["mean"]
    assert f"{result.scores['pearson']['mean']:.3f}" in lines["mean"]


def test_origin_and_places_are_said():
    text = fold_table(_result(), ["metrics/scores.json", "plots/articulators.png"])
    assert text.startswith("indep mocha/fsew0: 8 test utterances, SYNTHETIC data, not to be compared with published numbers\n")
    assert text.endswith("written:  metrics/scores.json\n          plots/articulators.png")
    assert "1 times an articulator stood still" in text
    assert "SYNTHETIC" not in fold_table(_result({**RUN, "origin": "real"}))
    assert "unknown origin" in fold_table(_result({"split": "dep"}))


def test_columns_line_up_and_lines_stay_on_a_wide_screen():
    lines = fold_table(_result()).splitlines()
    table = [line for line in lines if re.match(r"(tongue|jaw|upper|lower|lip|mean)", line)]
    assert len({len(line) for line in table}) == 1
    assert max(map(len, lines)) <= 132


def test_no_colour_unless_on_a_terminal(monkeypatch):
    assert "\033" not in fold_table(_result())
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert fold_table(_result()).startswith("\033[1mindep mocha/fsew0")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in fold_table(_result())


def test_missing_intervals_and_values_are_dashes():
    text = fold_table(_result(number=1))
    assert "nan" not in text
    assert "[" not in text


def test_aligned():
    assert aligned([["ab", "1"], ["c", "22"]], left=0) == ["ab   1", " c  22"]


def test_loso_table_has_speakers_means_and_gains():
    scores = []
    for at, speaker in enumerate(("hprc/F01", "hprc/M01", "mocha/fsew0")):
        scores.append(copy.deepcopy(_result().scores))
        scores[-1]["run"] |= {"test_speaker": speaker}
        scores[-1]["pearson"]["mean"] += 0.1 * at
    text = loso_table(folds.summarise(scores, PARAMS), ["metrics/loso.csv"])
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    base = scores[0]["pearson"]["mean"]
    assert f"{base:.3f}" in lines["hprc/F01"]
    assert f"{base + 0.05:.3f}  [{base:.3f}, {base + 0.1:.3f}]" in lines["mean hprc"]
    assert f"{base + 0.1:.3f}" in lines["mean"]
    assert re.search(r"^bilstm - ridge: Pearson 0\.\d+ \[.*\], better for 3 of 3 speakers; RMSE mm -", text, re.MULTILINE)
    assert "\nindep bilstm: 3 test speakers, 24 utterances, SYNTHETIC data\n" in text
    rungs = [line.split()[:3] for line in text.splitlines() if line.startswith("indep  ")]
    assert [rung[1] for rung in rungs] == ["trivial", "ridge", "bilstm"]
    assert text.endswith("written:  metrics/loso.csv")
