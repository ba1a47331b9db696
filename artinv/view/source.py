"""Where a scene comes from: a sound file, or an utterance of the pipeline."""

import difflib
import hashlib
from pathlib import Path

import numpy as np

from artinv import corpora
from artinv.channels import CHANNELS, derive
from artinv.clean import SOUND_RATE, at_16_khz
from artinv.dataset import NORMALIZED, STATS, index
from artinv.errors import BadData
from artinv.formats import sound as sounds
from artinv.invert import standardized
from artinv.normalize import Stats
from artinv.predict import Inverter
from artinv.progress import track
from artinv.splits import Split
from artinv.store import Reader
from artinv.trajectory import Trajectory
from artinv.utterance import Frames, Utterance
from artinv.view import sagittal
from artinv.view.scene import LONGEST, Scene

CLEANED, SPLIT = Path("data/cleaned"), Path("data/split.json")
UNIVERSAL, OWN = Path("models/universal.safetensors"), Path("models/inverter.safetensors")
"""The models for a sound of anybody, and for the test speaker of the last `dvc repro`."""

_PALATE_FROM = 100  # utterances of a speaker; more do not change the outline


def scene_of(target: str, model: Path | None = None) -> Scene:
    """A sound file where there is one of that name, else `corpus/speaker/name` below data/cleaned."""
    if Path(target).is_file():
        return of_sound(Path(target), model)
    if len(parts := target.split("/")) == 3 and (CLEANED / parts[0]).is_dir():
        return of_utterance(*parts, model)
    raise BadData(f"{target}: is neither a sound file nor corpus/speaker/name of {CLEANED}; mend the name, or run `dvc repro`")


def of_sound(path: Path, model: Path | None = None) -> Scene:
    """A sound file of one channel, and the motion that a model infers from it."""
    sound, rate = sounds.read(path)
    if len(sound) / rate > LONGEST:
        raise BadData(f"{path}: lasts {len(sound) / rate:.0f} s, a page holds at most {LONGEST:.0f} s; cut the sound")
    line = _inferred(path, sound, rate, model or UNIVERSAL)
    return Scene(
        name=path.name, sound=at_16_khz(sound, rate), sound_rate=SOUND_RATE, predicted=line, palate=sagittal.typical(),
        palate_note="palate: typical of adults, not this speaker's",
    )


def of_utterance(corpus: str, speaker: str, name: str, model: Path | None = None) -> Scene:
    """An utterance as it was cleaned, and the motion that a model infers from its sound, in this speaker's millimetres."""
    path = CLEANED / corpus / f"{speaker}.npz"
    reader = _reader(path, name)
    utterance: Utterance = reader[name]
    measured = Trajectory(name=name, rate=utterance.coil_rate, motion=_trusted(utterance))
    predicted, notes = _predicted(utterance, model)
    chosen = reader.names[:: max(1, len(reader.names) // _PALATE_FROM)]
    every = np.concatenate([_trusted(reader[one]) for one in track(chosen, f"palate of {speaker}", len(chosen))])
    return Scene(
        name=utterance.id, text=utterance.text or utterance.sentence, sound=utterance.sound,
        sound_rate=round(utterance.sound_rate), phones=utterance.phones, measured=measured, predicted=predicted,
        palate=sagittal.envelope(every), origin=utterance.origin, notes=notes,
        palate_note=f"palate: highest places of the tongue in {len(chosen)} utterances of {speaker}, at or below the true one",
    )


def _trusted(utterance: Utterance) -> np.ndarray:
    """(frames, 18) measured motion; NaN where the corpus does not vouch for a channel."""
    masked, motion = corpora.get(utterance.corpus).masked, derive(utterance.coils)
    motion[:, [(utterance.speaker, channel) in masked for channel in CHANNELS]] = np.nan
    return motion


def _inferred(path: Path, sound: np.ndarray, rate: float, model: Path) -> Trajectory:
    """The motion of a sound of anybody, in the millimetres of an average speaker."""
    inverter = _load(model, "make sim2real")
    if inverter.normalization != "utterance":
        raise BadData(f"{model}: needs statistics of the speaker, a sound file has none; give a model that `make sim2real` trained")
    try:
        z = standardized(inverter, sound, rate)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None
    motion = (z * inverter.statistics["std"] + inverter.statistics["mean"]).astype(np.float32)
    return Trajectory(
        name=path.stem, rate=inverter.rate, motion=motion, model=_identity(inverter, model), trained_on="synthetic",
        speaker="the average training speaker",
    )


def _predicted(utterance: Utterance, model: Path | None) -> tuple[Trajectory | None, tuple[str, ...]]:
    """The motion of an utterance in its speaker's millimetres, and what to know of it; None where nothing is trained yet."""
    if model is None and not OWN.exists():
        return None, (f"{OWN} is not there yet: measured motion alone",)
    path = model or OWN
    inverter = _load(path, "dvc repro")
    stats = Stats.load(STATS / utterance.corpus / f"{utterance.speaker}.npz")
    if inverter.normalization == "utterance":
        z, trained_on, notes = standardized(inverter, utterance.sound, utterance.sound_rate), "synthetic", ()
    else:
        frames: Frames = _reader(NORMALIZED / utterance.corpus / f"{utterance.speaker}.npz", utterance.name)[utterance.name]
        try:
            z = inverter.predict(frames.acoustics)
        except BadData as error:
            raise BadData(f"{path}: {error}") from None
        trained_on, notes = _training(utterance.id) if path.resolve() == OWN.resolve() else ("", ())
    motion = z * stats.motion_std + stats.mean_of(utterance.name)
    motion[:, np.isnan(inverter.statistics.get("std", np.ones(len(CHANNELS))))] = np.nan  # no training speaker had these
    return Trajectory(
        name=utterance.name, rate=inverter.rate, motion=motion.astype(np.float32), model=_identity(inverter, path),
        trained_on=trained_on, speaker=utterance.speaker,
    ), notes


def _training(id_: str) -> tuple[str, tuple[str, ...]]:
    """The origin of the speakers whom the model of the last `dvc repro` was trained on, and whether it knows this utterance."""
    if not SPLIT.exists():
        return "", ()
    split = Split.load(SPLIT)
    trained = set(split.train)
    origins = {entry.origin for entry in index(sorted({id_.partition("/")[0] for id_ in trained})) if entry.id in trained}
    origin = origins.pop() if len(origins) == 1 else "mixed"
    if id_ in split.train or id_ in split.valid:
        return origin, ("the model was trained with this utterance: see one of the test part to judge it",)
    return origin, () if id_ in split.test else ("this utterance is not in the split that the model was trained with",)


def _load(path: Path, job: str) -> Inverter:
    if not path.exists():
        raise BadData(f"{path}: there is no such model; run `{job}`, or name another by --model")
    return Inverter.load(path)


def _identity(inverter: Inverter, path: Path) -> str:
    """Kind of network and the first 12 hex digits of its file's SHA-256."""
    return f"{inverter.model} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _reader(path: Path, name: str) -> Reader:
    """The store of a speaker, which holds an utterance of that name."""
    if not path.exists():
        there = sorted(one.stem for one in path.parent.glob("[!.]*.npz"))
        raise BadData(f"{path}: is missing; expected one of the speakers {there}, or run `dvc repro`")
    reader = Reader(path, Frames if NORMALIZED in path.parents else Utterance)
    if name not in reader.names:
        near = difflib.get_close_matches(name, reader.names, 3, 0) or ["nothing"]
        raise BadData(f"{path}: holds no utterance '{name}', but {', '.join(near)} and others of {len(reader)}; mend the name")
    return reader
