"""Test the evidence of an utterance of a corpus against labels sampled densely, tones at known times, and other utterances."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.records import Label, Utterance
from artinv.phones import evidence
from artinv.phones.classes import CLASSES, membership
from artinv.phones.inputs import InputParams
from artinv.phones.known import evidence_of, labels_of, words_of
from artinv.phones.recognition import recognized
from artinv.runtime.errors import BadParams
from artinv.signal.features import FeatureParams
from tests.support import toy_recognizer
from tests.support.speech import FEATURES, changed
from tools.deps import CHOICES

CAT = (("K", 0.1), ("AE", 0.2), ("T", 0.15))
TIMES = [0.0, 0.3, 0.4, 0.6, 0.75, 1.05]
"""Start of silence, K, AE, T and silence, and the end, s."""

SPELLED = {"mocha": ("breath", "k", "a", "t", "#"), "mngu0": ("#", "k", "{", "t", "#"), "usc": ("sil", "K", "AE1", "T", "sp"),
           "hprc": ("sil", "k", "ae2", "t", "sp"), "own": ("SIL", "k", "ae", "t", "SIL"), "tapes": ("sil", "k", "ae", "t", "pau")}
"""The same phones in the labels of each corpus; `tapes` is one that no table lists."""

PHONES = ("SIL", "K", "AE", "T", "SIL")


def labelled(names, times=TIMES):
    return tuple(Label(name, start, end) for name, start, end in zip(names, times, times[1:], strict=False))


def utterance(corpus="hprc", rate=100.0, **facts):
    """Return an utterance that says `cat` in tones, as cleaning leaves it."""
    sound = toy_recognizer.spoken(*CAT)
    return Utterance(**{
        "corpus": corpus, "speaker": "F01", "name": "F01_1", "order": 1, "sentence": "cat", "text": "Cat.", "sound": sound,
        "sound_rate": 16000.0, "coils": np.zeros((1 + int(len(sound) * rate) // 16000, 14), np.float32), "coil_rate": rate,
        "phones": labelled(SPELLED[corpus]), **facts,
    })


def oracle(names, times, frames, rate, samples=2000):
    """Return the classes of each frame by counting `samples` points of it, one at a time."""
    out = np.zeros((frames, len(CLASSES)))
    for frame in range(frames):
        for moment in (frame - 0.5 + (np.arange(samples) + 0.5) / samples) / rate:
            for name, start, end in zip(names, times, times[1:], strict=False):
                if start <= moment < end:
                    out[frame] += membership([name])[0] / samples
    return evidence.GAIN * out


@pytest.mark.parametrize("corpus", SPELLED)
@pytest.mark.parametrize("rate", [40.0, 100.0])
def test_labels_give_the_share_of_each_frame_that_a_class_covers(corpus, rate):
    said = utterance(corpus, rate)
    found = evidence_of(said, "labels", len(said.coils))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, oracle(PHONES, TIMES, len(said.coils), rate, 200), atol=0.03)


def test_a_label_that_the_corpus_does_not_define_is_unknown_and_silence_is_not():
    found = evidence_of(utterance("mocha", phones=labelled(("breath", "k", "odd", "t", "#"))), "labels", 106)
    assert not found[42:58].any()
    assert found[5, CLASSES.index("silence")] == evidence.GAIN
    for corpus in ("own", "tapes"):
        assert labels_of(utterance(corpus, phones=labelled(("SIL", "k", "q!", "t", "SIL")))) == ()


def test_aligned_words_are_where_they_are_said(monkeypatch):
    toy_recognizer.install(monkeypatch)
    said = utterance()
    assert [label.text for label in words_of(said)] == list(PHONES)
    assert np.allclose([label.start for label in words_of(said)], TIMES[:-1], atol=0.011)
    expected = evidence.from_labels(words_of(said), 106, 100.0)
    np.testing.assert_array_equal(evidence_of(said, "aligned", 106), expected)
    assert np.abs(expected - evidence_of(said, "labels", 106)).mean() < 0.02


def test_recognized_phones_are_those_of_the_recognizer(monkeypatch):
    toy_recognizer.install(monkeypatch)
    said = utterance(rate=50.0)
    found = evidence_of(said, "recognized", 53)
    np.testing.assert_array_equal(found, recognized(said.sound, 53, 50.0))
    inside = [frame for frame in range(53) if min(abs(frame / 50 - edge) for edge in TIMES) > 0.03]
    np.testing.assert_allclose(found[inside], oracle(PHONES, TIMES, 53, 50.0, 20)[inside], atol=0.02)


def test_nothing_is_known_without_labels_text_or_known_words(monkeypatch):
    toy_recognizer.install(monkeypatch)
    assert evidence_of(utterance(phones=()), "labels", 106) is None
    for text in ("", "dog", "--", "cat " * 30):
        assert evidence_of(utterance(text=text), "aligned", 106) is None


USED = {"labels": {"phones"}, "aligned": {"text", "sound"}, "recognized": {"sound"}}


@pytest.mark.parametrize("source", USED)
def test_evidence_depends_on_its_source_alone(monkeypatch, source):
    """Neither articulation nor speaker, nor what another source of evidence reads, has an influence."""
    toy_recognizer.install(monkeypatch)
    said = utterance()
    others = {"phones": labelled(("sil", "t", "ae1", "k", "sil")), "text": "tack", "sound": toy_recognizer.spoken(*CAT[::-1]),
              "coils": said.coils + np.float32(3), "speaker": "M01", "name": "x", "sentence": "y", "words": (Label("x", 0, 1),)}
    before = evidence_of(said, source, 106)
    influence = {name for name, value in others.items()
                 if not np.array_equal(before, evidence_of(replace(said, **{name: value}), source, 106))}
    assert influence == USED[source]


def test_the_parameters_of_the_acoustics_are_those_without_phones():
    for phones, source, values in (("none", "", 0), ("labels", "labels", evidence.WIDTH)):
        params = changed(FEATURES, phones=phones)
        assert params.acoustics == FeatureParams.of(FEATURES.model_dump(exclude={"phones"}))
        assert (params.source, params.evidence_values) == (source, values)
    with pytest.raises(BadParams, match=r"bad value 'lables' for 'features.phones': .*; did you mean 'labels'\?"):
        changed(InputParams.load(CHOICES), phones="lables")
