"""The live page: a live model -> one self-contained HTML file, without network or other files."""

import base64
import html
import json
import re
from dataclasses import replace

import numpy as np

from artinv import __version__
from artinv.core.channels import CHANNELS, UNITS
from artinv.live.model import BUNDLED, LiveModel
from artinv.live.stream import SPEAKER
from artinv.show.html import head, part
from artinv.show.view import sagittal, words
from artinv.show.view.page import filled
from artinv.show.view.profile import Profile, fit

DRAWING = ("head.js", "timeline.js", "sagittal.js")
"""Scripts of artinv/show/view that draw the head."""

COMPUTING = ("model.js", "resampler.js", "features.js", "network.js", "stream.js")
"""Scripts that estimate motion."""

PAGE = ("microphone.js", "takes.js", "curves.js", "live.js")

SHOWN = ("tt_y", "td_y", "li_y", "la")
"""Channels that have a curve."""

_CLOSED = 4.0  # percentile of the lip opening in usual motion at which the drawn lips touch
_DANGEROUS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}
_TERMS = (words.ESTIMATE, "likely range", "curves")
_HEAD = (
    "Only the dots are estimated. Tongue, lips, jaw and velum are drawn to fit them, in the head of an average speaker. Lips are "
    "drawn closed where the lip dots are nearest in usual speech. Blue marks where the tongue touches the palate."
)
_TONGUE = re.compile(r"([\d.]+)<!--live/real:channels\.t[tbd]_[xy]:")


def render(model: LiveModel) -> str:
    """Return the page of a live model."""
    style = part("artinv.show.view", "page.css") + part("artinv.show.live", "live.css")
    scripts = [part("artinv.show.view", name) for name in DRAWING]
    scripts += [part("artinv.show.live", name) for name in (*COMPUTING, *PAGE)]
    script, media = "\n".join(scripts), ("media-src blob:",)  # and data: below, for the code of the thread of the sound
    return filled(part("artinv.show.live", "page.html"), {
        "head": head("artinv live: speak, and watch the mouth", style, script, media, sources=("data:",)), "script": script,
        "data": json.dumps(content(model), allow_nan=False, separators=(",", ":")).translate(_DANGEROUS),
        "badges": "".join(f"<li>{html.escape(text)}</li>" for text in (
            words.recording(""), words.estimate(model.facts.provenance.get("origin", "")))),
        "accuracy": html.escape("; ".join(filter(None, (accuracy(model), f"model {model.title}, in mm of the {SPEAKER}")))),
        "curves": "".join(map(_row, SHOWN)), "terms": _terms(),
    })


def content(model: LiveModel) -> dict:
    """Return the data for the scripts; `facts` are the header of a saved table, as `artinv.inversion.export` writes it."""
    origin = model.facts.provenance.get("origin", "")
    speakers = f"{origin.upper() if origin == 'synthetic' else origin} speakers"
    line = {"kind": "predicted", "level": model.facts.level}
    return {
        "channels": CHANNELS, "coils": sagittal.NAMES, "tongue": sagittal.TONGUE, "curves": SHOWN, "head": drawing(model).to_json(),
        "lines": {"now": line | {"take": 0, "name": words.ESTIMATE}, "other": line | {"take": 1, "name": "the other take"}},
        "model": base64.b64encode(model.to_bytes()).decode("ascii"),
        "facts": {
            "by": f"artinv {__version__}, articulation inferred from sound while it was recorded",
            "name": "", "rate": "", "frames": "", "model": model.title, "trained_on": speakers, "speaker": SPEAKER,
            "units": "mm, but ttcl and tbcl without unit; x to the front, y up, from the upper incisors; time in s",
            "level": f"{model.facts.level:g}",
        },
    }


def drawing(model: LiveModel) -> Profile:
    """Return the fixed parts of the head, fitted to the usual motion of the model."""
    profile = fit({"now": model.poses}, np.zeros((0, 2)))
    person = profile.people["now"]
    apart = model.poses[:, CHANNELS.index("ul_y")] - model.poses[:, CHANNELS.index("ll_y")]
    closing = replace(person, contact=round(float(np.percentile(apart, _CLOSED)), 3))
    return replace(profile, people={"now": closing, "other": closing})


def accuracy(model: LiveModel) -> str:
    """Return how well the bundled model followed the tongue on real recordings, from its card; empty for another model."""
    figures = [float(value) for value in _TONGUE.findall(BUNDLED.with_suffix(".md").read_text(encoding="utf-8"))]
    if not figures or model.to_bytes() != BUNDLED.read_bytes():
        return ""
    return f"on real recordings it followed the tongue with r = {np.mean(figures):.2f} on average (0 is chance, 1 is perfect)"


def _row(channel: str) -> str:
    title, unit = html.escape(words.curve(channel)), html.escape(UNITS[channel])
    return (f'<div class="row track"><div class="label"><span>{title} <small>{unit}</small></span></div><div class="ticks"></div>'
            f'<canvas data-channel="{channel}" role="img" aria-label="{title} over time"></canvas></div>')


def _terms() -> str:
    terms = {**{term: words.TERMS[term] for term in _TERMS}, "the head": _HEAD}
    return "".join(
        f'<details class="term"><summary>{html.escape(term)} <span class="ask" aria-hidden="true">?</span></summary>'
        f"<p>{html.escape(text)}</p></details>" for term, text in terms.items()
    )
