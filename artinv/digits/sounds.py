"""Digits as sounds of one length: prepared, divided into three parts, stored, read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import soxr
import torch
from pydantic import Field
from torch import Tensor

from artinv.core import store
from artinv.core.ids import by_number
from artinv.core.records import Utterance
from artinv.digits.spectra import HOP, PEAK, RATE, SAMPLES
from artinv.digits.words import DIGITS, NAMES
from artinv.formats import sound as sounds
from artinv.runtime.errors import BadData, expected_content
from artinv.runtime.params import ProfileParams

PARTS = ("train", "valid", "test")
JOB = "make digits"

_FULL = 32767
_START = 2 * HOP  # samples before the first audible one
_STEP = 80  # samples, 10 ms: step in which audible sound is searched
_QUIET_DB = 40.0  # below the loudest step: not audible
_MARGIN = 160  # samples kept before and after what is audible
_FADE = 40  # samples
_AROUND = 0.04  # s kept before and after a word whose time is known
_NAME = re.compile(r"([0-9])_(.+)_([0-9]+)\.wav")
_TEST_TAKES, _VALID_TAKES = 5, 8  # official: takes 0 to 4 are the test; 5 to 7 decide which epoch is the best
_CHARACTERS = 40  # of a speaker's name


class SampleParams(ProfileParams):
    """How recordings are divided."""

    section: ClassVar[str] = "sample"
    valid_speakers: int = Field(ge=1)  # synthetic speakers who decide which epoch is the best
    test_speakers: int = Field(ge=1)  # synthetic speakers whom only the test uses


@dataclass(frozen=True, slots=True)
class Clips:
    """Sounds of digits."""

    sounds: np.ndarray  # (N, 6048) int16, each with the peak 16384
    digits: np.ndarray  # (N,) int64
    speakers: np.ndarray  # (N,) names
    origin: str  # real | synthetic

    def __post_init__(self) -> None:
        """Check the shapes."""
        fits = self.sounds.shape == (len(self.digits), SAMPLES) and self.speakers.shape == self.digits.shape
        known = len(self.digits) > 0 and bool(((self.digits >= 0) & (self.digits < DIGITS)).all())
        if not fits or not known or self.sounds.dtype != np.int16:
            raise ValueError(f"sounds {self.sounds.shape}, digits {self.digits.shape}, speakers {self.speakers.shape}")

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.digits)

    def only(self, chosen: np.ndarray) -> "Clips":
        """Return some of the sounds, by number or mask."""
        return Clips(self.sounds[chosen], self.digits[chosen], self.speakers[chosen], self.origin)

    def sound(self) -> Tensor:
        """Return the sounds (N, 6048) float32."""
        return to_float(self.sounds)

    def labels(self) -> Tensor:
        """Return the digits (N,)."""
        return torch.from_numpy(self.digits)


def prepare(sound: np.ndarray, rate: float, name: str) -> np.ndarray:
    """Return a sound of any length as (6048,) int16 at 8 kHz: what is audible, from 24 ms after the start, peak 0.5.

    What is audible after 0.73 s is cut off.
    """
    at_rate = sound if rate == RATE else soxr.resample(sound, rate, RATE)
    if not len(at_rate) or not np.isfinite(at_rate).all() or float(np.abs(at_rate).max()) < 10 ** (-60 / 20):
        raise BadData(f"{name}: is silent; remove it, or record it again")
    padded = np.pad(at_rate, (0, -len(at_rate) % _STEP)).reshape(-1, _STEP)
    power = np.square(padded, dtype=np.float64).mean(1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-_QUIET_DB / 10))
    first, last = max(0, loud[0] * _STEP - _MARGIN), min(len(at_rate), (loud[-1] + 1) * _STEP + _MARGIN)
    kept = np.array(at_rate[first:last][: SAMPLES - _START], np.float32)
    ramp = np.linspace(0, 1, min(_FADE, len(kept)), dtype=np.float32)
    kept[: len(ramp)] *= ramp
    kept[len(kept) - len(ramp):] *= ramp[::-1]
    whole = np.zeros(SAMPLES, np.float32)
    whole[_START:_START + len(kept)] = kept
    return to_int16(whole[None])[0]


def to_int16(sound: np.ndarray) -> np.ndarray:
    """Return sounds (N, 6048) as int16 with the peak 0.5."""
    peaks = np.maximum(np.abs(sound).max(1, keepdims=True), 1e-9)
    return np.rint(sound * (PEAK * _FULL / peaks)).astype(np.int16)


def to_float(sounds: np.ndarray) -> Tensor:
    """Return int16 sounds (N, 6048) as float32 with the full scale 1.

    >>> to_float(np.array([[-32767, 0]], np.int16)).tolist()
    [[-1.0, 0.0]]
    """
    return torch.from_numpy(sounds.astype(np.float32) / np.float32(_FULL))


def read(folder: Path) -> tuple[Clips, np.ndarray]:
    """Read a folder of digits, and return the sounds and the number of the take (N,) of each.

    The folder has the layout of FSDD, recordings/DIGIT_SPEAKER_TAKE.wav, or holds what synthetic speakers said, SPEAKER.npz.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}: is missing; put FSDD there, or set `recordings` to the digits of synthetic speakers")
    speakers = store.speakers(folder)
    if speakers:
        return _clips(_spoken(store.read(folder, Utterance)), "synthetic")
    paths = sorted((folder / "recordings").glob("*.wav"))
    if not paths:
        raise BadData(f"{folder}: holds no recordings/DIGIT_SPEAKER_TAKE.wav; put FSDD there as it unpacks")
    return _clips(map(_recording, paths), "real")


def divide(clips: Clips, takes: np.ndarray, params: SampleParams) -> dict[str, Clips]:
    """Return the three parts: real recordings by take (official test: 0 to 4), synthetic ones by speaker."""
    if clips.origin == "real":
        test, train = takes < _TEST_TAKES, takes >= _VALID_TAKES
        masks = {"test": test, "valid": ~test & ~train, "train": train}
    else:
        names, apart = by_number(set(clips.speakers.tolist())), params.valid_speakers + params.test_speakers
        if len(names) <= apart:
            cure = f"raise speak.speakers above {apart}, or lower sample.*_speakers"
            raise BadData(f"{len(names)} speakers cannot be divided; {cure}")
        groups = {"test": names[:params.test_speakers], "valid": names[params.test_speakers:apart], "train": names[apart:]}
        masks = {part: np.isin(clips.speakers, group) for part, group in groups.items()}
    if empty := [part for part in PARTS if len(set(clips.digits[masks[part]].tolist())) < DIGITS]:
        raise BadData(f"the {empty[0]} part lacks a digit; add recordings, so that each part has all {DIGITS}")
    return {part: clips.only(masks[part]) for part in PARTS}


def save(folder: Path, parts: dict[str, Clips]) -> None:
    """Write a file for each part."""
    for part, clips in parts.items():
        store.save_arrays(folder / f"{part}.npz", {
            "sounds": clips.sounds, "digits": clips.digits, "speakers": clips.speakers, "origin": np.array(clips.origin),
        })


def load(folder: Path, part: str) -> Clips:
    """Read a part."""
    path = folder / f"{part}.npz"
    arrays = store.load_arrays(path)
    with expected_content(path, JOB):
        return Clips(arrays["sounds"], arrays["digits"], arrays["speakers"], str(arrays["origin"]))


def _spoken(utterances: Iterable[Utterance]) -> Iterable[tuple[np.ndarray, int, str, int]]:
    """Yield the sound, the digit, the speaker and the take of each utterance."""
    for utterance in utterances:
        word = utterance.words[0]
        ends = (round(time * utterance.sound_rate) for time in (max(word.start - _AROUND, 0), word.end + _AROUND))
        sound = prepare(utterance.sound[slice(*ends)], utterance.sound_rate, utterance.id)
        yield sound, NAMES.index(utterance.sentence), utterance.speaker, utterance.order // DIGITS


def _recording(path: Path) -> tuple[np.ndarray, int, str, int]:
    match = _NAME.fullmatch(path.name)
    if match is None or len(match[2]) > _CHARACTERS:
        raise BadData(f"{path}: is not named DIGIT_SPEAKER_TAKE.wav; rename it, or move it elsewhere")
    return prepare(*sounds.read(path), str(path)), int(match[1]), match[2], int(match[3])


def _clips(rows: Iterable[tuple[np.ndarray, int, str, int]], origin: str) -> tuple[Clips, np.ndarray]:
    values, digits, speakers, takes = zip(*rows, strict=True)
    return Clips(np.stack(values), np.array(digits, np.int64), np.array(speakers), origin), np.array(takes, np.int64)
