"""What seconds of unlabelled speech are worth: the statistics against those of the command, the summary in closed form."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from artinv.core.workspace import Workspace
from artinv.inversion import speaker_statistics
from artinv.inversion.model import load
from artinv.phones import evidence
from artinv.signal.streaming import RecordingFeatures, normalized_features, recording_features
from experiments import new_speakers, speaker_seconds
from experiments.new_speakers import Spoken
from tests.support.figures import pages_without_source
from tests.support.speech import talk
from tests.support.toys import rng
from tools.deps import ROOT

pytestmark = pytest.mark.usefixtures("one_thread")


def test_sums_of_the_first_frames_are_those_of_these_frames_alone():
    generator = rng("sums")
    speech = [np.array([False, True, True]), np.array([True, True, False, True])]
    others = [RecordingFeatures(generator.standard_normal((len(each), 2)), each, 0, 0.0) for each in speech]
    kept = np.concatenate([others[0].acoustics[1:], others[1].acoustics[:2]])
    expected = np.stack([[4, 4], kept.sum(0), np.square(kept).sum(0)])
    np.testing.assert_allclose(speaker_seconds.sums(others, 6), expected)


@pytest.fixture(scope="module")
def spoken():
    """Return three sentences whose motion is what the model predicts with the statistics of the other two."""
    model = load()
    sounds = [talk(seed=seed).sound for seed in range(3)]
    return model, [Spoken("F1", sound, np.zeros((len(sound) // 320 + 1, 18), np.float32)) for sound in sounds]


def test_no_seconds_are_the_command_without_options_and_all_seconds_are_calibrate(spoken, tmp_path):
    model, sentences = spoken
    features = [recording_features([one.sound], model.facts.rate, model.features) for one in sentences]
    alone = speaker_seconds.predicted(model, features[0], features[0].sums())
    usual = normalized_features(sentences[0].sound, model.facts.rate, model.features)
    np.testing.assert_array_equal(alone, model.predictor.predict(evidence.joined(usual, None)))
    total = speaker_seconds.sums(features[1:], 10_000)
    calibrated = speaker_statistics.calibrated(tmp_path, model.predictor, [one.sums() for one in features[1:]])
    expected = model.predictor.predict(evidence.joined(calibrated.standardize(features[0]), None))
    np.testing.assert_allclose(speaker_seconds.predicted(model, features[0], total), expected, atol=1e-4)


def test_a_speaker_whose_motion_is_that_of_the_other_statistics_is_predicted_perfectly(spoken):
    model, sentences = spoken
    features = [recording_features([one.sound], model.facts.rate, model.features) for one in sentences]
    motion = speaker_seconds.predicted(model, features[0], speaker_seconds.sums(features[1:], 10_000))
    own = [Spoken("F1", sentences[0].sound, motion), *sentences[1:]]
    scores = speaker_seconds.of_speaker(model, own, [0, 100], tests=1)
    assert scores["sentence"]["others"] == [pytest.approx(scores["sentence"]["with"][0]), pytest.approx(1, abs=1e-6)]
    assert max(scores["sentence"]["with"]) < 0.9999


def test_real_recordings_take_the_statistics_of_the_other_one_of_their_speaker(spoken, monkeypatch, tmp_path):
    model, sentences = spoken
    features = [recording_features([one.sound], model.facts.rate, model.features) for one in sentences]
    motion = [speaker_seconds.predicted(model, features[at], features[other].sums()) for at, other in ((0, 1), (1, 0), (2, 2))]
    records = [SimpleNamespace(speaker_id=name, sound=one.sound, coils=own)
               for name, one, own in zip(("a", "a", "b"), sentences, motion, strict=True)]
    monkeypatch.setattr(speaker_seconds, "cleaned", lambda *_: iter((record, record) for record in records))
    monkeypatch.setattr(speaker_seconds, "derive", lambda coils: coils)
    found = speaker_seconds.on_real(model, tmp_path, None, 10.0)
    assert found["others"] == pytest.approx(1, abs=1e-6)
    assert max(found["own"], found["with"]) < 0.9999
    assert (found["recordings"], found["seconds"]) == (2, 2.0)
    assert speaker_seconds.on_real(model, tmp_path / "missing", None, 10.0) == {}


def test_the_summary_has_means_and_gains_over_the_first_column():
    rows = speaker_seconds.summary(np.array([[0.5, 0.6], [0.7, 0.8]]))
    assert rows[0] == {"pearson": pytest.approx(0.6), "low": pytest.approx(0.5), "high": pytest.approx(0.7),
                       "gain": {"mean": 0, "low": 0, "high": 0}}
    assert rows[1]["gain"] == pytest.approx({"mean": 0.1, "low": 0.1, "high": 0.1})


def test_the_command_writes_the_figures_of_the_pages(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.setattr(new_speakers, "write", lambda *_: None)
    monkeypatch.setattr(new_speakers, "read", lambda _: iter([(name, [None, None]) for name in ("F1", "M2")]))
    one = SimpleNamespace(sound=np.zeros(16000))
    monkeypatch.setattr(speaker_seconds, "PLACES", dict.fromkeys(speaker_seconds.PLACES, lambda *_: [one, one]))
    scores = {part: {kind: list(np.linspace(0.5, 0.6, 6)) for kind in ("others", "with")} for part in speaker_seconds.PARTS}
    monkeypatch.setattr(speaker_seconds, "of_speaker", lambda *_: scores)
    of_two = {"own": 0.5, "others": 0.4, "with": 0.6, "recordings": 2, "seconds": 3.0}
    monkeypatch.setattr(speaker_seconds, "on_real", lambda *_: of_two)
    speaker_seconds.main(2, 2, 1, speaker_seconds.SECONDS, Workspace(tmp_path))
    content = json.loads((tmp_path / "metrics/speaker_seconds.json").read_text())
    assert content["session"]["sentence"]["others"]["180"]["gain"]["mean"] == pytest.approx(0.1)
    assert (content["origin"], content["least_other_seconds"]) == ("mixed", 1.0)
    assert capsys.readouterr().out.count("0.580") == 8
    assert pages_without_source(tmp_path, "speaker_seconds") == []
