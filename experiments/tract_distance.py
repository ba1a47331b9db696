"""Distance between speech and its re-synthesis by a neutral head, as a differentiable function of motion.

Motion in standard deviations -> posture, by a small network that has learned `pose` -> sound, with sources that are estimated from
the speech -> distance of log mel spectra, after the best level and colour.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from artinv.measure import metrics
from artinv.phones import evidence
from artinv.signal.features import FeatureParams
from artinv.signal.streaming import normalized_features
from artinv.synth.fitting.breath import Breath, estimate_breath
from artinv.synth.fitting.log_mel import EVERY, LogMel, cosines
from artinv.synth.fitting.pitch import source_features
from artinv.synth.fitting.pose import pose
from artinv.synth.fitting.prior import Prior
from artinv.synth.fitting.resynthesis import is_high, neutral_head
from artinv.synth.tract.controls import HOP
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Sources
from experiments.refine_by_tract import COILS

PIECE = 320
"""Frames of a piece that is rendered in a step: 1.6 s."""

COLOUR = 6
"""Cosines over frequency for level and colour of a recording."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A sound with its features and sources."""

    acoustics: Tensor  # (K, values), evidence of phones included
    motion: np.ndarray | None  # (K, 18) mm, if it is known
    sound: Tensor  # (T * HOP,)
    woman: bool
    breath: Breath
    sources: Sources

    def pearson(self, coils: np.ndarray) -> float:
        """Return the mean Pearson correlation of predicted coils (K, 14) with the known motion."""
        assert self.motion is not None
        frames = min(len(coils), len(self.motion))
        return float(np.nanmean(metrics.pearson(self.motion[:frames, COILS], coils[:frames])))


def recording(sound: np.ndarray, features: FeatureParams, rate: float, motion: np.ndarray | None = None) -> Recording:
    """Compute the features and the sources of a sound (samples,) at 16 kHz."""
    sound = np.asarray(sound[: len(sound) // HOP * HOP], np.float32)
    found = source_features(sound)
    synth, _ = neutral_head(woman := is_high(found))
    breath = estimate_breath(found)
    acoustics = torch.from_numpy(evidence.joined(normalized_features(sound, rate, features), None))
    drawn = synth.sources(breath.pitch, len(breath.pitch), np.random.default_rng(0))
    return Recording(acoustics, motion, torch.from_numpy(sound), woman, breath, drawn)


class Poser(nn.Module):
    """A network that maps coils in standard deviations (..., 14) to the posture that `pose` finds, in coordinates of the prior."""

    def __init__(self) -> None:
        """Draw initial weights."""
        super().__init__()
        self.net = nn.Sequential(nn.Linear(14, 96), nn.SiLU(), nn.Linear(96, 96), nn.SiLU(), nn.Linear(96, 13))

    def forward(self, coils: Tensor) -> Tensor:
        """Return postures (..., 13)."""
        return self.net(coils)


def learned_pose(coils: Tensor, synth: Synth, prior: Prior, steps: int, seed: int = 0) -> tuple[Poser, float]:
    """Train a network on the postures of coils (T, 14); return it, and the share of variance explained on the last tenth."""
    postures = prior.whitened(pose(prior.coil_mean + coils * prior.coil_std, synth.geometry, prior))
    torch.manual_seed(seed)
    network, last = Poser(), len(coils) * 9 // 10
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        rows = torch.randint(last, (512,))
        optimizer.zero_grad()
        (network(coils[rows]) - postures[rows]).square().mean().backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        error = (network(coils[last:]) - postures[last:]).square().mean() / postures[last:].var()
    return network.requires_grad_(requires_grad=False), float(1 - error)


class Tract(NamedTuple):
    """A neutral head that repeats motion."""

    synth: Synth
    prior: Prior
    poser: Poser


def distance(tract: Tract, z: Tensor, recording: Recording, first: int) -> tuple[Tensor, Tensor]:
    """Return the spectral distance of a piece and its copy, as a natural logarithm, and the mean square of the postures.

    `z`: motion (K, 18) of the whole recording; `first`: the first frame of the piece at 200 Hz, a multiple of 4.
    """
    piece = piece_of(recording, first)
    posture = tract.poser(upsampled(z[:, COILS], piece))
    return spectral_distance(tract.synth, tract.prior.controls(posture), recording, piece), posture.square().mean()


def piece_of(recording: Recording, first: int) -> slice:
    """Return the frames at 200 Hz of the piece that starts at `first`, a multiple of 4."""
    return slice(first, min(first + PIECE, len(recording.breath.pitch)))


def upsampled(values: Tensor, piece: slice) -> Tensor:
    """Return a piece, at 200 Hz, of values (K, C) at 50 Hz; the last value is held."""
    between = nn.functional.interpolate(values.T[None], size=(len(values) - 1) * 4 + 1, mode="linear", align_corners=True)[0].T
    return torch.cat([between, between[-1:].expand(max(piece.stop - len(between), 0), -1)])[piece]


def spectral_distance(synth: Synth, controls: Tensor, recording: Recording, piece: slice) -> Tensor:
    """Return the distance, as a natural logarithm, of a piece and of what a head says with controls (frames, 13)."""
    samples = slice(piece.start * HOP, piece.stop * HOP)
    breath, sources = recording.breath.part(piece), Sources(*(values[..., samples] for values in recording.sources))
    copied = synth.sound(synth.shape(controls), breath.glottis, breath.pressure, sources)
    log_mel = LogMel(recording.sound)
    target = log_mel(recording.sound[samples])[: len(controls) // EVERY]
    with torch.no_grad():
        level = torch.log(log_mel.mean / log_mel.power(copied).mean().clamp(min=1e-20))
        loud = target.mean(1) >= target.mean()
        shapes = cosines(target.shape[1], COLOUR)
        gap = (target - log_mel(copied, level)[: len(target)])[loud].mean(0)
        weights = 2 * (shapes * (gap + level)).mean(1)
        weights[0] /= 2
    return (log_mel(copied, weights @ shapes)[: len(target)] - target).abs().mean()
