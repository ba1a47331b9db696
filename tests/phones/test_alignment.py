"""Test alignment against all paths, and on a real recording with labels where the recognizer is installed."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artinv.formats import labels
from artinv.phones import alignment, recognizer
from artinv.phones.alignment import STAY, align
from artinv.phones.pronunciation import Word, pronounce
from artinv.runtime.errors import BadData

NAMES = ("SIL", "K", "AE", "T")
REAL = Path(__file__).parents[2].parent / "shared/real/mocha/fsew0"


def best_by_enumeration(states, words):
    """Return the best score of a frame over all variants, pauses and durations."""
    best = -np.inf
    for variants in product(*(word.variants for word in words)):
        for pauses in product([False, True], repeat=len(words) + 1):
            phones = ["SIL"] * pauses[0]
            for variant, pause in zip(variants, pauses[1:], strict=True):
                phones += [*variant, *["SIL"] * pause]
            chain = [(NAMES.index(phone), state) for phone in phones for state in range(3)]
            for cuts in product(range(2), repeat=len(states) - 1):
                if sum(cuts) != len(chain) - 1:
                    continue
                places = np.concatenate([[0], np.cumsum(cuts)])
                score = sum(states[frame][chain[place]] for frame, place in enumerate(places))
                score += sum(np.log1p(-STAY) if cut else np.log(STAY) for cut in cuts)
                best = max(best, score)
    return best / len(states)


@pytest.mark.parametrize("seed", range(3))
def test_the_path_is_the_best_of_all(seed):
    states = np.random.default_rng(seed).normal(0, 3, (11, 4, 3)).astype(np.float32)
    words = (Word("a", (("AE",), ("K", "AE"))), Word("t", (("T",),)))
    found = align(states, NAMES, words, "a.wav")
    assert np.isclose(found.score, best_by_enumeration(states, words), atol=1e-5)


def test_labels_cover_the_recording_in_order():
    states = np.full((40, 4, 3), -20.0, np.float32)
    for name, (start, end) in {"SIL": (0, 8), "K": (8, 15), "AE": (15, 24), "T": (24, 31)}.items():
        states[start:end, NAMES.index(name)] = 0
    states[31:, 0] = 0
    found = align(states, NAMES, (Word("cat", (("K", "AE", "T"), ("T", "AE"))),), "a.wav")
    expected = [("SIL", 0, 0.08), ("K", 0.08, 0.15), ("AE", 0.15, 0.24), ("T", 0.24, 0.31), ("SIL", 0.31, 0.4)]
    assert [(label.text, round(label.start, 2), round(label.end, 2)) for label in found.phones] == expected
    assert [(label.text, round(label.start, 2), round(label.end, 2)) for label in found.words] == [("cat", 0.08, 0.31)]


def test_a_recording_may_begin_and_end_in_a_word():
    states = np.full((24, 4, 3), -20.0, np.float32)
    for name, (start, end) in {"K": (0, 9), "AE": (9, 15), "T": (15, 24)}.items():
        states[start:end, NAMES.index(name)] = 0
    found = align(states, NAMES, (Word("cat", (("K", "AE", "T"),)),), "a.wav")
    assert [(label.text, round(label.start, 2), round(label.end, 2)) for label in found.phones] == [
        ("K", 0, 0.09), ("AE", 0.09, 0.15), ("T", 0.15, 0.24)]
    assert [(label.text, label.start, round(label.end, 2)) for label in found.words] == [("cat", 0, 0.24)]


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(BadData, match=r"a.wav: 0.05 s are too short for its 1 words; check that the text"):
        align(np.zeros((5, 4, 3), np.float32), NAMES, (Word("cat", (("K", "AE", "T"),)),), "a.wav")


@pytest.mark.skipif(not recognizer.available(), reason="pocketsphinx is not installed; `pip install artinv[phones]`")
@pytest.mark.skipif(not REAL.is_dir(), reason="shared/real holds no recordings of MOCHA")
def test_boundaries_of_a_real_recording_are_near_those_of_its_labels():
    """fsew0_001 has hand-checked labels of another set of phones; word boundaries are compared by the phones around them."""
    sound, _ = soundfile.read(REAL / "fsew0_001.wav", dtype="float32")
    words = pronounce("This was easy for us", "text")
    found = align(recognizer.state_scores(sound, context=True)[1], recognizer.senones().phones, words, "a.wav")
    known = np.array([label.start for label in labels.spans(REAL / "fsew0_001.lab")])
    away = [np.abs(known - label.start).min() for label in found.phones[1:]]
    assert [label.text for label in found.words] == ["this", "was", "easy", "for", "us"]
    assert np.mean(away) < 0.02
    assert alignment.RATE == recognizer.RATE
