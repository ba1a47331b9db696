"""Analysis by synthesis: move a tract until it sounds like a given sound.

Adam moves the control points of splines in the prior's own coordinates and lowers the distance of log mel spectra, but not far
from the start unless the sound asks for it: many articulations sound alike, and the start chooses among them. Level and colour
of the recording are learned beside them, and, if asked for, the breath. Long sounds are rendered in pieces, so memory does not
grow with their length.
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
from artinv.synth.fitting.ear import EVERY, Ear, cosines
from artinv.synth.fitting.prior import Prior
from artinv.synth.tract.controls import HOP
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import Sources

_PIECE, _BEFORE, _AFTER = 256, 44, 8  # frames; pressure remembers 40 of them

_SEEN = 4
"""Every so many frames the coils are compared with those of the start."""


class FitParams(Params):
    """How the search is done."""

    steps: int = Field(150, ge=1)
    lr: float = Field(0.06, gt=0)  # of the first step, in standard deviations of the prior
    anchor: float = Field(0.3, ge=0)  # weight of the coils' squared distance from the start, in standard deviations
    prior: float = Field(0.02, ge=0)  # weight of the squared distance from the mean posture, in standard deviations of the prior
    bend: float = Field(0.3, ge=0)  # weight of changes of what is added to the start, from one control point to the next
    colour: int = Field(6, ge=1)  # slow shapes over frequency that the recording may add; 1 is its level alone
    breath: float = Field(0.0, ge=0)  # natural logarithm by which glottis and pressure may be wrong, about; 0 keeps them
    seed: int = Field(0, ge=0)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What was found."""

    controls: Tensor  # (T, 13)
    coils: Tensor  # (T, 14) mm in the head's own frame
    sound: Tensor  # (T * HOP,) in the synthesizer's units
    breath: Breath
    history: np.ndarray  # (steps + 1,) dB, spectral distance before each step and at the end: mean |difference of log mel spectra|


def fit(sound: Tensor, synth: Synth, breath: Breath, start: Tensor, *, prior: Prior, params: FitParams) -> Fit:
    """`sound` (T * HOP,) at 16 kHz, `breath` and `start` (T, 13) at 200 Hz; equal input gives equal output."""
    if len(sound) != len(start) * HOP or len(breath.glottis) != len(start):
        raise BadData(f"a sound of {len(sound)} samples does not fit controls of {len(start)} frames; a frame is {HOP} samples")
    search = _Search(sound, synth, breath, start, prior=prior, params=params)
    steps = [("z", 1.0), ("colour", 1.0), *([("wind", 0.5 * params.breath)] if params.breath else [])]
    optimizer = torch.optim.Adam([{"params": [getattr(search, name)], "share": share} for name, share in steps], lr=params.lr)
    history = []
    for step in range(params.steps):
        for group in optimizer.param_groups:
            group["lr"] = params.lr * group["share"] * (0.51 + 0.49 * math.cos(math.pi * step / params.steps))
        optimizer.zero_grad(set_to_none=True)
        history.append(sum(search.differentiated(part) for part in search.distances()))
        search.penalty().backward()
        if not all(torch.isfinite(group["params"][0].grad).all() for group in optimizer.param_groups):
            raise BadData(f"the search left the range of numbers in step {step + 1}; lower lr or start elsewhere")
        torch.nn.utils.clip_grad_norm_([search.z], 1.0)
        optimizer.step()
    with torch.no_grad():
        history.append(sum(part.item() for part in search.distances()))
        controls, blown = search.controls(), search.breath()
        made = synth.sound(synth.shape(controls), blown.glottis, blown.pressure, search.sources)
        return Fit(controls, synth.geometry.coils(controls), made, blown, np.array(history) * (10 / math.log(10)))


class _Search:
    """What is looked for, and how far off it is."""

    def __init__(self, sound: Tensor, synth: Synth, breath: Breath, start: Tensor, *, prior: Prior, params: FitParams) -> None:
        self.synth, self.known, self.prior, self.params, self.frames = synth, breath, prior, params, len(start)
        self.ear = Ear(sound)
        self.target = self.ear(sound)[: -(-self.frames // EVERY)]
        self.sources = synth.sources(breath.pitch, self.frames, np.random.default_rng(params.seed))
        self.curves = splines.basis(self.frames)
        self.origin = splines.points(prior.whitened(start), self.curves)
        self.z = self.origin.clone().requires_grad_()
        self.wind = torch.zeros(self.curves.shape[1], 2, requires_grad=True)  # logarithms of factors on glottis and pressure
        self.shapes = cosines(self.target.shape[1], params.colour)
        self.colour = torch.zeros(params.colour, requires_grad=True)
        with torch.no_grad():
            made = synth.sound(synth.shape(self.controls()), breath.glottis, breath.pressure, self.sources)
            self.coils = synth.geometry.coils(self.controls()[::_SEEN])
            level = torch.log(self.ear.mean / self.ear.power(made).mean().clamp(min=1e-20))
            missing = (self.target - self.ear(made, level)[: len(self.target)])[self.target.mean(1) > self.target.mean()].mean(0)
            share = 2 * (self.shapes * (missing + level)).mean(1)  # the shapes are orthogonal
            share[0] /= 2
            self.colour += share

    def controls(self) -> Tensor:
        return self.prior.controls(self.curves @ self.z)

    def breath(self) -> Breath:
        factors = torch.exp(self.curves @ self.wind)
        return self.known._replace(glottis=self.known.glottis * factors[:, 0], pressure=self.known.pressure * factors[:, 1])

    def distances(self) -> Iterator[Tensor]:
        """The shares that pieces of the utterance have in its mean distance; each may be differentiated and forgotten."""
        for first in range(0, self.frames, _PIECE):
            last = min(first + _PIECE, self.frames)
            low, high = max(first - _BEFORE, 0), min(last + _AFTER, self.frames)
            controls, blown = self.controls()[low:high], self.breath()
            drawn = Sources(*(values[..., low * HOP:high * HOP] for values in self.sources))
            made = self.synth.sound(self.synth.shape(controls), blown.glottis[low:high], blown.pressure[low:high], drawn)
            target = self.target[first // EVERY:-(-last // EVERY)]
            heard = self.ear(made, self.colour @ self.shapes)[(first - low) // EVERY:][: len(target)]
            yield (heard - target).abs().sum() / self.target.numel()

    def penalty(self) -> Tensor:
        """How unlikely the solution is, however it sounds."""
        params = self.params
        total = params.prior * _power(self.z) + params.bend * _power((self.z - self.origin).diff(dim=0))
        if params.anchor:
            coils = self.synth.geometry.coils(self.controls()[::_SEEN])
            total = total + params.anchor * _power((coils - self.coils) / self.prior.coil_std)
        total = total + 0.02 * self.colour[1:].square().sum()
        if params.breath:
            wind = self.wind / params.breath
            total = total + 0.02 * _power(wind) + 0.1 * _power(wind.diff(dim=0))
        return total

    @staticmethod
    def differentiated(part: Tensor) -> float:
        part.backward()
        return part.item()


def _power(values: Tensor) -> Tensor:
    return values.square().mean()
