"""Read what is spoken: trajectories of artinv, of laboratories and of a project, with the sound where the file holds it.

| file | content |
|---|---|
| csv npz est ssff pos mat | trajectories that artinv wrote; a mat holds the sound too |
| csv | a table of a user: `time` in s, and columns with names of channels in mm |
| ema | MOCHA-TIMIT, with its wav beside it |
| mat | Haskins production rate comparison, with its sound |
| _bndl.json | EMU bundle, with its sound |
| corpus/speaker/name | an utterance in data/cleaned of a project, with its sound and the statistics of its speaker |
"""

from pathlib import Path

import numpy as np

from artinv.core.channels import CHANNELS, COIL_COLUMNS, derive
from artinv.core.records import Frames, Utterance
from artinv.core.store import Reader
from artinv.core.trajectory import Trajectory
from artinv.core.workspace import Workspace
from artinv.corpora import readers
from artinv.corpora.facts.own import BUNDLE
from artinv.corpora.native.source import Source
from artinv.data.real_recordings import bundled
from artinv.data.stats import Stats
from artinv.formats import mview, stream
from artinv.inversion import export
from artinv.inversion.model import load
from artinv.inversion.speaker_statistics import AVERAGE, average
from artinv.runtime.errors import ArtinvError, BadData, reason, similar
from artinv.signal.mfcc import SOUND_RATE
from artinv.speaking import RULE
from artinv.speaking.placing import Statistics
from artinv.speaking.speaking import Material

Like = str | Path | tuple[np.ndarray, float] | None
"""A sound file, a sound (samples,) with its rate in Hz, RULE; None: the sound of the trajectory, or the rule if it has none."""

_UTTERANCE = "corpus/speaker/name"
_UNEVEN = 0.1  # of a step, tolerated in a column of times
_CURE = "name a file of trajectories (docs/speak.md lists the formats)"


def read(target: str, workspace: Workspace) -> Material:
    """Read a file of trajectories, or the utterance `corpus/speaker/name` of a project."""
    path = Path(target)
    if path.is_file():
        return _of_file(path)
    if target.count("/") == _UTTERANCE.count("/") and (workspace.cleaned / target.partition("/")[0]).is_dir():
        return _of_project(workspace, *target.split("/"))
    raise BadData(f"{target}: is no file; {_CURE}")


def sound_of(path: Path) -> tuple[np.ndarray, float]:
    """Read a sound file as (samples,) at 16 kHz."""
    return np.concatenate(list(stream.blocks(path, SOUND_RATE))), float(SOUND_RATE)


def original(material: Material, like: Like) -> tuple[np.ndarray, float] | None:
    """Return the sound that gives pitch, voicing and loudness, None for the rule."""
    if like is None:
        return material.sound
    if isinstance(like, tuple):
        return np.asarray(like[0]), like[1]
    if like == RULE:
        return None
    if not Path(like).is_file():
        raise BadData(f"{like}: is no file; name a sound whose pitch, voicing and loudness are used, or '{RULE}'")
    return sound_of(Path(like))


def of_trajectory(trajectory: Trajectory, sound: tuple[np.ndarray, float] | None = None) -> Material:
    """Return inferred trajectories as material, with the statistics of the average speaker if they are in that speaker's mm."""
    return Material(trajectory, sound, average=_average(trajectory))


def _of_file(path: Path) -> Material:
    if path.stat().st_size == 0:
        raise BadData(f"{path}: is empty; {_CURE}")
    if "rate" in export.facts(path):
        whole = mview.read(path) if path.suffix == ".mat" else None
        return of_trajectory(export.read(path), (whole.sound, whole.sound_rate) if whole else None)
    if path.name.endswith(BUNDLE):
        return _of_utterance(bundled(path, 1))
    if path.suffix.lower() == ".ema":
        return _of_native("mocha", path, path.with_suffix(".wav"))
    if path.suffix.lower() == ".mat":
        return _of_native("hprc", path)
    if path.suffix.lower() == ".csv":
        return Material(_table(path))
    raise BadData(f"{path}: holds no trajectories that artinv can read; {_CURE}")


def _of_native(corpus: str, *files: Path) -> Material:
    """Read a native file of a corpus whose speaker is the first part of its name."""
    path = files[0]
    if missing := [str(file) for file in files if not file.is_file()]:
        raise BadData(f"{path}: needs {missing[0]}, which is missing; put the two files into one folder")
    source = Source(path.stem.partition("_")[0], path.stem, files)
    try:
        return _of_utterance(readers.get(corpus).read(source)[0])
    except ArtinvError:
        raise
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError) as error:
        raise BadData(f"{path}: cannot be read as a file of {corpus} ({reason(error)}); {_CURE}") from None


def _of_utterance(utterance: Utterance) -> Material:
    trajectory = Trajectory(name=utterance.name, rate=utterance.coil_rate, motion=derive(utterance.coils.astype(np.float32)))
    return Material(trajectory, (utterance.sound, utterance.sound_rate), utterance.coil_start)


def _of_project(workspace: Workspace, corpus: str, speaker: str, name: str) -> Material:
    """Read the measured motion of an utterance, and the statistics of its speaker, as `dvc repro` wrote them."""
    place = workspace.cleaned / corpus / f"{speaker}.npz"
    features, stats = workspace.features / corpus / f"{speaker}.npz", workspace.stats / corpus / f"{speaker}.npz"
    for file in (place, features, stats):
        if not file.is_file():
            speakers = [path.stem for path in file.parent.glob("[!.]*.npz")]
            raise BadData(f"{file}: is missing; correct the name, or run `dvc repro`{similar(speaker, speakers)}")
    utterances = Reader(place, Utterance)
    if name not in utterances.names:
        raise BadData(f"{place}: has no utterance '{name}'; correct the name{similar(name, utterances.names)}")
    utterance, frames, session = utterances[name], Reader(features, Frames)[name], Stats.load(stats)
    trajectory = Trajectory(name=name, rate=frames.rate, motion=frames.motion)
    known = Statistics(session.mean_of(name), session.motion_std, f"{corpus}/{speaker}")
    return Material(trajectory, (utterance.sound, utterance.sound_rate), statistics=known)


def _average(trajectory: Trajectory) -> Statistics | None:
    """Return the statistics of the average training speaker of the model that comes with artinv, if it made the trajectories."""
    if not trajectory.speaker.startswith(AVERAGE):
        return None
    model = load()
    if trajectory.model != model.title:
        return None
    speaker = average(model.predictor)
    return Statistics(speaker.mean, speaker.std, AVERAGE)


def _table(path: Path) -> Trajectory:
    """Read a table of a user: a column `time` in s and the coils in mm; channels without a column are missing."""
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            lines = [line for line in file if line.strip() and not line.startswith("#")]
        names = [name.strip().strip('"') for name in lines[0].split(",")] if lines else []
        rows = np.genfromtxt(lines[1:], np.float64, delimiter=",", ndmin=2, missing_values="NaN") if lines[1:] else np.empty((0, 0))
    except (ValueError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: is not a table of numbers ({reason(error)}); {_CURE}") from None
    if "time" not in names or not set(names) & set(COIL_COLUMNS):
        raise BadData(f"{path}: holds no trajectories; its first line names the columns: time, and channels such as tt_x")
    if rows.shape[0] < 2 or rows.shape[1] != len(names):
        raise BadData(f"{path}: has {rows.shape[0]} rows of {rows.shape[1]} values for {len(names)} columns; complete the table")
    columns = dict(zip(names, rows.T, strict=True))
    steps = np.diff(columns["time"])
    step = float(np.median(steps))
    if not step > 0 or not np.abs(steps - step).max() <= _UNEVEN * step + 1e-3:
        raise BadData(f"{path}: its times do not increase in equal steps; write one row a frame, in s")
    nothing = np.full(len(rows), np.nan)
    motion = derive(np.stack([columns.get(name, nothing) for name in COIL_COLUMNS], axis=1).astype(np.float32))
    for number, channel in enumerate(CHANNELS):
        if channel in columns:
            motion[:, number] = columns[channel]
    rate = (len(rows) - 1) / (columns["time"][-1] - columns["time"][0])
    return Trajectory(name=path.stem, rate=float(rate), motion=motion)
