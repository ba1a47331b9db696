"""Formants, computed in two ways: resonances of the tract model, and linear prediction of its sound."""

import numpy as np
import torch
from scipy.linalg import solve_toeplitz
from scipy.signal import resample_poly

from artinv.synth.tract.controls import RATE
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.render import Synth
from artinv.synth.tract.tube import Tube

LPC_RATE = 11000


def resonances(geometry: Geometry, tube: Tube, controls: torch.Tensor, count: int = 3) -> torch.Tensor:
    """Return the first `count` resonances (N, count) in Hz for controls (N, 13), with the velopharyngeal port closed.

    Resonance k is the frequency at which the phase of the response passes -(k - 1/2) pi. The phase passes it once even where two
    peaks merge into one. A resonance above half the sampling rate is NaN.
    """
    shape = geometry.shape(controls)
    response = tube(shape._replace(port=torch.zeros_like(shape.port)), torch.full_like(shape.port, 0.03)).voice / tube.radiation
    turn = torch.angle(response[:, 1:] * response[:, :-1].conj())
    phase = torch.cat([torch.zeros_like(turn[:, :1]), turn.cumsum(1)], 1)
    goals = -np.pi * (torch.arange(count, dtype=phase.dtype) + 0.5)
    passed = phase.unsqueeze(1) <= goals[None, :, None]
    after = passed.int().argmax(-1).clamp(min=1)
    lower, upper = phase.gather(1, after), phase.gather(1, after - 1)
    bin_hz = RATE / tube.size
    hertz = bin_hz * (after - (goals - lower) / (upper - lower))
    return torch.where(passed.any(-1), hertz, torch.nan)


def lpc_formants(sound: np.ndarray, order: int, count: int = 3) -> np.ndarray:
    """Return the first `count` formants in Hz of a steady sound (samples,) at 16 kHz.

    Formants are LPC roots with bandwidths below 500 Hz, as medians over frames of 50 ms. `order` is two for each formant below
    5.5 kHz and two for the spectral slope: 12 for a man, 10 for a woman.
    """
    sound = resample_poly(sound.astype(float), LPC_RATE, RATE)
    sound = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    length = LPC_RATE // 20
    estimates = []
    for start in range(0, len(sound) - length + 1, length // 2):
        frame = sound[start:start + length] * np.hamming(length)
        lags = np.array([frame[: length - lag] @ frame[lag:] for lag in range(order + 1)])
        lags[0] *= 1 + 1e-9
        roots = np.roots(np.append(1.0, -solve_toeplitz(lags[:-1], lags[1:])))
        roots = roots[roots.imag > 0.01]
        hertz, width = np.angle(roots) * LPC_RATE / (2 * np.pi), -np.log(np.abs(roots)) * LPC_RATE / np.pi
        hertz = np.sort(hertz[(width < 500) & (hertz > 150)])
        if len(hertz) >= count:
            estimates.append(hertz[:count])
    return np.median(estimates, 0) if estimates else np.full(count, np.nan)


def spoken_formants(synth: Synth, controls: np.ndarray, pitch: float, order: int, frames: int = 120) -> np.ndarray:
    """Synthesize N steady vowels and return their LPC formants (N, 3) in Hz; pitch falls around `pitch` Hz over `frames`."""
    falling = pitch * np.linspace(1.25, 0.8, frames)
    breath = torch.full((frames,), 0.05, dtype=synth.dtype), torch.full((frames,), 8000.0, dtype=synth.dtype)
    formants = []
    for row in torch.tensor(controls, dtype=synth.dtype):
        with torch.no_grad():
            sound, _ = synth(row.expand(frames, -1), *breath, falling, np.random.default_rng(0))
        formants.append(lpc_formants(sound.numpy()[1600:-1600], order))
    return np.array(formants)
