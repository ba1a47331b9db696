"""A model and a few utterances of a new speaker, sound and motion -> the model for that speaker, in closed form.

Two things are taken from them: where this speaker's articulators are and how far they move, in mm; and a readout, the last
linear layer of the network, fitted by ridge regression towards the readout of all other speakers. Nothing is trained by steps,
so that it takes seconds and cannot diverge.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.learn.batches import Pool
from artinv.learn.inverter import Inverter
from artinv.learn.layers import frame_mask
from artinv.runtime.errors import BadParams
from artinv.runtime.params import Params

_BATCH = 6000  # frames in the network at once


class AdaptParams(Params):
    """How much of the test speaker may be known, and how much it counts."""

    section: ClassVar[str] = "adapt"
    utterances: list[Annotated[int, Field(ge=1)]]  # each number is a point of the curve
    prior: float = Field(gt=0)  # frames that the readout of the other speakers counts for


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was learned of a speaker."""

    inverter: Inverter
    mean: np.ndarray  # (18,) mm, where the articulators are on average
    std: np.ndarray  # (18,) mm


def can_adapt(inverter: Inverter) -> bool:
    """Whether the network ends in a linear readout."""
    return isinstance(getattr(inverter.network, "readout", None), nn.Linear)


def adapt(inverter: Inverter, known: Sequence[Frames], usual: tuple[np.ndarray, np.ndarray], params: AdaptParams) -> Adapted:
    """`known`: utterances with acoustics in standard deviations and motion in mm; `usual`: (mean, std) of other speakers in mm.

    Without utterances the speaker is taken to be the usual one. A standard deviation counts the usual one as one more utterance.
    """
    if not can_adapt(inverter):
        raise BadParams(f"train.model: '{inverter.model}' has no linear readout to adapt; expected one that has, such as bilstm")
    if not known:
        return Adapted(inverter, *usual)
    mean, std = _place(known, usual)
    normal = [replace(one, motion=((one.motion - mean) / std).astype(np.float32)) for one in known]
    network = copy.deepcopy(inverter.network)
    _refit(network, normal, params.prior)
    return Adapted(replace(inverter, network=network), mean, std)


def _place(known: Sequence[Frames], usual: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    motion = np.concatenate([one.motion for one in known]).astype(np.float64)
    there = np.isfinite(motion)
    count = there.sum(axis=0)
    some = np.maximum(count, 1)
    mean = np.where(there, motion, 0).sum(axis=0) / some
    spread = np.where(there, np.square(motion - mean), 0).sum(axis=0) / some
    weight = np.where(count > 0, len(known), 0)
    std = np.sqrt((weight * spread + np.square(usual[1])) / (weight + 1))
    return np.where(count > 0, mean, usual[0]), np.where(count > 0, std, usual[1])


@torch.no_grad()
def _refit(network: nn.Module, normal: Sequence[Frames], prior: float) -> None:
    """Move the readout to where it says this speaker's motion best, before the low-pass; `prior` average frames hold it back."""
    readout = network.readout
    stride = readout.out_features // len(CHANNELS)  # a row of the readout for each channel of each frame of a step
    hidden, motion, there = (torch.cat(parts) for parts in zip(*_hidden(network, Pool(normal), stride), strict=True))
    inputs = torch.cat([hidden, hidden.new_ones(len(hidden), 1)], 1)
    weights = torch.cat([readout.weight, readout.bias[:, None]], 1).double()
    hold = prior / stride * inputs.square().mean() * torch.eye(inputs.shape[1], dtype=torch.double)
    for row in range(len(weights)):
        x = inputs[there[:, row]]
        rest = motion[there[:, row], row] - x @ weights[row]
        weights[row] += torch.linalg.solve(x.T @ x + hold, x.T @ rest)
    readout.weight.copy_(weights[:, :-1])
    readout.bias.copy_(weights[:, -1])


def _hidden(network: nn.Module, pool: Pool, stride: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """What the readout sees at each step, (steps, width), and what it should say, with a mask, (steps, stride * 18)."""
    seen: list[Tensor] = []
    hook = network.readout.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.eval()
    for batch in pool.batches(_BATCH):
        network(batch.acoustics, batch.lengths)
        inputs = seen.pop()
        real = frame_mask((batch.lengths + stride - 1).div(stride, rounding_mode="floor"), inputs.shape[1])
        missing = (0, 0, 0, inputs.shape[1] * stride - batch.motion.shape[1])
        motion, mask = (functional.pad(values, missing).view(*inputs.shape[:2], -1)[real] for values in (batch.motion, batch.mask))
        yield inputs[real].double(), motion.double(), mask
    hook.remove()
