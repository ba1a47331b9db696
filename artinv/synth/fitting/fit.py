"""Analysis by synthesis: optimize the controls of a vocal tract until it reproduces a given sound.

Adam optimizes control points of splines in the whitened coordinates of the prior. The loss is the distance of log mel spectra
plus penalties that keep the solution near the start: many articulations sound alike, and the start selects among them. Level and
spectral colour of the recording are estimated too, and glottis and pressure on request. Long sounds are rendered in pieces, so
memory does not grow with their length.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from artinv.runtime.errors import BadData
from artinv.runtime.params import Params
from artinv.synth.fitting import splines
from artinv.synth.fitting.breath import Breath
from artinv.synth.fitting.log_mel import EVERY, LogMel, cosines
from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.controls import HOP
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Sources

_PIECE, _BEFORE, _AFTER = 256, 44, 8  # frames in a piece and of context; oral pressure depends on the last 40 frames

_COIL_STEP = 4
"""Frames between two comparisons of the coils with those of the start."""


class FitParams(Params):
    """Settings of the optimization."""

    steps: int = Field(150, ge=1)
    lr: float = Field(0.06, gt=0)  # learning rate of the first step, in standard deviations of the prior
    anchor: float = Field(0.3, ge=0)  # weight of the squared distance of the coils from the start, in standard deviations
    prior: float = Field(0.02, ge=0)  # weight of the squared distance from the mean posture, in standard deviations of the prior
    bend: float = Field(0.3, ge=0)  # weight of squared differences between neighbouring control points of the change from the start
    colour: int = Field(6, ge=1)  # number of cosines over frequency for the colour of the recording; 1: level only
    breath: float = Field(0.0, ge=0)  # expected error of glottis and pressure, as a natural logarithm; 0: both stay fixed
    seed: int = Field(0, ge=0)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Result of a fit."""

    controls: Tensor  # (T, 13)
    coils: Tensor  # (T, 14) mm in the frame of the head
    sound: Tensor  # (T * HOP,) in the synthesizer's units
    breath: Breath
    history: np.ndarray  # (steps + 1,) dB, spectral distance before each step and at the end: mean |difference of log mel spectra|


def fit(sound: Tensor, synth: Synth, breath: Breath, start: Tensor, *, prior: Prior, params: FitParams) -> Fit:
    """Fit the controls to `sound` (T * HOP,) at 16 kHz, given `breath` and first controls `start` (T, 13) at 200 Hz.

    Equal input gives equal output.
    """
    if len(sound) != len(start) * HOP or len(breath.glottis) != len(start):
        raise BadData(f"a sound of {len(sound)} samples does not fit controls of {len(start)} frames; give {HOP} samples per frame")
    search = _Search(sound, synth, breath, start, prior=prior, params=params)
    rates = [(search.z, 1.0), (search.colour, 1.0), *([(search.breath_gain, 0.5 * params.breath)] if params.breath else [])]
    optimizer = torch.optim.Adam([{"params": [variable], "factor": factor} for variable, factor in rates], lr=params.lr)
    history = []
    for step in range(params.steps):
        for group in optimizer.param_groups:
            group["lr"] = params.lr * group["factor"] * (0.51 + 0.49 * math.cos(math.pi * step / params.steps))
        optimizer.zero_grad(set_to_none=True)
        history.append(sum(search.differentiated(part) for part in search.distances()))
        search.penalty().backward()
        if not all(torch.isfinite(group["params"][0].grad).all() for group in optimizer.param_groups):
            raise BadData(f"the fit diverged in step {step + 1}: a gradient is not finite; lower lr or choose another start")
        torch.nn.utils.clip_grad_norm_([search.z], 1.0)
        optimizer.step()
    with torch.no_grad():
        history.append(sum(part.item() for part in search.distances()))
        controls, breath = search.controls(), search.breath()
        copy = synth.sound(synth.shape(controls), breath.glottis, breath.pressure, search.sources)
        return Fit(controls, synth.geometry.coils(controls), copy, breath, np.array(history) * (10 / math.log(10)))


class _Search:
    """The variables of the optimization and its loss."""

    def __init__(self, sound: Tensor, synth: Synth, breath: Breath, start: Tensor, *, prior: Prior, params: FitParams) -> None:
        self.synth, self.known, self.prior, self.params, self.frames = synth, breath, prior, params, len(start)
        self.log_mel = LogMel(sound)
        self.target = self.log_mel(sound)[: -(-self.frames // EVERY)]
        self.sources = synth.sources(breath.pitch, self.frames, np.random.default_rng(params.seed))
        self.curves = splines.basis(self.frames)
        self.origin = splines.points(prior.whitened(start), self.curves)
        self.z = self.origin.clone().requires_grad_()
        self.breath_gain = torch.zeros(self.curves.shape[1], 2, requires_grad=True)  # log factors on glottis and pressure
        self.shapes = cosines(self.target.shape[1], params.colour)
        self.colour = torch.zeros(params.colour, requires_grad=True)
        with torch.no_grad():
            copy = synth.sound(synth.shape(self.controls()), breath.glottis, breath.pressure, self.sources)
            self.coils = synth.geometry.coils(self.controls()[::_COIL_STEP])
            level = torch.log(self.log_mel.mean / self.log_mel.power(copy).mean().clamp(min=1e-20))
            loud = self.target.mean(1) > self.target.mean()
            difference = (self.target - self.log_mel(copy, level)[: len(self.target)])[loud].mean(0)
            projection = 2 * (self.shapes * (difference + level)).mean(1)  # the shapes are orthogonal
            projection[0] /= 2
            self.colour += projection

    def controls(self) -> Tensor:
        return self.prior.controls(self.curves @ self.z)

    def breath(self) -> Breath:
        factors = torch.exp(self.curves @ self.breath_gain)
        return self.known._replace(glottis=self.known.glottis * factors[:, 0], pressure=self.known.pressure * factors[:, 1])

    def distances(self) -> Iterator[Tensor]:
        """Yield the terms of the mean spectral distance, one per piece of the utterance; each can be differentiated on its own."""
        for first in range(0, self.frames, _PIECE):
            last = min(first + _PIECE, self.frames)
            low, high = max(first - _BEFORE, 0), min(last + _AFTER, self.frames)
            controls, breath = self.controls()[low:high], self.breath()
            sources = Sources(*(values[..., low * HOP:high * HOP] for values in self.sources))
            copy = self.synth.sound(self.synth.shape(controls), breath.glottis[low:high], breath.pressure[low:high], sources)
            target = self.target[first // EVERY:-(-last // EVERY)]
            spectra = self.log_mel(copy, self.colour @ self.shapes)[(first - low) // EVERY:][: len(target)]
            yield (spectra - target).abs().sum() / self.target.numel()

    def penalty(self) -> Tensor:
        """Return the penalties, which do not depend on the sound."""
        params = self.params
        total = params.prior * _power(self.z) + params.bend * _power((self.z - self.origin).diff(dim=0))
        if params.anchor:
            coils = self.synth.geometry.coils(self.controls()[::_COIL_STEP])
            total = total + params.anchor * _power((coils - self.coils) / self.prior.coil_std)
        total = total + 0.02 * self.colour[1:].square().sum()
        if params.breath:
            gain = self.breath_gain / params.breath
            total = total + 0.02 * _power(gain) + 0.1 * _power(gain.diff(dim=0))
        return total

    @staticmethod
    def differentiated(part: Tensor) -> float:
        """Add the gradient of `part` to the variables and return its value."""
        part.backward()
        return part.item()


def _power(values: Tensor) -> Tensor:
    """Return the mean square."""
    return values.square().mean()
