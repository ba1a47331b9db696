"""Vocal tract length perturbation on features: each utterance of a batch is heard as from a somewhat longer or shorter tract.

A longer tract moves all resonances down by one factor. On mel bands that is a linear map along the bands; on cepstra, which are a
cosine transform of the bands, it is one small matrix; deltas are warped like what they are the slopes of. So a whole batch is
warped by one multiplication, without going back to the sound.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE, cosines, hertz, mel

_STEPS = 41  # factors to draw from


@dataclass(frozen=True, slots=True)
class Warp:
    """The maps to draw from, on acoustics in standard deviations."""

    maps: Tensor  # (factors, values, values) float32, applied from the right

    @classmethod
    def of(cls, features: FeatureParams, std: np.ndarray, spread: float) -> Self | None:
        """Factors whose logarithms lie evenly within +-`spread`; `std` (values,) is the usual standard deviation of the acoustics.

        None where nothing is to be warped: without spread, and for features that are no bands.
        """
        if not spread or features.kind == "ssl":
            return None
        factors = np.exp(np.linspace(-spread, spread, _STEPS))
        maps = [np.kron(np.eye(features.deltas + 1), _map(features, factor)) * std[:, None] / std for factor in factors]
        return cls(torch.from_numpy(np.stack(maps).astype(np.float32)))

    def __call__(self, acoustics: Tensor) -> Tensor:
        """(B, T, values), each utterance by a factor of its own, drawn from torch's global generator."""
        chosen = torch.randint(len(self.maps), (len(acoustics),))
        return torch.bmm(acoustics, self.maps[chosen].to(acoustics.device))

    @property
    def digest(self) -> str:
        """Equal for equal maps."""
        return hashlib.blake2b(self.maps.numpy().tobytes(), digest_size=16).hexdigest()


def _map(features: FeatureParams, factor: float) -> np.ndarray:
    """(values, values) without deltas: what stood at a frequency stands at `factor` times that frequency."""
    centres = np.linspace(0, mel(SOUND_RATE / 2), features.n_mels + 2)[1:-1]
    found = np.clip(mel(np.minimum(hertz(centres) / factor, SOUND_RATE / 2)), centres[0], centres[-1])
    bands = np.stack([np.interp(found, centres, row) for row in np.eye(features.n_mels)])  # from band to band
    if features.kind == "logmel":
        return bands
    transform = cosines(features.n_mels, features.n_mfcc).astype(np.float64)
    return transform.T @ bands @ transform
