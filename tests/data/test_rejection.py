"""Tests of every limit from both sides, on signals with known level, spread and length."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label, Rejected
from artinv.data.clean import clean
from artinv.data.rejection import clipped_share, motion, recording, result
from artinv.runtime.errors import BadParams
from tests.support import toys
from tests.support.speech import CLEAN, changed, talk

LIMITS = CLEAN.limits


def recorded(sound=None, seconds=2.0, **facts):
    """Return an utterance with sound at 16 kHz, by default a sine of amplitude .1, and motion of this duration."""
    sound = 0.1 * tone(32000) if sound is None else sound
    coils = np.zeros((round(seconds * 200), 14), np.float32)
    return toys.utterance(sound=sound.astype(np.float32), sound_rate=16000.0, coils=coils, coil_rate=200.0, **facts)


def tone(samples):
    return np.sin(2 * np.pi * 400 * np.arange(samples) / 16000)


def moving(spread, mean=0.0, columns=range(14)):
    """Return (400, 14) mm: sines with this standard deviation and mean; columns that are not listed are lost."""
    wave = mean + spread * np.sqrt(2) * np.sin(2 * np.pi * np.arange(400) / 40)
    return np.where(np.isin(np.arange(14), list(columns)), wave[:, None], np.nan)


@pytest.mark.parametrize(("seconds", "start", "fit"), [
    (1.4, 0.0, True), (1.395, 0.0, False), (1.3, 0.1, True), (1.295, 0.1, False), (2.855, 0.0, True), (2.86, 0.0, False),
])
def test_the_limit_of_differing_durations(seconds, start, fit):
    assert recording(recorded(seconds=seconds, coil_start=start), LIMITS).startswith("lengths differ: sound of 2.00 s") != fit


@pytest.mark.parametrize(("decibels", "fit"), [(-64.9, True), (-65.1, False)])
@pytest.mark.parametrize("offset", [0.0, 0.01])
def test_the_level_does_not_depend_on_an_offset(decibels, offset, fit):
    sound = np.sqrt(2) * 10 ** (decibels / 20) * tone(32000) + offset
    reason = "silent sound: loud frames have -65 dB of full scale, at least -65 needed"
    assert recording(recorded(sound), LIMITS) == ("" if fit else reason)


@pytest.mark.parametrize(("frames", "fit"), [(20, True), (19, False)])
def test_the_level_is_that_of_the_loudest_twentieth(frames, fit):
    """The sound has 400 frames."""
    sound = np.where(np.arange(160000) < frames * 400, 0.1 * tone(160000), 1e-5 * tone(160000))
    assert recording(recorded(sound, 10.0), LIMITS).startswith("silent") != fit


def test_sound_shorter_than_a_frame_has_a_level():
    coils = np.zeros((1, 14), np.float32)
    short = toys.utterance(sound=0.1 * tone(80).astype(np.float32), coils=coils, coil_rate=200.0)
    assert recording(short, LIMITS) == ""


def test_only_flat_tops_count_as_clipped():
    sound = np.array([0, 0, 0.5, 0.5, 1, 1, 1, -0.985, -0.985, 0.975, 0.975, 1, -1])
    assert clipped_share(sound) == 3 / 12
    assert clipped_share(sound[:1]) == clipped_share(sound[:0]) == 0


@pytest.mark.parametrize(("flat", "fit"), [(318, True), (322, False)])
def test_the_limit_of_clipped_samples(flat, fit):
    sound = 0.9 * np.sin(np.arange(32000) * 1.7)
    sound[1000:1000 + flat] = 0.95
    assert recording(recorded(sound), LIMITS) == ("" if fit else "clipped sound: 1.0% of its samples, at most 1.0% allowed")


def test_one_known_tongue_channel_is_enough():
    for name in ("tt_x", "tt_y", "td_x", "td_y", "tb_x", "tb_y"):
        assert motion(moving(5, columns=[COIL_COLUMNS.index(name), 13]), LIMITS) == ""
    others = [index for index, name in enumerate(COIL_COLUMNS) if name[:2] not in ("tt", "td", "tb")]
    assert motion(moving(5, columns=others), LIMITS) == "tongue lost: no tongue coil has a single sample"


@pytest.mark.parametrize(("spread", "fault"), [(0.29, "constant motion"), (0.31, ""), (29.9, ""), (30.1, "implausible units")])
def test_the_limits_of_the_spread(spread, fault):
    assert motion(moving(spread), LIMITS).partition(":")[0] == fault
    still = np.where(np.arange(14) < 6, moving(0.1), moving(spread))
    assert motion(still, LIMITS).startswith("implausible" if spread > 30 else "constant motion: the tongue's spread is 0.1 mm, at ")


@pytest.mark.parametrize(("mean", "fault"), [(199, ""), (-199, ""), (201, "implausible units"), (-201, "implausible units")])
def test_the_limit_of_the_distance_from_the_origin(mean, fault):
    coils = moving(5)
    coils[:, 9] = moving(5, mean)[:, 9]
    assert motion(coils, LIMITS).partition(":")[0] == fault


@pytest.mark.parametrize(("frames", "known", "reason"), [
    (40, 20, ""), (40, 19, "tongue lost: known in 48% of the frames, at least 50% needed"),
    (39, 39, "too short: 0.39 s of speech, at least 0.4 s needed"),
])
def test_the_limits_of_duration_and_known_frames_after_trimming(frames, known, reason):
    coils = np.full((frames, 14), np.nan)
    coils[:known, COIL_COLUMNS.index("td_y")] = 1
    coils[:, 6:] = 1
    assert result(coils, 100, LIMITS) == reason


@pytest.mark.parametrize(("name", "low", "high"), [
    ("min_seconds", 0, None), ("max_clipped", 0, 1), ("min_overlap", 0, 1), ("min_tongue", 0, 1), ("min_spread_mm", 0, None),
])
def test_limits_outside_their_range_are_rejected(name, low, high):
    assert getattr(changed(LIMITS, **{name: float(low)}), name) == low
    wrong = [low - 0.01, *([high + 0.01] if high else [])]
    assert high is None or getattr(changed(LIMITS, **{name: float(high)}), name) == high
    for value in wrong:
        with pytest.raises(BadParams, match=name):
            changed(LIMITS, **{name: value})


@pytest.mark.parametrize("name", ["max_spread_mm", "max_position_mm"])
def test_a_limit_of_zero_mm_is_rejected(name):
    assert getattr(changed(LIMITS, **{name: 0.01}), name) == 0.01
    with pytest.raises(BadParams, match=name):
        changed(LIMITS, **{name: 0.0})


def test_empty_motion_is_rejected():
    assert result(np.zeros((0, 14)), 100, LIMITS).startswith("too short: 0.00 s")
    any_overlap = changed(LIMITS, min_overlap=0.0)
    assert recording(recorded(seconds=0.0), any_overlap).startswith("lengths differ")


def reason(utterance, **values):
    rejected, report = clean(utterance, changed(CLEAN, **values))
    assert isinstance(rejected, Rejected)
    assert rejected.id == report.id == utterance.id
    assert rejected.reason == report.reason
    assert report.kept == 0
    return rejected.reason


class TestRejected:
    def test_lengths(self):
        utterance = talk()
        fault = "lengths differ: sound of 2.00 s, motion of 1.00 s from 0.00 s on"
        assert reason(replace(utterance, coils=utterance.coils[:200])) == fault
        assert reason(replace(utterance, coils=utterance.coils[:0])).startswith("lengths differ")
        assert reason(replace(utterance, sound=utterance.sound[:0])).startswith("lengths differ")

    @pytest.mark.parametrize("level", [0.0, 1e-5])
    def test_silence(self, level):
        utterance = talk()
        assert reason(replace(utterance, sound=utterance.sound * np.float32(level))).startswith("silent sound: loud frames have -")

    def test_clipping(self):
        utterance = talk()
        assert reason(replace(utterance, sound=np.clip(8 * utterance.sound, -0.9, 0.9))).startswith("clipped sound: ")
        loud = utterance.sound / np.abs(utterance.sound).max()
        assert not clean(replace(utterance, sound=loud), CLEAN)[1].reason

    def test_too_little_speech(self):
        assert reason(talk(phones=(Label("AA1", 0.9, 1.0),))) == "too short: 0.31 s of speech, at least 0.4 s needed"
        utterance = talk(phones=(Label("AA1", 1.6, 1.7),))
        assert reason(replace(utterance, coils=utterance.coils[:290])).startswith("too short: 0.00 s")

    def test_a_lost_tongue(self):
        utterance = talk()
        utterance.coils[:, :6] = np.nan
        assert reason(utterance) == "tongue lost: no tongue coil has a single sample"
        utterance = talk()
        utterance.coils[100:, :6] = np.nan
        assert reason(utterance).startswith("tongue lost: known in 19% of the frames")

    def test_motion_that_does_not_move(self):
        utterance = talk()
        assert reason(replace(utterance, coils=np.ones_like(utterance.coils))).startswith("constant motion: ")

    @pytest.mark.parametrize("unit", [10, 100])
    def test_units(self, unit):
        utterance = talk()
        assert reason(replace(utterance, coils=utterance.coils * np.float32(unit))).startswith("implausible units: ")

    def test_units_too_large(self):
        utterance = talk()
        assert reason(replace(utterance, coils=utterance.coils / np.float32(100))).startswith("constant motion: ")
