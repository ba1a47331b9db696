"""Nothing of what is tested on enters what is tested: not the model, not its intervals, not the scale of blind millimetres.

`python -m experiments.leaks` plants leaks that these tests must notice.
"""

import contextlib
import io
import json
import runpy
import sys
from dataclasses import replace

import numpy as np
import pytest
import yaml

from artinv.core import store
from artinv.data.dataset import build, load, load_stats
from artinv.data.normalize import NormalizeParams, average
from artinv.data.splits import Split, speakers_of
from artinv.evaluate.score_split import ScoreParams, curve, score
from artinv.evaluate.scores import EvaluateParams, measure
from artinv.learn.adapt import AdaptParams, adapt
from artinv.learn.calibration import with_interval
from artinv.learn.inverter import FILES, Inverter
from artinv.measure import metrics
from artinv.measure.intervals import Interval, IntervalParams
from tests.conftest import change
from tests.support import toys
from tools import deps

PARTS = ("train", "test", "train", "valid", "train", "test", "train", "valid")
SPEAKERS = {"hprc": ("F01", "F02"), "mocha": ("fsew0", "msak0")}
TESTED = "hprc/F01"
SMALL = {
    "corpora": list(SPEAKERS), "train.model": "mlp", "train.pooled_epochs": {"mlp": 2}, "train.epochs": 2, "train.warp": 0.0,
    "models.mlp.width": 8, "models.mlp.layers": 1, "features.n_mels": 8, "features.n_mfcc": 2, "evaluate.draws": 100,
    "adapt.utterances": [1, 2],
}


def project(folder, spoil=lambda _: False, choices=None):
    """Choices, normalized records and statistics of four speakers; utterances that `spoil` names have other articulation."""
    all_choices = yaml.safe_load(deps.CHOICES.read_text(encoding="utf-8"))
    change(all_choices, SMALL | (choices or {}))
    folder.mkdir()
    (folder / "params.yaml").write_text(yaml.safe_dump(all_choices), encoding="utf-8")
    with contextlib.chdir(folder):
        for corpus, names in SPEAKERS.items():
            for name in names:
                made = [toys.frames(name, at, part=part, corpus=corpus, sentence=f"{corpus if at == 1 else ''} {at}")
                        for at, part in enumerate(PARTS * 2)]
                made = [replace(one, motion=other(one.motion)) if spoil(one) else one for one in made]
                store.write(folder / "features" / corpus, made)
            build(corpus, NormalizeParams(neighbours=60, regluing=1.0, available=0.5), folder / "features")
    return folder


def other(motion):
    """Backwards and larger, around the same place."""
    mean = motion.mean(axis=0)
    return (mean + 1.3 * (motion[::-1] - mean)).astype(np.float32)


def run(folder, stage, *words):
    """A stage as a user runs it."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [stage, *words])
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        runpy.run_path(str(deps.ROOT / f"stages/{stage}.py"), run_name="__main__")


def fold(folder, setting):
    """Train and score one fold; the bytes of its models, its scores."""
    run(folder, "fold", f"{setting}-mlp", "F01")
    run(folder, "fold_score", f"{setting}-mlp", "F01")
    models = folder / f"data/loso/models/{setting}-mlp/F01"
    scores = json.loads((folder / f"data/loso/scores/{setting}-mlp/F01.json").read_text())
    return {file: (models / f"{file}.safetensors").read_bytes() for file in FILES}, scores


@pytest.mark.parametrize("setting", ["spec", "dep", "indep", "unseen"])
def test_other_articulation_of_what_is_tested_changes_neither_model_nor_intervals(tmp_path, setting):
    """Under `indep` that is all of the test speaker, whose articulatory statistics nothing is made from either."""
    plain = project(tmp_path / "plain")
    whole = setting in ("indep", "unseen")
    spoilt = project(tmp_path / "spoilt", lambda one: one.person == TESTED and (whole or one.part == "test"))
    (models, scores), (again, others) = (fold(folder, setting) for folder in (plain, spoilt))
    assert models == again
    assert scores["pearson"] != others["pearson"]
    assert scores["errors"]["learned"]["width"] == others["errors"]["learned"]["width"]
    ids = Split.load(plain / f"data/loso/models/{setting}-mlp/F01/split.json")
    assert ids == Split.load(spoilt / f"data/loso/models/{setting}-mlp/F01/split.json")
    assert (TESTED in speakers_of(ids.train)) == (setting in ("spec", "dep"))
    if setting == "unseen":
        sentences = {part: {one.sentence for one in loaded(plain, getattr(ids, part))} for part in ("train", "valid", "test")}
        assert not sentences["test"] & (sentences["train"] | sentences["valid"])


@pytest.mark.parametrize("setting", ["spec", "dep", "indep"])
def test_other_articulation_of_what_is_tested_leaves_the_default_run_s_models_as_they_are(tmp_path, setting):
    """Its files hold the intervals as well, width and factor, and the usual statistics."""
    plain = project(tmp_path / "plain", choices={"split": setting, "test_speaker": "F01"})
    spoilt = project(tmp_path / "spoilt", lambda one: one.person == TESTED and (setting == "indep" or one.part == "test"),
                     choices={"split": setting, "test_speaker": "F01"})
    found = []
    for folder in (plain, spoilt):
        run(folder, "split")
        run(folder, "train")
        models = {file: folder / f"models/{file}.safetensors" for file in FILES}
        sounds = [one.acoustics for one in loaded(folder, Split.load(folder / "data/split.json").test)]
        made = {file: np.concatenate(Inverter.load(path).predict_many(sounds)) for file, path in models.items()}
        found.append(({file: path.read_bytes() for file, path in models.items()}, made))
    (files, motions), (again, same) = found
    assert b"interval_factor" in files["inverter"]
    assert files == again
    for file, motion in motions.items():
        np.testing.assert_array_equal(motion, same[file])


def test_other_articulation_of_a_group_changes_neither_its_model_nor_the_widths_of_its_strangers(tmp_path):
    group = "F01__fsew0"
    plain = project(tmp_path / "plain")
    spoilt = project(tmp_path / "spoilt", lambda one: one.person in (TESTED, "mocha/fsew0"))
    for folder in (plain, spoilt):
        run(folder, "strangers", "mlp", group)
        run(folder, "strangers_score", "mlp", group)
    model, again = ((folder / f"data/loso/strangers/models/mlp/{group}/inverter.safetensors").read_bytes()
                    for folder in (plain, spoilt))
    assert model == again
    errors, others = (json.loads((folder / f"data/loso/strangers/errors/mlp/{group}.json").read_text())
                      for folder in (plain, spoilt))
    assert set(errors) == {TESTED, "mocha/fsew0"}
    for speaker, kinds in errors.items():
        assert kinds["learned"]["width"] == others[speaker]["learned"]["width"]
        assert kinds["learned"]["counts"] != others[speaker]["learned"]["counts"]


def loaded(folder, ids):
    with contextlib.chdir(folder):
        return load(ids)


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """A fold that leaves F01 out: folder, split, models."""
    folder = project(tmp_path_factory.mktemp("leaks") / "project")
    fold(folder, "indep")
    models = folder / "data/loso/models/indep-mlp/F01"
    return folder, Split.load(models / "split.json"), {file: Inverter.load(models / f"{file}.safetensors") for file in FILES}


PARAMS = ScoreParams(EvaluateParams(draws=100, seed=0, examples=1), AdaptParams(utterances=[1, 3], prior=300.0))


def test_blind_millimetres_are_those_of_the_training_speakers_alone(tested):
    folder, split, inverters = tested
    with contextlib.chdir(folder):
        scored = score(split, inverters, PARAMS)
        own, usual = load_stats([TESTED])[TESTED], average(load_stats(speakers_of(split.train)).values())
    assert speakers_of(split.train) == ["hprc/F02", "mocha/fsew0", "mocha/msak0"]
    by_hand = [metrics.rmse_mm_blind(one.motion, motion, (own.mean_of(one.name), own.motion_std), usual)
               for one, motion in zip(scored.truths, scored.predictions, strict=True)]
    mean = metrics.mean_over(metrics.average(np.stack(by_hand)), "rmse_mm_blind")
    assert scored.result.scores["rmse_mm_blind"]["mean"] == pytest.approx(float(mean), rel=1e-6)


def test_the_coverage_of_intervals_is_that_of_a_factor_found_on_the_validation_set(tested):
    folder, split, inverters = tested
    with contextlib.chdir(folder):
        level = IntervalParams.load().level
        valid, truths = load(split.valid), load(split.test)
        made = with_interval(inverters["inverter"], valid, level)
        scored = score(split, inverters | {"inverter": made}, PARAMS)
    interval = Interval.of(made.statistics)
    speaker, inside = interval.width.level(scored.predictions), []
    for one, motion in zip(truths, scored.predictions, strict=True):
        margin = interval.factor * interval.width.of(one.acoustics, motion, speaker)
        inside.append(np.where(np.isfinite(one.motion), np.abs(one.motion - motion) < margin, np.nan))
    coverage = scored.result.scores["intervals"]["coverage"]
    assert coverage == pytest.approx(np.nanmean(np.concatenate(inside)), abs=0.005)
    assert abs(coverage - level) > 0.01


def test_the_curve_is_measured_on_nothing_that_is_adapted_on(tested):
    """Other articulation of the utterances adapted on leaves the point of none as it is, and moves the others."""
    folder, split, inverters = tested
    with contextlib.chdir(folder):
        truths, stats = load(split.test), load_stats([TESTED])[TESTED]
        usual = average(load_stats(speakers_of(split.train)).values())
    changed = [replace(one, motion=-one.motion) if one.part == "train" else one for one in truths]
    points, others = (curve(inverters["inverter"], some, stats, usual, PARAMS) for some in (truths, changed))
    assert points["0"] == others["0"]
    assert points["3"]["pearson"] != others["3"]["pearson"]
    assert points["3"]["tested_utterances"] == sum(part != "train" for part in PARTS * 2)


def test_every_point_of_the_curve_is_that_of_the_first_utterances_on_the_others_by_hand(tested):
    """The usual speaker is the training speakers' average; the test speaker's own statistics scale nothing that is predicted."""
    folder, split, inverters = tested
    with contextlib.chdir(folder):
        scored = score(split, inverters, PARAMS)
        truths, stats = load(split.test), load_stats([TESTED])[TESTED]
        usual = average(load_stats(speakers_of(split.train)).values())
    first = [one for one in truths if one.part == "train"]
    rest = [one for one in truths if one.part != "train"]
    assert list(scored.result.scores["adapted"]) == ["0", "1", "3"]
    for number in (0, 1, 3):
        known = [replace(one, motion=stats.restore(one).motion) for one in first[:number]]
        made = adapt(inverters["inverter"], known, usual, PARAMS.adapt)
        motions = made.inverter.predict_many([one.acoustics for one in rest])
        line = measure(rest, motions, {TESTED: stats}, (made.mean, made.std), PARAMS.evaluate)
        found = scored.result.scores["adapted"][str(number)]
        for metric in ("pearson", "rmse_mm_blind"):
            assert found[metric] == pytest.approx(float(metrics.mean_over(line.means[metric], metric)), rel=1e-6)
