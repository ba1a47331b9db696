"""Adapt a model to people from their sound alone: motion inferred with phones is the target of motion inferred without.

A recognizer has learned from real speech, the model has not. So with recognized phones the model follows people better than by the
acoustics alone, and its own motion with phones is a target that needs no articulograph.
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
from artinv.predict.facts import Facts
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import imap
from artinv.runtime.params import Params
from artinv.runtime.progress import track

STEPS = 200
"""Gradient steps, if so many are at least one pass over all recordings."""

KEPT_OUT = 8
"""Every so many pieces one is kept out, to choose the epoch and to state the result."""

PIECE = 400  # frames at most; longer recordings are divided
_BATCH = 2000  # frames


@dataclass(frozen=True, slots=True)
class AdaptedToSound:
    """A model after it has learned from sound, and how near its motion from sound alone is to the targets, in pieces kept out."""

    inverter: Inverter
    before: float  # mean Pearson
    after: float


def check(facts: Facts, origin: object) -> None:
    """Raise an error if a model does not infer both with recognized phones and without; `origin` names it in messages."""
    if not facts.evidence or facts.source:
        raise BadParams(f"{origin}: does not infer with phones as well as without; use the model that artinv comes with")


def adapt_to_sound(
    inverter: Inverter, recordings: Sequence[Heard], *, description: str = "", seed: int = 0, workers: int = 0,
) -> AdaptedToSound:
    """Return the model adapted to at least two recordings, or a long one; equal recordings in equal order give equal bytes.

    `description` of the recordings becomes part of the model's provenance.
    """
    pieces = [piece for recording in recordings for piece in _pieces(inverter, recording)]
    training = [view for number, piece in enumerate(pieces) if number % KEPT_OUT for view in _views(piece, number, inverter.rate)]
    kept = pieces[::KEPT_OUT]
    valid = [view for number, piece in enumerate(kept) for view in _views(piece, number, inverter.rate)]
    frames = sum(len(view.acoustics) for view in training)
    params = TrainParams(
        model=inverter.model, batch_frames=_BATCH, alpha=0.5, epochs=max(1, round(STEPS * _BATCH / frames)), lr=1e-3,
        schedule="linear", halve_after=1, stop_after=1, clip=1.0, seed=seed, threads=1, device="cpu", precision="float32",
    )
    members = [*inverter.network.members] if isinstance(inverter.network, Ensemble) else [inverter.network]
    work = partial(_trained, params, inverter.sizes, (training, valid))
    trained = list(track(imap(work, enumerate(members), workers if len(members) > 1 else 1), "train", len(members)))
    network = Ensemble(trained).eval() if isinstance(inverter.network, Ensemble) else trained[0]
    known = "; ".join(filter(None, [inverter.provenance.get("adapted_to"), description]))
    adapted = replace(inverter, network=network, provenance=inverter.provenance | {"adapted_to": known})
    return AdaptedToSound(adapted, _agreement(inverter, kept), _agreement(adapted, kept))


def _trained(
    params: TrainParams, sizes: Params, material: tuple[list[Frames], list[Frames]], member: tuple[int, nn.Module],
) -> nn.Module:
    """Return one network, given with its number, after training."""
    number, network = member
    return train(params.model_copy(update={"seed": params.seed + number}), sizes, *material, start=network).network


def _pieces(inverter: Inverter, recording: Heard) -> list[tuple[Heard, np.ndarray]]:
    """Return equal parts of a recording, each with the motion inferred with phones from the whole."""
    target = evidence.predicted(inverter.predict, recording.acoustics, recording.phones)
    count = -(-len(target) // PIECE)
    arrays = (recording.acoustics, recording.recognized, recording.phones, target)
    parts = zip(*(np.array_split(values, count) for values in arrays), strict=True)
    return [(Heard(*values), motion) for *values, motion in parts]


def _views(piece: tuple[Heard, np.ndarray], number: int, rate: float) -> list[Frames]:
    """Return a piece twice, with its motion as the target: its acoustics alone, and with recognized phones."""
    heard, target = piece
    return [
        Frames(corpus="sound", speaker="unknown", name=f"{number}_{view}", order=number, sentence="", part="train", rate=rate,
               acoustics=evidence.joined(heard.acoustics, phones), motion=target)
        for view, phones in (("acoustics", None), ("recognized", heard.recognized))
    ]


def _agreement(inverter: Inverter, kept: Sequence[tuple[Heard, np.ndarray]]) -> float:
    """Return the mean correlation of what a model infers from acoustics alone with the targets."""
    rows = [metrics.pearson(target, inverter.predict(evidence.joined(heard.acoustics, None))) for heard, target in kept]
    return float(metrics.mean_over(np.stack(rows), "pearson").mean())
