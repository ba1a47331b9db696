"""Hand-made `Profile` records of recordings, for tests of single checks."""

from dataclasses import replace

import numpy as np

from artinv.checks.finding import Session
from artinv.checks.moments import NOTHING
from artinv.checks.profiles import Profile, SourceProfile, Tokens
from artinv.corpora import facts
from artinv.data.clean import CleanParams
from artinv.data.clean_report import Report
from tools.deps import CHOICES

PARAMS = CleanParams.load(CHOICES)


def profile_at(places, number=0):
    """Return the profile of an utterance of which only mean positions (6, 2) in mm are given."""
    mean = np.append(np.ravel(places), [np.nan, np.nan])
    nothing = Tokens(texts=(), frames=np.zeros(0), bands=np.zeros((0, 24), np.float32))
    return Profile(
        id=f"hprc/F01/{number}", files=("a",), seconds=1, motion_seconds=1, sound_rate=44100, coil_rate=100, level=-20, clipped=0,
        sound_digest="", motion_digest="", mean=mean, std=np.ones(14), known=np.ones(14), label_end=0, contrast=True,
        tokens=nothing, notes=(), report=Report(id="", speaker="", recorded=1), shares=np.zeros(0), frames=0, moments=NOTHING,
    )


def session(places, *, synthetic=False, name="F01"):
    profiles = tuple(replace(profile_at(place, number), id=f"hprc/{name}/{number}") for number, place in enumerate(places))
    sources = tuple(SourceProfile(speaker=name, name=profile.id, files=("a",), profiles=(profile,)) for profile in profiles)
    return Session(corpus=facts.get("hprc"), speaker=name, synthetic=synthetic, params=PARAMS, sources=sources)
