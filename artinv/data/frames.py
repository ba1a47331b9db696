"""Compute frames from cleaned utterances: acoustic features and 18 trajectories, with all speakers in one coordinate frame."""

from collections.abc import Mapping
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
from artinv.runtime.errors import BadData
from artinv.signal.features import FeatureParams, acoustics


def build(corpus: str, params: FeatureParams, workspace: Workspace, *, workers: int = 0) -> None:
    """Write data/features from data/cleaned, and each speaker's translation to metrics/frame."""
    source = workspace.cleaned / corpus
    first = next(iter(read(source, Utterance)), None)  # `framed` and `origin` are the same for all utterances of a corpus
    frames = {}
    if first and not first.framed:
        frames = coordinate_frame.estimate(map_records(source, Utterance, coordinate_frame.level, f"frame {corpus}", workers=workers))
    work = partial(features, params=params, frames=frames)
    transform(source, workspace.features / corpus, Utterance, work, f"features {corpus}", workers=workers)
    report = {"estimated": bool(frames), "translation_mm": coordinate_frame.summary(frames), "undefined": coordinate_frame.UNDEFINED if frames else {}}
    write_json(workspace.frame_metrics / f"{corpus}.json", report | stamp(common_origin({first.origin} if first else ())))


def features(utterance: Utterance, params: FeatureParams, frames: Mapping[str, coordinate_frame.Frame] | None = None) -> Frames:
    """Compute acoustics and motion at the rate of the cleaned coils; unreliable channels become NaN.

    `frames` holds the translation of the speaker if `utterance.framed` is false; without it, channels that depend on the origin
    become NaN.
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
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=utterance.name, order=utterance.order, sentence=utterance.sentence,
        part=part_of(utterance), rate=utterance.coil_rate, acoustics=values, motion=motion, phones=utterance.phones,
        origin=utterance.origin,
    )
