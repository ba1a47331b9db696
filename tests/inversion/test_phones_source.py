"""Test models that state the source of the phones of their training: they predict once, from sound and phones together."""

import numpy as np
import pytest
import soundfile

from artinv.core.records import Label
from artinv.data.stats import Stats
from artinv.inversion import recording, speaker_statistics
from artinv.inversion.model import load
from artinv.inversion.phones import ALONE, Known
from artinv.inversion.recording import at_rate
from artinv.phones import evidence
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams
from tests.support import toy_recognizer
from tests.support.bulk_runs import invert
from tests.support.inverters import inverter, saved, standardized

CAT = (("K", 0.1), ("AE", 0.2), ("T", 0.15))
LABELS = (Label("SIL", 0, 0.3), Label("K", 0.3, 0.4), Label("AE", 0.4, 0.6), Label("T", 0.6, 0.75), Label("SIL", 0.75, 1.05))


@pytest.fixture(autouse=True)
def _recognizer(monkeypatch):
    toy_recognizer.install(monkeypatch)


@pytest.fixture
def sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", toy_recognizer.spoken(*CAT), 16000)
    return tmp_path / "a.wav"


def inverted(sound, model, known=None):
    return recording.invert(sound, model, speaker_statistics.average(model.predictor), 30.0, known)


def by_hand(sound, source, phones):
    """Return the trajectory of a sound: one prediction of the network from acoustics and evidence, zeros without."""
    own = inverter(phones=True, source=source)
    samples, _ = soundfile.read(sound, dtype="float32")
    acoustics = standardized(samples, own.rate, FeatureParams.of(own.features))
    blank = np.zeros((len(acoustics), evidence.WIDTH), np.float32)
    z = own.predict(np.hstack([acoustics, blank if phones is None else phones]))
    return at_rate(z, own.rate, 106) * own.statistics["std"] + own.statistics["mean"]


@pytest.mark.parametrize("source", ["labels", "aligned"])
def test_known_phones_are_neither_blended_nor_used_without_the_sound(sound, tmp_path, source):
    model, expected = load(saved(tmp_path, phones=True, source=source)), evidence.from_labels(LABELS, 53, 50.0)
    given = inverted(sound, model, Known(labels=LABELS))
    assert given.phones.title == "given labels"
    np.testing.assert_array_equal(given.phones.values, expected)
    np.testing.assert_allclose(given.trajectory.motion, by_hand(sound, source, expected), atol=0.02)
    aligned = inverted(sound, model, Known(text="cat"))
    assert [label.text for label in aligned.phones.phones] == ["SIL", "K", "AE", "T", "SIL"]
    np.testing.assert_array_equal(aligned.phones.values, evidence.from_labels(aligned.phones.phones, 53, 50.0))


@pytest.mark.parametrize("source", ["labels", "aligned"])
def test_a_model_of_known_phones_gets_zeros_without_any(sound, tmp_path, source):
    model = load(saved(tmp_path, phones=True, source=source))
    for known in (None, ALONE):
        result = inverted(sound, model, known)
        assert (result.phones.title, result.phones.values) == ("", None)
        np.testing.assert_allclose(result.trajectory.motion, by_hand(sound, source, None), atol=0.02)


def test_a_model_of_recognized_phones_recognizes_them(sound, tmp_path, monkeypatch):
    model = load(saved(tmp_path, phones=True, source="recognized"))
    heard = inverted(sound, model)
    assert heard.phones.title == "recognized by pocketsphinx 5.1.1"
    np.testing.assert_allclose(heard.trajectory.motion, by_hand(sound, "recognized", heard.phones.values), atol=0.02)
    toy_recognizer.uninstall(monkeypatch)
    np.testing.assert_allclose(inverted(sound, model).trajectory.motion, by_hand(sound, "recognized", None), atol=0.02)


def test_the_command_takes_text_labels_and_neither(sound, tmp_path, capsys):
    (tmp_path / "a.lab").write_text("".join(f"{label.start} {label.end} {label.text}\n" for label in LABELS))
    model = "-o", tmp_path / "out", "--model", saved(tmp_path, phones=True, source="labels")
    titles = [invert(capsys, sound, *model, *words)[0]["files"][0].get("phones", "")
              for words in ([], ["--text", "cat"], ["--labels", tmp_path / "a.lab"])]
    assert titles == ["", "words of a text, aligned by pocketsphinx 5.1.1", "labels of a.lab"]
    summary, errors = invert(capsys, sound, *model)
    assert summary["made"] == 1
    assert "recogniz" not in errors


@pytest.mark.parametrize("source", ["labels", "aligned", "recognized"])
def test_the_command_says_that_known_phones_are_missing(sound, tmp_path, capsys, source):
    line = "artinv: the model was trained with known phones: give --text or --labels; without them the intervals are too narrow\n"
    model = "-o", tmp_path / "out", "--model", saved(tmp_path, phones=True, source=source)
    for words in ([], ["--no-phones"]):
        assert (line in invert(capsys, sound, *model, *words)[1]) == (source != "recognized")
    assert "known phones" not in invert(capsys, sound, *model, "--text", "cat")[1]


def test_statistics_of_a_speaker_are_those_of_the_acoustics(tmp_path):
    model = load(saved(tmp_path, phones=True, source="labels", normalization="speaker"))
    for values in (26, 26 + evidence.WIDTH):
        ones = np.ones(values, np.float32)
        stats = Stats(names=np.array(["a"]), motion_mean=np.zeros((1, 18), np.float32), motion_std=np.ones(18, np.float32),
                      acoustic_mean=ones, acoustic_std=ones, reglued=np.zeros((0, 2), np.int64))
        stats.save(tmp_path / f"{values}.npz")
    assert speaker_statistics.of_speaker(tmp_path / "26.npz", model.predictor).acoustics[0].shape == (26,)
    with pytest.raises(BadData, match=f"statistics of {26 + evidence.WIDTH} acoustic values, the model expects 26"):
        speaker_statistics.of_speaker(tmp_path / f"{26 + evidence.WIDTH}.npz", model.predictor)
