"""Sounds are prepared alike, divided without an overlap of takes or speakers, and read back as they were written."""

import numpy as np
import pytest
import soundfile

from artinv.core import store
from artinv.core.records import Label, Utterance
from artinv.digits import sounds
from artinv.digits.sounds import Clips, SampleParams, divide, load, prepare, read, save
from artinv.digits.spectra import HOP, RATE, SAMPLES
from artinv.digits.speech import SpeakParams, session, speak_digits
from artinv.digits.words import NAMES
from artinv.runtime.errors import BadData
from tests.support import recordings, toy_digits, toys

SPEAKERS = SpeakParams(speakers=3, takes=1, seed=0)
PARAMS = toy_digits.params(SampleParams, valid_speakers=1, test_speakers=1)
FSDD = recordings.FOLDER / "fsdd"


def burst(seconds, rate=RATE, hertz=1000.0):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_what_is_audible_is_placed_at_the_start_at_one_level(rate):
    quiet = np.zeros(round(0.3 * rate), np.float32)
    seen = prepare(np.concatenate([quiet, 0.02 * burst(0.2, rate), quiet]), rate, "a.wav")
    assert (seen.shape, seen.dtype) == ((SAMPLES,), np.int16)
    assert np.abs(seen).max() == pytest.approx(0.5 * 32767, abs=2)
    loud = np.flatnonzero(np.abs(seen) > 1000)
    assert loud[0] == pytest.approx(2 * HOP + 160, abs=80)
    assert loud[-1] - loud[0] == pytest.approx(0.2 * RATE, abs=170)


def test_a_long_sound_is_cut_and_a_short_one_is_padded():
    assert np.flatnonzero(prepare(burst(2.0), RATE, "a.wav"))[-1] > SAMPLES - 3
    assert not prepare(burst(0.1), RATE, "a.wav")[3000:].any()
    assert prepare(burst(0.01), RATE, "a.wav").any()


def test_what_is_kept_fades_in_and_out_within_5_ms():
    seen = prepare(burst(0.1), RATE, "a.wav")[2 * HOP:2 * HOP + 800] / (0.5 * 32767)
    ramp = np.linspace(0, 1, 40)
    np.testing.assert_allclose(seen, burst(0.1) * np.concatenate([ramp, np.ones(720), ramp[::-1]]), atol=1e-4)


@pytest.mark.parametrize(("decibels", "audible"), [(-39.5, True), (-40.5, False)])
def test_what_is_40_db_quieter_is_not_audible(decibels, audible):
    """It is searched in steps of 10 ms; 20 ms around what is audible are kept."""
    silence, quiet = np.zeros(1600, np.float32), 10 ** (decibels / 20) * burst(0.05)
    sound = np.concatenate([silence, burst(0.05), quiet, silence])
    expected = sound[1600 - 160:1600 + 400 * (1 + audible) + 160] * 0.5 * 32767
    seen = prepare(sound, RATE, "a.wav")[2 * HOP:].astype(float)
    inner = slice(40, len(expected) - 40)
    np.testing.assert_allclose(seen[inner], expected[inner], atol=1)
    assert not seen[len(expected):].any()


def test_silence_stays_silent_as_int16():
    assert not sounds.to_int16(np.zeros((2, SAMPLES), np.float32)).any()


def test_a_word_at_the_very_start_is_kept_from_the_start():
    spoken = toys.utterance(seconds=0.6, sound=burst(0.6, 16000), sentence="one", words=(Label("one", 0.01, 0.3),), order=21)
    ((sound, digit, speaker, take),) = sounds._spoken([spoken])
    assert (digit, speaker, take) == (1, spoken.speaker, 2)
    np.testing.assert_array_equal(sound, prepare(spoken.sound[:round(0.34 * 16000)], 16000.0, "a"))


@pytest.mark.parametrize("sound", [np.zeros(4000, np.float32), np.zeros(0, np.float32), np.full(4000, np.nan, np.float32),
                                   np.full(4000, 1e-4, np.float32)])
def test_silence_is_reported(sound):
    with pytest.raises(BadData, match=r"a\.wav: is silent; remove it"):
        prepare(sound, RATE, "a.wav")


def test_recordings_are_divided_by_the_official_takes(tmp_path):
    clips, takes = read(toy_digits.write_fsdd(tmp_path / "fsdd"))
    assert (len(clips), clips.origin, sorted(set(clips.speakers.tolist()))) == (180, "real", ["ann", "bob"])
    parts = divide(clips, takes, PARAMS)
    assert {part: len(own) for part, own in parts.items()} == {"train": 20, "valid": 60, "test": 100}
    whole = np.concatenate([parts[part].sounds for part in sounds.PARTS])
    assert len(np.unique(whole, axis=0)) == 180


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Return a folder with what three synthetic speakers say."""
    folder = tmp_path_factory.mktemp("spoken")
    assert speak_digits(SPEAKERS, folder, workers=1) == 30
    return folder


def test_synthetic_digits_are_divided_by_speaker(spoken):
    clips, takes = read(spoken)
    assert clips.origin == "synthetic"
    assert takes.tolist() == [0] * 30
    parts = divide(clips, takes, PARAMS)
    assert {part: set(own.speakers.tolist()) for part, own in parts.items()} == {
        "test": {"F0000"}, "valid": {"M0001"}, "train": {"F0002"}}
    assert all(sorted(own.digits.tolist()) == list(range(10)) for own in parts.values())
    heard = np.abs(clips.sounds).max(1)
    assert (heard > 16000).all()


def test_equal_parameters_give_equal_speech_with_the_motion_that_made_it(spoken):
    stored = list(store.Reader(spoken / "M0001.npz", Utterance))
    again = session(SPEAKERS, "M0001")
    assert [utterance.text for utterance in stored] == list(NAMES)
    for first, second in zip(stored, again, strict=True):
        np.testing.assert_array_equal(first.coils, second.coils)
        np.testing.assert_allclose(first.sound, second.sound, atol=2**-15)
        assert first.coils.shape == (len(first.coils), 14)
        assert first.origin == "synthetic"


def test_parts_are_read_as_they_were_written(tmp_path):
    parts = {part: toy_digits.clips(1, number) for number, part in enumerate(sounds.PARTS)}
    save(tmp_path, parts)
    for part, clips in parts.items():
        seen = load(tmp_path, part)
        assert seen.origin == "synthetic"
        for name in ("sounds", "digits", "speakers"):
            np.testing.assert_array_equal(getattr(seen, name), getattr(clips, name))


def test_faults_of_a_folder_are_one_line(tmp_path):
    with pytest.raises(BadData, match="absent: is missing; put FSDD there"):
        read(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadData, match=r"holds no recordings/DIGIT_SPEAKER_TAKE\.wav"):
        read(tmp_path / "empty")
    folder = toy_digits.write_fsdd(tmp_path / "named", takes=1, speakers=("ann",))
    soundfile.write(folder / "recordings/seven.wav", burst(0.1), RATE)
    with pytest.raises(BadData, match=r"seven\.wav: is not named DIGIT_SPEAKER_TAKE\.wav"):
        read(folder)
    (folder / "recordings/seven.wav").unlink()
    with pytest.raises(BadData, match="the train part lacks a digit"):
        divide(*read(folder), PARAMS)


def test_too_few_speakers_are_reported():
    with pytest.raises(BadData, match=r"2 speakers cannot be divided; raise speak\.speakers above 2"):
        divide(toy_digits.clips(), np.zeros(60, int), PARAMS)


def test_clips_of_other_shapes_are_rejected():
    own = toy_digits.clips(1)
    for values in ((own.sounds[:, 1:], own.digits), (own.sounds, own.digits[1:]), (own.sounds.astype(float), own.digits),
                   (own.sounds, own.digits + 1), (own.sounds[:0], own.digits[:0])):
        with pytest.raises(ValueError, match="sounds"):
            Clips(*values, own.speakers[: len(values[1])], "real")


@recordings.needed
def test_the_real_recordings_are_read_and_divided():
    if not FSDD.exists():
        pytest.skip("the recordings of digits (../shared/real/fsdd) are missing")
    clips, takes = read(FSDD)
    parts = divide(clips, takes, PARAMS)
    assert (len(clips), len(set(clips.speakers.tolist())), int(takes.max())) == (3000, 6, 49)
    assert {part: len(own) for part, own in parts.items()} == {"train": 2520, "valid": 180, "test": 300}
    assert (np.bincount(parts["test"].digits) == 30).all()
