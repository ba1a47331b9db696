"""Player page: one or two scenes -> one self-contained HTML file, without network or other files."""

import base64
import html
import json
import math
import re
from collections.abc import Iterable

import numpy as np

from artinv.core.channels import CHANNELS, UNITLESS, UNITS
from artinv.core.trajectory import Trajectory
from artinv.show.html import head, part
from artinv.show.view import acoustics, align, sagittal, words
from artinv.show.view.electrodes import Electrodes
from artinv.show.view.profile import fit
from artinv.show.view.scene import Scene
from artinv.show.view.takes import Line, lines_of
from artinv.signal.endpoints import is_silent

_SCRIPTS = ("head.js", "timeline.js", "sagittal.js", "tracks.js", "player.js")
_MEDIA = ("img-src data: blob:", "media-src blob:")
_DANGEROUS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}
"""Characters that could end the element with the data, and their escapes in JSON strings."""


def render(scene: Scene, other: Scene | None = None, *, way: str = "none", electrodes: Electrodes | None = None) -> str:
    """Return the page, with a second take on top of the first if there is one; `way` is one of `align.WAYS`.

    `electrodes` are drawn below the head, as strong as their signals.

    All input is inserted as escaped text or as JSON, never as markup or code.
    """
    template, style, *scripts = (part("artinv.show.view", name) for name in ("page.html", "page.css", *_SCRIPTS))
    script = "\n".join(scripts if electrodes is None else [*scripts, part("artinv.show.view", "electrodes.js")])
    takes = [scene] if other is None else [scene, other]
    name = " · ".join(take.name for take in takes)
    sources = dict.fromkeys(take.phone_note for take in takes)
    return filled(template, {
        "head": head(f"{name} · how the mouth moved", style, script, _MEDIA), "script": script,
        "data": _json(content(scene, other, way) | ({} if electrodes is None else {"electrodes": electrodes.content()})),
        "beside": "" if electrodes is None else electrodes.markup(),
        "name": html.escape(name), "text": html.escape(" · ".join(dict.fromkeys(take.text for take in takes if take.text))),
        "model": html.escape(scene.model), "terms": _terms(takes),
        "badges": _items(_different(take.badges for take in takes)),
        "caveats": _items(_different(take.notes for take in takes)),
        "notes": _items((*sources, scene.palate_note, "tongue, lips, jaw, velum and nose: drawn to fit the coils")),
    })


def filled(template: str, parts: dict[str, str]) -> str:
    """Replace each placeholder by its part; placeholders inside parts are not replaced.

    >>> filled("<b>{{name}}</b>{{text}}", {"name": "{{text}}", "text": "x"})
    '<b>{{text}}</b>x'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda placeholder: parts[placeholder[1]], template)


def content(scene: Scene, other: Scene | None = None, way: str = "none") -> dict:
    """Return the data for the scripts."""
    outline, pieces = acoustics.outline(scene.sound, scene.sound_rate)
    spectrum, columns = acoustics.spectrogram(scene.sound, scene.sound_rate)
    lines = lines_of(scene, other)
    likeness = scene.correlations if other is None else [None] * len(CHANNELS)
    return {
        "name": scene.name, "seconds": scene.seconds, "opens": math.ceil(100 * align.speech(scene)[0] - 1e-6) / 100,
        "phones": [[phone.text, round(phone.start, 4), round(phone.end, 4)] for phone in scene.phones],
        "silences": sorted({phone.text for phone in scene.phones if is_silent(phone.text)}),
        "channels": [
            {"name": name, "title": words.curve(name), "unit": UNITS[name], "likeness": correlation}
            for name, correlation in zip(CHANNELS, likeness, strict=True)
        ],
        "coils": sagittal.NAMES, "tongue": sagittal.TONGUE,
        "head": fit({line.key: line.trajectory.motion for line in lines}, scene.palate).to_json(),
        "lines": {line.key: _motion(line) for line in lines},
        "wave": {"rate": pieces, "ends": _base64(outline.tobytes())},
        "spectrogram": {"rate": columns, "top": acoustics.TOP, "png": _base64(acoustics.picture(spectrum))},
        "sound": _sound(scene), "other": None if other is None else {
            "name": other.name, "seconds": other.seconds, "sound": _sound(other), "way": way,
            "align": {name: align.knots(scene, other, name) for name in align.WAYS if name != "none"},
        },
    }


def _terms(takes: list[Scene]) -> str:
    """Return the explanations of the terms that the page uses."""
    motions = {kind: motion for take in takes for kind, motion in take.motions.items()}
    absent = {
        "measured": "measured" not in motions, words.ESTIMATE: "predicted" not in motions, "phones": not takes[0].phones,
        "likely range": all(motion.margin is None for motion in motions.values()), "r": len(takes) > 1 or len(motions) < 2,
    }
    return "".join(
        f'<details class="term"><summary>{html.escape(term)} <span class="ask" aria-hidden="true">?</span></summary>'
        f"<p>{html.escape(text)}</p></details>" for term, text in words.TERMS.items() if not absent.get(term)
    )


def _different(groups: Iterable[Iterable[str]]) -> list[str]:
    """Return all texts once."""
    return list(dict.fromkeys(text for group in groups for text in group))


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{html.escape(text)}</li>" for text in texts if text)


def _sound(scene: Scene) -> dict[str, str]:
    return {"type": "audio/wav", "bytes": _base64(acoustics.wav(scene.sound, scene.sound_rate))}


def _motion(line: Line) -> dict:
    trajectory: Trajectory = line.trajectory
    margin = None if trajectory.margin is None else _columns(trajectory.margin)
    return {
        "rate": trajectory.rate, "motion": _columns(trajectory.motion), "margin": margin, "level": trajectory.level,
        "kind": line.kind, "take": line.take, "name": line.name,
    }


def _columns(values: np.ndarray) -> list[list[float | None]]:
    """Return a list per channel, rounded to 0.01 mm, or to 0.0001 without unit."""
    return [_numbers(values[:, column], 4 if name in UNITLESS else 2) for column, name in enumerate(CHANNELS)]


def _numbers(values: np.ndarray, digits: int = 2) -> list:
    """Return nested lists, with None for missing values."""
    rounded = np.round(np.asarray(values, float), digits)
    numbers = rounded.astype(object)
    numbers[~np.isfinite(rounded)] = None
    return numbers.tolist()


def _json(data: dict) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(_DANGEROUS)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
