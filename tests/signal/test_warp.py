"""Comparison of warped features with features of sound whose resonances are actually higher or lower."""

import numpy as np
import pytest
import torch

from artinv.phones.inputs import InputParams
from artinv.signal.features import acoustics
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.warp import Warp
from tools.deps import CHOICES

FEATURES = InputParams.load(CHOICES)


def noise(lower, upper, seed=0):
    """Return one second of noise between two frequencies in Hz, with weak noise at all other frequencies."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(SOUND_RATE))
    at = np.fft.rfftfreq(SOUND_RATE, 1 / SOUND_RATE)
    spectrum[(at < lower) | (at > upper)] *= 0.03
    return np.fft.irfft(spectrum).astype(np.float32)


@pytest.mark.parametrize("kind", ["mfcc", "logmel"])
@pytest.mark.parametrize("factor", [0.85, 1.18])
def test_a_warp_has_the_effect_of_a_longer_or_shorter_tract(kind, factor):
    features = FEATURES.model_copy(update={"kind": kind})
    original = acoustics(noise(900, 1800), SOUND_RATE, 100, features)
    expected = acoustics(noise(900 * factor, 1800 * factor), SOUND_RATE, 100, features)
    spread = abs(np.log(factor))
    warp = Warp.of(features, np.ones(original.shape[1]), spread)
    warped = (torch.from_numpy(original) @ warp.maps[0 if factor < 1 else -1]).numpy()
    compared = slice(1, 13) if kind == "mfcc" else slice(40)  # without the first cepstrum: a wider band is louder
    error, error_before = (np.abs(np.mean(values[10:-10] - expected[10:-10], axis=0))[compared].mean()
                           for values in (warped, original))
    assert error < 0.4 * error_before


def test_a_factor_of_1_changes_nothing_and_deltas_do_not_mix_with_values():
    warp = Warp.of(FEATURES, np.linspace(1, 2, 39), 0.2)
    torch.testing.assert_close(warp.maps[20], torch.eye(39), atol=1e-5, rtol=0)
    assert torch.count_nonzero(warp.maps[0][:13, 13:]) == torch.count_nonzero(warp.maps[0][13:26, :13]) == 0


def test_the_maps_apply_to_values_in_standard_deviations():
    std = np.linspace(0.5, 3, 39)
    raw, scaled = Warp.of(FEATURES, np.ones(39), 0.2), Warp.of(FEATURES, std, 0.2)
    values = torch.from_numpy(np.random.default_rng(1).standard_normal((7, 39)).astype(np.float32))
    scale = torch.from_numpy(std.astype(np.float32))
    torch.testing.assert_close((values / scale) @ scaled.maps[3] * scale, values @ raw.maps[3])


def test_utterances_get_different_factors_and_a_seed_reproduces_them():
    warp = Warp.of(FEATURES, np.ones(39), 0.1)
    values = torch.ones(40, 3, 39)
    torch.manual_seed(3)
    warped = warp(values)
    assert len({row.numpy().tobytes() for row in warped}) > 15
    torch.manual_seed(3)
    assert torch.equal(warp(values), warped)


def test_without_spread_or_bands_there_is_no_warp():
    assert Warp.of(FEATURES, np.ones(39), 0.0) is None
    assert Warp.of(FEATURES.model_copy(update={"kind": "ssl"}), np.ones(39), 0.1) is None


def test_values_after_the_acoustic_ones_stay_at_their_frames():
    warp, values = Warp.of(FEATURES, np.ones(39), 0.1), torch.from_numpy(np.random.default_rng(2).standard_normal((8, 5, 62)))
    values = values.float()
    torch.manual_seed(3)
    acoustics = warp(values[..., :39].contiguous())
    torch.manual_seed(3)
    assert torch.equal(warp(values), torch.cat([acoustics, values[..., 39:]], -1))
    assert not torch.equal(acoustics, values[..., :39])
