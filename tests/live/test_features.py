"""Features against the spectra of `artinv.signal.mfcc`, a discrete Fourier transform by its definition and slow statistics."""

import numpy as np
import pytest

from artinv.live.features import FrontParams, Normalizer, Spectrum, Typical, cosines, decibels
from artinv.runtime.errors import BadParams
from artinv.signal import mfcc
from tests.support.live import FRONT, speech

TYPICAL = Typical(-10.0, np.linspace(-100, 5, 13), np.linspace(400, 20, 13))


def changed(**values):
    return FrontParams.of(FRONT.model_dump() | values)


def spectrum(sound, front=FRONT):
    made = Spectrum(front)
    return np.concatenate([made.add(sound), made.end()])


def test_without_padding_spectra_are_those_of_the_other_models():
    sound = speech(1.0, 16000)
    made, reference = spectrum(sound, changed(window=512)), mfcc.log_mel(sound, 16000, 320, 512, 40)
    assert made.shape == reference.shape == (51, 40)
    audible = reference > reference.max() - 75
    assert np.abs(made - reference)[audible].max() < 2e-3


def test_a_padded_window_has_the_spectrum_of_its_definition():
    windows = np.random.default_rng(0).standard_normal((1, 400))
    hann = np.sin(np.pi * np.arange(400) / 400) ** 2
    angles = np.exp(-2j * np.pi * np.arange(257)[:, None] * np.arange(400) / 512)
    power = np.abs(angles @ (windows[0] * hann)) ** 2
    assert decibels(windows, FRONT)[0] == pytest.approx(10 * np.log10(power @ mfcc.mel_filters(16000, 512, 40)), abs=1e-5)


def test_the_division_into_blocks_changes_no_bit_and_later_sound_no_earlier_frame():
    sound = speech(0.7, 16000)
    made = Spectrum(FRONT)
    parts = [made.add(sound[k:k + 333]) for k in range(0, len(sound), 333)]
    whole = spectrum(sound)
    assert np.array_equal(np.concatenate([*parts, made.end()]), whole)
    assert len(whole) == 1 + len(sound) // 320
    other = sound.copy()
    other[20 * 320 + 200:] = 0.3
    assert np.array_equal(spectrum(other)[:21], whole[:21])
    assert not np.array_equal(spectrum(other)[21], whole[21])


def test_a_window_as_short_as_a_frame_gives_equal_frames_for_all_divisions():
    front, sound = changed(window=320), speech(0.4, 16000)
    made = Spectrum(front)
    parts = [made.add(sound[k:k + 7]) for k in range(0, len(sound), 7)]
    assert np.array_equal(np.concatenate([*parts, made.end()]), spectrum(sound, front))


def slow(values, front, typical):
    """Return features by their definition: sums over all earlier frames with exponential weights."""
    peak, loud, levels, out = typical.peak, [], [], []
    keep, prior = np.exp(-1 / (front.memory * front.rate)), front.prior * front.rate
    for row in values:
        is_loud = row.max() > peak - front.gate
        peak = max(row.max(), peak - (front.fall if is_loud else front.rest) / front.rate, front.lowest)
        cepstra = np.array([sum(max(level - peak, -front.span) * weight for level, weight in zip(row, column, strict=True))
                            for column in cosines(front.bands, front.cepstra).T])
        loud.append(is_loud)
        levels.append(cepstra)
        ages = np.cumsum(np.array(loud[::-1]))[::-1] - 1.0  # number of later loud frames
        weights = np.where(loud, keep ** ages, 0)
        total = prior + weights.sum()
        stacked = np.stack(levels)
        mean = (prior * typical.mean + weights @ stacked) / total
        variance = (prior * typical.variance + weights @ (stacked - mean) ** 2 + prior * (typical.mean - mean) ** 2) / total
        out.append((cepstra - mean) / np.sqrt(variance))
    return np.stack(out)


def test_features_are_normalized_by_the_loud_frames_so_far():
    front = changed(memory=0.8, prior=0.3)
    values = spectrum(speech(1.5, 16000), front)
    made = Normalizer(front, TYPICAL).add(values)
    assert made == pytest.approx(slow(values, front, TYPICAL), abs=1e-8)
    halves = Normalizer(front, TYPICAL)
    assert np.array_equal(np.concatenate([halves.add(values[:30]), halves.add(values[30:])]), made)


def test_a_constant_sound_is_divided_by_a_hundredth_of_a_decibel():
    row = np.linspace(-30, 0, 40)
    cepstra = row @ cosines(40, 13)
    typical = Typical(0.0, cepstra + 1e-3, np.zeros(13))
    made = Normalizer(changed(prior=1.0), typical).add(row[None])
    assert made[0] == pytest.approx(np.full(13, -1e-3 * 50 / 51 / 0.01), rel=1e-6)


def test_the_level_of_the_microphone_has_no_influence_once_speech_was_heard():
    values = np.maximum(spectrum(speech(1.5, 16000)), -70.0)
    start = Typical(-40.0, TYPICAL.mean, TYPICAL.variance)
    loud, quiet = (Normalizer(FRONT, start).add(values + gain) for gain in (40.0, 60.0))
    first = int(np.argmax(values.max(axis=1) > values.max() - 10))
    assert np.abs(loud - quiet)[first + 25:].max() < 0.35
    assert np.abs(loud - quiet)[first + 25:].mean() < 0.05


def test_silence_gives_finite_features_and_leaves_the_statistics_as_they_are():
    normalizer = Normalizer(FRONT, TYPICAL)
    made = normalizer.add(spectrum(np.zeros(16000 * 60)))
    assert np.isfinite(made).all()
    assert normalizer.peak == FRONT.lowest
    assert np.array_equal(made[-1], made[-2])


def test_cosines_are_orthonormal():
    assert cosines(40, 40).T @ cosines(40, 40) == pytest.approx(np.eye(40), abs=1e-12)


@pytest.mark.parametrize(("values", "words"), [
    ({"rate": 60}, "rate must divide 16000"), ({"size": 500}, "a power of two"), ({"size": 256}, "at least window = 400"),
    ({"cepstra": 41}, "must not exceed bands = 40"), ({"window": 401}, "multiple of 2"),
    ({"window": 318}, "window must have at least the 320 samples from a frame to the next"),
    ({"rate": 0}, "'front.rate'"), ({"prior": 0}, "'front.prior'"), ({"memory": 0}, "'front.memory'"),
    ({"fall": 0}, "'front.fall'"), ({"gate": 0}, "'front.gate'"), ({"span": 0}, "'front.span'"), ({"rest": -1}, "'front.rest'"),
    ({"bands": 1}, "'front.bands'"), ({"cepstra": 0}, "'front.cepstra'"),
])
def test_settings_that_do_not_fit_are_rejected(values, words):
    with pytest.raises(BadParams, match=words):
        changed(**values)


def test_there_may_be_one_frame_per_second():
    front = changed(rate=1, window=16000, size=16384)
    assert len(spectrum(speech(2.5, 16000), front)) == 3
