"""Leave-one-speaker-out summaries, compared with means, intervals and differences computed by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.workspace import Workspace
from artinv.evaluate import loso as folds
from artinv.evaluate.results import LosoSummary, SummaryCounts
from artinv.evaluate.scores import evaluate
from artinv.runtime.errors import BadData
from tests.support.folds_for_tests import PARAMS, RUN, blind, noisy, statistics, truths

SPEAKERS = ("hprc/F01", "hprc/F02", "hprc/M01", "mocha/fsew0", "mocha/msak0")


def _fold(speaker, noise=0.8, split="indep", model="bilstm", origin="synthetic", **options):
    corpus, _, name = speaker.partition("/")
    seed = SPEAKERS.index(speaker) if speaker in SPEAKERS else 9
    made = truths(4, seed=seed, corpus=corpus, speaker=name, **options)
    predictions = {"model": noisy(made, noise, seed), "ridge": noisy(made, 1.5, seed + 100)}
    run = replace(RUN, test_speaker=speaker, split=split, model=model, origin=origin)
    return evaluate(made, predictions, {speaker: statistics(made, seed)}, blind(), run=run, params=PARAMS).scores


def _means(scores, metric, predictor="model"):
    return [fold.predictors[predictor].means[metric].mean for fold in scores]


def _renamed(fold, model):
    return replace(fold, run=replace(fold.run, model=model))


def _shifted(fold, by):
    """Return the fold with the model's Pearson raised by `by`."""
    own = fold.predictors["model"]
    mean = replace(own.means["pearson"], mean=own.means["pearson"].mean + by)
    return replace(fold, predictors=fold.predictors | {"model": replace(own, means=own.means | {"pearson": mean})})


@pytest.fixture(scope="module")
def five():
    return [_fold(speaker, 0.4 + 0.2 * at, absent=("v_x", "v_y") if at else ()) for at, speaker in enumerate(SPEAKERS)]


def test_means_are_means_over_speakers(five):
    whole = folds.summarise(five, PARAMS)
    summary = whole.settings["indep"]["bilstm"]
    over = summary.predictors["model"]
    for metric in ("pearson", "rmse_mm", "rmse_z", "rmse_mm_blind", "pearson_coils", "rmse_mm_coils", "rmse_z_coils"):
        assert over.means[metric].mean == pytest.approx(np.mean(_means(five, metric)))
        assert over.means[metric].low < over.means[metric].mean < over.means[metric].high
        assert summary.predictors["ridge"].means[metric].mean == pytest.approx(np.mean(_means(five, metric, "ridge")))
    assert over.corpora["hprc"]["pearson"].mean == pytest.approx(np.mean(_means(five[:3], "pearson")))
    assert over.speakers["hprc/F02"]["pearson"] == _means(five, "pearson")[1]
    assert summary.counts == SummaryCounts(speakers=5, utterances=20, sentences_each=4)
    for name in ("model", "ridge"):
        for metric in ("pearson", "rmse_mm_coils"):
            common = summary.predictors[name].common[metric]
            assert common.mean == pytest.approx(np.mean([fold.common.predictors[name][metric].mean for fold in five]))
            assert common.low < common.mean < common.high
    figures = whole.headline["indep"]
    assert figures["bilstm"]["common_pearson_coils"] == over.common["pearson_coils"].mean
    assert figures["ridge"]["rmse_z_coils"] == summary.predictors["ridge"].means["rmse_z_coils"].mean
    assert figures["trivial"]["pearson_coils"] == 0


def test_the_headline_keeps_a_run_of_the_model_ridge_apart_from_the_baseline(five):
    runs = [_renamed(_shifted(fold, 0.1), "ridge") for fold in five]
    figures = folds.summarise([*five, *runs], PARAMS).headline["indep"]
    assert set(figures) == {"bilstm", "model_ridge", "ridge", "trivial"}
    assert figures["ridge"] == folds.summarise(five, PARAMS).headline["indep"]["ridge"]
    assert figures["model_ridge"]["pearson"] == pytest.approx(np.mean(_means(five, "pearson")) + 0.1)


def test_distinct_sentences_are_counted_over_all_speakers(five):
    named = [replace(fold, sentences=["a", "b", f"own {at}"]) for at, fold in enumerate(five)]
    assert folds.summarise(named, PARAMS).settings["indep"]["bilstm"].counts.sentences == 7


def test_an_articulator_is_averaged_over_the_speakers_who_have_it(five):
    trajectories = folds.summarise(five, PARAMS).settings["indep"]["bilstm"].predictors["model"].trajectories["pearson"]
    own = [fold.predictors["model"].trajectories["pearson"] for fold in five]
    assert trajectories["v_x"] == own[0]["v_x"]
    assert trajectories["tt_x"] == pytest.approx(np.mean([scores["tt_x"] for scores in own]))


def test_difference_from_ridge_is_taken_per_speaker(five):
    difference = folds.summarise(five, PARAMS).settings["indep"]["bilstm"].minus["ridge"]
    by_hand, coils, errors = (np.subtract(_means(five, metric), _means(five, metric, "ridge"))
                              for metric in ("pearson", "pearson_coils", "rmse_mm"))
    assert difference["pearson"].mean == pytest.approx(np.mean(by_hand))
    assert difference["pearson"].better == sum(by_hand > 0)
    assert difference["pearson_coils"].better == sum(coils > 0) > 0
    assert difference["rmse_mm"].better == sum(errors < 0)


def test_paired_difference_detects_a_gain_smaller_than_the_spread_between_speakers(five):
    better = [_renamed(_shifted(fold, 0.01), "tcn") for fold in five]
    summary = folds.summarise([*better, *five], PARAMS)
    pair = summary.pairs["indep"]["bilstm - tcn"]["pearson"]
    assert (pair.mean, pair.low, pair.high) == pytest.approx((-0.01, -0.01, -0.01))
    assert (pair.better, pair.speakers) == (0, 5)
    models = {name: own.predictors["model"].means["pearson"] for name, own in summary.settings["indep"].items()}
    assert models["tcn"].low < models["bilstm"].high


def test_models_are_paired_over_common_speakers_only(five):
    other = [_renamed(fold, "mlp") for fold in five[:2]]
    assert folds.summarise([*five, *other], PARAMS).pairs["indep"]["bilstm - mlp"]["pearson"].speakers == 2


def test_splits_are_summarised_separately(five):
    summary = folds.summarise([*five, _fold("mocha/fsew0", 0.3, split="spec")], PARAMS)
    spec, indep = (summary.settings[name]["bilstm"] for name in ("spec", "indep"))
    assert (spec.counts.speakers, indep.counts.speakers) == (1, 5)
    assert np.isnan(spec.predictors["model"].means["pearson"].low)


def test_files_hold_speakers_by_articulators_and_do_not_depend_on_the_order_of_folds(five, tmp_path):
    one, two = (Workspace(tmp_path / name) for name in ("one", "two"))
    folds.write(five, PARAMS, one)
    folds.write(five[::-1], PARAMS, two)
    for file in (one.loso_scores, one.loso_details, one.loso_table):
        assert file.read_bytes() == (two.metrics / file.name).read_bytes()
    table = pd.read_csv(one.loso_table)
    assert table.columns.tolist() == ["split", "model", "line", "metric", "corpus", "speaker", "mean", *CHANNELS]
    model = table[(table["line"] == "model") & (table["metric"] == "pearson")]
    assert model["speaker"].tolist() == [*SPEAKERS, "mean", "low", "high", "mean", "low", "high", "mean", "low", "high"]
    assert model["corpus"].tolist()[5:] == ["hprc"] * 3 + ["mocha"] * 3 + ["all"] * 3
    everyone = model[model["corpus"] == "all"].set_index("speaker")
    own = [fold.predictors["model"].trajectories["pearson"]["tt_x"] for fold in five]
    assert everyone["tt_x"]["mean"] == pytest.approx(np.mean(own), abs=1e-4)
    summary = LosoSummary.read(one.loso_details, "make loso")
    assert summary.run.origin == "synthetic"


@pytest.mark.parametrize(("spoil", "message"), [
    (list.clear, "no folds to summarise; run `make loso`"),
    (lambda five: five.append(five[0]), "fold 'indep bilstm hprc/F01' appears twice; remove one of its score files"),
    (lambda five: five.append(_fold("usc/F1", origin="real")), "fold 'indep bilstm usc/F1' is real, others are synthetic"),
    (lambda five: five.append(replace(_fold("usc/F1"), run=replace(RUN, test_speaker="usc/F1", phones="labels"))),
     "fold 'indep bilstm usc/F1' has phones: labels, others have none; run `make loso`"),
])
def test_errors_name_the_fold_that_cannot_be_summarised(five, spoil, message):
    spoiled = list(five)
    spoil(spoiled)
    with pytest.raises(BadData) as caught:
        folds.summarise(spoiled, PARAMS)
    assert message in str(caught.value)


def test_gain_from_known_text_is_measured_on_the_same_utterances():
    """Only the test part counts; the other utterances, tested without `unseen_text`, are easier."""
    made = []
    for at, speaker in enumerate(SPEAKERS):
        whole, part = _fold(speaker, 0.2), _fold(speaker, 0.5)
        made.append(replace(whole, common=part.common))
        known = part.common.predictors["model"]
        worse = known | {"pearson": replace(known["pearson"], mean=known["pearson"].mean - 0.01 * at)}
        common = replace(part.common, predictors=part.common.predictors | {"model": worse})
        made.append(replace(part, run=replace(part.run, unseen_text=True), common=common))
    summary = folds.summarise(made, PARAMS)
    assert set(summary.pairs["unseen"]) == {"bilstm with known text - bilstm"}
    gain = summary.pairs["unseen"]["bilstm with known text - bilstm"]["pearson"]
    assert gain.mean == pytest.approx(0.02)
    assert (gain.better, gain.speakers) == (4, 5)
    indep, unseen = (summary.settings[name]["bilstm"].predictors["model"].means["pearson"].mean for name in ("indep", "unseen"))
    assert indep > unseen + 0.05
