"""Recordings of people as material for adaptation: their acoustics, and the phones that a recognizer or their words give."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from artinv.formats import stream
from artinv.inversion.model import Model
from artinv.inversion.phones import Known, Listener
from artinv.phones.evidence import Heard
from artinv.runtime.errors import ArtinvError, BadData
from artinv.runtime.parallel import imap
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.streaming import recording_features, statistics


def heard(sounds: Sequence[Path], model: Model, *, text_files: bool, workers: int = 0) -> Iterator[Heard | str]:
    """Yield each recording as the model sees it, or a message why it is not used; with `text_files`, the words are in a.txt."""
    return imap(partial(_heard, model=model, text_files=text_files), sounds, workers)


def _heard(sound: Path, model: Model, *, text_files: bool) -> Heard | str:
    text = sound.with_suffix(".txt")
    try:
        return listened(sound, model, Known(text_file=text if text_files and text.is_file() else None))
    except ArtinvError as error:
        message = str(error)
        return message if message.startswith((str(sound), str(text))) else f"{sound}: {message}"


def listened(sound: Path, model: Model, known: Known) -> Heard:
    """Return a recording as the model sees it; a recording with words is heard twice, for these and for recognized phones."""
    blocks = partial(stream.blocks, sound, SOUND_RATE, stream.BLOCK)
    listener = Listener(Known(), model.facts, str(sound))
    features = recording_features(listener.through(blocks()), model.facts.rate, model.features)
    if not features.speech.any():
        raise BadData(f"{sound}: no speech detected; the recording is not used")
    mean, std = statistics(features.sums())
    frames = len(features.acoustics)
    recognized = phones = listener.evidence(frames, features.samples).values
    if known.is_timed:
        aligner = Listener(known, model.facts, str(sound))
        for _ in aligner.through(blocks()):
            pass
        phones = aligner.evidence(frames, features.samples).values
    assert recognized is not None
    assert phones is not None
    return Heard(sound.name, ((features.acoustics - mean) / std).astype(np.float32), recognized, phones)
