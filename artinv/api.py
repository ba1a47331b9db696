"""The functions and classes of `import artinv`: a few words for notebooks and scripts; docs/python.md shows them in use."""

import html
import importlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Self, overload

import numpy as np

from artinv.core import trajectory
from artinv.formats import stream
from artinv.inversion import bulk, export, recording, speaker_statistics
from artinv.inversion.model import Model
from artinv.inversion.model import load as load_model
from artinv.inversion.speaker_statistics import SpeakerStatistics
from artinv.runtime.errors import BadData, BadParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Model", "Trajectory", "invert", "load", "read"]

_PLAYER = "width:100%; height:44em; border:0"


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory(trajectory.Trajectory):
    """18 trajectories (frames, 18) in mm at 100 Hz, and where they come from; `sound` is there if they were just inferred."""

    sound: np.ndarray | None = field(default=None, repr=False)  # (samples,) float32 at 16 kHz
    notes: tuple[str, ...] = ()  # on the quality of the recording

    @classmethod
    def of(cls, values: trajectory.Trajectory, sound: np.ndarray | None = None, notes: tuple[str, ...] = ()) -> Self:
        """Return trajectories with their sound."""
        return cls(**{part.name: getattr(values, part.name) for part in fields(values)}, sound=sound, notes=notes)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a table with the time in s as index, a column a channel, and `<channel>_margin` where intervals are known."""
        pd = _package("pandas")
        names, table = export.table(self)
        return pd.DataFrame(table, columns=list(names), index=pd.Index(self.times, name="time"))

    def save(self, path: str | Path) -> None:
        """Write a file in the format of its ending: csv, npz, est, ssff, pos, mat or TextGrid; the last two need the sound."""
        export.write(Path(path), self, sound=self.sound)

    def plot(self, *channels: str) -> "Figure":
        """Draw channels over time with their intervals; without names, the tongue, the jaw and the lips."""
        _package("matplotlib")
        from artinv.show.view import tracks  # noqa: PLC0415 -- needs matplotlib, which inversion does not

        return tracks.figure(self, channels)

    def _repr_html_(self) -> str:
        """Return the player as a frame of a notebook."""
        from artinv.show.view import page, source  # noqa: PLC0415 -- not needed to invert

        if self.sound is None:
            return f"<p>{html.escape(self.name)}: {len(self.motion)} frames at {self.rate:g} Hz, without sound</p>"
        scene = source.of_trajectory(self, self.sound, self.notes)
        return f'<iframe style="{_PLAYER}" srcdoc="{html.escape(page.render(scene))}"></iframe>'


def load(model: str | Path | None = None) -> Model:
    """Load a model from its file; None: the model that artinv comes with."""
    return load_model(None if model is None else Path(model))


@overload
def invert(
    sound: str | Path | np.ndarray, rate: int | None = None, *, model: str | Path | Model | None = None,
    speaker: str | Path | None = None,
) -> Trajectory: ...


@overload
def invert(
    sound: list[str | Path], rate: None = None, *, model: str | Path | Model | None = None, speaker: str | Path | None = None,
) -> list[Trajectory]: ...


def invert(
    sound: str | Path | np.ndarray | list[str | Path], rate: int | None = None, *, model: str | Path | Model | None = None,
    speaker: str | Path | None = None,
) -> Trajectory | list[Trajectory]:
    """Infer the motion of the articulators from a sound.

    `sound` is a file, a list of files, or an array (samples,) or (samples, channels) with its `rate` in Hz. `speaker` makes the
    result more accurate: a folder of more recordings of the same speaker, or a file data/stats/CORPUS/SPEAKER.npz.

    >>> import numpy as np
    >>> motion = invert(np.sin(np.arange(16000) / 9).astype(np.float32), 16000).motion
    >>> motion.shape
    (101, 18)
    """
    loaded = model if isinstance(model, Model) else load(model)
    statistics = _statistics(loaded, None if speaker is None else Path(speaker))
    if isinstance(sound, np.ndarray):
        if rate is None:
            raise BadParams("invert: an array has no rate of its own; give its rate in Hz, as in invert(sound, 16000)")
        return _inverted(recording.mono(sound, rate), "sound", loaded, statistics)
    if rate is not None:
        raise BadParams("invert: a file states its own rate; leave out `rate`")
    if isinstance(sound, (str, Path)):
        return _file(Path(sound), loaded, statistics)
    return [_file(Path(path), loaded, statistics) for path in sound]


def read(path: str | Path) -> Trajectory:
    """Read trajectories that artinv wrote: csv, npz, est, ssff, pos or mat."""
    return Trajectory.of(export.read(Path(path)))


def _package(name: str) -> ModuleType:
    """Import a package that only some functions need; say how to install it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"{name} is missing; pip install 'artinv[plots]'", name=name) from None


def _file(path: Path, model: Model, speaker: SpeakerStatistics) -> Trajectory:
    sound = np.concatenate(list(stream.blocks(path, SOUND_RATE)))
    try:
        return _inverted(sound, path.stem, model, speaker)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def _inverted(sound: np.ndarray, name: str, model: Model, speaker: SpeakerStatistics) -> Trajectory:
    values, notes = recording.invert_sound(sound, name, model, speaker)
    return Trajectory.of(values, at_16_khz(sound, SOUND_RATE), notes)


def _statistics(model: Model, speaker: Path | None) -> SpeakerStatistics:
    if speaker is None:
        return speaker_statistics.average(model.predictor)
    if speaker.is_dir():
        sums = [found for _, found in bulk.calibration(bulk.sounds_in(speaker), model) if isinstance(found, np.ndarray)]
        return speaker_statistics.calibrated(speaker, model.predictor, sums)
    return speaker_statistics.of_speaker(speaker, model.predictor)
