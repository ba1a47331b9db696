"""Drift of simulated signals: a constant offset disappears, and no frame of the other side counts."""

import numpy as np
import pytest
import torch

from experiments.neural_drift import without_drift

FRAMES, WINDOW = 300, 40


def signals(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((FRAMES, 2)).astype(np.float32)


@pytest.mark.parametrize(("mode", "before", "after"), [
    ("causal", WINDOW - 1, 0), ("anticausal", 0, WINDOW - 1), ("non-causal", 20, 20),
])
def test_the_mean_of_the_side_of_the_mode_is_subtracted(mode, before, after):
    values, training = signals(), np.arange(FRAMES) < 200
    high = np.stack([
        values[place] - values[max(place - before, 0):place + after + 1].mean(0, dtype=np.float64) for place in range(FRAMES)])
    expected = high / high[training].std(0)
    np.testing.assert_allclose(without_drift(torch.from_numpy(values), WINDOW, mode, training).numpy(), expected, atol=1e-5)


def test_the_scale_comes_from_training_frames_alone():
    training = np.arange(FRAMES) < 200
    values = signals()
    changed = values.copy()
    changed[250:] *= 100
    before, after = (without_drift(torch.from_numpy(each), WINDOW, "causal", training) for each in (values, changed))
    assert torch.equal(before[:250], after[:250])
