"""Construction of a scene from a sound file or from an utterance of the pipeline."""

import difflib
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from artinv.core.records import Frames, Utterance
from artinv.core.store import Reader, Record
from artinv.core.trajectory import Trajectory
from artinv.core.workspace import Workspace
from artinv.data.splits import Split
from artinv.data.stats import Stats
from artinv.formats import stream
from artinv.inversion import recording, speaker_statistics
from artinv.inversion.model import load
from artinv.inversion.phones import PhoneEvidence
from artinv.runtime.errors import BadData, BadParams, similar
from artinv.runtime.progress import track
from artinv.show.view import sagittal
from artinv.show.view.scene import LONGEST, Scene
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz
from artinv.signal.streaming import normalized_features

_PALATE_FROM = 100  # maximum number of utterances; more do not change the outline
_PHONES = {
    "labels": ("labels of the corpus", "given"), "aligned": ("transcript, aligned by the recognizer", "aligned"),
    "recognized": ("recognized in the sound", "recognized"),
}
"""Source of the phones in training -> source and manner of the phones of an utterance, as the page states them."""


def scene_of(target: str, workspace: Workspace, model: Path | None = None, *, start: float = 0.0, end: float = math.inf) -> Scene:
    """Return the scene of a sound file or, if there is no such file, of `corpus/speaker/name` in data/cleaned.

    Of a sound file, the part from `start` to `end` in s is shown.
    """
    if Path(target).is_file():
        return of_sound(Path(target), model, start, end)
    if len(parts := target.split("/")) == 3 and parts[0].strip(".") and (workspace.cleaned / parts[0]).is_dir():
        if start > 0 or end < math.inf:
            raise BadParams(f"{target}: --from and --to cut sound files; leave them out for an utterance")
        return of_utterance(parts[0], parts[1], parts[2], workspace, model)
    raise _unknown(Path(target), workspace)


def _unknown(target: Path, workspace: Workspace) -> BadData:
    """Return the error for a target that is neither a sound file nor an utterance."""
    if target.exists():
        return BadData(f"{target}: is no file; name a sound file")
    if target.is_absolute() or len(target.parts) != 3 or target.parent.exists() or target.suffix.lower() in stream.ENDINGS:
        return BadData(f"{target}: is missing; correct the name of the sound file")
    cure = "correct the name, or run `dvc repro`" if workspace.params.exists() else "correct the name"
    return BadData(f"{target}: is neither a sound file nor an utterance in {workspace.cleaned}; {cure}")


def of_sound(path: Path, model: Path | None = None, start: float = 0.0, end: float = math.inf) -> Scene:
    """Return a part of a sound file with the motion predicted from it, in millimetres of the average training speaker."""
    chosen = load(model)
    speaker = speaker_statistics.average(chosen.predictor)
    sound = np.concatenate(list(_short(path, start, end)))
    try:
        predicted, notes, phones = recording.invert_sound(sound, path.stem, chosen, speaker)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None
    if (channels := stream.header(path).channels) > 1:
        notes = (f"its {channels} channels are averaged", *notes)
    if start > 0 or end < math.inf:
        last = start + len(sound) / SOUND_RATE
        notes = (f"part of the recording, from {start:.2f} s to {last:.2f} s; times count from the start of this part", *notes)
    return of_trajectory(predicted, at_16_khz(sound, SOUND_RATE), notes, path.name, phones)


def of_trajectory(
    predicted: Trajectory, sound: np.ndarray, notes: tuple[str, ...], name: str = "", phones: PhoneEvidence | None = None,
) -> Scene:
    """Return the scene of a trajectory and its sound (samples,) at 16 kHz."""
    known = phones or PhoneEvidence()
    return Scene(
        name=name or predicted.name, sound=sound, sound_rate=SOUND_RATE, predicted=predicted, palate=np.zeros((0, 2)),
        palate_note="palate: typical adult, not of this speaker", notes=notes, phones=known.phones,
        phone_source=known.title, phone_manner=known.manner,
    )


def _short(path: Path, start: float, end: float) -> Iterator[np.ndarray]:
    """Yield the blocks of a part of a sound; reject a part that is too long before reading it to the end."""
    samples = 0
    for block in stream.blocks(path, SOUND_RATE, start=start, end=end):
        samples += len(block)
        if samples > LONGEST * SOUND_RATE:
            raise BadData(f"{path}: is longer than the limit of {LONGEST:.0f} s; choose a part with --from and --to")
        yield block


def of_utterance(corpus: str, speaker: str, name: str, workspace: Workspace, model: Path | None = None) -> Scene:
    """Return a cleaned utterance with its measured motion and the predicted motion, in millimetres of this speaker."""
    utterance = _reader(workspace.cleaned / corpus / f"{speaker}.npz", name, Utterance)[name]
    reader = _reader(workspace.features / corpus / f"{speaker}.npz", name, Frames)
    measured = Trajectory(name=name, rate=utterance.coil_rate, motion=reader[name].motion)
    path = model or workspace.inverter
    predicted: Trajectory | None = None
    phone_source = phone_manner = ""
    if model is not None or path.exists():
        notes = _caveats(utterance.id, path, workspace)
        predicted, (phone_source, phone_manner) = _predicted(utterance, path, workspace)
    else:
        notes = (f"{path} is missing: measured motion only",)
    chosen = reader.names[:: max(1, len(reader.names) // _PALATE_FROM)]
    every = np.concatenate([reader[id_].motion for id_ in track(chosen, f"palate of {speaker}", len(chosen))])
    return Scene(
        name=utterance.id, text=utterance.text or utterance.sentence, sound=utterance.sound,
        sound_rate=round(utterance.sound_rate), phones=utterance.phones, measured=measured,
        predicted=predicted, phone_source=phone_source, phone_manner=phone_manner,
        palate=sagittal.envelope(every), origin=utterance.origin, notes=notes,
        palate_note=f"palate: highest tongue positions in {len(chosen)} utterances of {speaker} (estimate)",
    )


def _predicted(utterance: Utterance, path: Path, workspace: Workspace) -> tuple[Trajectory, tuple[str, str]]:
    """Predict the motion of an utterance, in millimetres of its speaker; also return source and manner of the phones, if any."""
    model, speaker = load(path), utterance.speaker
    frames = _reader(workspace.normalized / utterance.corpus / f"{speaker}.npz", utterance.name, Frames)[utterance.name]
    stats = Stats.load(workspace.stats / utterance.corpus / f"{speaker}.npz")
    own = model.facts.normalization == "speaker"
    values = len(stats.acoustic_mean)
    acoustics = frames.acoustics[:, :values] if own else normalized_features(utterance.sound, model.facts.rate, model.features)
    phones = frames.acoustics[:, values:] if own and model.facts.evidence and frames.acoustics.shape[1] > values else None
    try:
        scale = stats.mean_of(frames.name), stats.motion_std
        motion = recording.infer(frames.name, model, acoustics, len(frames.motion), whose=speaker, scale=scale, phones=phones)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None
    return motion, _PHONES.get(model.facts.source, ("", "")) if phones is not None and phones.any() else ("", "")


def _caveats(id_: str, path: Path, workspace: Workspace) -> tuple[str, ...]:
    """Return a note if the model of the last `dvc repro` was trained with this utterance; unknown for other models."""
    if path.resolve() != workspace.inverter.resolve() or not workspace.split.exists():
        return ()
    split = Split.load(workspace.split)
    if id_ in split.train or id_ in split.valid:
        return ("the model was trained with this utterance; choose a test utterance to judge the model",)
    return () if id_ in split.test else ("this utterance is not in the split that the model was trained with",)


def _reader(path: Path, name: str, kind: type[Record]) -> Reader[Record]:
    """Open the store of a speaker, and check that it contains the utterance."""
    if not path.exists():
        speakers = sorted(file.stem for file in path.parent.glob("[!.]*.npz"))
        hint = similar(path.stem, speakers)
        raise BadData(f"{path}: is missing; expected one of the speakers {speakers}, or run `dvc repro`{hint}")
    reader = Reader(path, kind)
    if name not in reader.names:
        near = difflib.get_close_matches(name, reader.names, 3, 0) or ["nothing"]
        raise BadData(f"{path}: no utterance '{name}' among {len(reader)}, similar names: {', '.join(near)}; correct the name")
    return reader
