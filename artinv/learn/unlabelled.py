"""Adapt a model to people from their sound alone: what it infers with phones teaches what it infers without.

A recognizer has learned from real speech, the model has not. So with recognized phones the model follows people better than by the
acoustics alone, and its own motion with phones is a target that needs no articulograph. The words, where they are known, give
better phones still.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from torch import nn

from artinv.core.records import Frames
from artinv.learn.inverter import Inverter
from artinv.learn.models.ensemble import Ensemble
from artinv.learn.train import TrainParams, train
from artinv.measure import metrics
from artinv.phones import evidence
from artinv.phones.evidence import Heard
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params

STEPS = 200
"""Gradient steps, about."""

KEPT_OUT = 8
"""Every so many recordings one is kept out, to choose the epoch and to state the result."""

_PIECE = 400  # frames; longer recordings are cut
_BATCH = 2000  # frames


@dataclass(frozen=True, slots=True)
class Adapted:
    """A model after it has learned from sound, and how well it follows its teacher, in recordings kept out."""

    inverter: Inverter
    before: float  # mean Pearson of the motion from sound alone with the motion from sound and phones
    after: float
    kept_out: int  # recordings


def adapt(
    inverter: Inverter, recordings: Sequence[Heard], *, adapted_to: str = "", steps: int = STEPS, seed: int = 0, workers: int = 0,
) -> Adapted:
    """Return the model adapted to recordings, which `adapted_to` describes; equal recordings in equal order give equal bytes."""
    if not inverter.evidence or inverter.source:
        raise BadParams(f"model: '{inverter.model}' does not infer with and without phones; use the model that artinv comes with")
    if len(recordings) < 2:
        raise BadData(f"{len(recordings)} recordings of speech; give at least two, one of which is kept out")
    pairs = [(one, evidence.predicted(inverter.predict, one.acoustics, one.phones)) for one in recordings]
    kept = pairs[::KEPT_OUT]
    training = [view for number, pair in enumerate(pairs) if number % KEPT_OUT for view in _views(*pair, inverter)]
    valid = [view for pair in kept for view in _views(*pair, inverter)]
    frames = sum(len(view.acoustics) for view in training)
    params = TrainParams(
        model=inverter.model, batch_frames=_BATCH, alpha=0.5, epochs=max(1, round(steps * _BATCH / frames)), lr=1e-3,
        schedule="linear", halve_after=1, stop_after=1, clip=1.0, seed=seed, threads=1, device="cpu", precision="float32",
    )
    members = [*inverter.network.members] if isinstance(inverter.network, Ensemble) else [inverter.network]
    work = partial(_trained, params, inverter.sizes, (training, valid))
    trained = list(imap(work, enumerate(members), workers if len(members) > 1 else 1))
    network = Ensemble(trained).eval() if isinstance(inverter.network, Ensemble) else trained[0]
    adapted = replace(inverter, network=network, provenance=inverter.provenance | {"adapted_to": adapted_to})
    return Adapted(adapted, _agreement(inverter, kept), _agreement(adapted, kept), len(kept))


def _trained(
    params: TrainParams, sizes: Params, material: tuple[list[Frames], list[Frames]], member: tuple[int, nn.Module],
) -> nn.Module:
    """Return one network, given with its number, after training."""
    number, network = member
    return train(params.model_copy(update={"seed": params.seed + number}), sizes, *material, start=network).network


def _views(one: Heard, target: np.ndarray, inverter: Inverter) -> list[Frames]:
    """Return pieces of a recording with its motion as a target: from the acoustics alone, and with recognized phones."""
    made = []
    for first in range(0, len(target), _PIECE):
        piece = slice(first, first + _PIECE)
        for view, phones in (("acoustics", None), ("recognized", one.recognized[piece])):
            made.append(Frames(
                corpus="people", speaker="unknown", name=f"{one.name}_{first}_{view}", order=1, sentence="", part="train",
                rate=inverter.rate, acoustics=evidence.joined(one.acoustics[piece], phones), motion=target[piece],
            ))
    return made


def _agreement(inverter: Inverter, kept: Sequence[tuple[Heard, np.ndarray]]) -> float:
    """Return the mean correlation of what a model infers from acoustics alone with the targets."""
    rows = [metrics.pearson(target, inverter.predict(evidence.joined(one.acoustics, None))) for one, target in kept]
    return float(metrics.mean_over(np.stack(rows), "pearson").mean())
