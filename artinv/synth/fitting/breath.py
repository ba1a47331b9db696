"""Glottis, lungs and pitch of an utterance, as they are known or as its sound tells them."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from artinv.synth.fitting.pitch import Heard, threshold
from artinv.synth.speaker.gestures import Score

_VOICED, _BREATHED, _SILENT = 0.05, 0.22, 0.30  # cm2 of the glottis
_PRESSURE = 8000.0  # dyn/cm2
_UNHEARD = 115.0  # Hz, where no frame has a pitch


class Breath(NamedTuple):
    """What drives the tract, at 200 Hz."""

    glottis: Tensor  # (T,) cm2
    pressure: Tensor  # (T,) dyn/cm2
    pitch: np.ndarray  # (T,) Hz

    def part(self, frames: slice) -> "Breath":
        """Some of the frames."""
        return Breath(*(values[frames] for values in self))


def of_score(told: Score) -> Breath:
    """As the gestures have it."""
    glottis, pressure = (torch.from_numpy(values.astype(np.float32)) for values in (told.glottis, told.pressure))
    return Breath(glottis, pressure, told.pitch)


def of_sound(heard: Heard) -> Breath:
    """A guess: voice closes the glottis, other sound is breathed, and the lungs press as long as there is sound."""
    above = heard.level - threshold(heard.level)
    sounding, pressed = (above > 0) | heard.voiced, np.clip(above / 10.0, 0.0, 1.0) ** 0.5
    pressed = np.maximum(pressed, 0.8 * heard.voiced)
    area = np.where(heard.voiced, _VOICED, np.where(sounding, _BREATHED, _SILENT))
    glottis, pressure = gaussian_filter1d(area, 1.6), gaussian_filter1d(_PRESSURE * pressed, 3.0)
    pitch = np.where(heard.pitch > 0, heard.pitch, _UNHEARD)
    return Breath(torch.from_numpy(glottis.astype(np.float32)), torch.from_numpy(pressure.astype(np.float32)), pitch)
