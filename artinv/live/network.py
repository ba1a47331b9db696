"""The recurrent network of the live model, frame by frame in numpy; the live page has the same (artinv/show/live/network.js).

A frame and the frames before it enter a dense layer, then a gated recurrent unit (GRU). What the unit gives `delay` frames later is
the motion of a frame, and a short symmetric window smooths it. The result for a frame needs `delay + smooth` later frames.
"""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from artinv.core.channels import CHANNELS
from artinv.live.features import FrontParams
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params
from artinv.signal.mfcc import SOUND_RATE

NAMES = (
    "dense.weight", "dense.bias", "gru.weight_ih_l0", "gru.weight_hh_l0", "gru.bias_ih_l0", "gru.bias_hh_l0",
    "readout.weight", "readout.bias",
)
"""Names of the weights; those of the unit have the order of gates of torch: reset, update, new."""


class SizeParams(Params):
    """Sizes of the network."""

    context: int = Field(ge=0, le=20)  # earlier frames that enter with a frame
    dense: int = Field(ge=1, le=2000)  # width of the dense layer
    width: int = Field(ge=1, le=2000)  # of the recurrent unit
    delay: int = Field(ge=0, le=50)  # frames between a frame and its motion
    smooth: int = Field(ge=0, le=20)  # frames on each side over which motion is smoothed

    @property
    def ahead(self) -> int:
        """Return the number of later frames that the motion of a frame needs."""
        return self.delay + self.smooth

    def shapes(self, n_in: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the weights for `n_in` features a frame."""
        values, gates, channels = n_in * (self.context + 1), 3 * self.width, len(CHANNELS)
        shapes = ((self.dense, values), (self.dense,), (gates, self.dense), (gates, self.width), (gates,), (gates,),
                  (channels, self.width), (channels,))
        return dict(zip(NAMES, shapes, strict=True))


def look_ahead(front: FrontParams, sizes: SizeParams) -> float:
    """Return the seconds of sound after a moment that its motion needs: later frames, and half the window of the last one."""
    return sizes.ahead / front.rate + front.window / 2 / SOUND_RATE


def latency(front: FrontParams, sizes: SizeParams) -> float:
    """Return the longest time in s from a moment to its motion, without computing; it may wait for the next frame."""
    return look_ahead(front, sizes) + 1 / front.rate


def window(smooth: int) -> np.ndarray:
    """Return the weights (2 smooth + 1,) of the smoothing, a Hann window; their sum is 1.

    >>> window(1).round(3).tolist()
    [0.25, 0.5, 0.25]
    """
    weights = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, 2 * smooth + 2) / (smooth + 1))
    return weights / weights.sum()


def check_weights(weights: Mapping[str, np.ndarray], sizes: SizeParams, n_in: int) -> None:
    """Reject weights of other names, shapes or values than the sizes require."""
    for name, shape in sizes.shapes(n_in).items():
        if name not in weights or weights[name].shape != shape:
            actual = weights[name].shape if name in weights else "absent"
            raise BadData(f"weights '{name}' are {actual}, its sizes require {shape}")
        if not np.isfinite(weights[name]).all():
            raise BadData(f"weights '{name}' are not finite")


class Network:
    """The network and its state; features in, motion in standard deviations out."""

    def __init__(self, weights: Mapping[str, np.ndarray], sizes: SizeParams) -> None:
        """Start at rest."""
        self._weights = [np.asarray(weights[name], np.float64) for name in NAMES]
        self._sizes, self._window = sizes, window(sizes.smooth)
        self._state = np.zeros(sizes.width)
        self._recent: list[np.ndarray] = []  # the last frames, newest last
        self._raw: list[np.ndarray] = []  # the last results before smoothing, newest last
        self._taken = 0  # frames

    def add(self, features: np.ndarray) -> np.ndarray:
        """Return the motion (m, 18) of the frames that the next frames (n, n_in) complete."""
        done = [motion for row in features for motion in self._step(row)]
        return np.stack(done) if done else np.zeros((0, len(CHANNELS)))

    def end(self) -> np.ndarray:
        """Return the motion of the last frames; the last frame is repeated."""
        if not self._taken:
            return np.zeros((0, len(CHANNELS)))
        frames = self._taken
        done = self.add(np.repeat(self._recent[-1][None], self._sizes.ahead, axis=0))
        self._taken = frames
        return done

    def _step(self, frame: np.ndarray) -> list[np.ndarray]:
        """Take one frame; return the motion of the frame `ahead` before it, if there is one."""
        sizes = self._sizes
        recent = self._recent = [*(self._recent or [frame] * sizes.context), frame][-sizes.context - 1:]
        self._taken += 1
        raw = self._unit(np.concatenate(recent))
        if self._taken <= sizes.delay:
            return []
        self._raw = [*(self._raw or [raw] * sizes.smooth), raw][-len(self._window):]
        return [self._window @ np.stack(self._raw)] if len(self._raw) == len(self._window) else []

    def _unit(self, values: np.ndarray) -> np.ndarray:
        """Return what the layers give for the next frame with its context."""
        dense, dense_bias, inner, recurrent, inner_bias, recurrent_bias, readout, readout_bias = self._weights
        hidden = np.maximum(dense @ values + dense_bias, 0)
        into, back = np.split(inner @ hidden + inner_bias, 3), np.split(recurrent @ self._state + recurrent_bias, 3)
        reset, update = (1 / (1 + np.exp(-(into[gate] + back[gate]))) for gate in (0, 1))
        new = np.tanh(into[2] + reset * back[2])
        self._state = (1 - update) * new + update * self._state
        return readout @ self._state + readout_bias
