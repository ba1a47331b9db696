"""The records that flow through the pipeline: Utterance, Label, Rejected, Frames."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.core.ids import SpeakerId, UtteranceId
from artinv.runtime.errors import BadData

PARTS = ("train", "valid", "test")
ORIGINS = ("real", "synthetic")


@dataclass(frozen=True, slots=True)
class Label:
    """A phone or a word and its time in seconds from the start of the sound."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected utterance and the reason; it is counted, never dropped silently."""

    id: UtteranceId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenSentence:
    """Who said which sentence: the fields that the records of an utterance share at every step."""

    corpus: str
    speaker: str
    name: str  # unique within the speaker, a file name without its extension
    order: int  # position in the recording session; neighbours in time have neighbouring numbers
    sentence: str  # key of the text: the same for every take, speaking rate and speaker

    @property
    def id(self) -> UtteranceId:
        """Return the id of the utterance, unique over all corpora."""
        return UtteranceId.of(self.corpus, self.speaker, self.name)

    @property
    def speaker_id(self) -> SpeakerId:
        """Return the id of the speaker, unique over all corpora."""
        return self.id.speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(SpokenSentence):
    """One spoken sentence: sound, coil positions and labels; all times count from the start of the sound."""

    sound: np.ndarray  # (samples,) float32 in [-1, 1]
    sound_rate: float  # Hz
    coils: np.ndarray  # (frames, 14) float32, mm, x to the front, y up; NaN where absent or lost
    coil_rate: float  # Hz
    coil_start: float = 0.0  # s, time of the first frame of coils
    text: str = ""
    phones: tuple[Label, ...] = ()
    words: tuple[Label, ...] = ()
    part: str = ""  # train | valid | test where the corpus has an official list, else empty
    notes: tuple[str, ...] = ()  # findings of the reader: a missing label file, a transcript that does not match
    origin: str = "real"  # real | synthetic
    framed: bool = True  # the coils' origin lies near the upper incisors; otherwise `artinv.data.coordinate_frame` moves it there

    def __post_init__(self) -> None:
        """Reject wrong shapes, types and values."""
        _check(self.id, self.sound.ndim == 1 and self.sound.dtype == np.float32, "sound is not (samples,) float32")
        _check(self.id, self.sound_rate > 0 and self.coil_rate > 0, "a rate is not above 0 Hz")
        shape_fits = self.coils.ndim == 2 and self.coils.shape[1] == len(COIL_COLUMNS)
        _check(self.id, shape_fits and self.coils.dtype == np.float32, "coils is not (frames, 14) float32")
        _check(self.id, not np.isinf(self.coils).any(), "coils holds infinities")
        _check(self.id, bool(np.isfinite(self.sound).all()), "sound holds values that are not numbers")
        _check(self.id, self.part in ("", *PARTS), f"part '{self.part}' is none of {PARTS}")
        _check(self.id, self.origin in ORIGINS, f"origin '{self.origin}' is none of {ORIGINS}")
        _check(self.id, all(label.end >= label.start for label in (*self.phones, *self.words)), "a label ends before it starts")

    @property
    def seconds(self) -> float:
        """Return the duration of the sound, s."""
        return len(self.sound) / self.sound_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames(SpokenSentence):
    """Acoustic features and motion of one utterance at the frame rate; frame k is at the time k / rate."""

    part: str  # train | valid | test: the part of its speaker's data that this utterance belongs to
    rate: float  # Hz
    acoustics: np.ndarray  # (frames, values) float32
    motion: np.ndarray  # (frames, 18) float32, mm or standard deviations; NaN where absent or lost
    phones: tuple[Label, ...] = ()  # seconds from frame 0
    origin: str = "real"  # real | synthetic

    def __post_init__(self) -> None:
        """Reject wrong shapes, types and values."""
        fits = self.acoustics.ndim == 2 and self.acoustics.dtype == np.float32
        _check(self.id, fits, "acoustics is not (frames, values) float32")
        _check(self.id, self.motion.shape == (len(self.acoustics), len(CHANNELS)), "motion is not (frames, 18)")
        _check(self.id, self.motion.dtype == np.float32 and not np.isinf(self.motion).any(), "motion is not finite float32 or NaN")
        _check(self.id, bool(np.isfinite(self.acoustics).all()), "acoustics holds values that are not numbers")
        _check(self.id, self.part in PARTS, f"part '{self.part}' is none of {PARTS}")


def common_origin(origins: Iterable[str]) -> str:
    """Return the origin that several records share, "mixed" if they differ, "unknown" if there are no records."""
    distinct = set(origins)
    return "mixed" if len(distinct) > 1 else next(iter(distinct), "unknown")


def sentence_key(text: str) -> str:
    """Return the words of a sentence in lower case without punctuation, so that spelling variants count as one sentence.

    >>> sentence_key("This was easy, for US!")
    'this was easy for us'
    """
    return " ".join(re.findall(r"[\w']+", text.lower()))


def _check(culprit: str, fits: bool, fault: str) -> None:
    if not fits:
        raise BadData(f"{culprit}: {fault}; correct the reader of this corpus, or remove the file")
