"""An encoder from sound to the 13 controls of the tract: its synthetic pairs, its head, its steps on unlabelled speech.

Controls are in standard deviations of each speaker. A neutral woman or man who moves by them shows the coils and speaks.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from artinv.core import store
from artinv.core.channels import CHANNELS
from artinv.core.records import Frames, Utterance
from artinv.core.workspace import Workspace
from artinv.learn import losses, models
from artinv.learn.batches import Pool
from artinv.learn.inverter import Inverter
from artinv.learn.train import train
from artinv.learn.universal import UniversalParams, held_out_speakers
from artinv.phones import evidence
from artinv.phones.population import PopulationFeatureParams, augmented_frames
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track
from artinv.synth.corpus.population import STRETCHES, PopulationParams, person
from artinv.synth.fitting.prior import Prior
from artinv.synth.fitting.resynthesis import neutral_head
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.speaker.speakers import Speaker
from artinv.synth.tract.controls import BOUNDS
from artinv.synth.tract.render import Synth
from experiments.adapt_by_tract import predicted
from experiments.refine_by_tract import COILS
from experiments.tract_distance import PIECE, Recording, piece_of, spectral_distance, upsampled

PAIRS, PIECES, LR = 24, 4, 5e-4
"""Synthetic sentences and pieces of unlabelled speech in a step; learning rate of the first step."""

LIMITS, PRIOR = 1.0, 0.02
"""Weights of controls beyond their bounds and of the squared distance from the mean posture, relative to that of the distance."""

COLUMNS = COILS[: len(BOUNDS)]
"""Columns of a network's output that are controls here."""

STILL = 1e-3
"""A control of a smaller standard deviation is unknown."""

FOLDER = Path("out/encoder_by_tract")


@dataclass(frozen=True, eq=False)
class Head:
    """A neutral head that moves by controls in standard deviations."""

    synth: Synth
    prior: Prior

    @staticmethod
    @cache
    def of(woman: bool) -> "Head":
        """Return the neutral woman or man."""
        return Head(*neutral_head(woman))

    def controls(self, z: Tensor) -> Tensor:
        """Return the controls (..., 13)."""
        return self.prior.mean + z * self._std

    def coils(self, z: Tensor) -> Tensor:
        """Return the coils (..., 14), in standard deviations of the head."""
        return (self.synth.geometry.coils(self.controls(z)) - self.prior.coil_mean) / self.prior.coil_std

    def beyond(self, z: Tensor) -> Tensor:
        """Return the mean square of what controls exceed their bounds by, in standard deviations."""
        low, high = torch.tensor(list(BOUNDS.values())).T
        controls = self.controls(z)
        return (((low - controls).clamp(min=0) + (controls - high).clamp(min=0)) / self._std).square().mean()

    @property
    def _std(self) -> Tensor:
        return self.prior.root.square().sum(1).sqrt()


def with_controls(own: Speaker, seed: int, features: PopulationFeatureParams, utterance: Utterance) -> list[Frames]:
    """Return the frames of a sentence of the population of a seed; the columns of `COLUMNS` are the controls of its speaker."""
    text = sentence(f"{seed}/{own.name}", utterance.order)
    _, gestures, _ = compose(own, text, utterance.order, STRETCHES[(utterance.order - 1) % len(STRETCHES)])
    if len(gestures.controls) != len(utterance.coils):
        raise BadData("data/sim2real/people: the sentences are of other parameters; run `make sim2real`")
    moving = np.hstack([gestures.controls, np.ones((len(utterance.coils), 1))]).astype(np.float32)  # 14 columns, as of coils
    frames = augmented_frames(replace(utterance, coils=moving), features)
    return [replace(one, acoustics=evidence.joined(one.acoustics, None)) for one in frames]


def normalized(frames: Sequence[Frames]) -> Iterator[Frames]:
    """Yield the frames of one speaker with controls in standard deviations; all else is unknown."""
    controls = np.concatenate([one.motion[:, COLUMNS] for one in frames])
    mean, std = controls.mean(0), controls.std(0)
    for one in frames:
        motion = np.full((len(one.motion), len(CHANNELS)), np.nan, np.float32)
        motion[:, COLUMNS] = np.where(std > STILL, (one.motion[:, COLUMNS] - mean) / np.maximum(std, STILL), np.nan)
        yield replace(one, motion=motion)


def write_pairs(workspace: Workspace, folder: Path) -> None:
    """Write sound and controls of the whole population."""
    people, features = PopulationParams.load(workspace.params), PopulationFeatureParams.load(workspace.params)
    alone = features.model_copy(update={"phones": features.phones.model_copy(update={"kinds": ()})})
    names = store.speakers(workspace.people)
    with store.Writer(folder) as writer:
        for session in track(imap(partial(_session, workspace.people, people, alone), names), "pairs", len(names)):
            for frames in session:
                writer.add(frames)


def _session(folder: Path, people: PopulationParams, features: PopulationFeatureParams, name: str) -> list[Frames]:
    own = person(people, name)
    utterances = store.read(folder, Utterance, name.__eq__)
    return list(normalized([frames for one in utterances for frames in with_controls(own, people.seed, features, one)]))


def pairs(workspace: Workspace, *, valid: bool) -> list[Frames]:
    """Return the pairs of the validation speakers of the universal model, or of the others."""
    folder = workspace.root / FOLDER / "pairs"
    held_out = held_out_speakers(store.speakers(folder), UniversalParams.load(workspace.params))
    return [frames for frames in store.read(folder, Frames) if (frames.speaker in held_out) == valid]


def trained(workspace: Workspace, seed: int) -> float:
    """Train an encoder as a network of the universal model is trained, save it and return its validation loss."""
    params, training = UniversalParams.load(workspace.params), pairs(workspace, valid=False)
    sizes = models.get(params.train.model).Sizes.of(params.sizes, "sim2real.universal.sizes")
    found = train(params.train.model_copy(update={"seed": seed}), sizes, training, pairs(workspace, valid=True))
    width, rate = training[0].acoustics.shape[1], training[0].rate
    encoder = Inverter(model=params.train.model, sizes=sizes, n_in=width, rate=rate, network=found.network)
    encoder.save(_path(workspace, seed))
    return found.best.valid


def encoder_of(workspace: Workspace, seed: int) -> nn.Module:
    """Return the encoder that `trained` saved."""
    return Inverter.load(_path(workspace, seed)).network.eval()


def _path(workspace: Workspace, seed: int) -> Path:
    return workspace.root / FOLDER / f"{seed}.safetensors"


def adapted(
    network: nn.Module, known: Pool, sounds: Sequence[Recording], *, weight: float, seed: int, steps: int,
) -> tuple[nn.Module, list[float]]:
    """Return a copy of a network after steps on pairs and unlabelled sounds, and the spectral distance in dB of each step."""
    after, rng, history = copy.deepcopy(network).requires_grad_(requires_grad=True), np.random.default_rng(seed), []
    optimizer = torch.optim.Adam(after.parameters(), LR)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = LR * (1 - step / steps)
        optimizer.zero_grad(set_to_none=True)
        batch = known.batch(rng.integers(len(known), size=PAIRS))
        losses.combine(losses.terms(after(batch.acoustics, batch.lengths), batch.motion, batch.mask), 0.5).backward()
        chosen = [sounds[number] for number in rng.integers(len(sounds), size=PIECES)]
        starts = [int(rng.integers(max(len(one.breath.pitch) - PIECE, 0) // 4 + 1)) * 4 for one in chosen]
        db = [heard(after, one, first, weight) for one, first in zip(chosen, starts, strict=True)] if weight else [np.nan]
        nn.utils.clip_grad_norm_(after.parameters(), 1.0)
        optimizer.step()
        history.append(float(np.mean(db)))
    return after.requires_grad_(requires_grad=False), history


def heard(network: nn.Module, one: Recording, first: int, weight: float) -> float:
    """Add the gradients of the distance of one piece from its re-synthesis; return the distance in dB."""
    head, piece = Head.of(one.woman), piece_of(one, first)
    z = upsampled(predicted(network, one.acoustics)[:, COLUMNS], piece)
    controls = head.controls(z)
    distance = spectral_distance(head.synth, controls, one, piece)
    likely = head.prior.whitened(controls).square().mean()
    (weight / PIECES * (distance + LIMITS * head.beyond(z) + PRIOR * likely)).backward()
    return distance.item() * 10 / np.log(10)
