"""Glottal area, lung pressure and pitch of an utterance: known from its gestures, or estimated from its sound."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from artinv.synth.fitting.pitch import SourceFeatures, threshold
from artinv.synth.speaker.gestures import GesturalScore

_VOICED, _BREATHED, _SILENT = 0.05, 0.22, 0.30  # cm2, glottal area
_PRESSURE = 8000.0  # dyn/cm2, lung pressure in speech
_DEFAULT_PITCH = 115.0  # Hz, if no frame has a pitch


class Breath(NamedTuple):
    """Glottal area, lung pressure and pitch at 200 Hz, which drive the tract."""

    glottis: Tensor  # (T,) cm2
    pressure: Tensor  # (T,) dyn/cm2
    pitch: np.ndarray  # (T,) Hz

    def part(self, frames: slice) -> "Breath":
        """Return the given frames."""
        return Breath(self.glottis[frames], self.pressure[frames], self.pitch[frames])


def breath_of_score(gestures: GesturalScore) -> Breath:
    """Return the breath of a gestural score."""
    glottis, pressure = (torch.from_numpy(values.astype(np.float32)) for values in (gestures.glottis, gestures.pressure))
    return Breath(glottis, pressure, gestures.pitch)


def estimate_breath(features: SourceFeatures) -> Breath:
    """Estimate the breath from features of the sound.

    The glottis is narrow in voiced frames, wider in other audible frames and open in silence. Lung pressure follows the level.
    """
    above = features.level - threshold(features.level)
    audible, relative = (above > 0) | features.voiced, np.clip(above / 10.0, 0.0, 1.0) ** 0.5
    relative = np.maximum(relative, 0.8 * features.voiced)
    area = np.where(features.voiced, _VOICED, np.where(audible, _BREATHED, _SILENT))
    glottis, pressure = gaussian_filter1d(area, 1.6), gaussian_filter1d(_PRESSURE * relative, 3.0)
    pitch = np.where(features.pitch > 0, features.pitch, _DEFAULT_PITCH)
    return Breath(torch.from_numpy(glottis.astype(np.float32)), torch.from_numpy(pressure.astype(np.float32)), pitch)
