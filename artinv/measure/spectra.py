"""Distances between two sounds (B, samples) of equal rate, from short-time spectra: one value per sound (B,), differentiable."""

from collections.abc import Sequence

import torch
from torch import Tensor

SIZES = (2048, 1024, 512, 256, 128)
"""Window lengths of the multi-resolution distance in samples; neighbouring windows overlap by three quarters."""

FLOOR_DB = -60.0
"""Level below the reference's loudest bin at which spectra are cut off in `log_spectral_distance`, dB."""

_FLOOR = 1e-3  # relative to the reference's loudest bin, in `multi_resolution`
_TINY = 1e-12


def magnitudes(sound: Tensor, size: int, hop: int) -> Tensor:
    """Return magnitudes (B, bins, frames) of short-time spectra, Hann window of `size` samples; frame k is centred on k hop."""
    window = torch.hann_window(size, dtype=sound.dtype, device=sound.device)
    spectrum = torch.stft(sound, size, hop, size, window, center=True, pad_mode="constant", return_complex=True)
    return (torch.view_as_real(spectrum).square().sum(-1) + _TINY).sqrt()


def log_spectral_distance(sound: Tensor, reference: Tensor, size: int = 512) -> Tensor:
    """Return the root mean square over frequency of the difference in level, in dB, averaged over time.

    Levels below `FLOOR_DB` under the reference's loudest bin count as that level, in both sounds.
    """
    first, second = (magnitudes(values, size, size // 4) for values in (sound, reference))
    floor = second.amax((1, 2), keepdim=True) * 10 ** (FLOOR_DB / 20) + _TINY
    levels = 20 * torch.log10(torch.maximum(first, floor) / torch.maximum(second, floor))
    return (levels.square().mean(1) + _TINY).sqrt().mean(1)


def correlation(sound: Tensor, reference: Tensor, size: int = 512) -> Tensor:
    """Return the Pearson correlation of the magnitudes of two sounds over all bins and frames; 0 where one is constant."""
    first, second = (magnitudes(values, size, size // 2).flatten(1) for values in (sound, reference))
    first, second = first - first.mean(1, keepdim=True), second - second.mean(1, keepdim=True)
    norm = first.norm(dim=1) * second.norm(dim=1)
    return (first * second).sum(1) / norm.clamp(min=_TINY)


def multi_resolution(sound: Tensor, reference: Tensor, sizes: Sequence[int] = SIZES) -> Tensor:
    """Return the mean over window lengths of a linear and a logarithmic distance of magnitudes, as often used as a training loss.

    Linear: the sum of absolute differences relative to the sum of the reference. Logarithmic: the mean absolute difference of
    natural logarithms, above a floor 60 dB below the reference's loudest bin.
    """
    return References(reference, sizes).distances(sound)


class References:
    """Sounds (B, samples), or (1, samples) for any batch, whose spectra are computed once for many distances."""

    def __init__(self, sounds: Tensor, sizes: Sequence[int] = SIZES) -> None:
        self._parts = []
        for size in sizes:
            spectra = magnitudes(sounds, size, size // 4)
            floor = spectra.amax((1, 2), keepdim=True) * _FLOOR + _TINY
            self._parts.append((size, spectra, spectra.sum((1, 2)).clamp(min=_TINY), floor, torch.log(spectra + floor)))

    def distances(self, sounds: Tensor) -> Tensor:
        """Return the multi-resolution distance (B,) of sounds (B, samples) to the references."""
        total = torch.zeros(len(sounds), dtype=sounds.dtype, device=sounds.device)
        for size, spectra, whole, floor, logs in self._parts:
            own = magnitudes(sounds, size, size // 4)
            total = total + (own - spectra).abs().sum((1, 2)) / whole + (torch.log(own + floor) - logs).abs().mean((1, 2))
        return total / len(self._parts)
