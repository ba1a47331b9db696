"""Change of the sampling rate and static filters, both by Fourier transforms of whole sounds, and white noise."""

import math

import torch
from scipy.fft import next_fast_len
from torch import Tensor

PASSED = 0.9
"""Share of the Nyquist frequency up to which sounds are unchanged; they fade from there to nothing at the Nyquist frequency."""


class Band:
    """Spectra of sounds of `samples` samples at `rate` Hz from waves at `over` times this rate.

    Responses of filters that last longer than `tail` samples reach the beginning of the sound again.
    """

    def __init__(self, rate: int, samples: int, over: int, tail: int) -> None:
        self.samples, self.over = samples, over
        self.size = even_size(samples + tail)
        cycles = torch.arange(self.size // 2 + 1, dtype=torch.float64) / self.size
        self.hertz = cycles * rate
        self.gain = fade(2 * cycles) / torch.sinc(cycles / over) ** 4 / over
        self._half = torch.sin(math.pi * cycles).square()
        self._whole = torch.sin(2 * math.pi * cycles)

    def spectrum(self, waves: Tensor) -> Tensor:
        """Return spectra (..., frequencies) of smoothed waves (..., over * samples), without the effect of the smoothing."""
        return torch.fft.rfft(waves, self.over * self.size)[..., : self.size // 2 + 1] * self.gain.to(waves)

    def sound(self, spectrum: Tensor) -> Tensor:
        """Return sounds (..., samples) of spectra."""
        return torch.fft.irfft(spectrum, self.size)[..., : self.samples]

    def lowpass(self, turn: Tensor, quality: Tensor) -> Tensor:
        """Return responses (..., frequencies) of digital second-order low-passes (bilinear transform with matched cutoff).

        `turn` is the cutoff in rad per sample. The gain is 1 at 0 Hz, `quality` at the cutoff, and falls by 12 dB an octave above.
        """
        half, whole = self._half.to(turn), self._whole.to(turn)
        place = torch.sin(turn / 2).square().unsqueeze(-1)
        real = 2 * (place - half)
        imaginary = (torch.sin(turn) / (2 * quality)).unsqueeze(-1) * whole
        scale = 2 * place * (1 - half) / (real.square() + imaginary.square())
        return torch.complex(scale * real, -scale * imaginary)


def even_size(least: int) -> int:
    """Return the smallest even length of a fast Fourier transform that is not below `least`."""
    return 2 * int(next_fast_len(-(-least // 2)))


def fade(share: Tensor) -> Tensor:
    """Return gains at shares of the Nyquist frequency: 1 up to `PASSED`, 0 from 1 on, half a period of a cosine between."""
    return 0.5 + 0.5 * torch.cos(math.pi * ((share - PASSED) / (1 - PASSED)).clamp(0, 1))


def white(seed: int, samples: int, like: Tensor) -> Tensor:
    """Return Gaussian noise (samples,) of variance 1, the same on every device, in the precision and on the device of `like`."""
    return torch.randn(samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(like)
