"""Test what the experiment of `artinv adapt-to` adapts with, and how it adds up its results."""

import numpy as np
import pytest
import soundfile

from artinv.evaluate.sim2real import RECOGNIZED
from artinv.inversion.model import load
from artinv.learn.unlabelled import AdaptedToSound
from artinv.phones import evidence
from artinv.phones.evidence import Heard
from experiments import adapt_by_phones, new_speakers
from experiments.adapt_by_phones import SOURCES, drawn, listen, materials, of_sound, over_seeds, pearson, table, texts_beside
from experiments.new_speakers import Spoken
from tests.support import toy_recognizer
from tests.support.inverters import babble, inverter, saved


@pytest.fixture(autouse=True)
def _recognizer(monkeypatch):
    toy_recognizer.install(monkeypatch)


@pytest.fixture
def folder(tmp_path):
    """Return a folder of two recordings and of silence, with a table beside it."""
    (tmp_path / "sound").mkdir()
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"sound/{name}.wav", toy_recognizer.spoken(("K", 0.4), ("AE", 0.6), ("T", 0.4)), 16000)
    soundfile.write(tmp_path / "sound/c.wav", np.zeros(16000), 16000)
    (tmp_path / "utterances.tsv").write_text("utterance\ttext\na\tcat\nb\tdog\n", encoding="utf-8")
    return tmp_path / "sound"


def heard(frames):
    blank = np.zeros((frames, evidence.WIDTH), np.float32)
    return Heard(np.zeros((frames, 26), np.float32), blank, blank)


def test_words_come_from_the_table_and_an_unknown_word_leaves_recognized_phones(folder, tmp_path):
    texts = texts_beside(folder)
    assert texts == {"a": "cat", "b": "dog"}
    assert texts_beside(tmp_path) == {}
    model = load(saved(tmp_path, phones=True))
    known, unknown, silent = (listen(model, texts, folder / f"{name}.wav") for name in "abc")
    assert not np.array_equal(known.phones, known.recognized)
    assert np.array_equal(unknown.phones, unknown.recognized)
    assert silent is None


def test_the_materials_leave_out_silence_and_know_words_once(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    found = list(materials(load(saved(tmp_path, phones=True)), folder, folder))
    assert [(one.title, len(one.recordings)) for one in found] == [("sentences", 2), ("sentences with words", 2), ("digits", 2)]
    assert [np.array_equal(one.recordings[0].phones, one.recordings[0].recognized) for one in found] == [True, False, True]


def test_recordings_are_drawn_until_they_are_long_enough():
    recordings = [heard(frames) for frames in (100, 200, 300, 400)]
    chosen = drawn(recordings, 10 / 60, 50.0, seed=3)
    lengths = [len(one.acoustics) for one in chosen]
    assert sum(lengths) >= 500 > sum(lengths[:-1])
    assert len(set(lengths)) == len(lengths)
    assert [len(one.acoustics) for one in drawn(recordings, 10 / 60, 50.0, seed=3)] == lengths
    assert len(drawn(recordings, 9.0, 50.0, seed=0)) == 4


def test_results_of_seeds_are_averaged_with_their_spread():
    rows = [{"mean": dict.fromkeys(SOURCES, value), "of": {"a": {"b": value}}, "recordings": 3} for value in (0.5, 0.6, 0.7)]
    found = over_seeds(rows)
    assert found["mean"] == pytest.approx(dict.fromkeys(SOURCES, 0.6))
    assert found["of"]["a"]["b"] == pytest.approx(0.6)
    assert found["recordings"] == 3
    assert found["spread"] == pytest.approx(dict.fromkeys(SOURCES, 0.1))


def test_synthetic_speakers_are_adapted_with_other_sentences_than_those_that_are_tested(monkeypatch, tmp_path):
    motion = np.random.default_rng(0).standard_normal((60, 18))
    spoken = [Spoken("s", babble(1.2, seed=number), motion) for number in range(8)]
    monkeypatch.setattr(new_speakers, "read", lambda _: [("s", spoken), ("t", spoken)])
    monkeypatch.setattr(new_speakers, "apart", lambda utterances, _: utterances)
    monkeypatch.setattr(adapt_by_phones, "load", lambda: load(saved(tmp_path, phones=True)))
    used = []

    def other(_, recordings):
        used.append(recordings)
        return AdaptedToSound(inverter(phones=True, seed=1), 0.0, 0.0)

    monkeypatch.setattr(adapt_by_phones, "adapt_to_sound", other)
    monkeypatch.setattr(adapt_by_phones, "inverter_of", lambda *_: inverter(phones=True))
    found = adapt_by_phones.on_synthetic(adapt_by_phones.Workspace())
    model = load(tmp_path / "model.safetensors")
    tests = [(one, of_sound(one.sound, model)) for one in spoken[:6]]
    assert [len(recordings) for recordings in used] == [2, 2]
    assert np.array_equal(used[0][0].acoustics, of_sound(spoken[6].sound, model).acoustics)
    for source in (evidence.ACOUSTICS, RECOGNIZED):
        before, after = (pearson(inverter(phones=True, seed=seed), tests, source) for seed in (0, 1))
        assert (found[source]["before"], found[source]["after"]) == pytest.approx((before, after))
        assert found[source]["gain"]["mean"] == pytest.approx(after - before)
        assert found[source]["gain"]["low"] == pytest.approx(after - before)
    assert table("synthetic", found)[0] == ["", "before", "after"]


def test_a_table_has_a_row_for_each_material():
    row = {"mean": dict.fromkeys(SOURCES, 0.5), "coverage": dict.fromkeys(SOURCES, 0.8)}
    assert table("real", {"model": row, "seeds": 3, "1 min": row}) == [
        ["", *SOURCES, "coverage"], ["model", "0.500", "0.500", "0.500", "0.80"], ["1 min", "0.500", "0.500", "0.500", "0.80"],
    ]
