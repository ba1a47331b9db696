"""One cleaned utterance -> frames: what is heard beside what moves (18 trajectories)."""

import numpy as np

from artinv import corpora
from artinv.acoustics import FeatureParams, acoustics
from artinv.channels import CHANNELS, derive
from artinv.errors import BadData
from artinv.parts import part_of
from artinv.utterance import Frames, Utterance


def features(utterance: Utterance, params: FeatureParams) -> Frames:
    """Acoustics and motion at the rate of the cleaned coils; channels that the corpus does not vouch for are unknown."""
    masked = corpora.get(utterance.corpus).masked
    motion = derive(utterance.coils)
    motion[:, [(utterance.speaker, channel) in masked for channel in CHANNELS]] = np.nan
    try:
        heard = acoustics(utterance.sound, round(utterance.sound_rate), utterance.coil_rate, params)
    except BadData as error:
        raise BadData(f"{utterance.id}: {error}") from None
    if len(heard) != len(motion):
        raise BadData(f"{utterance.id}: {len(heard)} frames of sound, {len(motion)} of motion; run `dvc repro clean` again")
    return Frames(
        corpus=utterance.corpus, speaker=utterance.speaker, name=utterance.name, order=utterance.order, sentence=utterance.sentence,
        part=part_of(utterance), rate=utterance.coil_rate, acoustics=heard, motion=motion, phones=utterance.phones,
        origin=utterance.origin,
    )
