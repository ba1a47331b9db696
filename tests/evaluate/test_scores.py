"""Scores from truths and predictions, compared with an oracle, the trivial predictor and simple slow code."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from artinv.core.channels import CHANNELS, IN_MM
from artinv.core.workspace import Workspace
from artinv.evaluate.results import Counts, FoldScores
from artinv.evaluate.scores import ScoreTables, evaluate, examples, origin_label
from artinv.runtime.errors import BadData
from tests.support.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths, zeros


def _evaluate(made, predictions, params=PARAMS, average=None):
    return evaluate(made, predictions, {"mocha/fsew0": statistics(made)}, average or blind(), run=RUN, params=params)


def test_perfect_prediction_has_pearson_one_and_rmse_zero():
    made = truths()
    result = _evaluate(made, {"model": [np.nan_to_num(frames.motion) for frames in made]})
    for metric, best in (("pearson", 1.0), ("rmse_mm", 0.0), ("rmse_z", 0.0)):
        model = result.scores.predictors["model"]
        assert model.means[metric].to_json() == pytest.approx(dict.fromkeys(("mean", "low", "high", "pooled"), best), abs=1e-12)
        np.testing.assert_allclose(list(model.trajectories[metric].values()), best, atol=1e-12)
        np.testing.assert_allclose(result.articulators[metric], best, atol=1e-12)
        np.testing.assert_allclose(result.utterances[metric], best, atol=1e-12)
    assert result.scores.predictors["model"].means["rmse_mm_blind"].mean > 1


def test_constant_prediction_scores_as_the_trivial_predictor():
    made = truths()
    predictors = _evaluate(made, {"model": zeros(made)}).scores.predictors
    assert predictors["model"] == predictors["trivial"]
    assert predictors["model"].means["pearson"].mean == 0


def test_trivial_rmse_is_the_standard_deviation():
    made = truths(40)
    scores, std = _evaluate(made, {"model": zeros(made)}).scores, statistics(made).motion_std
    for at in np.flatnonzero(np.isfinite(std)):
        every = np.concatenate([frames.motion[:, at] for frames in made])
        expected = std[at] * np.sqrt(np.nanmean(np.square(every, dtype=np.float64)))
        pooled = scores.predictors["trivial"].trajectories["rmse_z"][CHANNELS[at]] * std[at]
        assert pooled == pytest.approx(expected, rel=0.02)
    assert scores.predictors["trivial"].means["rmse_z"].pooled == pytest.approx(1, abs=0.05)


def test_scores_agree_with_a_slow_computation():
    made, std = truths(5), statistics(truths(5)).motion_std
    guesses = noisy(made, 0.8)
    scores = _evaluate(made, {"model": guesses}).scores.predictors["model"]
    r, mm, every = {}, {}, {}
    for name in ("tt_x", "td_x", "la", "ttcl"):
        at = CHANNELS.index(name)
        pairs = [(frames.motion[present, at], guess[present, at]) for frames, guess in zip(made, guesses, strict=True)
                 for present in [np.isfinite(frames.motion[:, at])]]
        r[name] = np.mean([pearsonr(*np.float64(pair)).statistic for pair in pairs])
        mm[name] = np.mean([std[at] * np.sqrt(np.mean(np.square(np.float64(x) - y))) for x, y in pairs])
        every[name] = np.concatenate(pairs, axis=1)
        assert scores.trajectories["pearson"][name] == pytest.approx(r[name], abs=1e-9)
        assert scores.trajectories["rmse_mm"][name] == pytest.approx(mm[name], rel=1e-6)
    millimetres = [value for name, value in scores.trajectories["rmse_mm"].items() if name not in ("ttcl", "tbcl")]
    assert scores.means["rmse_mm"].mean == pytest.approx(np.mean(millimetres))
    assert len(millimetres) == IN_MM.sum() - 2
    assert scores.means["pearson"].mean == pytest.approx(np.mean(list(scores.trajectories["pearson"].values())))


def test_pooled_scores_are_those_of_all_frames_at_once():
    made = truths(5, absent=[name for name in CHANNELS if name != "td_x"])
    guesses = noisy(made, 0.8)
    x, y = (np.concatenate([getattr(item, "motion", item)[:, 2] for item in items]).astype(np.float64) for items in (made, guesses))
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]
    scores = _evaluate(made, {"model": guesses}).scores.predictors["model"].means
    assert scores["pearson"].pooled == pytest.approx(pearsonr(x, y).statistic, abs=1e-9)
    assert scores["rmse_z"].pooled == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), abs=1e-9)


def test_blind_rmse_in_mm_equals_rmse_in_mm_for_an_average_speaker():
    made = truths()
    own = statistics(made)
    level, spread = own.average_mean, own.motion_std
    own = type(own)(**{**{name: getattr(own, name) for name in own.__dataclass_fields__},
                       "motion_mean": np.broadcast_to(level, own.motion_mean.shape)})
    result = evaluate(made, {"model": noisy(made, 0.5)}, {"mocha/fsew0": own}, (level, spread), run=RUN, params=PARAMS)
    means = result.scores.predictors["model"].means
    assert means["rmse_mm_blind"].mean == pytest.approx(means["rmse_mm"].mean, rel=1e-5)


def test_absent_articulators_are_omitted_and_constant_ones_are_counted():
    made = truths()
    made[4].motion[:, 5] = 0.25
    result = _evaluate(made, {"model": noisy(made, 0.5), "ridge": noisy(made, 1.0)})
    assert result.scores.counts == Counts(
        utterances=12, sentences=12, frames=sum(len(frames.motion) for frames in made), constant=1, articulators=16)
    assert set(result.scores.predictors["model"].trajectories["pearson"]) == set(CHANNELS) - {"v_x", "v_y"}
    assert result.articulators["articulator"].tolist() == [*CHANNELS[:16], "mean"]
    assert result.articulators.set_index("articulator")["constant"]["tb_y"] == 1
    assert np.isnan(result.utterances["pearson.tb_y"][4])
    assert np.isfinite(result.utterances["rmse_mm.tb_y"][4])


def test_intervals_contain_the_mean_and_narrow_with_more_utterances():
    few, many = ({"made": truths(number)} for number in (6, 60))
    for case in (few, many):
        scores = _evaluate(case["made"], {"model": noisy(case["made"], 0.8)}).scores
        pearson = scores.predictors["model"].means["pearson"]
        assert pearson.low < pearson.mean < pearson.high
        case["width"] = pearson.high - pearson.low
    assert many["width"] < few["width"] / 2


def test_means_over_coil_coordinates_are_those_of_the_twelve_columns():
    made = truths(5, absent=("ul_x", "v_x"))
    made[1].motion[:, CHANNELS.index("tt_y")] = np.nan
    result = _evaluate(made, {"model": noisy(made, 0.8), "ridge": noisy(made, 1.5)})
    coils = [f"{coil}_{axis}" for coil in ("tt", "td", "tb", "li", "ul", "ll") for axis in "xy" if (coil, axis) != ("ul", "x")]
    for predictor, own in result.scores.predictors.items():
        for metric in ("pearson", "rmse_mm", "rmse_z"):
            over = own.means[f"{metric}_coils"]
            assert over.mean == pytest.approx(np.mean([own.trajectories[metric][name] for name in coils]))
            key = f"{metric}_coils" if predictor == "model" else f"{predictor}_{metric}_coils"
            assert result.scores.headline[key] == over.mean
            if (predictor, metric) != ("trivial", "pearson"):
                assert over.low < over.mean < over.high
                assert over.mean != own.means[metric].mean


def _takes(made, number):
    """Return each utterance `number` times, as identical takes of one sentence."""
    return [replace(frames, name=f"{frames.name}_{take}") for frames in made for take in range(number)]


def test_further_takes_of_a_sentence_do_not_narrow_intervals():
    """Four copies of each utterance, drawn independently, would halve the interval."""
    made = truths(10)
    guesses = noisy(made, 0.8)
    once = _evaluate(made, {"model": guesses}).scores
    copies, own = _takes(made, 4), statistics(made)
    names = np.array([frames.name for frames in copies])
    own = replace(own, names=names, motion_mean=np.repeat(own.motion_mean, 4, axis=0))
    copied = [motion for motion in guesses for _ in range(4)]
    four = evaluate(copies, {"model": copied}, {"mocha/fsew0": own}, blind(), run=RUN, params=PARAMS).scores
    assert four.counts.utterances == 40
    assert four.counts.sentences == once.counts.sentences == 10
    alone = once.predictors["model"].means
    for means in (four.predictors["model"].means, four.common.predictors["model"]):
        for mean in ("pearson", "rmse_mm", "rmse_z", "rmse_mm_blind", "pearson_coils"):
            for key in ("mean", "low", "high"):
                assert getattr(means[mean], key) == pytest.approx(getattr(alone[mean], key), rel=1e-9)
    apart = [replace(frames, sentence=frames.name) for frames in copies]
    loose = evaluate(apart, {"model": copied}, {"mocha/fsew0": own}, blind(), run=RUN, params=PARAMS).scores
    wide, narrow = alone["pearson"], loose.predictors["model"].means["pearson"]
    assert narrow.high - narrow.low < 0.7 * (wide.high - wide.low)


def test_the_common_part_is_the_test_part_in_every_split():
    made = truths(9)
    guesses, ridge = noisy(made, 0.8), noisy(made, 1.5, 7)
    spec = _evaluate(made[:4], {"model": guesses[:4], "ridge": ridge[:4]})
    every = [replace(frames, part="test" if at < 4 else ("train", "valid")[at % 2]) for at, frames in enumerate(made)]
    indep = _evaluate(every, {"model": guesses, "ridge": ridge})
    part, whole = spec.scores.headline, indep.scores.headline
    for mean in ("pearson", "rmse_mm", "rmse_z", "pearson_coils", "rmse_mm_coils", "ridge_pearson", "ridge_rmse_mm_coils"):
        assert part[f"common_{mean}"] == part[mean]
        assert whole[f"common_{mean}"] == pytest.approx(part[mean], rel=1e-12)
        assert whole[mean] != pytest.approx(part[mean], rel=1e-6)
    shared = spec.scores.common.predictors["model"]["pearson"]
    assert replace(spec.scores.predictors["model"].means["pearson"], pooled=None) == shared
    assert (whole["common_utterances"], whole["common_sentences"], whole["utterances"]) == (4, 4, 9)
    untested = _evaluate([replace(frames, part="train") for frames in made], {"model": guesses})
    assert not [key for key in untested.scores.headline if key.startswith("common")]


def test_a_single_utterance_has_no_interval(tmp_path):
    made = truths(1)
    scores = _evaluate(made, {"model": noisy(made, 0.8)}).scores
    scores.write(tmp_path / "scores.json")
    written = json.loads((tmp_path / "scores.json").read_text())
    assert written["predictors"]["model"]["means"]["pearson"]["low"] is None
    assert np.isnan(FoldScores.read(tmp_path / "scores.json", "dvc repro").predictors["model"].means["pearson"].low)


def test_same_input_gives_same_bytes(tmp_path):
    made = truths()
    for name in ("one", "two"):
        _evaluate(made, {"model": noisy(made, 0.8), "ridge": noisy(made, 1.2)}).save(Workspace(tmp_path / name))
    for path in ("metrics/scores.json", "metrics/details.json", "metrics/utterances.csv", "plots/articulators.csv"):
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_load_restores_what_save_wrote(tmp_path):
    made = truths(4)
    result = _evaluate(made, {"model": noisy(made, 0.8), "ridge": noisy(made, 1.2)})
    result.save(Workspace(tmp_path))
    again = ScoreTables.load(Workspace(tmp_path))
    assert again.scores.run == RUN
    for name, own in result.scores.predictors.items():
        for metric, mean in own.means.items():
            assert again.scores.predictors[name].means[metric].to_json() == pytest.approx(mean.to_json(), abs=1e-6)
    pd.testing.assert_frame_equal(again.articulators, result.articulators, atol=1e-6)
    pd.testing.assert_frame_equal(again.utterances, result.utterances, atol=6e-4)
    (tmp_path / "metrics/details.json").write_text("{")
    with pytest.raises(BadData, match=r"details.json: cannot be read .*; run `dvc repro`"):
        ScoreTables.load(Workspace(tmp_path))
    (tmp_path / "metrics/details.json").write_text('{"run": {}, "counts": {"utterances": "many"}}')
    with pytest.raises(BadData, match=r"details.json: counts.utterances: Input should be a valid integer.*; run `dvc repro`"):
        ScoreTables.load(Workspace(tmp_path))


def test_examples_are_ordered_from_low_to_high_pearson():
    made = truths(30)
    guesses = [guess for at, frames in enumerate(made) for guess in noisy([frames], 0.1 * at)]
    result = _evaluate(made, {"model": guesses})
    chosen = examples(result, 3)
    assert np.all(np.diff(result.utterances["pearson"][chosen]) > 0)
    assert len(chosen) == 3
    assert len(examples(_evaluate(made[:2], {"model": guesses[:2]}), 3)) == 2


def _spoiled(fault):
    made = truths()
    guesses = noisy(made, 0.5)
    match fault:
        case "one too few":
            guesses.pop()
        case "too short":
            guesses[2] = guesses[2][1:]
        case "not a number":
            guesses[5][0, 0] = np.nan
        case "nothing":
            made, guesses = [], []
    return made, guesses


@pytest.mark.parametrize(("fault", "message"), [
    ("one too few", "model: 11 predictions for 12 test utterances; delete the model and run `dvc repro`"),
    ("too short", "mocha/fsew0/fsew0_002: prediction of 'model' is not (83, 18) finite numbers; retrain the model"),
    ("not a number", "mocha/fsew0/fsew0_005: prediction of 'model' is not"),
    ("nothing", "no test utterance to evaluate; choose another split or test_speaker"),
])
def test_errors_name_the_bad_input(fault, message):
    made, guesses = _spoiled(fault)
    with pytest.raises(BadData) as caught:
        evaluate(made, {"model": guesses}, {"mocha/fsew0": statistics(truths())}, blind(), run=RUN, params=PARAMS)
    assert message in str(caught.value)


@pytest.mark.parametrize(("origin", "words"), [
    ("synthetic", "SYNTHETIC data"), ("mixed", "partly SYNTHETIC data"), ("real", "real data"), ("?", "data of unknown origin"),
])
def test_label_describes_the_origin(origin, words):
    assert origin_label(origin) == words
