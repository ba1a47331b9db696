"""How alike two sounds are to an ear that cares for spectral shape: log mel spectra, differentiable."""

import math

import torch
from torch import Tensor

from artinv.signal.mfcc import mel_filters
from artinv.synth.tract.controls import HOP, RATE

WINDOW, SIZE = 400, 512
EVERY = 2
"""Frames of controls from one spectrum to the next: 10 ms."""


class Ear:
    """Hears sounds at 16 kHz in `bands` bands, through the hiss of the reference.

    What lies below the reference's quietest frames, or `range_db` below its average power, is silence to it.
    """

    def __init__(self, reference: Tensor, bands: int = 64, range_db: float = 45.0) -> None:
        self.filters = torch.from_numpy(mel_filters(RATE, SIZE, bands)).to(reference.dtype)
        self.window = torch.hann_window(WINDOW, dtype=reference.dtype)
        with torch.no_grad():
            power = self.power(reference)
            self.mean = power.mean().clamp(min=1e-20)
            self.floor = torch.quantile(power / self.mean, 0.05, dim=0) + 10 ** (-range_db / 10)

    def power(self, sound: Tensor) -> Tensor:
        """(samples,) -> (frames, bands); frame k is centred on sample k * EVERY * HOP."""
        spectrum = torch.stft(sound, SIZE, EVERY * HOP, WINDOW, self.window, pad_mode="constant", return_complex=True)
        spectrum = torch.view_as_real(spectrum).square().sum(-1).T
        return spectrum @ self.filters

    def __call__(self, sound: Tensor, gain: Tensor | float = 0.0) -> Tensor:
        """Natural logarithms of band powers relative to the reference's average; `gain`, natural too, is added to each band."""
        if not isinstance(gain, Tensor):
            gain = torch.tensor(gain, dtype=self.filters.dtype)
        return torch.log(self.power(sound) / self.mean * torch.exp(gain) + self.floor)


def cosines(bands: int, count: int) -> Tensor:
    """(count, bands): slow shapes over the bands, the first one constant; each reaches 1."""
    place = (torch.arange(bands) + 0.5) / bands
    return torch.cos(math.pi * torch.arange(count).unsqueeze(1) * place)
