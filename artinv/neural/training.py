"""Train decoders: ridge in closed form, all others with the loop of `artinv.learn.loop`."""

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor

from artinv.core import random_draws
from artinv.learn.loop import LoopParams, Trained, autocast, descend, device_of, reproducible
from artinv.learn.training_state import Epoch
from artinv.neural import decoders, targets
from artinv.neural.decoder import MODES, Decoder, Mode, build
from artinv.neural.decoders import DecoderParams
from artinv.neural.decoders.ridge import Part
from artinv.neural.drift import Drift
from artinv.neural.layout import Layout
from artinv.neural.model import NeuralModel
from artinv.neural.records import RATE, Recording
from artinv.neural.session import Run, Session
from artinv.neural.sound_terms import SoundTerms, Term
from artinv.neural.weighting import Weighted
from artinv.runtime.errors import expected
from artinv.runtime.params import Params, ProfileParams

SHORTEST_DRIFT = 0.1
"""Least time over which a mean is subtracted, s; the mean of a frame or two would be the signal itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which decoder learns which target in which mode, written as `lstm causal articulation`."""

    decoder: str
    mode: Mode
    target: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Read the three words; raise ValueError where one is unknown."""
        words = text.split()
        known: tuple[list[str], ...] = decoders.names(), list(MODES), targets.names()
        if len(words) != len(known):
            raise ValueError(f"'{text}': expected a decoder, a mode and a target, such as 'lstm causal articulation'")
        for word, valid, kind in zip(words, known, ("decoder", "mode", "target"), strict=True):
            if word not in valid:
                raise ValueError(f"'{text}': unknown {kind} '{word}'; {expected(word, valid)}")
        return cls(words[0], MODES[MODES.index(words[1])], words[2])

    @property
    def name(self) -> str:
        """Return the name of its file and of its row in the tables."""
        return f"{self.decoder}_{self.mode}_{self.target}"


class TrainParams(LoopParams, ProfileParams):
    """Which decoders are trained, and how."""

    section: ClassVar[str] = "train"
    runs: list[str] = Field(min_length=1)  # each a decoder, a mode and a target; the first one is that of `artinv decode`
    drift: float = Field(ge=0, le=600)  # s over which the mean of each electrode is subtracted; 0: it is not
    latency: int = Field(ge=0, le=1000)  # frames by which causal and anticausal decoders may exceed their side
    window: int = Field(ge=16)  # frames of a training window
    warm: int = Field(ge=0)  # frames at the cut end of a window that are not learned from
    batch: int = Field(ge=1)  # windows
    tune_epochs: int = Field(ge=0)  # split.kind subject: epochs on own trials after those on other subjects; 0: none
    sound_terms: list[Term]  # terms of the loss that compare sounds, where the sound of the target has gradients
    sound_windows: int = Field(ge=1)  # windows of a step that are made into sound

    @field_validator("runs")
    @classmethod
    def _known(cls, runs: list[str]) -> list[str]:
        for text in runs:
            Choice.of(text)
        return runs

    @field_validator("drift")
    @classmethod
    def _long_enough(cls, drift: float) -> float:
        if 0 < drift < SHORTEST_DRIFT:
            raise ValueError(f"{drift:g} s is too short for a mean; set 0, or at least {SHORTEST_DRIFT:g}")
        return drift

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return what is trained."""
        return tuple(map(Choice.of, self.runs))

    def drift_of(self, mode: Mode) -> Drift:
        """Return what is subtracted from the signals of a decoder of this mode."""
        return Drift(round(self.drift * RATE), mode)


def fit(
    choice: Choice, recording: Recording, session: Session, params: TrainParams, sizes: DecoderParams, *,
    voice: str = "woman", origin: str = "", state: Path | None = None, before: NeuralModel | None = None,
) -> tuple[NeuralModel, Trained]:
    """Train one decoder of one subject; equal input gives equal weights.

    With `state`, an interrupted run resumes from that file (see `descend`). Training starts from the weights of `before`, if given.
    """
    if session.drift.frames and session.drift.mode != choice.mode:
        raise ValueError(f"drift was subtracted for a decoder that is {session.drift.mode}, not {choice.mode}")
    chosen, layout = sizes.sizes(choice.decoder), Layout.of(recording.places, len(recording.channels))
    device = device_of(params.device)
    with reproducible(params):
        network = build(choice.decoder, chosen, layout, len(session.names), mode=choice.mode, latency=params.latency)
        if before:
            network.load_state_dict(before.weights.state_dict())
        if hasattr(network.core, "fit"):
            error = network.core.fit(*(_parts(network, session, name) for name in ("train", "valid")))
            trained = Trained(network.eval(), (Epoch(1, error, error, 0.0),))
        else:
            if hasattr(network.core, "linear"):
                network.core.linear.fit(*(_parts(network, session, name) for name in ("train", "valid")))
                network.core.linear.requires_grad_(requires_grad=False)
            sounds = None
            if params.sound_terms and choice.target in targets.rendered():
                sounds = SoundTerms(choice.target, tuple(params.sound_terms), session, voice)
            saved = state, _mark(choice, chosen, params, session, network, sounds=sounds)
            trained = _descend(network.to(device), session, params, device, saved, sounds=sounds)
    weights = trained.network
    assert isinstance(weights, Decoder)
    provenance = {"origin": origin, "subject": recording.subject, "seed": str(params.seed)}
    return NeuralModel(
        decoder=choice.decoder, sizes=chosen, target=choice.target, names=session.names, layout=layout, channels=recording.channels,
        weights=weights, electrodes=session.electrodes, scale=session.scale, drift_frames=session.drift.frames,
        voice=voice, provenance=provenance,
    ), trained


def decoded(network: Decoder, signals: Tensor, run: Run) -> Tensor:
    """Return the outputs (T, P) of a run, on the CPU; frames outside the run count as missing."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        return network.eval().whole(signals[run[0]:run[1]].to(device)).float().cpu()


def windows(parts: list[Run], size: int, epoch: tuple[int, int]) -> list[tuple[Run, Run]]:
    """Return windows of at most `size` frames that cover all runs, each with its run, in random order.

    The first window of a run ends at a random frame, so that every epoch cuts elsewhere. `epoch`: seed and number of the epoch.
    """
    rng = random_draws.rng("neural windows", *epoch)
    made = []
    for start, end in parts:
        cuts = [start, *range(start + int(rng.integers(1, size + 1)), end, size), end]
        made += [((first, last), (start, end)) for first, last in pairwise(cuts)]
    return [made[place] for place in rng.permutation(len(made))]


def gather(session: Session, chosen: list[tuple[Run, Run]], params: TrainParams, mode: Mode) -> tuple[Tensor, Tensor, Tensor]:
    """Return signals (B, size, E), targets and known (B, size, P) of windows; a short window ends with zeros.

    Frames near a cut, which a decoder would see without their neighbours, are not known.
    """
    size, count = params.window, len(chosen)
    signals, targets_, known = (value.new_zeros(count, size, value.shape[1]) for value in
                                (session.signals, session.targets, session.known))
    for row, ((first, last), (start, end)) in enumerate(chosen):
        length = last - first
        for into, value in ((signals, session.signals), (targets_, session.targets), (known, session.known)):
            into[row, :length] = value[first:last]
        if first > start and mode != "anticausal":
            known[row, :params.warm] = False
        if last < end and mode != "causal":
            known[row, max(0, length - params.warm):length] = False
    return signals, targets_, known


def _descend(
    network: Decoder, session: Session, params: TrainParams, device: torch.device, saved: tuple[Path | None, str], *,
    sounds: SoundTerms | None = None,
) -> Trained:
    """Train by gradient: the squared error of standardized parameters, so that each weighs as much as its variance is small.

    Terms that compare sounds are added with learned weights. The best epoch is that with the least error of the parameters.
    """
    weighted = Weighted(network, 1 + len(sounds.names)).to(device) if sounds else None

    def batches(epoch: int) -> list[list[tuple[Run, Run]]]:
        order = windows(session.parts["train"], params.window, (params.seed, epoch))
        return [order[first:first + params.batch] for first in range(0, len(order), params.batch)]

    def terms(chosen: list[tuple[Run, Run]]) -> Tensor:
        signals, aims, known = (value.to(device) for value in gather(session, chosen, params, network.mode))
        with autocast(params, device):
            made = network(signals)
        error = torch.where(known, made.float() - aims, 0.0).square().sum()
        own = torch.stack([error, known.sum().to(error.dtype)])
        if sounds is None:
            return own
        count = params.sound_windows
        spoken = [window for window, _ in chosen[:count]]
        return torch.cat([own[None], sounds.sums(made[:count].float(), spoken, known[:count].any(-1)).to(device)])

    def validate() -> float:
        sums = torch.zeros(2, dtype=torch.float64)
        for first, last in session.parts["valid"]:
            error = decoded(network, session.signals, (first, last)) - session.targets[first:last]
            own = session.known[first:last]
            sums += torch.tensor([float(error[own].square().double().sum()), float(own.sum())])
        return float(sums[0] / sums[1].clamp(min=1))

    combine = weighted.combine if weighted else lambda sums: sums[0] / sums[1].clamp(min=1)
    trained = descend(weighted or network, params, batches=batches, terms=terms, combine=combine, validate=validate,
                      state=saved[0], mark=saved[1])
    return Trained(network, trained.curve)


def _parts(network: Decoder, session: Session, name: str) -> list[Part]:
    """Return the runs of a part in the direction of the network."""
    made = []
    for first, last in session.parts[name]:
        signals, aims, known = (value[None, first:last] for value in (session.signals, session.targets, session.known))
        made.append(Part(network.entered(signals)[0], network.turned(aims)[0], network.turned(known)[0]))
    return made


def _mark(
    choice: Choice, sizes: Params, params: TrainParams, session: Session, network: Decoder, *, sounds: SoundTerms | None,
) -> str:
    """Return a hash of everything that a training run depends on; sound and voice count only where sounds are compared."""
    digest = hashlib.blake2b(digest_size=16)
    unused = {"runs"} if sounds else {"runs", "sound_terms", "sound_windows"}
    own = [choice.name, sizes.model_dump(), params.model_dump(exclude=unused), torch.__version__, session.parts]
    digest.update(json.dumps([*own, sounds.manner.voice if sounds else ""], sort_keys=True).encode())
    heard = [session.sound] if sounds else []
    for value in (session.signals, session.targets, session.known, *heard, *network.state_dict().values()):
        digest.update(np.ascontiguousarray(value.cpu().numpy()).data)
    return digest.hexdigest()
