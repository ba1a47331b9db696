"""Running speech: what British and American speakers make of the phones of careful speech, and how it moves and sounds."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from artinv.core import random_draws
from artinv.synth.speaker.accents import ACCENTS, AMERICAN, Accent, accent_of, careful, running
from artinv.synth.speaker.allophones import BREATH, DARK_L, FLAP, FRONT_U, GLOTTAL, SCHWA, SOUNDS
from artinv.synth.speaker.gestures import gestural_score
from artinv.synth.speaker.lexicon import Sentence, Word, sentence
from artinv.synth.speaker.phones import PHONES
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import make_speaker
from artinv.synth.speaker.timing import Pace, time_sentence
from artinv.synth.tract.anatomy import grid
from artinv.synth.tract.controls import FRAME_RATE, RATE
from artinv.synth.tract.formants import resonances
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.tube import Tube

RATES = [name for name, value in asdict(AMERICAN).items() if not isinstance(value, bool)]
ALWAYS = {name: replace(accent, **dict.fromkeys(RATES, 1.0) | {"onset": 0.0, "breath": 0.0}) for name, accent in ACCENTS.items()}
AT_WILL = {name: replace(accent, **dict.fromkeys(RATES, 0.0)) for name, accent in ACCENTS.items()}
SENTENCES = [sentence("460", number) for number in range(1, 201)]
PLAIN = Pace(pauses=0)
RIDGE, CLOSED = grid() > 2.4, 0.03  # sections of the tract at the tip of the tongue; cm2


def line(*words):
    """Return a sentence of words, each given by its phones, or as `text: phones`."""
    pairs = [word.rpartition(":") for word in words]
    return Sentence("line", tuple(Word(text or "w", tuple(phones.split()), function=False) for text, _, phones in pairs))


def said(accent, *words, pauses=0.0):
    """Return the label and the sounds of each phone; `|` is a pause."""
    texts = []
    for word in running(line(*words), accent, pauses, np.random.default_rng(0)):
        texts += [f"{phone.label}:{'+'.join(part.sound for part in phone.parts)}" for phone in word.phones]
        texts += ["|"] * bool(word.pause)
    return " ".join(texts)


def timed(accent, *words, seed=0):
    entry = line(*words)
    spoken = running(entry, accent, 0.0, np.random.default_rng(seed))
    return time_sentence(entry, PLAIN, np.random.default_rng(seed), spoken)


# rules

def test_an_accent_without_habits_is_careful_speech():
    for entry in SENTENCES:
        assert running(entry, Accent(), 0.0, np.random.default_rng(0)) == careful(entry)
        assert running(entry, AT_WILL["american"], 0.0, np.random.default_rng(0)) == careful(entry)


@pytest.mark.parametrize(("accent", "words", "expected"), [
    ("american", ["b eh1 t er0"], "b:b eh1:eh t:dx er0:er"),
    ("american", ["p aa1 r t iy0"], "p:p aa1:aa r:r t:dx iy0:iy"),
    ("american", ["s iy1 t", "ah0 p"], "s:s iy1:iy t:dx ah0:ax p:p+p"),
    ("american", ["ah0 t eh1 n"], "ah0:ax t:t eh1:eh n:n"),
    ("american", ["ae1 t", "ao1 l"], "ae1:ae t:dx ao1:ao l:ll"),
    ("american", ["k ae1 t", "s ae1 m"], "k:k ae1:ae t:q s:s ae1:ae m:m"),
    ("american", ["m eh1 n t", "t r iy1"], "m:m eh1:eh n:n t:q t:t r:r iy1:iy"),
    ("american", ["s t r iy1", "l eh1 t r ah0"], "s:s t:t r:r iy1:iy l:l eh1:eh t:t r:r ah0:ax"),
    ("american", ["l ao1 s t"], "l:l ao1:ao s:s t:t+t"),
    ("american", ["m ih1 l k", "p uw1 l"], "m:m ih1:ih l:ll k:k p:p uw1:uw l:ll"),
    ("american", ["p uw1 l", "ih0 t"], "p:p uw1:uw l:l ih0:ax t:q"),
    ("american", ["sh uw1", "n uw1 z"], "sh:sh uw1:ux n:n uw1:ux z:z"),
    ("american", ["aa1 r", "d aa1 k"], "aa1:aa r:r d:d aa1:aa k:k+k"),
    ("british", ["k aa1 r"], "k:k aa1:aa"),
    ("british", ["f aa1 r", "ah0 w ey1"], "f:f aa1:aa r:r ah0:ax w:w ey1:eh+iy"),
    ("british", ["n ih1 r", "b eh1 r"], "n:n ih1:ih+ax b:b eh1:eh+ax"),
    ("british", ["w er1 k er0"], "w:w er1:ex k:k ah0:ax"),
    ("british", ["d aa1 k"], "d:d oh1:oh k:k+k"),
    ("british", ["father: f aa1 dh er0"], "f:f aa1:aa dh:dh ah0:ax"),
    ("british", ["dog: d ao1 g", "s ao1"], "d:d oh1:oh g:g s:s ao1:ao"),
    ("british", ["r ih1 v er0", "ih1 n"], "r:r ih1:ih v:v ah0:ax r:r ih1:ih n:n"),
    ("british", ["g ow1"], "g:g ow1:ex+uw"),
    ("british", ["g r iy1 n"], "g:g r:r iy1:iy n:n"),
])
def test_habits_apply_where_they_are_possible(accent, words, expected):
    assert said(ALWAYS[accent], *words) == expected


@pytest.mark.parametrize(("accent", "words", "expected"), [
    ("american", ["ah0 t eh1 n"], "ah0:q+ax t:t eh1:eh n:n"),
    ("american", ["s iy1 t", "ah0 p"], "s:s iy1:iy t:q ah0:q+ax p:p+p"),
    ("american", ["p uw1 l", "ao1 f"], "p:p uw1:uw l:ll ao1:q+ao f:f"),
    ("british", ["k aa1 r", "ao1 l"], "k:k aa1:aa ao1:q+ao l:ll"),
    ("british", ["s iy1", "ao1 l"], "s:s iy1:iy ao1:q+ao l:ll"),
])
def test_a_hard_onset_separates_words(accent, words, expected):
    assert said(replace(ALWAYS[accent], onset=2.0), *words) == expected


@pytest.mark.parametrize(("accent", "words", "expected"), [
    ("american", ["s iy1 t", "ah0 p"], "s:s iy1:iy t:q | ah0:ax p:p+p"),
    ("american", ["s iy1 p", "ah0 p"], "s:s iy1:iy p:p+p | ah0:ax p:p+p"),
    ("british", ["k aa1 r", "ao1 l"], "k:k aa1:aa | ao1:ao l:ll"),
    ("british", ["n er1", "ao1 l"], "n:n er1:ex | ao1:ao l:ll"),
])
def test_no_sound_links_over_a_pause(accent, words, expected):
    assert said(ALWAYS[accent], *words, pauses=1.0) == expected


def test_what_no_habit_changes_is_said_as_in_careful_speech():
    special = set(SOUNDS) - set(PHONES)
    for entry in SENTENCES[:40]:
        usual = {phone for word in careful(entry) for phone in word.phones}
        words = running(entry, ALWAYS["american"], 0.0, np.random.default_rng(0))
        for phone in (phone for word in words for phone in word.phones):
            sounds = [part.sound for part in phone.parts]
            held = len(set(sounds)) < len(sounds)
            assert held or special.intersection(sounds) or phone in usual, (entry.text, phone)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_habit_is_as_frequent_as_its_rate(rate):
    accent, entry = replace(AT_WILL["american"], flapped=rate), line(*["b eh1 t er0"] * 2000)
    words = running(entry, accent, 0.0, np.random.default_rng(1))
    count = sum(phone.parts[0].sound == FLAP for word in words for phone in word.phones)
    assert abs(count - 2000 * rate) < 4 * np.sqrt(2000 * rate * (1 - rate))


def test_speakers_of_an_accent_differ_around_its_rates():
    people = [accent_of("american", 1, f"F{number:04d}") for number in range(300)]
    assert people[0] == accent_of("american", 1, "F0000") != people[1]
    assert all(person.rhotic and not person.round_lot for person in people)
    for name in RATES:
        rates = np.array([getattr(person, name) for person in people])
        assert ((rates > 0) & (rates < 1)).all()
        odds = np.log(rates / (1 - rates))
        usual = getattr(AMERICAN, name)
        assert abs(np.median(odds) - np.log(usual / (1 - usual))) < 0.15
        assert 0.5 < odds.std() < 0.8
    assert not accent_of("british", 1, "F0000").rhotic


def test_only_one_syllable_function_words_are_unstressed():
    def reduced(phones):
        entry = Sentence("line", (Word("w", tuple(phones.split()), function=True),))
        (word,) = running(entry, ALWAYS["british"], 0.0, np.random.default_rng(0))
        return " ".join(part.sound for phone in word.phones for part in phone.parts)

    assert reduced("dh ih1 s") == "dh ax s"
    assert reduced("ah1 n d er0") == "ah n d ax"
    assert reduced("n ih1 r") == "n ih ax"
    assert reduced("hh er1") == "hh ax"


def test_the_pitch_accent_is_on_the_vowel_after_a_glottal_stop():
    entry = line("ae1 p")
    spoken = time_sentence(entry, PLAIN, np.random.default_rng(0), running(
        entry, replace(AMERICAN, onset=1.0), 0.0, np.random.default_rng(0)))
    assert [(segment.sound, segment.prominent) for segment in spoken.segments[1:3]] == [("q", False), ("ae", True)]


# timing and motion

def test_labels_have_no_gaps_and_words_keep_their_order():
    for accent in ALWAYS.values():
        for entry in SENTENCES[:50]:
            words = running(entry, replace(accent, onset=0.5, breath=0.2), 0.2, random_draws.rng(entry.text, "said"))
            spoken = time_sentence(entry, Pace(), random_draws.rng(entry.text), words)
            assert spoken.phones[0].start == 0
            assert spoken.phones[-1].end == spoken.seconds
            assert all(left.end == right.start for left, right in zip(spoken.phones, spoken.phones[1:], strict=False))
            assert [word.text for word in spoken.words] == [word.text for word in entry.words]
            assert all(left.end == right.start for left, right in zip(spoken.segments, spoken.segments[1:], strict=False))


def test_careful_sounds_of_a_speaker_do_not_depend_on_allophones():
    speaker = make_speaker("M02")
    assert set(speaker.habits.targets) == set(SOUNDS) > set(PHONES)
    neutral = np.mean([speaker.habits.targets[name] for name, phone in PHONES.items() if phone.kind == "vowel"], axis=0)
    np.testing.assert_array_equal(speaker.habits.targets[SCHWA], neutral)
    with_habits = replace(speaker, accent=Accent())
    same = [speak(each, line("s t r iy1 t"), 1) for each in (speaker, with_habits)]
    np.testing.assert_array_equal(same[0].sound, same[1].sound)
    np.testing.assert_array_equal(same[0].coils, same[1].coils)


def contact(speaker, accent, *words):
    """Return the seconds for which the tip of the tongue closes the tract in the first word."""
    spoken = timed(accent, *words)
    habits = replace(speaker.habits, token_spread=0 * speaker.habits.token_spread)
    controls = gestural_score(spoken.segments, habits, np.random.default_rng(0)).controls
    with torch.no_grad():
        area = Geometry(speaker.anatomy).shape(torch.from_numpy(controls.astype(np.float32))).area.numpy()
    start, end = spoken.phones[1].start, spoken.phones[-1].start
    narrowest = area[round(start * FRAME_RATE):round(end * FRAME_RATE), RIDGE].min(axis=1)
    return float((narrowest < CLOSED).sum() / FRAME_RATE)


def test_a_flap_is_a_brief_contact():
    """Zue & Laferriere (1979): 26 ms."""
    people = [make_speaker(name) for name in ("F01", "F03", "M02", "M04")]
    words = [f"{before} t {after}" for before, after in (("ae1", "er0"), ("ih1", "iy0"), ("aa1", "ah0"))]
    flaps, stops = (np.array([[contact(person, accents["american"], word) for word in words] for person in people])
                    for accents in (ALWAYS, AT_WILL))
    assert 0.015 <= np.median(flaps) <= 0.045
    assert flaps.max() < 0.06 < np.median(stops)


def test_a_dark_l_has_a_lower_second_formant():
    for name in ("F03", "M02"):
        speaker = make_speaker(name)
        hertz = resonances(Geometry(speaker.anatomy), Tube(speaker.anatomy, 512), torch.from_numpy(np.array(
            [speaker.habits.targets[sound] for sound in ("l", DARK_L)], np.float32))).numpy()
        assert hertz[1, 1] < 0.9 * hertz[0, 1]


def test_a_fronted_u_has_a_higher_second_formant_and_the_same_lips():
    speaker = make_speaker("F03")
    back, front, spread = (speaker.habits.targets[name] for name in ("uw", FRONT_U, "iy"))
    hertz = resonances(Geometry(speaker.anatomy), Tube(speaker.anatomy, 512),
                       torch.from_numpy(np.array([back, front, spread], np.float32))).numpy()[:, 1]
    assert hertz[0] < hertz[1] < hertz[2]
    np.testing.assert_array_equal(back[[9, 10]], front[[9, 10]])


# sound

def level(heard, start, end):
    part = heard.sound[round(start * RATE):round(end * RATE)].astype(float)
    return 10 * np.log10(np.mean(part**2) + 1e-20)


@pytest.fixture(scope="module")
def quiet():
    """A speaker in a quiet room."""
    speaker = make_speaker("M02")
    return replace(speaker, microphone=replace(speaker.microphone, snr=80.0), pace=PLAIN)


def test_a_glottal_stop_is_quiet_while_the_mouth_is_free(quiet):
    words = line("b ae1 t", "m ae1 n")
    heard = [speak(replace(quiet, accent=accent), words, 1) for accent in (ALWAYS["american"], AT_WILL["american"])]
    stop = next(label for label in heard[0].phones if label.text == "t")
    vowel = next(label for label in heard[0].phones if label.text == "ae1")
    middle = (stop.start + stop.end) / 2
    drop = level(heard[0], vowel.start + 0.02, vowel.end - 0.02) - level(heard[0], middle - 0.01, middle + 0.01)
    assert drop > 6
    assert not SOUNDS[GLOTTAL].dominance.any()


def test_an_unreleased_stop_has_no_burst(quiet):
    def after_closure(accent):
        heard = speak(replace(quiet, accent=accent), line("l ae1 p"), 1)
        end = heard.phones[-1].start
        return max(level(heard, at, at + 0.01) for at in np.arange(end - 0.03, end + 0.12, 0.005))

    assert after_closure(ALWAYS["american"]) < after_closure(AT_WILL["american"]) - 10


def test_a_breath_is_audible_below_the_speech_and_opens_the_mouth(quiet):
    accent = replace(AT_WILL["british"], breath=1.0)
    heard = speak(replace(quiet, accent=accent), line("m aa1 m", "m aa1 m"), 1)
    pause = next(label for label in heard.phones[1:-1] if label.text == "sil")
    vowel = next(label for label in heard.phones if label.text == "oh1")
    breath_level = level(heard, pause.start + 0.1, pause.end - 0.1)
    assert level(heard, pause.start + 0.01, pause.start + 0.04) < breath_level
    assert level(heard, pause.end - 0.04, pause.end - 0.01) < breath_level
    assert 15 < level(heard, vowel.start + 0.02, vowel.end - 0.02) - breath_level < 45
    assert breath_level - level(heard, 0, 0.08) > 6
    opening = heard.coils[:, 9] - heard.coils[:, 11]
    inside = slice(round((pause.start + 0.1) * FRAME_RATE), round((pause.end - 0.1) * FRAME_RATE))
    assert np.nanmean(opening[inside]) > np.nanmean(opening[: round(0.08 * FRAME_RATE)]) + 2
    assert SOUNDS[BREATH].open_glottis
    assert 0.2 < pause.end - pause.start < 0.6
