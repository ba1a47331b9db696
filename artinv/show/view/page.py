"""Player page: a scene -> one self-contained HTML file, without network or other files."""

import base64
import html
import json
import re
from collections.abc import Iterable

import numpy as np

from artinv.core.channels import CHANNELS, TITLES, UNITLESS, UNITS
from artinv.core.trajectory import Trajectory
from artinv.show.html import head, part
from artinv.show.view import acoustics, sagittal
from artinv.show.view.scene import Scene

_SCRIPTS = ("sagittal.js", "tracks.js", "player.js")
_MEDIA = ("img-src data: blob:", "media-src blob:")
_DANGEROUS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}
"""Characters that could end the element with the data, and their escapes in JSON strings."""


def render(scene: Scene) -> str:
    """Return the page. All input is inserted as escaped text or as JSON, never as markup or code."""
    template, style, *scripts = (part("artinv.show.view", name) for name in ("page.html", "page.css", *_SCRIPTS))
    script = "\n".join(scripts)
    return filled(template, {
        "head": head(f"{scene.name} · how the mouth moved", style, script, _MEDIA), "script": script, "data": _json(content(scene)),
        "name": html.escape(scene.name), "text": html.escape(scene.text), "model": html.escape(scene.model),
        "badges": _items(scene.badges), "caveats": _items(scene.notes), "notes": _items((scene.palate_note,)),
    })


def filled(template: str, parts: dict[str, str]) -> str:
    """Replace each placeholder by its part; placeholders inside parts are not replaced.

    >>> filled("<b>{{name}}</b>{{text}}", {"name": "{{text}}", "text": "x"})
    '<b>{{text}}</b>x'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda placeholder: parts[placeholder[1]], template)


def content(scene: Scene) -> dict:
    """Return the data for the scripts."""
    outline, pieces = acoustics.outline(scene.sound, scene.sound_rate)
    spectrum, columns = acoustics.spectrogram(scene.sound, scene.sound_rate)
    positions = [sagittal.points(trajectory.motion, coil) for trajectory in scene.motions.values() for coil in sagittal.COILS]
    return {
        "name": scene.name, "seconds": scene.seconds,
        "phones": [[phone.text, round(phone.start, 4), round(phone.end, 4)] for phone in scene.phones],
        "channels": [
            {"name": name, "title": TITLES[name].replace("constriction ", ""), "unit": UNITS[name], "likeness": correlation}
            for name, correlation in zip(CHANNELS, scene.correlations, strict=True)
        ],
        "coils": sagittal.NAMES, "tongue": sagittal.TONGUE,
        "palate": _numbers(scene.palate), "bounds": [round(edge, 2) for edge in sagittal.bounds([scene.palate, *positions])],
        "lines": {kind: _motion(trajectory) for kind, trajectory in scene.motions.items()},
        "wave": {"rate": pieces, "ends": _base64(outline.tobytes())},
        "spectrogram": {"rate": columns, "top": acoustics.TOP, "png": _base64(acoustics.picture(spectrum))},
        "sound": {"type": "audio/wav", "bytes": _base64(acoustics.wav(scene.sound, scene.sound_rate))},
    }


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{html.escape(text)}</li>" for text in texts if text)


def _motion(trajectory: Trajectory) -> dict:
    margin = None if trajectory.margin is None else _columns(trajectory.margin)
    return {"rate": trajectory.rate, "motion": _columns(trajectory.motion), "margin": margin, "level": trajectory.level}


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
