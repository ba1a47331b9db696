"""Test data does not leak into the model, its intervals or the scale of the blind RMSE.

`python -m experiments.leaks` plants leaks that these tests must detect.
"""

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from artinv.core import store
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset, build
from artinv.data.normalize import NormalizeParams, average
from artinv.data.splits import Split, speakers_of
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, adaptation_curve, score
from artinv.evaluate.scores import EvaluateParams, measure
from artinv.learn.adapt import AdaptParams, adapt
from artinv.learn.calibration import with_intervals
from artinv.learn.inverter import FILES, Inverter
from artinv.measure import metrics
from artinv.measure.intervals import Interval, IntervalParams
from tests.conftest import change
from tests.support import toys
from tests.support.running import stage
from tools import deps

PARTS = ("train", "test", "train", "valid", "train", "test", "train", "valid")
SPEAKERS = {"hprc": ("F01", "F02"), "mocha": ("fsew0", "msak0")}
TESTED = "hprc/F01"
IN_TWO_PARTS = {("mocha", 7): 5}
"""Utterance 7 of mocha, in `valid`, repeats sentence 5, which F01 says in `test`."""

SMALL = {
    "corpora": list(SPEAKERS), "train.model": "mlp", "train.pooled_epochs": {"mlp": 2}, "train.epochs": 2, "train.warp": 0.0,
    "models.mlp.width": 8, "models.mlp.layers": 1, "features.n_mels": 8, "features.n_mfcc": 2, "evaluate.draws": 100,
    "adapt.utterances": [1, 2],
}


def project(folder, changed=lambda _: False, choices=None):
    """Write params.yaml, normalized records and statistics of four speakers; `changed` selects those with other articulation."""
    all_choices = yaml.safe_load(deps.CHOICES.read_text(encoding="utf-8"))
    change(all_choices, SMALL | (choices or {}))
    folder.mkdir()
    (folder / "params.yaml").write_text(yaml.safe_dump(all_choices), encoding="utf-8")
    params = NormalizeParams(neighbours=60, regluing=1.0, available=0.5)
    for corpus, names in SPEAKERS.items():
        for name in names:
            records = [
                toys.frames(name, number, part=part, corpus=corpus, sentence=sentence_of(corpus, number))
                for number, part in enumerate(PARTS * 2)
            ]
            store.write(folder / "data/features" / corpus, [
                replace(frames, motion=other(frames.motion)) if changed(frames) else frames for frames in records
            ])
        build(corpus, params, Workspace(folder))
    return folder


def sentence_of(corpus, number):
    """Return a sentence key: the same for all speakers, except that each corpus has its own sentence 1."""
    return f"{corpus if number == 1 else ''} {IN_TWO_PARTS.get((corpus, number), number)}"


def other(motion):
    """Return the motion reversed in time, with the same mean and a larger range."""
    mean = motion.mean(axis=0)
    return (mean + 1.3 * (motion[::-1] - mean)).astype(np.float32)


def fold(folder, setting):
    """Train and score one fold; return the bytes of its models, and its scores."""
    stage(folder, "fold", f"{setting}-mlp", "F01")
    stage(folder, "fold_score", f"{setting}-mlp", "F01")
    models = folder / f"data/loso/models/{setting}-mlp/F01"
    scores = json.loads((folder / f"data/loso/scores/{setting}-mlp/F01.json").read_text())
    return {file: (models / f"{file}.safetensors").read_bytes() for file in FILES}, scores


@pytest.mark.parametrize("setting", ["spec", "dep", "indep", "unseen"])
def test_articulation_of_the_test_set_influences_neither_model_nor_intervals(tmp_path, setting):
    """With `indep` the test set is all of the test speaker, whose articulatory statistics must not be used either."""
    plain = project(tmp_path / "plain")
    whole = setting in ("indep", "unseen")
    changed = project(tmp_path / "changed", lambda frames: frames.speaker_id == TESTED and (whole or frames.part == "test"))
    (models, scores), (again, others) = (fold(folder, setting) for folder in (plain, changed))
    assert models == again
    assert scores["predictors"]["model"]["means"]["pearson"] != others["predictors"]["model"]["means"]["pearson"]
    assert scores["errors"]["learned"]["width"] == others["errors"]["learned"]["width"]
    ids = Split.load(plain / f"data/loso/models/{setting}-mlp/F01/split.json")
    assert ids == Split.load(changed / f"data/loso/models/{setting}-mlp/F01/split.json")
    assert (TESTED in speakers_of(ids.train)) == (setting in ("spec", "dep"))
    if setting == "unseen":
        sentences = {part: {frames.sentence for frames in loaded(plain, getattr(ids, part))} for part in ("train", "valid", "test")}
        assert not sentences["test"] & (sentences["train"] | sentences["valid"])


@pytest.mark.parametrize("setting", ["spec", "dep", "indep"])
def test_articulation_of_the_test_set_does_not_influence_the_models_of_the_default_run(tmp_path, setting):
    """The model files also hold the width and factor of the intervals, and the average statistics."""
    choices = {"split": setting, "test_speaker": "F01"}
    plain = project(tmp_path / "plain", choices=choices)
    changed = project(
        tmp_path / "changed", lambda frames: frames.speaker_id == TESTED and (setting == "indep" or frames.part == "test"), choices)
    results = []
    for folder in (plain, changed):
        stage(folder, "split")
        stage(folder, "train")
        models = {file: folder / f"models/{file}.safetensors" for file in FILES}
        acoustics = [frames.acoustics for frames in loaded(folder, Split.load(folder / "data/split.json").test)]
        predicted = {file: np.concatenate(Inverter.load(path).predict_many(acoustics)) for file, path in models.items()}
        results.append(({file: path.read_bytes() for file, path in models.items()}, predicted))
    (files, motions), (again, others) = results
    assert b"interval_factor" in files["inverter"]
    assert files == again
    for file, motion in motions.items():
        np.testing.assert_array_equal(motion, others[file])


def test_articulation_of_a_held_out_group_influences_neither_its_model_nor_its_interval_widths(tmp_path):
    group = "F01__fsew0"
    plain = project(tmp_path / "plain")
    changed = project(tmp_path / "changed", lambda frames: frames.speaker_id in (TESTED, "mocha/fsew0"))
    for folder in (plain, changed):
        stage(folder, "strangers", "mlp", group)
        stage(folder, "strangers_score", "mlp", group)
    model, again = ((folder / f"data/loso/strangers/models/mlp/{group}/inverter.safetensors").read_bytes()
                    for folder in (plain, changed))
    assert model == again
    errors, others = (json.loads((folder / f"data/loso/strangers/errors/mlp/{group}.json").read_text())
                      for folder in (plain, changed))
    assert set(errors) == {TESTED, "mocha/fsew0"}
    for speaker, kinds in errors.items():
        assert kinds["learned"]["width"] == others[speaker]["learned"]["width"]
        assert kinds["learned"]["counts"] != others[speaker]["learned"]["counts"]


def loaded(folder, ids):
    return Dataset(Workspace(folder)).load(ids)


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """Return folder, split and models of a fold that leaves F01 out."""
    folder = project(tmp_path_factory.mktemp("leaks") / "project")
    fold(folder, "indep")
    models = folder / "data/loso/models/indep-mlp/F01"
    return folder, Split.load(models / "split.json"), {file: Inverter.load(models / f"{file}.safetensors") for file in FILES}


PARAMS = ScoreParams(EvaluateParams(draws=100, seed=0, examples=1), AdaptParams(utterances=[1, 3], prior=300.0))


def test_blind_rmse_uses_statistics_of_the_training_speakers_only(tested):
    folder, split, inverters = tested
    data = Dataset(Workspace(folder))
    scored = score(split, EvaluationSet.of(split, data), inverters, PARAMS)
    own, training = data.stats([TESTED])[TESTED], average(data.stats(speakers_of(split.train)).values())
    assert speakers_of(split.train) == ["hprc/F02", "mocha/fsew0", "mocha/msak0"]
    by_hand = [metrics.rmse_mm_blind(frames.motion, motion, (own.mean_of(frames.name), own.motion_std), training)
               for frames, motion in zip(scored.truths, scored.predictions, strict=True)]
    mean = metrics.mean_over(metrics.average(np.stack(by_hand)), "rmse_mm_blind")
    assert scored.result.scores.predictors["model"].means["rmse_mm_blind"].mean == pytest.approx(float(mean), rel=1e-6)


def test_interval_coverage_uses_a_factor_fitted_on_the_validation_set(tested):
    folder, split, inverters = tested
    data, level = Dataset(Workspace(folder)), IntervalParams.load(folder / "params.yaml").level
    truths = data.load(split.test)
    calibrated = with_intervals(inverters["inverter"], data.load(split.valid), level)
    scored = score(split, EvaluationSet.of(split, data), inverters | {"inverter": calibrated}, PARAMS)
    interval = Interval.of(calibrated.statistics)
    speaker, inside = interval.width.level(scored.predictions), []
    for frames, motion in zip(truths, scored.predictions, strict=True):
        margin = interval.factor * interval.width.of(frames.acoustics, motion, speaker)
        inside.append(np.where(np.isfinite(frames.motion), np.abs(frames.motion - motion) < margin, np.nan))
    coverage = scored.result.scores.intervals.coverage
    assert coverage == pytest.approx(np.nanmean(np.concatenate(inside)), abs=0.005)
    assert abs(coverage - level) > 0.01


def test_no_utterance_of_the_adaptation_curve_is_both_adapted_on_and_scored(tested):
    """Other articulation of the adaptation utterances changes all points but the one without adaptation."""
    folder, split, inverters = tested
    data = Dataset(Workspace(folder))
    truths, stats = data.load(split.test), data.stats([TESTED])[TESTED]
    training = average(data.stats(speakers_of(split.train)).values())
    changed = [replace(frames, motion=-frames.motion) if frames.part == "train" else frames for frames in truths]
    points, others = (adaptation_curve(inverters["inverter"], records, stats, training, PARAMS) for records in (truths, changed))
    assert points[0] == others[0]
    assert points[3].means["pearson"] != others[3].means["pearson"]
    assert points[3].tested.utterances == sum(part != "train" for part in PARTS * 2)


def test_each_point_of_the_adaptation_curve_equals_a_calculation_by_hand(tested):
    """Adaptation starts from the average of the training speakers; the test speaker's statistics do not scale the prediction."""
    folder, split, inverters = tested
    data = Dataset(Workspace(folder))
    scored = score(split, EvaluationSet.of(split, data), inverters, PARAMS)
    truths, stats = data.load(split.test), data.stats([TESTED])[TESTED]
    training = average(data.stats(speakers_of(split.train)).values())
    first = [frames for frames in truths if frames.part == "train"]
    rest = [frames for frames in truths if frames.part != "train"]
    assert list(scored.result.scores.adapted) == [0, 1, 3]
    for number in (0, 1, 3):
        known = [replace(frames, motion=stats.restore(frames).motion) for frames in first[:number]]
        adapted = adapt(inverters["inverter"], known, training, PARAMS.adapt)
        motions = adapted.inverter.predict_many([frames.acoustics for frames in rest])
        expected = measure(rest, motions, {TESTED: stats}, (adapted.mean, adapted.std), PARAMS.evaluate)
        point = scored.result.scores.adapted[number].means
        for metric in ("pearson", "rmse_mm_blind"):
            assert point[metric] == pytest.approx(float(metrics.mean_over(expected.means[metric], metric)), rel=1e-6)
