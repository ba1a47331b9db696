"""Decode a recording of the brain: parameters of speech in each frame, their sound, and how much each electrode matters."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from artinv.core.channels import CHANNELS
from artinv.core.files import write_text
from artinv.core.trajectory import Trajectory
from artinv.formats import sound as sounds
from artinv.inversion import export, speaker_statistics
from artinv.inversion import model as inversion
from artinv.inversion import recording as inverting
from artinv.inversion.phones import ALONE
from artinv.neural import targets
from artinv.neural.model import NeuralModel
from artinv.neural.records import RATE, SAMPLES, SOUND_RATE, Recording
from artinv.runtime.parallel import imap

PIECE = 1250
"""Frames of a piece of a recording without trials, 10 s; each piece is spoken on its own."""

_PEAK = 0.9
_SENSED = 7500  # frames in which the importance of electrodes is measured, 1 minute
_TOGETHER = 8  # electrodes that are silenced in one batch of a recurrent network, which is slow on a single signal
_SHORT = 3750  # frames, 30 s; more than that is spoken by all cores


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What was decoded from a recording."""

    subject: str
    names: tuple[str, ...]  # P
    values: np.ndarray  # (T, P) float32 in the units of the target
    sound: np.ndarray  # (128 T,) float32, silent between trials
    importance: np.ndarray  # (E,) mean squared change of the standardized parameters where an electrode is silenced
    trajectory: Trajectory  # of the mouth: decoded, or inferred from the decoded sound
    note: str  # where the trajectory comes from


def decode(recording: Recording, model: NeuralModel, digest: str = "", spoken: tuple[float, float] | None = None) -> Decoded:
    """Decode a recording; `digest` are digits of the hash of the model's file.

    `spoken` are two times in s: only trials that overlap the part between them are made into sound. None: all trials.
    """
    model.check(recording)
    signals = model.standardized(recording)
    values = model.decode(signals)
    first, last = spoken or (0.0, recording.frames / RATE)
    pieces = [(start, end) for start, end in pieces_of(recording) if start < last * RATE and end > first * RATE]
    sound = speak(values, model, pieces)
    if model.names == CHANNELS:
        motion, note = values, "trajectories: decoded from the brain signals"
        title, origin = " ".join(filter(None, (model.decoder, digest))), model.provenance.get("origin", "")
        speaker = f"{recording.subject}, target {model.target}"
        trajectory = Trajectory(name=recording.subject, rate=RATE, motion=motion, model=title, trained_on=origin, speaker=speaker)
    else:
        loaded = inversion.load()
        average = speaker_statistics.average(loaded.predictor)
        trajectory = inverting.invert_sound(sound, recording.subject, loaded, average, ALONE).trajectory
        note = "trajectories: inferred from the decoded sound"
    return Decoded(recording.subject, model.names, values, sound, sensitivity(model, signals), trajectory, note)


def sensitivity(model: NeuralModel, signals: torch.Tensor) -> np.ndarray:
    """Return the mean squared change (E,) of the standardized parameters where each electrode is silenced; needs no truth."""
    part = signals[:_SENSED]
    electrodes, changes = torch.arange(part.shape[1]), []
    with torch.inference_mode():
        whole = model.weights(part[None])
        for chosen in electrodes.split(_TOGETHER if model.weights.core.reach is None else 1):
            silenced = part.repeat(len(chosen), 1, 1)
            silenced[torch.arange(len(chosen)), :, chosen] = 0
            changes.append((model.weights(silenced) - whole).square().mean((1, 2)))
    return torch.cat(changes).double().numpy()


def write(folder: Path, decoded: Decoded) -> list[Path]:
    """Write the parameters as CSV, the trajectories as npz and the sound as WAV; return the files."""
    paths = [folder / f"{decoded.subject}_decoded.{ending}" for ending in ("csv", "npz", "wav")]
    lines = [",".join(["time", *decoded.names])]
    lines += [",".join([f"{frame / RATE:.3f}", *(f"{value:.5g}" for value in row)]) for frame, row in enumerate(decoded.values)]
    write_text(paths[0], "\n".join(lines) + "\n")
    export.write(paths[1], decoded.trajectory)
    sounds.write(paths[2], sounds.to_int16(decoded.sound), SOUND_RATE)
    return paths


def part_of(decoded: Decoded, start: float, end: float) -> tuple[Trajectory, np.ndarray]:
    """Return the trajectory and the sound between two times in s."""
    first, last = round(start * RATE) * SAMPLES, round(end * RATE) * SAMPLES
    own = decoded.trajectory
    motion = own.motion[round(start * own.rate):round(end * own.rate) + 1]
    return Trajectory(name=own.name, rate=own.rate, motion=motion, model=own.model, trained_on=own.trained_on,
                      speaker=own.speaker), decoded.sound[first:last]


def pieces_of(recording: Recording) -> list[tuple[int, int]]:
    """Return the first frame of each trial and the frame after its last one; those of pieces of 10 s where there are no trials."""
    frames = recording.frames
    pieces = [(trial.start, trial.end) for trial in recording.trials]
    return pieces or [(start, min(start + PIECE, frames)) for start in range(0, frames, PIECE)]


def speak(values: np.ndarray, model: NeuralModel, pieces: list[tuple[int, int]]) -> np.ndarray:
    """Return the sound (128 T,) of values (T, P), silent outside the pieces; equal bytes for any number of cores."""
    sound = np.zeros(len(values) * SAMPLES, np.float32)
    workers = 0 if sum(end - start for start, end in pieces) > _SHORT else 1
    made = imap(partial(_spoken, model.target, model.manner), (values[start:end] for start, end in pieces), workers)
    for (start, end), own in zip(pieces, made, strict=True):
        sound[start * SAMPLES:end * SAMPLES] = own
    peak = float(np.abs(sound).max())
    return sound * (_PEAK / peak) if peak > _PEAK else sound


def _spoken(target: str, manner: targets.Manner, values: np.ndarray) -> np.ndarray:
    """Return the sound of the values of one piece; runs on any core."""
    torch.set_num_threads(1)
    return targets.get(target).sound(values, manner)
