"""Differentiable log mel spectra, in which the distance between two sounds is measured."""

import math

import torch
from torch import Tensor

from artinv.signal.mfcc import mel_filters
from artinv.synth.tract.controls import HOP, RATE

WINDOW, SIZE = 400, 512
EVERY = 2
"""Frames of controls per spectrum: a spectrum every 10 ms."""


class LogMel:
    """Log mel spectra in `bands` bands of sounds at 16 kHz, with a floor set by a reference sound.

    The floor of a band is the power of the quietest frames of the reference plus `range_db` below its average power.
    """

    def __init__(self, reference: Tensor, bands: int = 64, range_db: float = 45.0) -> None:
        self.filters = torch.from_numpy(mel_filters(RATE, SIZE, bands)).to(reference.dtype)
        self.window = torch.hann_window(WINDOW, dtype=reference.dtype)
        with torch.no_grad():
            power = self.power(reference)
            self.mean = power.mean().clamp(min=1e-20)
            self.floor = torch.quantile(power / self.mean, 0.05, dim=0) + 10 ** (-range_db / 10)

    def power(self, sound: Tensor) -> Tensor:
        """Return band powers (frames, bands) of a sound (samples,); frame k is centred on sample k * EVERY * HOP."""
        spectrum = torch.stft(sound, SIZE, EVERY * HOP, WINDOW, self.window, pad_mode="constant", return_complex=True)
        spectrum = torch.view_as_real(spectrum).square().sum(-1).T
        return spectrum @ self.filters

    def __call__(self, sound: Tensor, gain: Tensor | float = 0.0) -> Tensor:
        """Return natural logarithms of the band powers relative to the average of the reference, after a log `gain` per band."""
        if not isinstance(gain, Tensor):
            gain = torch.tensor(gain, dtype=self.filters.dtype)
        return torch.log(self.power(sound) / self.mean * torch.exp(gain) + self.floor)


def cosines(bands: int, count: int) -> Tensor:
    """Return `count` cosines (count, bands) over the bands, the first constant; the maximum of each is 1."""
    place = (torch.arange(bands) + 0.5) / bands
    return torch.cos(math.pi * torch.arange(count).unsqueeze(1) * place)
