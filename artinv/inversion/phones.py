"""What is known of the phones of a recording besides its sound, and the evidence that follows from it for a model."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artinv.core.records import Label
from artinv.formats import labels as label_files
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.phones import evidence, recognizer
from artinv.phones.alignment import align
from artinv.phones.pronunciation import pronounce
from artinv.phones.recognition import Recognition
from artinv.predict.facts import Facts
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.signal.endpoints import is_silent
from artinv.signal.mfcc import SOUND_RATE

TIERS = ("phones", "phone", "phonemes", "phoneme", "segments", "segment", "phonetic", "mau")
"""Names of TextGrid tiers that hold phones, in lower case; the first that is there is read."""

WORD_TIERS = ("words", "word", "ort", "ort-mau")
"""Names of tiers whose words are aligned where no tier holds phones."""


@dataclass(frozen=True, slots=True)
class Known:
    """Words or phones that the user gives, and whether the recognizer may be used."""

    recognize: bool = True  # where the recognizer is installed
    text: str = ""
    text_file: Path | None = None
    label_file: Path | None = None  # a TextGrid, or rows of times and phones
    labels: tuple[Label, ...] = ()

    @property
    def is_timed(self) -> bool:
        """Return whether words or phones are given."""
        return bool(self.text or self.text_file or self.label_file or self.labels)

    def key(self, kinds: Collection[str]) -> bytes:
        """Return what a result of a model depends on, beyond its sound; `kinds` of evidence are those the model takes."""
        if self.is_timed:
            files = [path.read_bytes() if path else b"" for path in (self.text_file, self.label_file)]
            heard = recognizer.title() if recognizer.available() else ""
            plain = json.dumps([self.text, [[label.text, label.start, label.end] for label in self.labels], heard])
            return b"\0".join([plain.encode(), *files])
        return recognizer.title().encode() if self.hears(kinds) else b""

    def hears(self, kinds: Collection[str]) -> bool:
        """Return whether recognized phones are evidence, also beside known ones; `kinds` are those that a recognizer may supply."""
        return self.recognize and evidence.PHONES in kinds and recognizer.available()

    def check(self, facts: Facts) -> None:
        """Raise an error if the model, or this installation, cannot use what is given."""
        for kind, width in facts.evidence.items():
            if kind != evidence.PHONES or width != evidence.WIDTH:
                raise BadData(f"the model expects '{kind}' of {width} values; use the version of artinv that made it")
        if self.is_timed and evidence.PHONES not in facts.evidence:
            raise BadParams("words or phones: the model takes none; use the model that artinv comes with, or leave them out")


ALONE = Known(recognize=False)
"""Nothing but the sound is used."""


@dataclass(frozen=True, slots=True)
class PhoneEvidence:
    """Evidence for a model, and what it is based on."""

    values: np.ndarray | None = None  # (frames, classes) float32; None: not known
    title: str = ""  # source of the phones, for the headers of results; empty without evidence
    phones: tuple[Label, ...] = ()  # aligned, given or recognized
    tiers: tuple[Tier, ...] = ()  # `phones`, and before it `words` where words were aligned
    manner: str = ""  # how the phones are known: given, aligned or recognized
    recognized: np.ndarray | None = None  # (frames, classes) float32, what the recognizer alone says


class Listener:
    """The evidence of one recording, whose sound passes in blocks."""

    def __init__(self, known: Known, facts: Facts, origin: str) -> None:
        """Read the given words or phones; `origin` names the recording in messages."""
        known.check(facts)
        self._facts, self._origin, self._source = facts, origin, str(known.label_file or origin)
        self._labels, self._words, self._title = self._given(known)
        self._hears = known.hears(facts.recognizable)
        self._recognition = Recognition(states=bool(self._words)) if self._hears or self._words else None

    def through(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the blocks of a sound at 16 kHz and listen in passing."""
        return self._recognition.through(blocks) if self._recognition else iter(blocks)

    def evidence(self, frames: int, samples: int) -> PhoneEvidence:
        """Return the evidence for `frames` frames of the model, of a sound of `samples` samples."""
        heard = self._recognition.classes(frames, self._facts.rate) if self._recognition and self._hears else None
        seconds = samples / SOUND_RATE
        words, phones = self._aligned() if self._words else ((), self._labels)
        if not phones and heard is None:
            return PhoneEvidence()
        if phones:
            known = evidence.from_labels(phones, frames, self._facts.rate, self._source)
            values, manner = evidence.blended(known, heard), "aligned" if self._words else "given"
            title = self._title if heard is None or self._words else f"{self._title} and {recognizer.title()}"
        else:
            assert self._recognition
            assert heard is not None
            values, manner, title = heard, "recognized", f"recognized by {recognizer.title()}"
            phones = self._recognition.labels()
        if manner != "given":
            words, phones = _until(seconds, words), _until(seconds, phones)
        tiers = *((Tier("words", words),) if words else ()), Tier("phones", phones)
        return PhoneEvidence(values, title, phones, tiers, manner, heard)

    def _given(self, known: Known) -> tuple[tuple[Label, ...], tuple, str]:
        """Return labels, words and a title; at most one of labels and words."""
        if known.labels:
            return known.labels, (), "given labels"
        if known.label_file:
            labels, text = read_labels(known.label_file)
            if labels:
                return labels, (), f"labels of {known.label_file.name}"
            words = self._pronounced(text, str(known.label_file))
            return (), words, f"words of {known.label_file.name}, aligned by {recognizer.title()}"
        if known.text_file:
            words = self._pronounced(_text_of(known.text_file), str(known.text_file))
            return (), words, f"words of {known.text_file.name}, aligned by {recognizer.title()}"
        if known.text:
            return (), self._pronounced(known.text, "the text"), f"words of a text, aligned by {recognizer.title()}"
        return (), (), ""

    @staticmethod
    def _pronounced(text: str, origin: str) -> tuple:
        recognizer.check_installed(origin)
        return pronounce(text, origin)

    def _aligned(self) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
        """Return words and phones with their times."""
        assert self._recognition
        found = align(self._recognition.states, recognizer.senones().phones, self._words, self._origin)
        return found.words, found.phones


def _until(seconds: float, labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return labels that end with the sound."""
    return tuple(replace(label, end=min(label.end, seconds)) for label in labels if label.start < seconds)


def read_labels(path: Path) -> tuple[tuple[Label, ...], str]:
    """Return the phones of a TextGrid or label file; or no phones, and the words of a TextGrid that has these alone."""
    if path.suffix.lower() != ".textgrid":
        labels, text = label_files.read(path), ""
    else:
        grid = textgrid.read(path)
        phones, words = (_tier(grid, names) for names in (TIERS, WORD_TIERS))
        labels = phones.labels if phones else ()
        text = " ".join(label.text for label in words.labels if not is_silent(label.text)) if words and not phones else ""
        if not phones and not words:
            names = ", ".join(tier.name[:20] for tier in grid.tiers) or "none"
            fault = f"no tier is named {TIERS[0]} or {WORD_TIERS[0]} (its tiers: {names})"
            raise BadData(f"{path}: {fault}; rename the one that has them")
    if not text and all(is_silent(label.text) for label in labels):
        raise BadData(f"{path}: holds no phones; label them, or leave the file out")
    return labels, text


def _tier(grid: TextGrid, names: tuple[str, ...]) -> Tier | None:
    return next((tier for name in names for tier in grid.tiers if tier.name.strip().lower() == name and not tier.points), None)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: cannot be read as text ({reason(error)}); save it in UTF-8") from None
