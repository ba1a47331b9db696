"""The voices that can speak: a neutral woman and man, and the synthetic speakers of the demo corpora."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.corpora import facts
from artinv.runtime.errors import BadParams, expected
from artinv.synth.fitting.prior import Prior
from artinv.synth.fitting.resynthesis import head_of
from artinv.synth.speaker.speakers import Speaker, Variability, make_speaker
from artinv.synth.tract.render import Synth

NEUTRAL = ("woman", "man")
"""Voices of average size without random differences; a default is one of them."""

_COLUMNS = [CHANNELS.index(column) for column in COIL_COLUMNS]


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A synthetic person who can speak."""

    name: str
    speaker: Speaker
    synth: Synth
    prior: Prior


def names() -> list[str]:
    """Return the names of all voices."""
    return [*NEUTRAL, *sorted(speaker for corpus in facts.names() for speaker in facts.get(corpus).speakers)]


def check(name: str, place: str = "") -> None:
    """Reject a name that no voice has; `place` begins the message."""
    if name not in names():
        raise BadParams(f"{place}unknown voice '{name}'; {expected(name, names())}")


@lru_cache(maxsize=4)
def voice(name: str) -> Voice:
    """Return a voice by its name."""
    check(name)
    if name in NEUTRAL:
        none = dict.fromkeys(Variability.model_fields, 0.0)
        speaker = make_speaker("female" if name == "woman" else "male", Variability.of(none | {"token": 1.0}))
    else:
        speaker = make_speaker(name)
    return Voice(name, speaker, *head_of(speaker))


def nearest(mean: np.ndarray, std: np.ndarray) -> Voice:
    """Return the neutral voice whose coils have the most similar statistics; `mean` and `std` (18,) in mm, NaN where unknown.

    Places are compared after the best shift, because the origin is unknown; a coil counts in the standard deviations of the voice.
    """
    def distance(candidate: Voice) -> float:
        scale = candidate.prior.coil_std.numpy().astype(np.float64)
        offset = (mean[_COLUMNS] - candidate.prior.coil_mean.numpy()).reshape(-1, 2)
        offset = ((offset - np.nanmean(offset, axis=0)) / scale.reshape(-1, 2)).ravel()
        spread = np.log(np.maximum(std[_COLUMNS], 0.05) / scale)
        return float(np.nansum(offset**2) + np.nansum(spread**2))

    return min(map(voice, NEUTRAL), key=distance)
