"""A model and a few utterances of a new speaker, sound and motion -> the model for that speaker, in closed form.

Two things are taken from them: where this speaker's articulators are and how far they move, in mm; and a readout, the last
linear layer of the network, fitted by ridge regression towards the readout of all other speakers. Nothing is trained by steps,
so that it takes seconds and cannot diverge.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import nn

from artinv.batches import Pool
from artinv.channels import CHANNELS
from artinv.errors import BadParams
from artinv.params import Params
from artinv.predict import Inverter
from artinv.utterance import Frames

_BATCH = 6000  # frames in the network at once


class AdaptParams(Params):
    """How much of the test speaker may be known, and how much it counts."""

    section: ClassVar[str] = "adapt"
    utterances: list[int]  # each number is a point of the curve
    prior: float = Field(gt=0)  # frames that the readout of the other speakers counts for


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was learned of a speaker."""

    inverter: Inverter
    mean: np.ndarray  # (18,) mm, where the articulators are on average
    std: np.ndarray  # (18,) mm


def can_adapt(inverter: Inverter) -> bool:
    """Whether the network ends in a linear readout of one row per articulator."""
    readout = getattr(inverter.network, "readout", None)
    return isinstance(readout, nn.Linear) and readout.out_features == len(CHANNELS)


def adapt(inverter: Inverter, known: Sequence[Frames], usual: tuple[np.ndarray, np.ndarray], params: AdaptParams) -> Adapted:
    """`known`: utterances with acoustics in standard deviations and motion in mm; `usual`: (mean, std) of other speakers in mm.

    Without utterances the speaker is taken to be the usual one. A standard deviation counts the usual one as one more utterance.
    """
    if not can_adapt(inverter):
        raise BadParams(f"train.model: '{inverter.model}' has no linear readout to adapt; expected one that has, as tcn and bilstm")
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
    """Move the readout to where it says this speaker's motion best; `prior` frames of the usual hidden values hold it back."""
    readout, pool = network.readout, Pool(normal)
    seen: list[torch.Tensor] = []
    hook = readout.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.eval()
    hidden, motion, there = [], [], []
    for batch in pool.batches(_BATCH):
        network(batch.acoustics, batch.lengths)
        real = torch.arange(batch.acoustics.shape[1]) < batch.lengths[:, None]
        hidden.append(seen.pop()[real])
        motion.append(batch.motion[real])
        there.append(batch.mask[real])
    hook.remove()
    inputs = torch.cat(hidden).double()
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1, dtype=torch.double)], 1)
    wanted, known = torch.cat(motion).double(), torch.cat(there)
    weights = torch.cat([readout.weight, readout.bias[:, None]], 1).double()  # (18, hidden + 1)
    hold = prior * inputs.square().mean() * torch.eye(inputs.shape[1], dtype=torch.double)
    for channel in range(len(CHANNELS)):
        x = inputs[known[:, channel]]
        rest = wanted[known[:, channel], channel] - x @ weights[channel]
        weights[channel] += torch.linalg.solve(x.T @ x + hold, x.T @ rest)
    readout.weight.copy_(weights[:, :-1])
    readout.bias.copy_(weights[:, -1])
