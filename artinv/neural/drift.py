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

    frames: int  # of the stretch; 0: nothing is subtracted
    mode: Mode

    @property
    def beyond(self) -> int:
        """Return how many frames beyond the side of its mode a mean needs: half of the stretch if non-causal, else 0."""
        return self.frames // 2 if self.mode == "non-causal" else 0

    def removed(self, signals: np.ndarray, apart: np.ndarray | None = None) -> np.ndarray:
        """Return signals (T, E) float32 without drift; near the ends of the recording a mean has fewer frames.

        Means of other frames leave out the frames `apart` (T,) bool. Electrodes are processed one by one, which saves memory.
        """
        if not self.frames:
            return signals
        if self.mode == "anticausal":
            turned = None if apart is None else apart[::-1]
            return Drift(self.frames, "causal").removed(signals[::-1], turned)[::-1].copy()
        means, result = [_Means(self, np.ones(len(signals)))], np.empty(signals.shape, np.float32)
        if apart is not None:
            means.append(_Means(self, 1.0 - apart))
        for electrode, values in enumerate(signals.T):
            mean = means[0].of(values)
            result[:, electrode] = values - (mean if apart is None else np.where(apart, mean, means[1].of(values)))
        return result


class _Means:
    """Means over the stretch of each frame, causal or non-causal, in which each frame has a weight (T,) of 0 or 1."""

    def __init__(self, drift: Drift, weights: np.ndarray) -> None:
        places = np.arange(len(weights)) + 1 + drift.beyond
        self.first, self.last = np.maximum(places - drift.frames, 0), np.minimum(places, len(weights))
        self.weights = weights
        self.count = np.maximum(self._within(weights), 1)

    def of(self, values: np.ndarray) -> np.ndarray:
        return self._within(values * self.weights) / self.count

    def _within(self, values: np.ndarray) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        return sums[self.last] - sums[self.first]


class DriftStream:
    """Subtract drift from signals as they arrive: bit by bit as `Drift.removed` does it for all of them. Causal mode only."""

    def __init__(self, drift: Drift, electrodes: int) -> None:
        """Start before the first frame."""
        if drift.frames and drift.mode != "causal":
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
