"""Compute frames from cleaned utterances: acoustic features and 18 trajectories, with all speakers in one coordinate frame.

Evidence of phones, if it is chosen, stands in each frame after the acoustic features. It is the evidence of this utterance alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import numpy as np

from artinv.core.channels import CHANNELS, UNITLESS, derive
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import Frames, Utterance, common_origin
from artinv.core.store import read
from artinv.core.transform import map_records, transform
from artinv.core.workspace import Workspace
from artinv.corpora import facts
from artinv.data import coordinate_frame
from artinv.data.partition import part_of
from artinv.phones import evidence, recognizer
from artinv.phones.classes import CLASSES
from artinv.phones.inputs import InputParams
from artinv.phones.known import evidence_of
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams, acoustics

LACKING = {
    "labels": ("phone labels", "add its label files"),
    "aligned": ("a text whose words the dictionary of the recognizer has", "add its transcripts"),
}
"""Source of known phones -> what a corpus without evidence lacks, and the cure."""
_SPEECH = np.array(CLASSES) != "silence"


def build(corpus: str, params: InputParams, workspace: Workspace, *, workers: int = 0) -> None:
    """Write data/features from data/cleaned.

    Also write to metrics/frame each speaker's translation and the number of utterances with known phones.
    """
    if params.source in ("aligned", "recognized"):
        recognizer.check_installed(f"features.phones: {params.source}")
    source = workspace.cleaned / corpus
    first = next(iter(read(source, Utterance)), None)  # `framed` and `origin` are the same for all utterances of a corpus
    frames = {}
    if first and not first.framed:
        frames = coordinate_frame.estimate(map_records(source, Utterance, coordinate_frame.level, f"frame {corpus}", workers=workers))
    work = partial(features, params=params, frames=frames, source=params.source)
    count = PhoneCount(corpus, params.source) if params.source in LACKING else None
    through = count.through if count else iter
    transform(source, workspace.features / corpus, Utterance, work, f"features {corpus}", workers=workers, through=through)
    report = {"estimated": bool(frames), "translation_mm": coordinate_frame.summary(frames), "undefined": coordinate_frame.UNDEFINED if frames else {}}
    known = {"phones": count.report} if count else {}
    write_json(workspace.frame_metrics / f"{corpus}.json", report | known | stamp(common_origin({first.origin} if first else ())))


class PhoneCount:
    """The number of utterances of a corpus whose phones are known, by speaker."""

    def __init__(self, corpus: str, source: str) -> None:
        """Begin without utterances; `source` is that of the evidence, one of LACKING."""
        self._corpus, self._source = corpus, source
        self._known: dict[str, int] = {}
        self._total = 0

    def through(self, records: Iterable[Frames]) -> Iterator[Frames]:
        """Yield frames and count them; raise BadData at the end if no phones are known of any utterance."""
        for frames in records:
            self._total += 1
            known = bool(frames.acoustics[:, -evidence.WIDTH:][:, _SPEECH].any())
            self._known[frames.speaker] = self._known.get(frames.speaker, 0) + known
            yield frames
        if self._total and not any(self._known.values()):
            what, cure = LACKING[self._source]
            raise BadData(f"{self._corpus}: features.phones is '{self._source}', but none of its {self._total} utterances has {what}; "
                          f"{cure}, take {self._corpus} off `corpora`, or choose another value of features.phones")

    @property
    def report(self) -> dict:
        """Return the counts for the metrics file."""
        without = sorted(speaker for speaker, count in self._known.items() if not count)
        return {"source": self._source, "utterances": self._total, "known": sum(self._known.values()), "speakers_without": without}


def features(
    utterance: Utterance, params: FeatureParams, frames: Mapping[str, coordinate_frame.Frame] | None = None, source: str = "",
) -> Frames:
    """Compute acoustics and motion at the rate of the cleaned coils; unreliable channels become NaN.

    `frames` holds the translation of the speaker if `utterance.framed` is false; without it, channels that depend on the origin
    become NaN. With a `source` of phones, evidence of them follows the acoustics; it is zero where nothing is known.
    """
    unknown = {channel for speaker, channel in facts.get(utterance.corpus).masked if speaker == utterance.speaker}
    coils = utterance.coils
    if not utterance.framed:
        unknown |= coordinate_frame.UNDEFINED.keys() if frames else set(UNITLESS)
        coils = coordinate_frame.translated(coils, coordinate_frame.translation(frames[utterance.speaker], utterance.order)) if frames else coils
    motion = derive(coils)
    motion[:, [channel in unknown for channel in CHANNELS]] = np.nan
    try:
        values = acoustics(utterance.sound, round(utterance.sound_rate), utterance.coil_rate, params)
    except BadData as error:
        raise BadData(f"{utterance.id}: {error}") from None
    if len(values) != len(motion):
        raise BadData(f"{utterance.id}: {len(values)} frames of sound, {len(motion)} of motion; run `dvc repro clean` again")
    if source:
        values = evidence.joined(values, evidence_of(utterance, source, len(values)))
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=utterance.name, order=utterance.order, sentence=utterance.sentence,
        part=part_of(utterance), rate=utterance.coil_rate, acoustics=values, motion=motion, phones=utterance.phones,
        origin=utterance.origin,
    )
