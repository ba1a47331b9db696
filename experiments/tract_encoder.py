"""An encoder from sound to the 13 controls of the tract: its synthetic pairs, its head, its steps on unlabelled speech.

Controls are in standard deviations of each speaker; a neutral head converts them to coils and to sound.
"""

import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

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
from artinv.signal.resample import at_frames
from artinv.synth.corpus.population import STRETCHES, PopulationParams, person
from artinv.synth.fitting.prior import Prior
from artinv.synth.fitting.resynthesis import head_of, neutral_speaker
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.speaker.speakers import Speaker
from artinv.synth.tract.controls import BOUNDS, FRAME_RATE
from artinv.synth.tract.render import Synth
from experiments.adapt_by_tract import predicted
from experiments.refine_by_tract import COILS
from experiments.tract_distance import PIECE, Recording, piece_of, spectral_distance, upsampled

Kind = Literal["controls", "motion"]
"""What a network learns: the controls, or, for comparison, the motion."""

PAIRS, PIECES, LR = 24, 4, 5e-4
"""Synthetic sentences and pieces of unlabelled speech in a step; learning rate of the first step."""

LIMITS, PRIOR = 1.0, 0.02
"""Weights of controls beyond their bounds and of the squared distance from the mean posture, relative to that of the distance."""

COLUMNS = COILS[: len(BOUNDS)]
"""Columns of frames and of a network's output that hold the controls; they stand there in the place of coil coordinates."""

STILL = 1e-3
"""A column of a smaller standard deviation is unknown."""

SENTENCES = 20
"""Sentences that give the statistics of a head."""

FOLDER = Path("out/encoder_by_tract")


@dataclass(frozen=True, eq=False)
class Head:
    """A neutral head that moves by controls in standard deviations."""

    synth: Synth
    prior: Prior
    mean: Tensor  # (13,) of the controls
    std: Tensor  # (13,)
    coil_mean: Tensor  # (14,) mm
    coil_std: Tensor  # (14,) mm

    @classmethod
    def neutral(cls, features: PopulationFeatureParams, woman: bool) -> "Head":
        """Return the neutral woman or man, with the statistics of frames like those of the pairs."""
        speaker = neutral_speaker(woman=woman)
        synth, prior = head_of(speaker)
        frames = torch.from_numpy(np.concatenate([_frames(speaker, order, features) for order in range(1, SENTENCES + 1)]))
        coils = synth.geometry.coils(frames)
        return cls(synth, prior, frames.mean(0), frames.std(0), coils.mean(0), coils.std(0))

    def controls(self, z: Tensor) -> Tensor:
        """Return the controls (..., 13)."""
        return self.mean + z * self.std

    def coils(self, z: Tensor) -> Tensor:
        """Return the coils (..., 14), in standard deviations of the head."""
        return (self.synth.geometry.coils(self.controls(z)) - self.coil_mean) / self.coil_std

    def excess(self, z: Tensor) -> Tensor:
        """Return the mean square by which controls exceed their bounds, in standard deviations."""
        low, high = torch.tensor(list(BOUNDS.values())).T
        controls = self.controls(z)
        return (((low - controls).clamp(min=0) + (controls - high).clamp(min=0)) / self.std).square().mean()


def _frames(speaker: Speaker, order: int, features: PopulationFeatureParams) -> np.ndarray:
    """Return the controls (K, 13) of a sentence, low-passed, at the rate and with the mean margin of the pairs."""
    timed, gestures, _ = compose(speaker, sentence("prior", order), order, STRETCHES[(order - 1) % len(STRETCHES)])
    margin = float(np.mean(features.margin))
    last = (len(gestures.controls) - 1) / FRAME_RATE
    ends = max(timed.segments[0].end - margin, 0.0), min(timed.segments[-1].start + margin, last)
    times = np.arange(int(ends[0] * features.rate), int(ends[1] * features.rate) + 1) / features.rate
    return at_frames(gestures.controls.astype(float), FRAME_RATE, 0.0, times, features.cutoff)


def with_controls(own: Speaker, seed: int, features: PopulationFeatureParams, utterance: Utterance) -> list[Frames]:
    """Return the frames of a sentence of the population with this seed; the columns of `COLUMNS` are the controls."""
    text = sentence(f"{seed}/{own.name}", utterance.order)
    _, gestures, _ = compose(own, text, utterance.order, STRETCHES[(utterance.order - 1) % len(STRETCHES)])
    if text.text != utterance.text or len(gestures.controls) != len(utterance.coils):
        raise BadData("data/sim2real/people: the sentences are of other parameters; run `make sim2real`")
    moving = np.hstack([gestures.controls, np.ones((len(utterance.coils), 1))]).astype(np.float32)  # 14 columns, as of coils
    return augmented_frames(replace(utterance, coils=moving), features)


def normalized(frames: Sequence[Frames], columns: Sequence[int]) -> Iterator[Frames]:
    """Yield the frames of one speaker with some columns of the motion in standard deviations; the others are unknown."""
    known = np.concatenate([one.motion[:, columns] for one in frames])
    mean, std = known.mean(0), known.std(0)
    for one in frames:
        motion = np.full((len(one.motion), len(CHANNELS)), np.nan, np.float32)
        motion[:, columns] = np.where(std > STILL, (one.motion[:, columns] - mean) / np.maximum(std, STILL), np.nan)
        yield replace(one, motion=motion)


def write_pairs(workspace: Workspace) -> None:
    """Write sound and controls of the whole population."""
    people, features = PopulationParams.load(workspace.params), PopulationFeatureParams.load(workspace.params)
    alone = features.model_copy(update={"phones": features.phones.model_copy(update={"kinds": ()})})
    names, folder = store.speakers(workspace.people), workspace.root / FOLDER / "controls"
    shutil.rmtree(folder, ignore_errors=True)
    with store.Writer(folder) as writer:
        for session in track(imap(partial(_session, workspace.people, people, alone), names), "pairs", len(names)):
            for frames in session:
                writer.add(frames)


def _session(folder: Path, people: PopulationParams, features: PopulationFeatureParams, name: str) -> list[Frames]:
    own = person(people, name)
    return [frames for utterance in store.read(folder, Utterance, name.__eq__)
            for frames in with_controls(own, people.seed, features, utterance)]


def pairs(workspace: Workspace, kind: Kind, *, valid: bool) -> list[Frames]:
    """Return the pairs of the validation speakers of the universal model, or of the others; sound has no phones beside it."""
    folder = workspace.people_features if kind == "motion" else workspace.root / FOLDER / "controls"
    kinds = PopulationFeatureParams.load(workspace.params).phones.kinds if kind == "motion" else ()
    columns = range(len(CHANNELS)) if kind == "motion" else COLUMNS
    held_out = held_out_speakers(store.speakers(folder), UniversalParams.load(workspace.params))
    frames = store.read(folder, Frames, lambda name: (name in held_out) == valid)
    return [
        replace(one, acoustics=evidence.joined(evidence.split(one.acoustics, kinds)[evidence.ACOUSTICS], None))
        for _, own in groupby(frames, lambda frames: frames.speaker) for one in normalized(list(own), columns)
    ]


def trained(workspace: Workspace, work: tuple[Kind, int]) -> float:
    """Train and save one network of the universal model's size on one kind, with a seed; return its validation loss."""
    (kind, seed), params = work, UniversalParams.load(workspace.params)
    training = pairs(workspace, kind, valid=False)
    sizes = models.get(params.train.model).Sizes.of(params.sizes, "sim2real.universal.sizes")
    best = train(params.train.model_copy(update={"seed": seed}), sizes, training, pairs(workspace, kind, valid=True))
    width, rate = training[0].acoustics.shape[1], training[0].rate
    network = Inverter(model=params.train.model, sizes=sizes, n_in=width, rate=rate, network=best.network)
    network.save(_path(workspace, kind, seed))
    return best.best.valid


def network_of(workspace: Workspace, kind: Kind, seed: int) -> nn.Module:
    """Return the network that `trained` saved."""
    return Inverter.load(_path(workspace, kind, seed)).network.eval()


def _path(workspace: Workspace, kind: Kind, seed: int) -> Path:
    return workspace.root / FOLDER / f"{kind}-{seed}.safetensors"


class Steps(NamedTuple):
    """How an encoder learns from unlabelled speech."""

    weight: float  # of the spectral distance, a natural logarithm, beside the loss of the pairs
    count: int
    seed: int
    alpha: float  # of the loss of the pairs


def adapted(
    network: nn.Module, known: Pool, sounds: Sequence[Recording], heads: Callable[[bool], Head], steps: Steps,
) -> nn.Module:
    """Return a copy of an encoder after steps on pairs and unlabelled sounds; equal seeds draw equal pairs and pieces."""
    after, rng = copy.deepcopy(network).requires_grad_(requires_grad=True), np.random.default_rng(steps.seed)
    optimizer = torch.optim.Adam(after.parameters(), LR)
    for step in range(steps.count):
        optimizer.param_groups[0]["lr"] = LR * (1 - step / steps.count)
        optimizer.zero_grad(set_to_none=True)
        batch = known.batch(rng.integers(len(known), size=PAIRS))
        sums = losses.terms(after(batch.acoustics, batch.lengths), batch.motion, batch.mask)
        losses.combine(sums, steps.alpha).backward()
        chosen = [sounds[number] for number in rng.integers(len(sounds), size=PIECES)]
        starts = [int(rng.integers(max(len(one.breath.pitch) - PIECE, 0) // 4 + 1)) * 4 for one in chosen]
        for sound, first in zip(chosen, starts, strict=True) if steps.weight else ():
            distance, penalty = resynthesis(after, sound, first, heads(sound.woman))
            (steps.weight / PIECES * (distance + penalty)).backward()
        nn.utils.clip_grad_norm_(after.parameters(), 1.0)
        optimizer.step()
    return after.requires_grad_(requires_grad=False)


def resynthesis(network: nn.Module, sound: Recording, first: int, head: Head) -> tuple[Tensor, Tensor]:
    """Return the distance of a piece from its re-synthesis, a natural logarithm, and the penalty for unusual controls."""
    piece = piece_of(sound, first)
    z = upsampled(predicted(network, sound.acoustics)[:, COLUMNS], piece)
    controls = head.controls(z)
    penalty = LIMITS * head.excess(z) + PRIOR * head.prior.whitened(controls).square().mean()
    return spectral_distance(head.synth, controls, sound, piece), penalty
