"""The voice source: pulses of air flow through the glottis."""

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
    """Parameters of a speaker's phonation and noise."""

    oq: float = 0.6  # open quotient: fraction of a cycle in which the glottis is open
    tilt: float = 3500.0  # Hz, above which the spectrum falls by a further 6 dB per octave
    jitter: float = 0.006  # relative standard deviation of cycle lengths
    shimmer: float = 0.04  # relative standard deviation of pulse heights
    gain: float = 400.0  # gain of voicing
    asp: float = 1.0  # gain of aspiration
    fric: float = 1.0  # gain of frication


class Sources(NamedTuple):
    """Source signals, before the tract filters them."""

    flow: torch.Tensor  # (samples,) glottal pulses of height 1
    white: torch.Tensor  # (4, samples) white noise for glottis, palate, teeth and lips


def glottal_flow(f0: np.ndarray, voice: Voice, rng: np.random.Generator) -> np.ndarray:
    """Return glottal flow (frames * HOP,) for `f0` (frames,) in Hz.

    The pulse over the open part of each cycle is 27/4 x^2 (1 - x) (Klatt & Klatt 1990).
    """
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
