"""Drift: the mean of the side of the mode is subtracted, nothing else is used, and arriving signals are treated alike."""

import numpy as np
import pytest

from artinv.neural.decoder import MODES
from artinv.neural.drift import Drift, DriftStream

FRAMES, LONG = 300, 40
SIDES = {"causal": (LONG - 1, 0), "anticausal": (0, LONG - 1), "non-causal": (LONG // 2 - 1, LONG // 2)}


def signals(seed=0):
    return (50 + np.random.default_rng(seed).standard_normal((FRAMES, 3))).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("apart", [None, np.arange(FRAMES) % 100 >= 70])
def test_the_mean_of_the_side_of_the_mode_is_subtracted(mode, apart):
    values, (before, after) = signals(), SIDES[mode]
    made = Drift(LONG, mode).removed(values, apart)
    for place in range(FRAMES):
        near = slice(max(place - before, 0), place + after + 1)
        chosen = slice(None) if apart is None or apart[place] else ~apart[near]
        kept = values[near][chosen].astype(np.float64)
        np.testing.assert_allclose(made[place], values[place] - (kept.mean(0) if len(kept) else 0), atol=1e-5)
    assert made.dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("time", [1, 100, 299])
def test_no_bit_of_a_frame_depends_on_what_its_mode_hides(mode, time):
    drift, values, other = Drift(LONG, mode), signals(), signals()
    hidden = slice(None, time) if mode == "anticausal" else slice(time, None)
    other[hidden] *= 1.7
    same = (drift.removed(values) == drift.removed(other)).all(1)
    visible = slice(time, None) if mode == "anticausal" else slice(0, max(0, time - drift.beyond))
    assert same[visible].all()
    assert mode == "non-causal" or drift.beyond == 0


@pytest.mark.parametrize("pieces", [[1] * 60, [0, 7, 0, 100, 41], [FRAMES]])
def test_signals_that_arrive_piece_by_piece_keep_all_bits(pieces):
    values, drift = signals(), Drift(LONG, "causal")
    stream = DriftStream(drift, 3)
    parts = np.split(values, np.cumsum(pieces))
    assert np.array_equal(np.concatenate([stream.push(part) for part in parts]), drift.removed(values))


def test_a_slow_wave_is_removed_and_a_fast_one_kept():
    time = np.arange(2000) / 125
    slow, fast = np.sin(2 * np.pi * 0.05 * time), np.sin(2 * np.pi * 4 * time)
    made = Drift(250, "non-causal").removed(np.stack([slow, fast], 1).astype(np.float32))[250:-250]
    assert made[:, 0].std() < 0.03 * slow.std()
    assert np.abs(made[:, 1] - fast[250:-250]).max() < 0.02


def test_without_frames_nothing_is_subtracted():
    values = signals()
    assert Drift(0, "non-causal").removed(values) is values
    assert DriftStream(Drift(0, "non-causal"), 3).push(values) is values


@pytest.mark.parametrize("mode", ["anticausal", "non-causal"])
def test_later_signals_cannot_be_waited_for(mode):
    with pytest.raises(ValueError, match="only a causal mean"):
        DriftStream(Drift(LONG, mode), 3)
