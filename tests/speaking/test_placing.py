"""Placing trajectories in a voice: statistics, rates, gaps, and what cannot be spoken."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.runtime.errors import BadData
from artinv.speaking import placing
from artinv.speaking.placing import Statistics
from artinv.speaking.voices import voice
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from tests.support.moved import moved

pytestmark = pytest.mark.usefixtures("one_thread")
COLUMNS = [CHANNELS.index(column) for column in COIL_COLUMNS]


def with_motion(change, trajectory=None):
    """Return trajectories with changed values."""
    trajectory = trajectory or moved()
    motion = trajectory.motion.copy()
    change(motion)
    return replace(trajectory, motion=motion)


def set_nan(*channels):
    def change(motion):
        motion[:, [CHANNELS.index(channel) for channel in channels]] = np.nan
    return change


def set_value(value):
    def change(motion):
        motion[3, 3] = value
    return change


@pytest.mark.parametrize(("trajectory", "message"), [
    (moved(4), "has 4 frames; 5 or more"),
    (replace(moved(5), rate=500.0), "is 8 ms long; 40 ms or more"), (replace(moved(6), rate=127.0), "is 39 ms long; 40 ms or more"),
    (replace(moved(), rate=10.0), "rate of 10 Hz is not within 20 to 10000 Hz"),
    (replace(moved(), rate=1e6), "rate of 1e[+]06 Hz"),
    (moved(12100), "is 121 s long, the limit is 120 s"),
    (with_motion(set_nan("tt_x")), "tt_x: NaN in all frames"),
    (with_motion(set_nan("tt_x", "li_y")), "tt_x, li_y: NaN in all frames"),
    (with_motion(set_value(np.inf)), "infinite values"),
])
def test_what_cannot_be_spoken_is_rejected(trajectory, message):
    with pytest.raises(BadData, match=message) as error:
        placing.check(trajectory)
    assert "\n" not in str(error.value)


def test_gaps_and_a_missing_velum_can_be_spoken():
    placing.check(with_motion(set_nan("v_x", "v_y", "la", "ttcl")))
    placing.check(with_motion(set_value(np.nan)))


@pytest.mark.parametrize("rate", [50.0, 100.0, 97.5, 500.0])
def test_motion_at_any_rate_becomes_the_same_curve_at_100_hz(rate):
    trajectory = moved(int(2 * rate), rate)
    out = placing.at_rate(trajectory, 0.0, 1.9)
    reference = moved(191)
    assert out.shape == (191, 18)
    np.testing.assert_allclose(out[10:-10, COLUMNS], reference.motion[10:-10, COLUMNS], atol=0.15)


def test_the_start_of_a_trajectory_is_held_before_it_and_its_end_after_it():
    trajectory = moved(100)
    out = placing.at_rate(trajectory, 0.5, 2.0)
    np.testing.assert_allclose(out[:50, 0], out[50, 0], atol=1e-3)
    np.testing.assert_allclose(out[150:, 0], out[149, 0], atol=1e-3)
    np.testing.assert_allclose(out[60:140, 0], trajectory.motion[10:90, 0], atol=0.05)


def test_gaps_are_interpolated():
    trajectory = moved(100)
    motion = trajectory.motion.copy()
    motion[40:44, 0] = np.nan
    out = placing.at_rate(replace(trajectory, motion=motion), 0.0, 0.99)
    assert np.abs(out[:, 0] - trajectory.motion[:, 0]).max() < 0.7


def test_rest_before_and_after_the_motion_is_not_spoken():
    trajectory = moved(200)
    rest = np.repeat(trajectory.motion[:1], 100, axis=0), np.repeat(trajectory.motion[-1:], 80, axis=0)
    spoken = placing.spoken_frames(np.concatenate([rest[0], trajectory.motion, rest[1]]))
    first, last = np.flatnonzero(spoken)[[0, -1]]
    assert 100 <= first <= 120
    assert 280 <= last <= 300
    assert spoken[first:last].all()
    assert placing.spoken_frames(np.repeat(trajectory.motion[:1], 50, axis=0)).all()


@pytest.mark.parametrize("frames", [10, 34, 35, 36, 37, 60])
def test_a_tenth_of_a_second_at_each_end_of_a_movement_longer_than_four_tenths_is_silent(frames):
    """Authority: the speed of a ramp after a Gaussian filter is a difference of two normal distributions."""
    times = np.arange(120)
    motion = np.repeat(np.clip(times - 40.0, 0, frames)[:, None], 18, axis=1)
    speed = norm.cdf(times, 40.5, 2.0) - norm.cdf(times, 40.5 + frames, 2.0)
    first, last = np.flatnonzero(speed > 0.08 * np.percentile(speed, 90))[[0, -1]]
    lag = 10 if last - first > 40 else 0
    assert np.flatnonzero(placing.spoken_frames(motion)).tolist() == list(range(first + lag, last - lag + 1))


def test_statistics_of_the_speaker_move_a_motion_to_the_voice():
    """Authority: the definition of a z-score."""
    person, motion = voice("man"), moved(100).motion
    mean, std = motion.mean(axis=0, dtype=np.float64), motion.std(axis=0, dtype=np.float64)
    coils = placing.place(motion, Statistics(mean, std, ""), person).numpy()
    np.testing.assert_allclose(coils.mean(axis=0), person.prior.coil_mean, atol=1e-3)
    np.testing.assert_allclose(coils.std(axis=0), person.prior.coil_std, rtol=1e-3)


def test_a_motion_is_limited_to_four_standard_deviations():
    person, motion = voice("man"), np.full((3, 18), [[-10.0], [3.9], [10.0]])
    coils = placing.place(motion, Statistics(np.zeros(18), np.ones(18), ""), person).numpy()
    mean, std = person.prior.coil_mean.numpy(), person.prior.coil_std.numpy()
    np.testing.assert_allclose(coils, mean + np.array([[-4], [3.9], [4]]) * std, atol=1e-3)


def test_the_scale_mm_keeps_the_coils():
    motion = moved().motion
    np.testing.assert_array_equal(placing.place(motion, placing.own_statistics(motion, np.ones(60, bool)), voice("man"), "mm"),
                                  motion[:, COLUMNS])


def test_the_origin_of_the_coordinates_does_not_matter():
    person, motion = voice("man"), moved(300).motion
    away = motion.copy()
    away[:, [index for index, channel in enumerate(CHANNELS) if channel.endswith("_x")]] += 40
    away[:, [index for index, channel in enumerate(CHANNELS) if channel.endswith("_y")]] -= 25
    placed = []
    for each in (motion, away):
        own = placing.own_statistics(each, np.ones(len(each), bool))
        placed.append(placing.place(each, placing.estimated(own, 3.0, person), person).numpy())
    np.testing.assert_allclose(placed[0], placed[1], atol=1e-3)


def test_estimated_statistics_of_a_sentence_are_closer_to_the_session_than_those_of_the_sentence_alone():
    """Over sentences and coils of a synthetic speaker whose session is known."""
    person, neutral = voice("M01"), voice("man")
    motions = []
    for number in range(1, 13):
        score = compose(person.speaker, sentence("session", number), number)[1]
        motion = np.full((len(score.controls[::2]), 18), np.nan)
        motion[:, COLUMNS] = person.synth.geometry.coils(_tensor(score.controls[::2])).numpy()
        motions.append(motion)
    every = np.concatenate(motions)
    session = every.mean(axis=0), every.std(axis=0)
    errors = np.zeros((2, 2))
    for motion in motions:
        own = placing.own_statistics(motion, np.ones(len(motion), bool))
        shared = placing.estimated(own, len(motion) / 100, neutral)
        for row, found in enumerate((own, shared)):
            errors[row] += [np.nanmean((found.mean - session[0]) ** 2), np.nanmean(np.log(found.std / session[1]) ** 2)]
    assert (errors[1] < 0.95 * errors[0]).all()


@pytest.mark.parametrize("seconds", [0.1, 0.5, 3.0])
def test_estimated_statistics_agree_with_a_loop(seconds):
    """A mean lies between those of the sentence and of the voice, which is shifted by the mean offset in each direction."""
    own, prior = placing.own_statistics(moved(300).motion, np.ones(300, bool)), voice("man").prior
    found = placing.estimated(own, seconds, voice("man"))
    usual = dict(zip(COLUMNS, zip(prior.coil_mean.numpy(), prior.coil_std.numpy(), strict=True), strict=True))
    activity = np.mean([min(own.std[column] / std, 1) ** 2 for column, (_, std) in usual.items()])
    postures = 1 + max(0, 4.4 * seconds - 1) * activity
    for direction in (COLUMNS[0::2], COLUMNS[1::2]):
        weights = [1 / usual[column][1] ** 2 for column in direction]
        shift = np.average([own.mean[column] - usual[column][0] for column in direction], weights=weights)
        for column in direction:
            mean, std = usual[column]
            weight = 2.5**2 / (2.5**2 + std**2 / postures)
            assert found.mean[column] == pytest.approx(weight * own.mean[column] + (1 - weight) * (mean + shift), abs=1e-4)
            share = postures / (postures + 4.4)
            assert found.std[column] == pytest.approx(own.std[column] ** share * std ** (1 - share), rel=1e-4)


def test_more_speech_gives_more_weight_to_its_own_statistics():
    own = placing.own_statistics(moved(300).motion, np.ones(300, bool))
    person = voice("man")
    distances = [np.nanmean(np.abs(np.log(placing.estimated(own, seconds, person).std / own.std))) for seconds in (0.5, 3, 60)]
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.05


def test_the_mean_of_the_average_speaker_is_exact():
    average = Statistics(np.arange(18.0), np.full(18, 3.0), "average")
    own = placing.own_statistics(moved(100).motion, np.ones(100, bool))
    np.testing.assert_array_equal(placing.estimated(own, 1.0, voice("man"), average).mean, average.mean)


def _tensor(values):
    import torch
    return torch.from_numpy(values.astype(np.float32))
