"""The functions and classes of `import artinv`: a few words for notebooks and scripts; docs/python.md shows them in use."""

import html
import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, Self, overload

import numpy as np

from artinv.core import trajectory
from artinv.core.records import Label
from artinv.formats import stream
from artinv.inversion import bulk, export, labels, recording, speaker_statistics
from artinv.inversion.model import Model
from artinv.inversion.model import load as load_model
from artinv.inversion.phones import ALONE, Known, PhoneEvidence
from artinv.inversion.speaker_statistics import SpeakerStatistics
from artinv.runtime.errors import BadData, BadParams
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Model", "Trajectory", "invert", "load", "read"]

Phones = str | Path | Sequence[tuple[str, float, float]] | bool | None
"""Phones of a recording: a file, labels with times in s, or False for none; None and True: those that a recognizer hears."""

_NO_PHONES = PhoneEvidence()
_ROUNDING = 1e-3  # s by which labels may overlap, because their times are rounded
_PLAYER = "width:100%; height:44em; border:0"


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory(trajectory.Trajectory):
    """18 trajectories (frames, 18) in mm at 100 Hz, and where they come from; `sound` is there if they were just inferred."""

    sound: np.ndarray | None = field(default=None, repr=False)  # (samples,) float32 at 16 kHz
    notes: tuple[str, ...] = ()  # on the quality of the recording
    phones: PhoneEvidence = field(default=_NO_PHONES, repr=False)  # `phones.phones` are labels, `phones.title` their source

    @classmethod
    def of(
        cls, values: trajectory.Trajectory, sound: np.ndarray | None = None, notes: tuple[str, ...] = (),
        phones: PhoneEvidence = _NO_PHONES,
    ) -> Self:
        """Return trajectories with their sound."""
        own = {part.name: getattr(values, part.name) for part in fields(trajectory.Trajectory)}
        return cls(**own, sound=sound, notes=notes, phones=phones)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a table with the time in s as index, a column a channel, and `<channel>_margin` where intervals are known."""
        pd = _package("pandas")
        names, table = export.table(self)
        return pd.DataFrame(table, columns=list(names), index=pd.Index(self.times, name="time"))

    def save(self, path: str | Path) -> None:
        """Write a file in the format of its ending: csv, npz, est, ssff, pos, mat or TextGrid; the last two need the sound."""
        path = Path(path)
        if labels.is_of_user(path):
            raise BadData(f"{path}: is a TextGrid that artinv did not write; choose another name")
        known = labels.NONE.with_tiers(self.phones.tiers, self.phones.manner)
        export.write(path, self, sound=self.sound, beside=known, phones=self.phones.title)

    def to_sound(
        self, voice: str | None = None, like: str | Path | tuple[np.ndarray, float] | None = None, *,
        scale: Literal["speaker", "mm"] = "speaker", seed: int = 0,
    ) -> tuple[np.ndarray, int]:
        """Speak the trajectories with a synthetic vocal tract: (samples,) float32 and the rate in Hz; needs torch.

        `voice` is woman, man or a speaker of the demo corpora. Pitch, voicing and loudness are those of `like`: a sound file, an
        array (samples,) with its rate, or "rule"; None: those of `sound` if it is there, else the rule. With the scale "mm" the
        motion is not scaled from its speaker to the voice.
        """
        _package("torch", "train")
        from artinv.speaking import reading, speaking  # noqa: PLC0415 -- needs torch, which inversion does not

        material = reading.of_trajectory(self, None if self.sound is None else (self.sound, float(SOUND_RATE)))
        spoken = speaking.speak(material, voice, reading.original(material, like), scale=scale, seed=seed)
        return spoken.sound, SOUND_RATE

    def plot(self, *channels: str) -> "Figure":
        """Draw channels over time with their intervals; without names, the tongue, the jaw and the lips."""
        _package("matplotlib")
        from artinv.show.view import tracks  # noqa: PLC0415 -- needs matplotlib, which inversion does not

        return tracks.figure(self, channels)

    def _repr_html_(self) -> str:
        """Return the player as a frame of a notebook."""
        from artinv.show.view import page, source  # noqa: PLC0415 -- not needed to invert
        from artinv.show.view.scene import LONGEST  # noqa: PLC0415

        if self.sound is None or len(self.sound) > LONGEST * SOUND_RATE:
            sound = "without sound" if self.sound is None else f"too long for the player, which shows at most {LONGEST:.0f} s"
            return f"<p>{html.escape(self.name)}: {len(self.motion)} frames at {self.rate:g} Hz, {sound}</p>"
        scene = source.of_trajectory(self, self.sound, self.notes, phones=self.phones)
        return f'<iframe style="{_PLAYER}" srcdoc="{html.escape(page.render(scene))}"></iframe>'


def load(model: str | Path | None = None) -> Model:
    """Load a model from its file; None: the model that artinv comes with."""
    return load_model(None if model is None else Path(model))


@overload
def invert(
    sound: str | Path | np.ndarray, rate: int | None = None, *, model: str | Path | Model | None = None,
    speaker: str | Path | None = None, text: str | None = None, phones: Phones = None,
) -> Trajectory: ...


@overload
def invert(
    sound: list[str | Path], rate: None = None, *, model: str | Path | Model | None = None,
    speaker: str | Path | None = None, text: None = None, phones: bool | None = None,
) -> list[Trajectory]: ...


def invert(
    sound: str | Path | np.ndarray | list[str | Path], rate: int | None = None, *, model: str | Path | Model | None = None,
    speaker: str | Path | None = None, text: str | None = None, phones: Phones = None,
) -> Trajectory | list[Trajectory]:
    """Infer the motion of the articulators from a sound.

    `sound` is a file, a list of files, or an array (samples,) or (samples, channels) with its `rate` in Hz. `speaker` makes the
    result more accurate: a folder of more recordings of the same speaker with the same microphone in the same room, or a file
    data/stats/CORPUS/SPEAKER.npz. So do words: `text` are the English words of the recording; `phones` is a TextGrid or label
    file, a list of (phone, start, end) in s, or False to use no recognizer. docs/words.md explains both.

    >>> import numpy as np
    >>> motion = invert(np.sin(np.arange(16000) / 9).astype(np.float32), 16000).motion
    >>> motion.shape
    (101, 18)
    """
    loaded = model if isinstance(model, Model) else load(model)
    person = _person(loaded, None if speaker is None else Path(speaker))
    known = _known(text, phones)
    if isinstance(sound, np.ndarray):
        if not isinstance(rate, (int, float, np.integer)):
            raise BadParams("invert: an array has no rate of its own; give its rate in Hz, as in invert(sound, 16000)")
        return _inverted(recording.mono(sound, rate), "sound", loaded, person, known)
    if rate is not None:
        raise BadParams("invert: a file states its own rate; leave out `rate`")
    if isinstance(sound, (str, Path)):
        return _file(Path(sound), loaded, person, known)
    if known.is_timed:
        raise BadParams("invert: a text and phones belong to one recording; call invert for each file")
    if not all(isinstance(path, (str, Path)) for path in sound):
        raise BadParams("invert: a list holds names of files; give samples as a numpy array with its rate")
    return [_file(Path(path), loaded, person, known) for path in sound]


def read(path: str | Path) -> Trajectory:
    """Read trajectories that artinv wrote: csv, npz, est, ssff, pos or mat."""
    return Trajectory.of(export.read(Path(path)))


def _package(name: str, extra: str = "plots") -> ModuleType:
    """Import a package that only some functions need; say how to install it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"{name} is missing; pip install 'artinv[{extra}]'", name=name) from None


@dataclass(frozen=True, slots=True)
class _Person:
    """Who speaks, as far as that is known."""

    statistics: SpeakerStatistics
    notes: tuple[str, ...] = ()  # recordings of the speaker that cannot be used, and why


def _known(text: str | None, phones: Phones) -> Known:
    """Return what the arguments say of words and phones."""
    if text is not None and phones:
        raise BadParams("invert: text and phones say the same; give one of them")
    if text is not None:
        if not text.strip():
            raise BadParams("invert: text holds no words; write what is said in the recording")
        return Known(text=text)
    if phones is None or isinstance(phones, bool):
        return ALONE if phones is False else Known()
    if isinstance(phones, (str, Path)):
        return Known(label_file=Path(phones))
    try:
        given = tuple(Label(str(phone), float(start), float(end)) for phone, start, end in phones)
    except (TypeError, ValueError):
        raise BadParams("invert: phones is a file, or a list of (phone, start, end) with times in s") from None
    return Known(labels=_in_order(given))


def _in_order(given: tuple[Label, ...]) -> tuple[Label, ...]:
    """Return labels; reject an empty list, and labels that end before they begin, overlap or are not in order."""
    if not given:
        raise BadParams("invert: phones is an empty list; give labels, or phones=False to use none")
    for label, before in zip(given, (None, *given), strict=False):
        where = f"invert: phones: '{label.text}' from {label.start:g} to {label.end:g} s"
        if not 0 <= label.start <= label.end < math.inf:
            raise BadParams(f"{where} is no time in a recording; give start and end in s from its beginning")
        if before and label.start < before.end - _ROUNDING:
            fault = f"begins before '{before.text}' ends at {before.end:g} s"
            raise BadParams(f"{where} {fault}; give phones in order, without overlap")
    return given


def _file(path: Path, model: Model, person: _Person, known: Known) -> Trajectory:
    sound = np.concatenate(list(stream.blocks(path, SOUND_RATE)))
    try:
        return _inverted(sound, path.stem, model, person, known)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def _inverted(sound: np.ndarray, name: str, model: Model, person: _Person, known: Known) -> Trajectory:
    values, notes, phones = recording.invert_sound(sound, name, model, person.statistics, known)
    return Trajectory.of(values, at_16_khz(sound, SOUND_RATE), (*notes, *person.notes), phones)


def _person(model: Model, speaker: Path | None) -> _Person:
    if speaker is None:
        return _Person(speaker_statistics.average(model.predictor))
    if not speaker.is_dir():
        return _Person(speaker_statistics.of_speaker(speaker, model.predictor))
    results = [result for _, result in bulk.calibration(bulk.sounds_in(speaker), model)]
    sums = [result for result in results if isinstance(result, np.ndarray)]
    notes = tuple(result for result in results if isinstance(result, str))
    return _Person(speaker_statistics.calibrated(speaker, model.predictor, sums), notes)
