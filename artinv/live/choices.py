"""Check of pipelines/live/params.yaml as a whole, before any stage of the pipeline runs."""

from pathlib import Path

from artinv.live.features import FrontParams
from artinv.live.sessions import SessionParams
from artinv.live.training import LiveFitParams
from artinv.runtime.errors import ArtinvError, BadParams, expected
from artinv.runtime.params import ProfileParams, read_yaml

SECTIONS: tuple[type[ProfileParams], ...] = (SessionParams, FrontParams, LiveFitParams)

MOST_LATENCY = 0.25
"""s; with more look-ahead the page could not show the motion within 0.3 s of the sound."""


def check(path: Path) -> None:
    """Raise BadParams at the first fault of a params.yaml, in whichever profile it is."""
    content = read_yaml(path)
    known = ["profile", "profiles", *(kind.section for kind in SECTIONS)]
    for key in content:
        if key not in known:
            raise BadParams(f"{path}: unknown key '{key}'; {expected(str(key), known)}")
    for kind in SECTIONS:
        kind.within(content, str(path))
    for profile, sections in content["profiles"].items():
        for key in sections:
            if key not in known[2:]:
                raise BadParams(f"{path}: unknown key 'profiles.{profile}.{key}'; {expected(str(key), known[2:])}")
        try:
            _check_profile({**content, "profile": profile}, path)
        except ArtinvError as error:
            raise BadParams(f"{path}: profiles.{profile}: {str(error).removeprefix(f'{path}: ')}") from None


def _check_profile(content: dict, path: Path) -> None:
    session, front, fit = (kind.within(content, str(path)) for kind in SECTIONS)
    assert isinstance(session, SessionParams)
    assert isinstance(front, FrontParams)
    assert isinstance(fit, LiveFitParams)
    if 0 < session.speakers <= fit.valid_speakers:
        fault = f"{session.speakers} leave none for training beside {fit.valid_speakers} for validation"
        raise BadParams(f"sessions.speakers: {fault}; use more, or 0 for all")
    latency = (fit.sizes.ahead + 1) / front.rate + front.window / 32000
    if latency > MOST_LATENCY:
        raise BadParams(f"train.sizes: a latency of {latency:.2f} s is above {MOST_LATENCY} s; lower `delay` or `smooth`")
