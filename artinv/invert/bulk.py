"""Many recordings -> many files: what becomes what, what is done already, and the work spread over the cores.

A file is done when it is not older than its sound and its header says that it was made from a sound of this size by this model with
these statistics. The proof stands in the output itself, so there is no second book that could tell another story.
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

from artinv import __version__
from artinv.core.files import left_over
from artinv.corpora.native import folder
from artinv.formats import stream
from artinv.invert import export, inversion
from artinv.invert.speaker_statistics import Voice
from artinv.runtime.errors import ArtinvError, BadData, reason
from artinv.runtime.parallel import imap

SMALL = 30_000_000
"""Bytes of sound that are inverted sooner than other processes have started."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording and the files that it becomes, below the folder `out`."""

    sound: Path
    out: Path
    targets: tuple[Path, ...] = ()
    fault: str = ""  # why it cannot be done


@dataclass(frozen=True, slots=True)
class Done:
    """What has become of it."""

    job: Job
    status: str  # made, kept (it was done before) or failed
    frames: int = 0
    seconds: float = 0.0  # time of the last frame
    error: str = ""
    notes: tuple[str, ...] = ()
    channels: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What all recordings have in common."""

    model: Path
    digest: str  # of the model's file
    voice: Voice = field(repr=False)

    def made(self, sound: Path) -> str:
        """Stands for all that a result depends on but the sound's content, which its time tells."""
        text = f"{__version__} {self.digest} {self.voice.digest} {self.voice.title} {sound.stat().st_size}"
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def plan(sounds: Sequence[Path], out: Path, formats: Sequence[str]) -> list[Job]:
    """A job for each sound file that is named or lies in a folder that is named; the folders' structure is kept.

    `a.wav` becomes `a.csv`. Where two would become the same, as `a.wav` and `a.flac` would, each keeps its whole name, `a.wav.csv`
    and `a.flac.csv`; where that is not enough, none of them is done.
    """
    found = {(relative, os.path.realpath(path)): path for path, relative in _found(sounds, out)}
    bases = {key: key[0].with_name(key[0].stem) for key in found}
    while clashing := [key for key in _clashes(bases) if bases[key] != key[0]]:
        bases |= {key: key[0] for key in clashing}
    clashes, taken, jobs = _clashes(bases), {os.path.realpath(path) for path in found.values()}, []
    for key, path in found.items():
        targets, fault = tuple(out / bases[key].with_name(f"{bases[key].name}.{ending}") for ending in formats), ""
        if key in clashes:
            fault = f"{path}: would become the same file as {found[clashes[key]]}; invert them into two folders"
        elif any(os.path.realpath(target) in taken for target in targets):
            fault = f"{path}: would overwrite a recording; choose another folder with -o"
        jobs.append(Job(path, out, targets, fault))
    return jobs


def sounds_in(place: Path, leave_out: Path | None = None) -> list[Path]:
    """The sound files in a folder, links followed; hidden ones are not looked at, nor those of a folder `leave_out` within it."""
    found = (path for path in folder.walk(place) if path.suffix.lower() in stream.ENDINGS)
    within = leave_out and not _within(place, leave_out)  # whoever names the folder itself, or one below, means what is there
    return [path for path in found if not (within and _within(path, leave_out))]


def run(jobs: Sequence[Job], settings: Settings) -> Iterator[Done]:
    """Do what is not done, in order; a fault ends its own job only."""
    _sweep(jobs)
    size = sum(job.sound.stat().st_size for job in jobs if job.sound.is_file())
    try:
        yield from imap(partial(_do, settings=settings), jobs, 1 if size < SMALL or len(jobs) < 2 else 0)
    except BrokenExecutor:
        raise BadData("a process died on the way, most likely for lack of memory; run the same command again to go on") from None


def calibration(sounds: Sequence[Path], model: inversion.Model) -> Iterator[tuple[Path, object]]:
    """Each recording's sums over its speech (`Heard.sums`), or in words why it has none."""
    return zip(sounds, imap(partial(_sums, path=model.path), sounds, 1 if len(sounds) < 20 else 0), strict=True)


def _found(sounds: Sequence[Path], out: Path) -> Iterator[tuple[Path, Path]]:
    """Each file with its path below OUT."""
    for given in sounds:
        inside = sounds_in(given, out) if given.is_dir() else []
        yield from ((path, path.relative_to(given)) for path in inside)
        if not inside:
            yield given, Path(given.name or "folder")


def _clashes(bases: dict) -> dict:
    """What shares its place with another -> that other; case and composed letters do not keep names apart on every disk."""
    groups = defaultdict(list)
    for key, base in bases.items():
        groups[unicodedata.normalize("NFC", str(base)).casefold()].append(key)
    return {key: group[group[0] == key] for group in groups.values() if len(group) > 1 for key in group}


def _do(job: Job, settings: Settings) -> Done:
    try:
        if job.fault:
            raise BadData(job.fault)
        return _done(job, settings)
    except ArtinvError as error:
        return Done(job, "failed", error=str(error))
    except MemoryError:
        return Done(job, "failed", error=f"{job.sound}: needs more memory than there is; cut it into pieces")
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return Done(job, "failed", error=f"{job.sound}: cannot be inverted ({reason(error)}{where}); see to it")


def _done(job: Job, settings: Settings) -> Done:
    if job.sound.is_dir():
        if sounds_in(job.sound):
            raise BadData(f"{job.sound}: holds no sound files but in {job.out}, where results go; name that folder itself")
        raise BadData(f"{job.sound}: holds no sound files; names that end in {', '.join(sorted(stream.ENDINGS))} are looked for")
    channels = stream.facts(job.sound).channels
    made = settings.made(job.sound)
    open_ = tuple(target for target in job.targets if not _is_done(target, job.sound, made))
    if not open_:
        return Done(job, "kept", *_length(export.facts(job.targets[0])))
    for target in open_:
        if not _within(target.parent, job.out):
            raise BadData(f"{target}: a link leads out of {job.out}; remove the link")
        if _is_foreign(target):
            raise BadData(f"{target}: is there already and is no trajectory; move it away, or choose another folder with -o")
    trajectory, notes = inversion.invert(job.sound, _model(settings.model, settings.digest), settings.voice)
    trajectory = replace(trajectory, name=job.sound.stem)
    made_of = job.sound.stat().st_mtime_ns
    for target in open_:
        export.write(target, trajectory, made)
        if target.stat().st_mtime_ns < made_of:  # a clock that was wrong, then or now
            os.utime(target, ns=(made_of, made_of))
    frames = len(trajectory.motion)
    return Done(job, "made", frames, (frames - 1) / trajectory.rate, notes=notes, channels=channels)


def _sums(sound: Path, path: Path) -> object:
    try:
        heard = inversion.listen(sound, _model(path, ""))
    except ArtinvError as error:
        return str(error)
    return heard.sums() if heard.speech.any() else f"{sound}: no speech stands out of it; it is left out"


@lru_cache(maxsize=1)
def _model(path: Path, digest: str) -> inversion.Model:
    """Once a process, computing on one thread, so that equal sound gives equal bytes however the work is spread."""
    import torch  # noqa: PLC0415, planning needs none

    torch.set_num_threads(1)
    model = inversion.load(path)
    if digest and model.digest != digest:
        raise BadData(f"{path}: has changed since the start; run the command again")
    return model


def _is_done(target: Path, sound: Path, made: str) -> bool:
    try:
        fresh = target.stat().st_mtime_ns >= sound.stat().st_mtime_ns
    except OSError:
        return False
    known = export.facts(target)
    return fresh and known.get("made") == made and _length(known) is not None


def _length(known: dict[str, str]) -> tuple[int, float] | None:
    """Frames, and the time of the last one in s; nothing where somebody has changed what the header says."""
    try:
        frames, rate = int(known["frames"]), float(known["rate"])
        return (frames, (frames - 1) / rate) if frames > 0 and 0 < rate < float("inf") else None
    except (KeyError, ValueError, ArithmeticError):
        return None


def _is_foreign(target: Path) -> bool:
    """Whether it is the user's: tables of measured positions bear the names of their sounds. A link is replaced, not followed."""
    there = target.is_file() and not target.is_symlink() and target.stat().st_size
    return bool(there) and not export.facts(target).get("by", "").startswith("artinv ")


def _within(place: Path, out: Path) -> bool:
    """Whether a place lies in the folder for results, or is it, once links are followed."""
    return place.resolve().is_relative_to(out.resolve())


def _sweep(jobs: Sequence[Job]) -> None:
    """Remove what processes that are no more have begun."""
    targets = {target: job.out for job in jobs for target in job.targets}
    for place, out in {target.parent: out for target, out in targets.items()}.items():
        for path in place.iterdir() if place.is_dir() and _within(place, out) else ():
            if (name := left_over(path)) and place / name in targets:
                path.unlink(missing_ok=True)
