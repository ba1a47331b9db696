"""Vocal tract length perturbation: warp the features of each utterance of a batch as if its vocal tract were longer or shorter.

A longer tract lowers all resonances by one factor. On mel bands this is a linear map; on cepstra, which are a cosine transform of
the bands, it is one small matrix; deltas are warped by the same matrix as the values. So one matrix multiplication warps a whole
batch, without recomputing features from sound.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from artinv.signal.features import FeatureParams
from artinv.signal.mfcc import SOUND_RATE, cosines, hertz, mel

_STEPS = 41  # number of factors to draw from


@dataclass(frozen=True, slots=True)
class Warp:
    """The matrices to draw from; they apply to acoustics in standard deviations."""

    maps: Tensor  # (factors, values, values) float32, multiplied from the right

    @classmethod
    def of(cls, features: FeatureParams, std: np.ndarray, spread: float) -> Self | None:
        """Make matrices for factors whose logarithms are equidistant within +-`spread`.

        `std` (values,) is the average standard deviation of the acoustics. Return None if `spread` is 0 or the features are not
        based on mel bands.
        """
        if not spread or features.kind == "ssl":
            return None
        factors = np.exp(np.linspace(-spread, spread, _STEPS))
        maps = [np.kron(np.eye(features.deltas + 1), _map(features, factor)) * std[:, None] / std for factor in factors]
        return cls(torch.from_numpy(np.stack(maps).astype(np.float32)))

    def __call__(self, acoustics: Tensor) -> Tensor:
        """Warp (B, T, values), each utterance by its own factor, drawn from torch's global generator.

        The time of a frame stays, so that further values after the acoustic ones, such as evidence of phones, are returned as they
        are.
        """
        chosen, values = torch.randint(len(self.maps), (len(acoustics),)), self.maps.shape[-1]
        warped = torch.bmm(acoustics[..., :values], self.maps[chosen].to(acoustics.device))
        return torch.cat([warped, acoustics[..., values:]], -1) if acoustics.shape[-1] > values else warped

    @property
    def digest(self) -> str:
        """Return a hash of the matrices."""
        return hashlib.blake2b(self.maps.numpy().tobytes(), digest_size=16).hexdigest()


def _map(features: FeatureParams, factor: float) -> np.ndarray:
    """Return the (values, values) matrix, without deltas, that moves each frequency to `factor` times that frequency."""
    centres = np.linspace(0, mel(SOUND_RATE / 2), features.n_mels + 2)[1:-1]
    sources = np.clip(mel(np.minimum(hertz(centres) / factor, SOUND_RATE / 2)), centres[0], centres[-1])
    bands = np.stack([np.interp(sources, centres, row) for row in np.eye(features.n_mels)])  # from band to band
    if features.kind == "logmel":
        return bands
    transform = cosines(features.n_mels, features.n_mfcc).astype(np.float64)
    return transform.T @ bands @ transform
