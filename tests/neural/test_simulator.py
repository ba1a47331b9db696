"""The simulator plants roles, lead, lag, ratio of variances, pink noise and damage; both formats carry the same envelopes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from artinv.core.channels import CHANNELS
from artinv.neural import simulator
from artinv.neural.recording import read
from artinv.neural.records import RATE, SAMPLES
from artinv.neural.simulator import SimulateParams, load_truth, pink, save_truth, simulate, standardized, with_brain
from artinv.neural.spoken_session import WORDS, speak_words
from artinv.runtime.errors import BadData, BadParams
from tests.support import brains, simulated_files

SMALL = {"rows": 4, "columns": 4, "motor": 5, "auditory": 3, "minutes": 0.2, "test_minutes": 0.05, "words": 3}
CLEAN = {**SMALL, "snr": 1e6}


def params(**changes):
    return SimulateParams(**SMALL | changes)


def simulated(frames=3000, **changes):
    return with_brain(brains.spoken(frames), params(**changes), "F01")


def numbers(simulation, role):
    return [number for number, own in enumerate(simulation.truth.role) if own == role]


def explained(sources, values, shift):
    """Return the median share of the variance of each column that the sources `shift` frames later explain linearly."""
    later = simulator.shifted(standardized(sources), -shift)[200:-200]
    target = standardized(values)[200:-200]
    design = np.column_stack([later, np.ones(len(later))])
    rest = target - design @ np.linalg.lstsq(design, target)[0]
    return float(np.median(1 - rest.var(0) / target.var(0)))


@pytest.mark.parametrize(("lead", "lag"), [(0.12, 0.096), (0.2, 0.0)])
def test_motor_electrodes_lead_the_mouth_and_auditory_electrodes_lag_behind_the_sound(lead, lag):
    made = simulated(**CLEAN, lead=lead, lag=lag)
    signals = made.recording.signals
    heard = simulator.log_bands(made.recording.sound, len(signals))
    shifts = np.arange(-40, 41)
    motor = [explained(made.truth.trajectories, signals[:, numbers(made, "motor")], shift) for shift in shifts]
    auditory = [explained(heard, signals[:, numbers(made, "auditory")], shift) for shift in shifts]
    assert abs(shifts[int(np.argmax(motor))] - lead * RATE) <= 1
    assert abs(shifts[int(np.argmax(auditory))] + lag * RATE) <= 1
    assert max(motor) > 0.8
    assert max(auditory) > 0.95


def test_resting_electrodes_are_unrelated_to_mouth_and_sound():
    made = simulated(20_000)
    resting = made.recording.signals[:, numbers(made, "rest")]
    slow = signal.detrend(made.truth.trajectories, axis=0)
    assert explained(np.diff(slow, axis=0), np.diff(resting, axis=0), 15) < 0.01


@pytest.mark.parametrize("snr", [0.1, 1.0, 10.0])
def test_snr_is_the_ratio_of_the_variances(snr):
    """Recordings with much and with little noise have the same signals: their difference is the noise."""
    session = brains.spoken(6000)
    pure, noisy = (deviations(with_brain(session, params(snr=value), "F01")) for value in (1e6, snr))
    related = numbers(simulated(), "motor") + numbers(simulated(), "auditory")
    noise = (noisy * np.sqrt(1 + 1 / snr) - pure)[:, related]
    np.testing.assert_allclose(noise.var(0) * snr, 1, rtol=0.1)


def deviations(made):
    """Return the deviations of the envelopes from their means, in units of DEPTH."""
    signals = made.recording.signals
    return (signals / signals.mean(0) - 1) / simulator.DEPTH


def test_pink_noise_has_equal_power_in_each_octave():
    noise = pink(1 << 16, 8, np.random.default_rng(0))
    power = (np.abs(np.fft.rfft(noise, axis=0)) ** 2).mean(1)
    octaves = [power[1 << k:1 << (k + 1)].sum() for k in range(6, 15)]
    np.testing.assert_allclose(octaves / np.mean(octaves), 1, atol=0.25)
    np.testing.assert_allclose(noise.std(0), 1, rtol=1e-3)
    assert np.abs(np.corrcoef(noise.T) - np.eye(8)).max() < 0.35


def test_roles_have_their_numbers_and_lie_together():
    made = simulate_roles(SimulateParams())
    places = np.array(np.unravel_index(np.arange(64), (8, 8))).T
    assert [made.count(role) for role in ("motor", "auditory", "rest")] == [20, 12, 32]
    for role, size in (("motor", 20), ("auditory", 12)):
        own = places[[number for number, other in enumerate(made) if other == role]]
        assert np.hypot(*(own - own.mean(0)).T).mean() < 0.8 * np.hypot(*(places - places.mean(0)).T).mean(), size
    assert made != simulate_roles(SimulateParams(seed=1))


def simulate_roles(chosen):
    return simulator.place_roles(chosen, "F01")


def test_dead_electrodes_are_constant_and_noisy_ones_vary_more():
    made = simulated(dead=2, noisy=3, motor=0, auditory=0)
    relative = np.sort(made.recording.signals.std(0) / made.recording.signals.mean(0))
    assert (relative[:2] < 1e-6).all()
    assert (relative[2:-3] < 0.35).all()
    assert (relative[-3:] > 0.5).all()


def test_artefacts_are_in_all_electrodes_at_once():
    made = simulated(6000, artefacts=10, motor=0, auditory=0)
    loud = (made.recording.signals > made.recording.signals.mean(0) * 1.6).mean(1) > 0.6
    starts = np.flatnonzero(np.diff(np.r_[0, loud.astype(int)]) == 1)
    assert 2 <= len(starts) <= 20
    assert 0.1 * RATE * len(starts) * 0.4 < loud.sum() < 0.5 * RATE * len(starts)


@pytest.mark.parametrize(("changes", "fault"), [
    ({"motor": 14}, "the grid has 16 electrodes"), ({"dead": 9, "noisy": 9}, "the grid has 16 electrodes"),
    ({"words": len(WORDS) + 1}, "words"), ({"snr": 0}, "snr"), ({"line": 50}, "line"),
])
def test_impossible_parameters_are_rejected(changes, fault):
    with pytest.raises(BadParams, match=fault):
        SimulateParams.of(SMALL | changes)


@pytest.fixture(scope="module")
def spoken():
    """Return a short simulated recording of a synthetic speaker."""
    return simulate(params(), "F01", workers=1)


def test_the_sound_and_the_mouth_are_those_of_a_synthetic_speaker(spoken):
    recording, truth = spoken.recording, spoken.truth
    assert recording.signals.shape == (1875, 16)
    assert len(recording.sound) == 1875 * SAMPLES
    assert truth.trajectories.shape == (1875, len(CHANNELS))
    assert np.isfinite(truth.trajectories).all()
    assert 10 <= len(recording.trials) <= 20
    assert set(recording.words) <= {word.text for word in WORDS[:3]}
    takes = [trial.take for trial in recording.trials if trial.word == recording.trials[0].word]
    assert takes == list(range(len(takes)))
    level = simulator.log_bands(recording.sound, 1875).mean(1)
    inside = np.zeros(1875, bool)
    for trial in recording.trials:
        inside[trial.start + 19:trial.end - 19] = True
    assert level[inside].mean() > level[~inside].mean() + 10
    jaw = truth.trajectories[:, CHANNELS.index("li_y")]
    assert np.abs(np.diff(jaw)).max() < 2  # mm a frame: joined words do not jump


def test_phones_follow_one_another_without_gaps(spoken):
    phones = spoken.truth.phones
    assert [phone.start for phone in phones[1:]] == pytest.approx([phone.end for phone in phones[:-1]])
    assert {phone.text for phone in phones} > {"sil"}


def test_equal_arguments_give_equal_sessions_and_each_take_is_spoken_anew():
    first, second = (speak_words("M01", 2, 8, 3, workers=1) for _ in range(2))
    np.testing.assert_array_equal(first.sound, second.sound)
    np.testing.assert_array_equal(first.trajectories, second.trajectories)
    assert (first.words, first.phones) == (second.words, second.phones)
    durations = [word.end - word.start for word in first.words if word.text == first.words[0].text]
    assert len(set(durations)) == len(durations) > 1


def test_both_formats_carry_the_recording(spoken, tmp_path):
    path = simulated_files.write_h5(tmp_path, spoken)
    np.testing.assert_array_equal(read(path).signals, spoken.recording.signals)
    folder = simulated_files.write_bids(tmp_path, spoken, rate=1024)
    recorded = read(folder)
    assert recorded.trials == read(path).trials == spoken.recording.trials
    np.testing.assert_allclose(recorded.sound, spoken.recording.sound, atol=2 / 32768)
    for place in (path, folder):
        truth = load_truth(simulated_files.truth_of(place))
        assert (truth.role, truth.phones) == (spoken.truth.role, spoken.truth.phones)
        np.testing.assert_array_equal(truth.trajectories, spoken.truth.trajectories)
    inner = slice(60, -60)
    smooth = signal.fftconvolve(spoken.recording.signals, np.hanning(5)[:, None] / 2, "same", axes=0)
    follows = [np.corrcoef(a, b)[0, 1] for a, b in zip(recorded.signals[inner].T, smooth[inner].T, strict=True)]
    assert min(follows) > 0.9
    np.testing.assert_allclose(recorded.signals.mean(0), spoken.recording.signals.mean(0), rtol=0.1)


@pytest.mark.parametrize("line", [0, 50, 60])
def test_the_voltage_carries_the_envelopes_beside_line_noise(line, tmp_path):
    made = simulated(1500)
    folder = simulated_files.write_bids(tmp_path, made, line=line)
    recorded = read(folder)
    follows = [np.corrcoef(a, b)[0, 1] for a, b in zip(recorded.signals[60:-60].T, made.recording.signals[60:-60].T, strict=True)]
    assert np.median(follows) > 0.8


def test_a_damaged_truth_is_reported(spoken, tmp_path):
    path = tmp_path / "F01.truth.npz"
    save_truth(path, spoken.truth)
    save_truth(path, replace(spoken.truth, phones=()))
    assert load_truth(path).phones == ()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadData, match=r"F01\.truth"):
        load_truth(path)
