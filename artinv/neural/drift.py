"""Slow drift of brain signals: the mean of each electrode over a stretch of frames, which is subtracted before decoding.

Noise of the brain is strongest at the lowest frequencies, and lags of half a second are too few to remove it. The stretch lies
where the mode of the decoder allows: it ends with the frame (causal), begins with it (anticausal), or lies around it (non-causal).
"""

from dataclasses import dataclass

import numpy as np

from artinv.neural.decoder import Mode


@dataclass(frozen=True, slots=True)
class Drift:
    """What is subtracted."""

    frames: int = 0  # of the stretch; 0: nothing is subtracted
    mode: Mode = "non-causal"

    @property
    def ahead(self) -> int:
        """Return how many frames after its own one a mean needs; an anticausal mean needs none before it."""
        return self.frames // 2 if self.mode == "non-causal" else 0

    def removed(self, signals: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
        """Return signals (T, E) float32 without drift; near the ends of the recording a mean has fewer frames.

        Only frames `counted` (T,) bool enter a mean; None: all. Electrodes are processed one by one, which saves memory.
        """
        if not self.frames:
            return signals
        if self.mode == "anticausal":
            return Drift(self.frames, "causal").removed(signals[::-1], None if counted is None else counted[::-1])[::-1].copy()
        places, weights = np.arange(len(signals)), np.ones(len(signals)) if counted is None else counted.astype(float)
        first = np.maximum(places + 1 + self.ahead - self.frames, 0)
        last = np.minimum(places + 1 + self.ahead, len(signals))
        numbers, result = _sums(weights), np.empty(signals.shape, np.float32)
        count = np.maximum(numbers[last] - numbers[first], 1)
        for electrode, values in enumerate(signals.T):
            sums = _sums(values * weights)
            result[:, electrode] = values - (sums[last] - sums[first]) / count
        return result


NO_DRIFT = Drift()
"""Nothing is subtracted."""


class DriftStream:
    """Subtract drift from signals as they arrive: bit by bit as `Drift.removed` does it for all of them. Causal mode only."""

    def __init__(self, drift: Drift, electrodes: int) -> None:
        """Start before the first frame."""
        if drift.mode != "causal":
            raise ValueError("only a causal mean is known while signals arrive")
        self.frames, self.count = drift.frames, 0
        self.sums = np.zeros((1, electrodes))  # of all frames up to each of the last ones

    def push(self, signals: np.ndarray) -> np.ndarray:
        """Return as many signals (C, E) float32 without drift."""
        if not self.frames:
            return signals
        kept = len(self.sums) - 1
        self.sums = np.concatenate([self.sums[:-1], np.cumsum(np.concatenate([self.sums[-1:], signals]), 0)])
        length = np.minimum(np.arange(self.count, self.count + len(signals)) + 1, self.frames)
        last = np.arange(kept, kept + len(signals)) + 1
        mean = (self.sums[last] - self.sums[last - length]) / length[:, None]
        self.count, self.sums = self.count + len(signals), self.sums[-self.frames:]
        return (signals - mean).astype(np.float32)


def _sums(values: np.ndarray) -> np.ndarray:
    """Return the sums (T + 1,) of the first 0, 1, ... T values, added one after another."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
