"""Test the phones of cleaned recordings: labels of a bundle in the time of the cleaned sound, labels of corpora, and words."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.records import Label, Utterance
from artinv.evaluate.known_phones import bundle_labels, labels_of, words_of
from artinv.runtime.errors import BadData
from artinv.signal.resample import at_16_khz
from tests.support import recordings, toy_recognizer

CAT = (("K", 0.1), ("AE", 0.2), ("T", 0.15))


def utterance(corpus="emu", **fields):
    sound = at_16_khz(toy_recognizer.spoken(*CAT), 16000)
    return Utterance(
        corpus=corpus, speaker="s", name="s_1", order=1, sentence="x", sound=sound, sound_rate=16000,
        coils=np.zeros((90, 14), np.float32), coil_rate=50.0, **fields,
    )


def test_labels_of_a_bundle_count_from_the_start_of_the_cleaned_sound():
    whole = utterance()
    cleaned = replace(whole, sound=whole.sound[3200:14400])
    labels = (Label("&p:", 0.0, 0.3), Label("k", 0.3, 0.4), Label("a:", 0.4, 0.6))
    found = labels_of(cleaned, whole, {"s_1": labels})
    assert [label.text for label in found] == ["&p:", "k", "a:"]
    assert np.allclose([label.start for label in found], [-0.2, 0.1, 0.2])
    assert labels_of(cleaned, whole, {}) == ()
    assert labels_of(cleaned, whole, {"s_1": (Label("q!", 0.0, 1.0),)}) == ()
    with pytest.raises(BadData, match="is no part of its sound"):
        labels_of(replace(whole, sound=whole.sound[:8000] + 0.5), whole, {"s_1": labels})


def test_labels_of_a_corpus_are_read_in_its_own_alphabet():
    labels = (Label("breath", 0, 0.1), Label("ii", 0.1, 0.2), Label("odd", 0.2, 0.3), Label("ng", 0.3, 0.4))
    found = labels_of(utterance("mocha", phones=labels), utterance("mocha"), {})
    assert [(label.text, label.start) for label in found] == [("SIL", 0), ("iy", 0.1), ("ng", 0.3)]


def test_words_are_aligned_if_that_is_possible(monkeypatch):
    toy_recognizer.install(monkeypatch)
    assert [label.text for label in words_of(utterance("own", text="Cat."))] == ["SIL", "K", "AE", "T", "SIL"]
    assert words_of(utterance("own", text="unknown words")) == words_of(utterance("own")) == ()
    toy_recognizer.uninstall(monkeypatch)
    assert words_of(utterance("own", text="Cat.")) == ()


@recordings.needed
def test_bundles_have_phones():
    found = bundle_labels(recordings.FOLDER)
    assert len(found) == 2
    for labels in found.values():
        assert len(labels) > 30
        assert {"aI", "n", "@"} <= {label.text for label in labels}
