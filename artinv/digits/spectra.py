"""Sounds <-> short-time spectra: levels and phases as networks use them, and phases for levels that have none.

One sound has 6,048 samples at 8 kHz (0.756 s). Its spectrum has 64 frames, 12 ms apart, and 128 frequencies from 0 Hz up, 31.25 Hz
apart; the 129th, 4 kHz, is left out and counts as 0. Levels are in dB below the loudest value of the sound, cut off at 60 dB, and
mapped to [-1, 1]; this scale has the name SCALE. Phases are given as the advance of a phase from frame to frame beyond that of the
centre frequency, as cosine and sine times the relative level, so that silence is 0. Everything is float32 on any device.
"""

import math

import torch
from torch import Tensor

RATE = 8000
"""Samples per second."""

WINDOW, HOP, BINS, FRAMES = 256, 96, 128, 64
SAMPLES = HOP * (FRAMES - 1)
"""Length of a sound in samples."""

RANGE_DB = 60.0
SCALE = f"dB below the loudest, {RANGE_DB:.0f} dB, {RATE} Hz, window {WINDOW}, hop {HOP}"
"""Name of the scale of levels; features of levels on another scale are not comparable."""

PEAK = 0.5
"""Peak of every sound that is made from a spectrum."""

_SILENT = -0.95  # level up to which an amplitude counts as 0: networks rarely give -1 exactly
_TINY = 1e-9
_MOMENTUM = 0.99  # of the fast Griffin-Lim algorithm


def spectrum(sound: Tensor) -> Tensor:
    """Return the complex spectrum (B, 129, 64) of sounds (B, 6048); frame k is centred on sample 96 k."""
    window = torch.hann_window(WINDOW, dtype=sound.dtype, device=sound.device)
    return torch.stft(sound, WINDOW, HOP, WINDOW, window, center=True, pad_mode="constant", return_complex=True)


def inverse(spectra: Tensor) -> Tensor:
    """Return the sounds (B, 6048) whose spectra are closest to these (B, 129, 64) in the squared sense."""
    window = torch.hann_window(WINDOW, dtype=spectra.real.dtype, device=spectra.device)
    return torch.istft(spectra, WINDOW, HOP, WINDOW, window, center=True, length=SAMPLES)


def levels(spectra: Tensor) -> Tensor:
    """Return the levels (B, 128, 64) of spectra (B, 129, 64) in [-1, 1]; -1 everywhere for silence."""
    power = torch.view_as_real(spectra[:, :BINS].contiguous()).square().sum(-1)
    loudest = power.amax((1, 2), keepdim=True)
    decibels = 10 * torch.log10((power / loudest.clamp(min=_TINY**2)).clamp(min=10 ** (-RANGE_DB / 10)))
    return decibels * (2 / RANGE_DB) + 1


def levels_of(sound: Tensor) -> Tensor:
    """Return the levels (B, 128, 64) of sounds (B, 6048)."""
    return levels(spectrum(sound))


def amplitudes(values: Tensor) -> Tensor:
    """Return the amplitudes (B, 129, 64) of levels (B, 128, 64), 1 for the level 1; 0 at the lowest levels and at 4 kHz."""
    decibels = (values.clamp(-1, 1) - 1) * (RANGE_DB / 2)
    amplitude = 10 ** (decibels / 20) * (values > _SILENT)
    return torch.nn.functional.pad(amplitude, (0, 0, 0, 1))


def advances(spectra: Tensor) -> Tensor:
    """Return the phase advances (B, 2, 128, 64) of spectra: cosine and sine times the relative level (0 to 1)."""
    kept = spectra[:, :BINS]
    turned = kept[..., 1:] * kept[..., :-1].conj() * torch.polar(torch.ones_like(_expected(kept)), -_expected(kept))[:, None]
    unit = torch.nn.functional.pad(torch.view_as_real(turned / turned.abs().clamp(min=_TINY**2)).movedim(-1, 1), (1, 0))
    return unit * ((levels(spectra) + 1) / 2)[:, None]


def integrated(advance: Tensor, amplitude: Tensor) -> Tensor:
    """Return phases (B, 129, 64) with these advances (B, 2, 128, 64), as `advances` gives them.

    In each sound's loudest frame all phases are 0 at the centre of the window, where the parts of one partial agree; from there the
    advances are added forwards and backwards.
    """
    steps = torch.atan2(advance[:, 1], advance[:, 0]) + _expected(advance)[:, None]
    total = steps.cumsum(-1)
    loudest = amplitude.square().sum(1).argmax(-1)
    total = total - total.gather(2, loudest[:, None, None].expand(-1, total.shape[1], 1))
    centred = total + math.pi * torch.arange(BINS, device=total.device)[:, None]  # from the start of the window to its centre
    return torch.nn.functional.pad(centred, (0, 0, 0, 1))


def combined(amplitude: Tensor, phase: Tensor) -> Tensor:
    """Return complex spectra from amplitudes and phases."""
    return torch.polar(amplitude, phase)


def griffin_lim(amplitude: Tensor, iterations: int, seed: int = 0) -> Tensor:
    """Return sounds (B, 6048) for amplitudes (B, 129, 64), phases by the fast Griffin-Lim algorithm from random ones."""
    generator = torch.Generator().manual_seed(seed)
    phase = 2 * math.pi * torch.rand(amplitude.shape, generator=generator).to(amplitude)
    estimate = before = combined(amplitude, phase)
    for _ in range(iterations):
        consistent = spectrum(inverse(estimate))
        pushed = consistent + _MOMENTUM * (consistent - before)
        before = consistent
        estimate = amplitude * pushed / pushed.abs().clamp(min=_TINY)
    return at_peak(inverse(estimate))


def sound_of(amplitude: Tensor, phase: Tensor) -> Tensor:
    """Return the sounds (B, 6048) of amplitudes and phases (B, 129, 64)."""
    return at_peak(inverse(combined(amplitude, phase)))


def inconsistency(amplitude: Tensor, phase: Tensor) -> Tensor:
    """Return how far spectra (B, 129, 64) are from those of any sound, (B,): |STFT(ISTFT(X)) - X|^2 / |X|^2; 0 for a real sound."""
    spectra = combined(amplitude, phase)
    missed = torch.view_as_real(spectrum(inverse(spectra)) - spectra).square().sum((1, 2, 3))
    return missed / amplitude.square().sum((1, 2)).clamp(min=_TINY)


def at_peak(sound: Tensor) -> Tensor:
    """Return sounds with the peak PEAK; silence stays silent."""
    return PEAK * sound / sound.abs().amax(1, keepdim=True).clamp(min=_TINY)


def _expected(like: Tensor) -> Tensor:
    """Return the advance (128,) of the phase of each centre frequency from frame to frame."""
    return 2 * math.pi * HOP / WINDOW * torch.arange(BINS, device=like.device, dtype=torch.float32)
