"""Short-time objective intelligibility of a sound, differentiable: STOI (Taal et al. 2011) and ESTOI (Jensen and Taal 2016)."""

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, fold, pad

RATE = 10_000
"""Hz, rate at which both measures are defined."""

FRAME, HOP, SIZE = 256, 128, 512
"""Samples of a frame, samples between frames, and samples of its Fourier transform."""

SEGMENT = 30
"""Frames that are compared at a time, 0.4 s."""

_BANDS, _LOWEST = 15, 150.0  # bands of a third of an octave, and the centre of the lowest one in Hz
_RANGE_DB = 40.0  # frames of the original this far below the loudest one are silence
_MOST = 1 + 10 ** (15 / 20)  # a copy counts up to this multiple of the original
_UP, _DOWN = 5, 8
_TINY, _ZERO = 1e-8, 1e-30  # below any norm; below any power, where the root needs a gradient


def intelligibility(original: Tensor, copy: Tensor, *, extended: bool = False) -> Tensor | None:
    """Return STOI, or ESTOI if `extended`, of a copy (samples,) at 16 kHz.

    None where the original has less than 0.4 s that is not silent.
    """
    first, second = _without_silence(*_resampled(torch.stack([original, copy])))
    if len(first) < SEGMENT * HOP + FRAME:  # SEGMENT + 1 frames, the last of which `_frames` leaves out
        return None
    x, y = (_bands(sound).unfold(-1, SEGMENT, 1).transpose(0, 1) for sound in (first, second))  # (segments, bands, SEGMENT)
    if extended:
        return (_normal(_normal(x, -1), 1) * _normal(_normal(y, -1), 1)).sum((1, 2)).mean() / SEGMENT
    level = torch.linalg.vector_norm(x, dim=-1, keepdim=True) / (torch.linalg.vector_norm(y, dim=-1, keepdim=True) + _TINY)
    return (_normal(x, -1) * _normal(torch.minimum(y * level, x * _MOST), -1)).sum(-1).mean()


def _resampled(sounds: Tensor) -> Tensor:
    """Return sounds (B, samples) of 16 kHz at 10 kHz."""
    low_pass = _low_pass().to(sounds)
    stuffed = torch.stack([sounds, *[torch.zeros_like(sounds)] * (_UP - 1)], -1).flatten(1)
    half = len(low_pass) // 2
    return conv1d(pad(stuffed, (half, half))[:, None], low_pass[None, None], stride=_DOWN)[:, 0]


@cache
def _low_pass() -> Tensor:
    """Return the filter that the reference code of STOI uses: a windowed sinc whose stop band is 60 dB down."""
    cutoff = 1 / (2 * _DOWN)
    half = math.ceil((60 - 8) / (28.714 * cutoff / 10))
    taps = np.kaiser(2 * half + 1, 0.1102 * (60 - 8.7)) * np.sinc(2 * cutoff * np.arange(-half, half + 1))
    return torch.from_numpy(_UP * taps / taps.sum())


@cache
def _matrix() -> Tensor:
    """Return which frequencies (SIZE / 2 + 1) belong to which band, (bands, frequencies)."""
    hertz = np.arange(SIZE // 2 + 1) * RATE / SIZE
    edges = _LOWEST * 2.0 ** ((2 * np.arange(_BANDS + 1) - 1) / 6)
    nearest = np.argmin(np.square(hertz - edges[:, None]), 1)
    places = np.arange(len(hertz))
    return torch.from_numpy(np.float64((places >= nearest[:-1, None]) & (places < nearest[1:, None])))


def _window(like: Tensor) -> Tensor:
    return torch.hann_window(FRAME + 2, periodic=False, dtype=torch.float64)[1:-1].to(like)


def _frames(sound: Tensor) -> Tensor:
    """Return windowed frames (..., frames, FRAME); as in the reference code, a frame ends before the last sample."""
    return sound[..., :-1].unfold(-1, FRAME, HOP) * _window(sound)


def _without_silence(original: Tensor, copy: Tensor) -> tuple[Tensor, Tensor]:
    """Return both sounds without the frames in which the original is silent."""
    if len(original) <= FRAME:
        return original[:0], copy[:0]
    first, second = _frames(original), _frames(copy)
    energy = 20 * torch.log10(torch.linalg.vector_norm(first.detach(), dim=-1) + torch.finfo(torch.float64).eps)
    heard = energy > energy.max() - _RANGE_DB
    length = (int(heard.sum()) - 1) * HOP + FRAME
    joined = [fold(frames[heard].T[None], (1, length), (1, FRAME), stride=(1, HOP)).flatten() for frames in (first, second)]
    return joined[0], joined[1]


def _bands(sound: Tensor) -> Tensor:
    """Return the magnitudes (bands, frames)."""
    power = torch.view_as_real(torch.fft.rfft(_frames(sound), SIZE)).square().sum(-1)
    return (_matrix().to(power) @ power.T + _ZERO).sqrt()


def _normal(values: Tensor, dim: int) -> Tensor:
    """Return values with mean 0 and norm 1 along a dimension."""
    centred = values - values.mean(dim, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=dim, keepdim=True) + _TINY)
