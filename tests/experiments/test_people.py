"""Synthetic vowels in sentences against the figures of real speakers."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.synth.speaker.accents import AMERICAN, BRITISH, running
from artinv.synth.speaker.lexicon import Sentence, Word
from artinv.synth.speaker.speakers import Variability, make_speaker
from artinv.synth.speaker.timing import Pace, time_sentence
from experiments import people
from experiments.people import COLUMNS, SENTENCES, compared, full_vowel, real_vowels, synthetic_vowels


@pytest.fixture(scope="module")
def result():
    average = Variability(**dict.fromkeys(Variability.model_fields, 0.0))
    real = real_vowels()
    speakers = [make_speaker(name, average) for name in ("F01", "M01")]
    synthetic, spread = synthetic_vowels(speakers, real.names, sentences=SENTENCES)
    return compared(synthetic, spread, real)


@pytest.mark.parametrize("column", COLUMNS)
def test_each_coil_moves_from_vowel_to_vowel_as_in_real_speech(result, column):
    row = result["columns"][column]
    large = row["real_vowel_spread"] > 0.5  # mm; smaller ones are near the accuracy of a measurement
    assert row["correlation"] > (0.85 if large else 0.75)
    assert 0.7 < row["vowel_spread"] / row["real_vowel_spread"] < (1.6 if large else 2.2)
    assert 0.8 * row["real_total_low"] < row["total_spread"] < 1.2 * row["real_total_high"]


def test_over_all_coils_the_correlation_with_real_vowels_is_high(result):
    assert result["mean_correlation"] > 0.91


@pytest.mark.parametrize("sex", ["female", "male"])
def test_vowels_in_sentences_have_the_formants_of_real_speakers(result, sex):
    assert all(error < 0.06 for error in result["formant_error"][sex].values())


@pytest.mark.parametrize(("accent", "phones", "place", "sound"), [
    (AMERICAN, "ae1 p", 0, "ae"), (BRITISH, "n ih1 r", 1, "ih"), (BRITISH, "s ah0 p", 1, None), (AMERICAN, "b iy1 t", 1, "iy"),
])
def test_a_vowel_is_measured_without_glottal_stop_and_schwa(accent, phones, place, sound):
    entry, habits = Sentence("line", (Word("w", tuple(phones.split()), function=False),)), replace(accent, onset=1.0, reduced=1.0)
    spoken = time_sentence(entry, Pace(), np.random.default_rng(0), running(entry, habits, 0.0, np.random.default_rng(0)))
    found = full_vowel(spoken, spoken.phones[1 + place])
    assert (found and found.sound) == sound


def test_speakers_have_accents_where_asked_for(monkeypatch):
    someone = make_speaker("M01", Variability(**dict.fromkeys(Variability.model_fields, 0.0)))
    monkeypatch.setattr(people, "make_speaker", lambda name: replace(someone, name=name))
    assert not any(speaker.accent for speaker in people.population(accents=False))
    rhotic = {speaker.name: speaker.accent.rhotic for speaker in people.population(accents=True)}
    assert [name for name in rhotic if not rhotic[name]] == ["faet0", "msak0"]


def test_a_comparison_of_the_real_figures_with_themselves_finds_no_error():
    real = real_vowels()
    same = compared(real, np.zeros((1, 14)), real)
    assert all(row["correlation"] == pytest.approx(1) for row in same["columns"].values())
    assert all(error == 0 for errors in same["formant_error"].values() for error in errors.values())
