"""Printed tables show the figures of the scores in aligned columns."""

import re
from dataclasses import replace

import numpy as np
import pytest

from artinv.core.text import aligned
from artinv.evaluate import loso
from artinv.evaluate.results import AdaptedScores, Amount, ScoredRun
from artinv.evaluate.scores import evaluate
from artinv.show.results.tables import fold_table, loso_table
from tests.support.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths


def _result(run=RUN, number=8):
    made = truths(number)
    made[0].motion[:, 5] = 0.5
    predictions = {"model": noisy(made, 0.7), "ridge": noisy(made, 1.5)}
    return evaluate(made, predictions, {"mocha/fsew0": statistics(made)}, blind(), run=run, params=PARAMS)


def test_numbers_of_a_row_agree_with_the_scores():
    result = _result()
    lines = {line.split("  ")[0]: line for line in fold_table(result).splitlines()}
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", lines["jaw y"])]
    row = result.articulators.set_index("articulator").loc["li_y"]
    names = ("rmse_mm", "rmse_mm_low", "rmse_mm_high", "ridge_rmse_mm", "trivial_rmse_mm",
             "pearson", "pearson_low", "pearson_high", "ridge_pearson", "trivial_pearson")
    for name, shown in zip(names, numbers, strict=True):
        assert abs(row[name] - shown) <= 0.0051
    assert f"{result.scores.predictors['model'].means['rmse_mm'].mean:.2f}" in lines["mean"]
    assert f"{result.scores.predictors['model'].means['pearson'].mean:.3f}" in lines["mean"]


def test_the_table_names_origin_and_written_files():
    text = fold_table(_result(), ["metrics/scores.json", "plots/articulators.png"])
    heading = "indep mocha/fsew0: 8 test utterances, 8 sentences, SYNTHETIC data, not to be compared with published numbers"
    assert text.startswith(f"{heading}\n")
    assert text.endswith("written:  metrics/scores.json\n          plots/articulators.png")
    assert "1 times an articulator did not move" in text
    assert "SYNTHETIC" not in fold_table(_result(replace(RUN, origin="real")))
    assert "unknown origin" in fold_table(_result(ScoredRun(split="dep")))


def test_columns_are_aligned_and_rows_fit_132_characters():
    lines = fold_table(_result()).splitlines()
    table = [line for line in lines if re.match(r"(tongue|jaw|upper|lower|lip|mean)", line)]
    assert len({len(line) for line in table}) == 1
    assert max(map(len, lines)) <= 132


def test_escape_codes_are_used_only_on_a_terminal(monkeypatch):
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
        made = _result().scores
        model = made.predictors["model"]
        mean = replace(model.means["pearson"], mean=model.means["pearson"].mean + 0.1 * at)
        predictors = made.predictors | {"model": replace(model, means=model.means | {"pearson": mean})}
        scores.append(replace(made, run=replace(made.run, test_speaker=speaker), predictors=predictors))
    text = loso_table(loso.summarise(scores, PARAMS), ["metrics/loso.csv"])
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    base = scores[0].predictors["model"].means["pearson"].mean
    assert f"{base:.3f}" in lines["hprc/F01"]
    assert f"{base + 0.05:.3f}  [{base:.3f}, {base + 0.1:.3f}]" in lines["mean hprc"]
    assert f"{base + 0.1:.3f}" in lines["mean"]
    assert re.search(r"^bilstm - ridge: Pearson 0\.\d+ \[.*\], better for 3 of 3 speakers; RMSE mm -", text, re.MULTILINE)
    assert "\nindep bilstm: 3 test speakers, 24 utterances, 8 sentences each, SYNTHETIC data\n" in text
    rungs = [line.split() for line in text.splitlines() if line.startswith("indep  ")]
    assert [rung[1] for rung in rungs] == ["trivial", "ridge", "bilstm"] * 3  # all trajectories, the 12 coordinates, the test parts
    coils, common = rungs[5], rungs[8]
    assert coils[2] == f"{np.mean([fold.predictors['model'].means['pearson_coils'].mean for fold in scores]):.3f}"
    assert common[2] == f"{np.mean([fold.common.predictors['model']['pearson'].mean for fold in scores]):.3f}"
    assert coils[2] in lines["mean, 12 coil coordinates"]
    assert text.endswith("written:  metrics/loso.csv")


def test_the_table_shows_means_over_coils_and_the_common_part():
    result = _result()
    lines = {line.split("  ")[0]: line for line in fold_table(result).splitlines()}
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", lines["mean, 12 coil coordinates"])]
    means = [own.means for own in result.scores.predictors.values()]
    wanted = [value for metric in ("rmse_mm_coils", "pearson_coils") for own in (means[0][metric],)
              for value in (own.mean, own.low, own.high, *(other[metric].mean for other in means[1:]))]
    np.testing.assert_allclose(numbers, wanted, atol=0.0051)
    common = [float(text) for text in re.findall(r"-?\d+\.\d+", lines["bilstm"])]
    np.testing.assert_allclose(common, [result.scores.common.predictors["model"][metric].mean for metric in (
        "pearson", "pearson_coils", "rmse_mm", "rmse_mm_coils", "rmse_z", "rmse_z_coils")], atol=0.0051)
    assert "the test part alone, common to all splits (8 utterances, 8 sentences):" in lines


def _points():
    return {0: AdaptedScores(0, Amount(17, 12), {"pearson": 0.5, "pearson_coils": 0.51, "rmse_mm_blind": 4.0}),
            5: AdaptedScores(5, Amount(17, 12), {"pearson": 0.625, "pearson_coils": 0.63, "rmse_mm_blind": 2.5})}


def test_points_of_the_adaptation_curve_are_shown_with_the_unadapted_model():
    result = _result()
    result = replace(result, scores=replace(result.scores, adapted=_points()))
    row = next(line for line in fold_table(result).splitlines() if line.startswith("5 utterances"))
    assert row.split("  ")[:2] == ["5 utterances", "17 utterances, 12 sentences"]
    assert re.findall(r"\d\.\d+", row) == ["0.625", "0.500", "2.50", "4.00"]
    scores = []
    for at in range(2):
        points = {
            number: replace(point, tested=Amount(17, 12 + at), means=point.means | {"pearson": point.means["pearson"] + gain * at})
            for (number, point), gain in zip(_points().items(), (-0.01, 0.05), strict=True)
        }
        scores.append(replace(result.scores, run=replace(RUN, test_speaker=f"hprc/F0{at}"), adapted=points))
    summary = loso.summarise(scores, PARAMS)
    assert summary.settings["indep"]["bilstm"].adapted[5].means["pearson"].zero_shot == pytest.approx(0.495)
    row = next(line for line in loso_table(summary).splitlines() if line.startswith("5 utterances"))
    assert "17 utterances, 12.5 sentences" in row
    assert re.findall(r"\b\d\.\d+", row) == ["0.650", "0.625", "0.675", "0.495", "0.155", "0.125", "0.185", "2.50", "2.50", "2.50",
                                              "4.00"]
