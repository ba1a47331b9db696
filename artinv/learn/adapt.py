"""Adapt a model to a new speaker from a few utterances with sound and motion, in closed form.

Adaptation estimates two things: the mean and standard deviation of this speaker's articulators in mm, and a readout (the last
linear layer of the network), fitted by ridge regression towards the readout of the other speakers. There is no gradient descent:
it takes seconds and cannot diverge.
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

_BATCH = 6000  # frames per forward pass


class AdaptParams(Params):
    """How many utterances of the test speaker adapt the model, and the weight of the other speakers."""

    section: ClassVar[str] = "adapt"
    utterances: list[Annotated[int, Field(ge=1)]]  # each number is a point of the curve
    prior: float = Field(gt=0)  # weight of the readout of the other speakers, in frames


@dataclass(frozen=True, slots=True)
class AdaptedInverter:
    """A model adapted to one speaker, and the scale of its output."""

    inverter: Inverter
    mean: np.ndarray  # (18,) mm, mean articulator positions
    std: np.ndarray  # (18,) mm


def can_adapt(inverter: Inverter) -> bool:
    """Return whether the network ends in a linear readout."""
    return isinstance(getattr(inverter.network, "readout", None), nn.Linear)


def adapt(
    inverter: Inverter, known: Sequence[Frames], others: tuple[np.ndarray, np.ndarray], params: AdaptParams,
) -> AdaptedInverter:
    """Return the model adapted to the speaker of the utterances `known`.

    `known`: acoustics in standard deviations, motion in mm. `others`: (mean, std) of the other speakers in mm. Without utterances,
    the model and `others` are returned unchanged. In the estimated std, the std of the others has the weight of one utterance.
    """
    if not can_adapt(inverter):
        raise BadParams(f"train.model: '{inverter.model}' has no linear readout to adapt; choose a model with one, such as bilstm")
    if not known:
        return AdaptedInverter(inverter, *others)
    mean, std = _mean_and_std(known, others)
    normalized = [replace(frames, motion=((frames.motion - mean) / std).astype(np.float32)) for frames in known]
    network = copy.deepcopy(inverter.network)
    _refit(network, normalized, params.prior)
    return AdaptedInverter(replace(inverter, network=network), mean, std)


def _mean_and_std(known: Sequence[Frames], others: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and standard deviation of each channel (18,) in mm; those of `others` for a channel without known frames."""
    motion = np.concatenate([frames.motion for frames in known]).astype(np.float64)
    measured = np.isfinite(motion)
    count = measured.sum(axis=0)
    at_least_1 = np.maximum(count, 1)
    mean = np.where(measured, motion, 0).sum(axis=0) / at_least_1
    variance = np.where(measured, np.square(motion - mean), 0).sum(axis=0) / at_least_1
    weight = np.where(count > 0, len(known), 0)
    std = np.sqrt((weight * variance + np.square(others[1])) / (weight + 1))
    return np.where(count > 0, mean, others[0]), np.where(count > 0, std, others[1])


@torch.no_grad()
def _refit(network: nn.Module, normalized: Sequence[Frames], prior: float) -> None:
    """Fit the readout to this speaker's motion, without the low-pass; the old readout has the weight of `prior` average frames."""
    readout = _readout(network)
    stride = readout.out_features // len(CHANNELS)  # a row of the readout for each channel of each frame of a step
    hidden, motion, measured = (torch.cat(parts) for parts in zip(*_hidden(network, Pool(normalized), stride), strict=True))
    inputs = torch.cat([hidden, hidden.new_ones(len(hidden), 1)], 1)
    weights = torch.cat([readout.weight, readout.bias[:, None]], 1).double()
    penalty = prior / stride * inputs.square().mean() * torch.eye(inputs.shape[1], dtype=torch.double)
    for row in range(len(weights)):
        x = inputs[measured[:, row]]
        residual = motion[measured[:, row], row] - x @ weights[row]
        weights[row] += torch.linalg.solve(x.T @ x + penalty, x.T @ residual)
    readout.weight.copy_(weights[:, :-1])
    readout.bias.copy_(weights[:, -1])


def _hidden(network: nn.Module, pool: Pool, stride: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield for each batch the inputs of the readout (steps, width), its targets (steps, stride * 18) and their mask."""
    captured: list[Tensor] = []
    hook = _readout(network).register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0]))
    network.eval()
    for batch in pool.batches(_BATCH):
        network(batch.acoustics, batch.lengths)
        inputs = captured.pop()
        real = frame_mask((batch.lengths + stride - 1).div(stride, rounding_mode="floor"), inputs.shape[1])
        padding = (0, 0, 0, inputs.shape[1] * stride - batch.motion.shape[1])
        motion, mask = (functional.pad(values, padding).view(*inputs.shape[:2], -1)[real] for values in (batch.motion, batch.mask))
        yield inputs[real].double(), motion.double(), mask
    hook.remove()


def _readout(network: nn.Module) -> nn.Linear:
    readout = network.readout
    assert isinstance(readout, nn.Linear)  # see `can_adapt`
    return readout
