"""Prior of the controls of a speaker: mean and covariance over synthetic sentences.

Many articulations sound alike. The prior says which of them a speaker uses.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.speaker.speakers import Speaker
from artinv.synth.tract.controls import CONTROLS, FRAME_RATE
from artinv.synth.tract.geometry import Geometry

_USUAL_STD = (3.0, 0.06, 4.0, 0.10, 4.0, 0.08, 4.0, 5.0, 5.0, 2.5, 0.3, 0.3, 1.0)
_LEAST = 0.03
"""Fraction of its usual standard deviation that every control keeps, so that the covariance is positive definite."""

_COLUMNS = [CHANNELS.index(column) for column in COIL_COLUMNS]


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Normal distribution of the controls, with `z` its standard normal coordinates, and the statistics of the coils."""

    mean: Tensor  # (13,)
    root: Tensor  # (13, 13), square root of the covariance: root @ root.T
    coil_mean: Tensor  # (14,) mm in the frame of the head
    coil_std: Tensor  # (14,) mm

    def controls(self, z: Tensor) -> Tensor:
        """Return the controls (..., 13) of `z` (..., 13)."""
        return self.mean + z @ self.root.T

    def whitened(self, controls: Tensor) -> Tensor:
        """Return the `z` of controls; the inverse of `controls`."""
        deviation = (controls - self.mean).double().unsqueeze(-1)
        return torch.linalg.solve(self.root.double(), deviation).squeeze(-1).to(controls.dtype)

    def placed(self, motion: np.ndarray) -> Tensor:
        """Return coils (K, 14) in mm of this speaker for motion (K, 18) in standard deviations of any speaker; NaN stays NaN."""
        z = torch.from_numpy(np.ascontiguousarray(motion[:, _COLUMNS])).to(self.coil_mean.dtype)
        return self.coil_mean + z * self.coil_std


def speaker_prior(speaker: Speaker, sentences: int = 15, reading_list: str = "prior") -> Prior:
    """Estimate the prior of a speaker from sentences of a separate reading list, without silence."""
    parts = []
    for number in range(1, sentences + 1):
        timed, gestures, _ = compose(speaker, sentence(reading_list, number), number)
        first, last = (round(seconds * FRAME_RATE) for seconds in (timed.segments[0].end, timed.segments[-1].start))
        parts.append(gestures.controls[first:last])
    controls = np.concatenate(parts)
    covariance = np.cov(controls.T) + np.diag((_LEAST * np.array(_USUAL_STD)) ** 2)
    values, vectors = np.linalg.eigh(covariance)
    vectors = vectors * np.where(vectors[np.abs(vectors).argmax(0), np.arange(len(CONTROLS))] < 0, -1.0, 1.0)
    with torch.no_grad():
        coils = Geometry(speaker.anatomy).coils(torch.from_numpy(controls.astype(np.float32)))
    return Prior(
        torch.from_numpy(controls.mean(0).astype(np.float32)), torch.from_numpy((vectors * np.sqrt(values)).astype(np.float32)),
        coils.mean(0), coils.std(0),
    )
