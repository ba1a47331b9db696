"""The voice: pulses of air through the glottis."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.signal import lfilter, resample_poly

from artinv.synth.tract.controls import HOP, RATE

OVERSAMPLING = 4


@dataclass(frozen=True)
class Voice:
    """How somebody phonates."""

    oq: float = 0.6  # share of a cycle in which the glottis is open
    tilt: float = 3500.0  # Hz, above which the voice falls off by 6 dB per octave more
    jitter: float = 0.006  # relative spread of cycle lengths
    shimmer: float = 0.04  # relative spread of pulse heights
    gain: float = 400.0
    asp: float = 1.0  # gains of aspiration and frication
    fric: float = 1.0


class Sources(NamedTuple):
    """The raw material of sound."""

    flow: torch.Tensor  # (samples,) glottal pulses of height 1
    white: torch.Tensor  # (4, samples) noise for glottis, palate, teeth, lips


def glottal_flow(f0: np.ndarray, voice: Voice, rng: np.random.Generator) -> np.ndarray:
    """Pulses 27/4 x^2 (1 - x) over the open part of each cycle (Klatt & Klatt 1990); f0 in Hz per frame -> (frames * HOP,)."""
    frames = len(f0)
    hertz = np.interp(np.arange(frames * HOP * OVERSAMPLING) / (OVERSAMPLING * HOP), np.arange(frames), f0)
    phase = np.cumsum(hertz) / (RATE * OVERSAMPLING)
    cycle = phase.astype(np.int64)
    cycles = int(cycle[-1]) + 1
    stretch = (1 + voice.jitter * rng.standard_normal(cycles)) / voice.oq
    height = 6.75 * (1 + voice.shimmer * rng.standard_normal(cycles))
    x = np.minimum((phase - cycle) * stretch[cycle], 1.0)
    flow = resample_poly(height[cycle] * x * x * (1.0 - x), 1, OVERSAMPLING)
    pole = math.exp(-2 * math.pi * voice.tilt / RATE)
    return lfilter([1 - pole], [1, -pole], flow)
