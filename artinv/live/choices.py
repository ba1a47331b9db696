"""Check of pipelines/live/params.yaml as a whole, before any stage of the pipeline runs."""

from pathlib import Path

from artinv.live.features import FrontParams
from artinv.live.network import latency
from artinv.live.sessions import SessionParams
from artinv.live.training import LiveFitParams
from artinv.runtime.errors import BadParams
from artinv.runtime.params import ProfileParams, check_profiles

SECTIONS: tuple[type[ProfileParams], ...] = (SessionParams, FrontParams, LiveFitParams)

MOST_LATENCY = 0.25
"""s; with more look-ahead the page could not show the motion within 0.3 s of the sound."""


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    check_profiles(path, SECTIONS, _check_profile)


def _check_profile(session: SessionParams, front: FrontParams, fit: LiveFitParams) -> None:
    if 0 < session.speakers <= fit.valid_speakers:
        fault = f"{session.speakers} leave none for training beside {fit.valid_speakers} for validation"
        raise BadParams(f"sessions.speakers: {fault}; use more, or 0 for all")
    if (delay := latency(front, fit.sizes)) > MOST_LATENCY:
        raise BadParams(f"train.sizes: a latency of {delay:.2f} s is above {MOST_LATENCY} s; lower `delay` or `smooth`")
