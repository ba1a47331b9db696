"""Test recognition in blocks and pieces against the whole sound, and the scores of pocketsphinx where it is installed."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from artinv.phones import recognition, recognizer
from artinv.phones.posteriors import posteriors
from artinv.phones.recognition import Recognition
from tests.support import toy_recognizer

REAL = Path(__file__).parents[2].parent / "shared/real/mocha/fsew0/fsew0_001.wav"
installed = pytest.mark.skipif(not recognizer.available(), reason="pocketsphinx is not installed; `pip install artinv[phones]`")


def heard(sound, block, **choices):
    found = Recognition(**choices)
    blocks = [sound[first:first + block] for first in range(0, len(sound), block)]
    assert all(np.array_equal(*pair) for pair in zip(found.through(blocks), blocks, strict=True))
    return found


def words(count):
    rng = np.random.default_rng(3)
    phones = [(name, float(rng.uniform(0.08, 0.2))) for _ in range(count) for name in ("K", "AE", "T")]
    return toy_recognizer.spoken(*phones)


@pytest.mark.parametrize("block", [1000, 16_001, 10**6])
def test_pieces_and_blocks_change_nothing_away_from_their_ends(monkeypatch, block):
    toy_recognizer.install(monkeypatch)
    sound = words(20)
    whole = heard(sound, len(sound))
    monkeypatch.setattr(recognition, "PIECE", 2)
    monkeypatch.setattr(recognition, "OVERLAP", 1)
    found = heard(sound, block, states=True)
    frames = 1 + len(sound) // 320
    assert found.states.shape == (1 + len(sound) // 160, 4, 3)
    assert np.array_equal(found.states, toy_recognizer.state_scores(sound, context=True)[1])
    assert np.allclose(found.classes(frames, 50.0), whole.classes(frames, 50.0), atol=1e-3)
    assert found.labels() == whole.labels()


def test_labels_are_what_was_said(monkeypatch):
    toy_recognizer.install(monkeypatch)
    labels = heard(toy_recognizer.spoken(("K", 0.1), ("AE", 0.2), ("T", 0.15)), 5000).labels()
    assert [label.text for label in labels] == ["SIL", "K", "AE", "T", "SIL"]
    assert np.allclose([label.start for label in labels], [0, 0.3, 0.4, 0.6, 0.75], atol=0.011)


@installed
@pytest.mark.skipif(not REAL.is_file(), reason="shared/real holds no recordings of MOCHA")
def test_scores_without_context_are_those_of_the_complete_list():
    """The decoder writes all scores, or those of the states it visits; both files are read alike."""
    sound, _ = soundfile.read(REAL, dtype="float32")
    table = recognizer.senones()
    every, few = recognizer._scores(sound, context=True), recognizer._scores(sound, context=False)
    differences = every[:, : table.independent] - few
    assert few.shape == (223 - 1, table.independent)
    assert np.ptp(differences, axis=1).max() < 1e-3  # up to a constant a frame


@installed
@pytest.mark.skipif(not REAL.is_file(), reason="shared/real holds no recordings of MOCHA")
def test_half_of_the_frames_of_a_real_recording_are_recognized_by_manner():
    sound, _ = soundfile.read(REAL, dtype="float32")
    names = recognizer.senones().phones
    probable = posteriors(recognizer.state_scores(sound, context=False)[0])
    frames = {"S": (0.52, 0.60), "IY": (0.77, 0.90), "SIL": (1.9, 2.1)}
    for name, (start, end) in frames.items():
        assert probable[round(100 * start):round(100 * end), names.index(name)].mean() > 0.3, name


@installed
def test_the_best_senone_of_each_state_is_that_of_a_search():
    sound = toy_recognizer.spoken(("K", 0.2), ("AE", 0.2))
    table, every = recognizer.senones(), recognizer._scores(sound, context=True)
    independent, best = recognizer.state_scores(sound, context=True)
    for phone in range(0, len(table.phones), 5):
        for state in range(3):
            own = every[:, (table.phone == phone) & (table.state == state)]
            assert np.array_equal(best[:, phone, state], own.max(axis=1))
    few, _ = recognizer.state_scores(sound, context=False)
    assert np.allclose(posteriors(independent), posteriors(few), atol=1e-6)
