"""Invert many recordings: list the output files, keep those that are up to date, and distribute the work over the cores.

An output file is up to date if it is not older than its sound and the hash `made` in its header matches the model, the statistics,
the artinv version and the size of the sound. This information is in the output itself; there is no separate index.
"""

import hashlib
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from artinv import __version__
from artinv.core.files import abandoned_name
from artinv.corpora.native import folder
from artinv.formats import stream
from artinv.inversion import export, labels, recording
from artinv.inversion.model import Model, load
from artinv.inversion.phones import Known
from artinv.inversion.speaker_statistics import SpeakerStatistics
from artinv.runtime.errors import ArtinvError, BadData, reason
from artinv.runtime.parallel import imap
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz

SMALL = 30_000_000
"""Bytes of sound below which one process is faster than several."""

_LABELS = ".TextGrid"


class ModelChanged(BadData):
    """The model file has changed or disappeared during the run, so that no later recording can be inverted."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording and its output files in the folder `out`."""

    sound: Path
    out: Path
    targets: tuple[Path, ...] = ()
    fault: str = ""  # why it cannot be inverted; empty if it can
    known: Known = field(default_factory=Known)  # words or phones of this recording


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a job."""

    job: Job
    status: str  # made, kept (up to date from an earlier run) or failed
    frames: int = 0
    seconds: float = 0.0  # time of the last frame
    error: str = ""
    notes: tuple[str, ...] = ()
    channels: int = 1
    phones: str = ""  # source of the phones that were used


@dataclass(frozen=True, slots=True)
class Settings:
    """The model and the speaker statistics of all jobs."""

    model: Path
    digest: str  # SHA-256 of the model file
    speaker: SpeakerStatistics = field(repr=False)
    evidence: tuple[str, ...] = ()  # kinds of evidence of phones that the model takes from a recognizer

    def made(self, sound: Path, label_file: Path | None = None, known: bytes = b"") -> str:
        """Return a hash of all that a result depends on, except the content of the sound; its file time stands for that.

        `known` stands for words or phones that are known of the recording.
        """
        text = f"{__version__} {self.digest} {self.speaker.digest} {self.speaker.title} {sound.stat().st_size}"
        content = b"" if label_file is None else label_file.read_bytes()
        return hashlib.sha256(text.encode("utf-8", "surrogateescape") + content + known).hexdigest()[:12]


def list_jobs(sounds: Sequence[Path], out: Path, formats: Sequence[str]) -> list[Job]:
    """Return a job for each sound file in `sounds`, which names files and folders; the structure of folders is kept.

    `a.wav` becomes `a.csv`. If two outputs would have the same name, as those of `a.wav` and `a.flac`, each keeps the whole name of
    its sound, `a.wav.csv` and `a.flac.csv`. If these clash too, their jobs get a fault.
    """
    recordings = {(relative, os.path.realpath(path)): path for path, relative in _recordings(sounds, out)}
    bases = {key: key[0].with_name(key[0].stem) for key in recordings}
    while clashing := [key for key in _clashes(bases) if bases[key] != key[0]]:
        bases |= {key: key[0] for key in clashing}
    clashes, inputs, jobs = _clashes(bases), {os.path.realpath(path) for path in recordings.values()}, []
    for key, path in recordings.items():
        targets, fault = tuple(out / bases[key].with_name(f"{bases[key].name}.{ending}") for ending in formats), ""
        if key in clashes:
            fault = f"{path}: would become the same file as {recordings[clashes[key]]}; invert them into two folders"
        elif any(os.path.realpath(target) in inputs for target in targets):
            fault = f"{path}: would overwrite a recording; choose another folder with -o"
        jobs.append(Job(path, out, targets, fault))
    return jobs


def sounds_in(place: Path, leave_out: Path | None = None) -> list[Path]:
    """Return the sound files in a folder; follow links; skip hidden files and the folder `leave_out` if it lies within `place`."""
    sounds = (path for path in folder.walk(place) if path.suffix.lower() in stream.ENDINGS)
    inside = None if leave_out is None or _within(place, leave_out) else leave_out  # `place` may be `leave_out` or a folder in it
    return [path for path in sounds if not (inside and _within(path, inside))]


def run(jobs: Sequence[Job], settings: Settings) -> Iterator[Done]:
    """Yield the result of each job, in order; skip outputs that are up to date.

    A fault ends its own job only; a change of the model ends the run.
    """
    _sweep(jobs)
    size = sum(job.sound.stat().st_size for job in jobs if job.sound.is_file())
    try:
        yield from imap(partial(_do, settings=settings), jobs, 1 if size < SMALL or len(jobs) < 2 else 0)
    except BrokenExecutor:
        raise BadData("a worker process died, probably out of memory; run the same command again to resume") from None


def calibration(sounds: Sequence[Path], model: Model) -> Iterator[tuple[Path, np.ndarray | str]]:
    """Yield each recording with the sums over its speech (`RecordingFeatures.sums`), or with a message why it has none."""
    return zip(sounds, imap(partial(_sums, model=model), sounds, 1 if len(sounds) < 20 else 0), strict=True)


def _recordings(sounds: Sequence[Path], out: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each sound file with its path relative to OUT; a path without sound files is yielded itself."""
    for path in sounds:
        inside = sounds_in(path, out) if path.is_dir() else []
        yield from ((sound, sound.relative_to(path)) for sound in inside)
        if not inside:
            yield path, Path(path.name or "folder")


def _clashes(bases: dict) -> dict:
    """Return each key whose output clashes -> the other key; names that differ only in case or Unicode form clash on some disks."""
    groups = defaultdict(list)
    for key, base in bases.items():
        groups[unicodedata.normalize("NFC", str(base)).casefold()].append(key)
    return {key: group[group[0] == key] for group in groups.values() if len(group) > 1 for key in group}


def _do(job: Job, settings: Settings) -> Done:
    try:
        if job.fault:
            raise BadData(job.fault)
        return _done(job, settings)
    except ModelChanged:
        raise
    except ArtinvError as error:
        return Done(job, "failed", error=str(error))
    except MemoryError:
        return Done(job, "failed", error=f"{job.sound}: needs more memory than is available; cut it into pieces")
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        fault = f"cannot be inverted ({reason(error)}{where})"
        return Done(job, "failed", error=f"{job.sound}: {fault}; repair this and run the command again")


def _done(job: Job, settings: Settings) -> Done:
    if job.sound.is_dir():
        if sounds_in(job.sound):
            raise BadData(f"{job.sound}: contains sound files only in {job.out}, the folder for results; name that folder as SOUND")
        raise BadData(f"{job.sound}: contains no sound files; the names of sound files end in {', '.join(sorted(stream.ENDINGS))}")
    channels = stream.header(job.sound).channels
    targets = [target for target in job.targets if not labels.is_of_user(target)]  # the others count as up to date
    label_file = labels.find(job.sound) if any(target.suffix == _LABELS for target in targets) else None
    known = job.known.key(settings.evidence)
    made = {target: settings.made(job.sound, label_file if target.suffix == _LABELS else None, known) for target in targets}
    outdated = tuple(target for target in targets if not _is_done(target, job.sound, made[target]))
    if not outdated:
        length = _length(export.facts(targets[0])) if targets else (0, 0.0)
        assert length is not None  # see `_is_done`
        return Done(job, "kept", *length)
    for target in outdated:
        if not _within(target.parent, job.out):
            raise BadData(f"{target}: a link leads out of {job.out}; remove the link")
        if _is_foreign(target):
            raise BadData(f"{target}: exists and is not a trajectory of artinv; move it away, or choose another folder with -o")
    model = _model(settings.model, settings.digest)
    trajectory, notes, phones = recording.invert(job.sound, model, settings.speaker, known=job.known)
    trajectory = replace(trajectory, name=job.sound.stem)
    sound_time = job.sound.stat().st_mtime_ns
    sound = _sound(job.sound) if any(map(export.needs_sound, outdated)) else None
    beside = labels.read(label_file).with_tiers(phones.tiers, phones.manner)
    for target in outdated:
        export.write(target, trajectory, made[target], sound, beside, phones=phones.title)
        if target.stat().st_mtime_ns < sound_time:  # the clock is, or was, wrong
            os.utime(target, ns=(sound_time, sound_time))
    frames = len(trajectory.motion)
    return Done(job, "made", frames, (frames - 1) / trajectory.rate, notes=notes, channels=channels, phones=phones.title)


def _sound(path: Path) -> np.ndarray:
    """Return the whole sound, (samples,) float32 at 16 kHz."""
    return at_16_khz(np.concatenate(list(stream.blocks(path, SOUND_RATE))), SOUND_RATE)


def _sums(sound: Path, model: Model) -> np.ndarray | str:
    try:
        features = recording.compute_features(sound, model)
    except ArtinvError as error:
        return str(error)
    return features.sums() if features.speech.any() else f"{sound}: no speech detected; the recording is not used"


@lru_cache(maxsize=1)
def _model(path: Path, digest: str) -> Model:
    """Load the model with this digest once per process."""
    try:
        model = load(path)
    except BadData as error:
        fault = f"{str(error).partition('; ')[0]} since the run began"
        raise ModelChanged(f"{fault}; restore it, then run the same command again to resume") from None
    if model.digest != digest:
        raise ModelChanged(f"{path}: changed during the run; run the same command again")
    return model


def _is_done(target: Path, sound: Path, made: str) -> bool:
    try:
        fresh = target.stat().st_mtime_ns >= sound.stat().st_mtime_ns
    except OSError:
        return False
    known = export.facts(target)
    return fresh and known.get("made") == made and _length(known) is not None


def _length(known: dict[str, str]) -> tuple[int, float] | None:
    """Return the number of frames and the time of the last one in s; None if the header is incomplete or edited."""
    try:
        frames, rate = int(known["frames"]), float(known["rate"])
        return (frames, (frames - 1) / rate) if frames > 0 and 0 < rate < float("inf") else None
    except (KeyError, ValueError, ArithmeticError):
        return None


def _is_foreign(target: Path) -> bool:
    """Return whether a file was not made by artinv, such as a table of measured positions; links are replaced, not followed."""
    has_content = target.is_file() and not target.is_symlink() and target.stat().st_size
    return bool(has_content) and not export.facts(target).get("by", "").startswith("artinv ")


def _within(place: Path, out: Path) -> bool:
    """Return whether a path, links followed, lies in the folder for results or is that folder."""
    return place.resolve().is_relative_to(out.resolve())


def _sweep(jobs: Sequence[Job]) -> None:
    """Remove partial files of processes that have ended."""
    targets = {target: job.out for job in jobs for target in job.targets}
    for place, out in {target.parent: out for target, out in targets.items()}.items():
        for path in place.iterdir() if place.is_dir() and _within(place, out) else ():
            if (name := abandoned_name(path)) and place / name in targets:
                path.unlink(missing_ok=True)
