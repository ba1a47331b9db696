"""Recordings of people as material for adaptation: their acoustics, and the phones that a recognizer or their words give."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from artinv.formats import stream
from artinv.inversion.model import Model
from artinv.inversion.phones import Known, Listener
from artinv.inversion.speaker_statistics import average
from artinv.phones.evidence import Heard
from artinv.runtime.errors import ArtinvError, BadData
from artinv.runtime.parallel import imap
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.streaming import recording_features

Listened = tuple[Heard | None, str]
"""A recording, if it can be used, and a note on what is missing."""


def listen(sounds: Sequence[Path], model: Model, *, text_files: bool, workers: int = 0) -> Iterator[Listened]:
    """Yield each recording as the model receives it; with `text_files`, the words of a.wav are in a.txt."""
    return imap(partial(_in_file, model=model, text_files=text_files), sounds, workers)


def _in_file(sound: Path, model: Model, *, text_files: bool) -> Listened:
    text = sound.with_suffix(".txt")
    return hear(sound, model, Known(text_file=text if text_files and text.is_file() else None))


def hear(sound: Path, model: Model, known: Known) -> Listened:
    """Return a recording as the model receives it; with recognized phones alone if its words cannot be aligned."""
    try:
        return _heard(sound, model, known), ""
    except ArtinvError as error:
        note = str(error) if str(error).startswith((str(sound), str(known.text_file))) else f"{sound}: {error}"
    if not known.is_timed:
        return None, f"{note} (not used)"
    recording, other = hear(sound, model, Known())
    return recording, other or f"{note} (its words are not used)"


def _heard(sound: Path, model: Model, known: Known) -> Heard:
    listener = Listener(known, model.facts, str(sound))
    blocks = listener.through(stream.blocks(sound, SOUND_RATE, stream.BLOCK))
    features = recording_features(blocks, model.facts.rate, model.features)
    if not features.speech.any():
        raise BadData(f"{sound}: no speech detected")
    phones = listener.evidence(len(features.acoustics), features.samples)
    assert phones.values is not None  # the recognizer is installed
    assert phones.recognized is not None
    return Heard(average(model.predictor).standardize(features), phones.recognized, phones.values)
