"""Points at which layers are compared with factors: the middle frames of the steps of utterances, without labelled silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.ids import SpeakerId
from artinv.core.records import Frames
from artinv.phones.corpora import phone_of
from artinv.runtime.errors import BadData

_SEXES = {"f": "female", "m": "male"}


def sex_of(speaker: SpeakerId) -> str:
    """Return the sex of a speaker of the four corpora, which begin the names with it.

    >>> sex_of(SpeakerId("mocha/fsew0")), sex_of(SpeakerId("mngu0/MNGU0"))
    ('female', 'male')
    """
    if speaker.name[:1].lower() not in _SEXES:
        raise BadData(f"{speaker}: the sex of this speaker is unknown; take its corpus off the list of corpora")
    return _SEXES[speaker.name[0].lower()]


@dataclass(frozen=True)
class Points:
    """Points, in the order of their utterances."""

    utterances: np.ndarray  # (points,) int64, number of the utterance
    steps: np.ndarray  # (points,) int64, step of the network in that utterance
    speakers: np.ndarray  # (points,) text
    phones: np.ndarray  # (points,) text, "" where the utterance has no labels
    motion: np.ndarray  # (points, 18) standard deviations of the speaker, NaN where missing

    @cached_property
    def sexes(self) -> np.ndarray:
        """Return the sex of the speaker of each point."""
        return np.array([sex_of(SpeakerId(name)) for name in self.speakers])

    def take(self, chosen: np.ndarray) -> "Points":
        """Return the points with these numbers."""
        return Points(*(getattr(self, name)[chosen] for name in ("utterances", "steps", "speakers", "phones", "motion")))

    def of(self, layer: Sequence[np.ndarray]) -> np.ndarray:
        """Return the values of a layer (points, values) float64, given by utterance (steps, values)."""
        out = np.empty((len(self.steps), layer[0].shape[1]))
        for number in np.unique(self.utterances):
            own = self.utterances == number
            out[own] = layer[number][self.steps[own]]
        return out


def points_of(utterances: Sequence[Frames], stride: int, most: int, rng: np.random.Generator) -> Points:
    """Return the points of utterances, at most `most` of each speaker, drawn at random."""
    rows: list[tuple[int, int, str, str]] = []
    motions = []
    for number, frames in enumerate(utterances):
        times = np.arange(stride // 2, len(frames.motion), stride)
        names, known = np.full(len(times), "", object), bool(frames.phones)
        for label in frames.phones:
            names[(times / frames.rate >= label.start) & (times / frames.rate < label.end)] = phone_of(frames.corpus, label.text)
        for step in np.flatnonzero(names.astype(bool) | (not known)):
            rows.append((number, int(step), str(frames.speaker_id), str(names[step])))
            motions.append(frames.motion[times[step]])
    if not rows:
        raise BadData(f"the {len(utterances)} utterances hold no phone; add recordings of speech")
    numbers, steps, speakers, phones = (np.array(column) for column in zip(*rows, strict=True))
    kept = np.concatenate([rng.permutation(np.flatnonzero(speakers == name))[:most] for name in np.unique(speakers)])
    everything = Points(numbers, steps, speakers, phones, np.array(motions, np.float64).reshape(-1, len(CHANNELS)))
    return everything.take(np.sort(kept))
