"""Paint the head as a picture: the same drawing as on the page, with Pillow alone, so that equal scenes give equal bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from artinv.show.colours import BLUE, BONE, ENAMEL, HUES, LIP, PAPER, QUIET, SKIN, SKIN_EDGE, TONGUE, TONGUE_EDGE, VELUM
from artinv.show.view import sagittal
from artinv.show.view.head import SPANS, Outlines, completed, outlines, roof_at, smooth
from artinv.show.view.profile import STEP, Place, Profile, coils_of, fit
from artinv.show.view.scene import Scene, motion_at
from artinv.show.view.takes import Line, lines_of

_PALE = {TONGUE: "#f8e3de", VELUM: "#f8ebe7", ENAMEL: ENAMEL, SKIN: "#fbf2ec", LIP: "#f1cfc9"}
"""Colours of parts without a coil."""

_EDGE_OF_BONE = "#b39d8b"
_SHARP = 3  # pixels drawn per pixel of the picture, to each side
_DASHES: dict[tuple[str, int], tuple[float, ...]] = {
    ("measured", 0): (), ("predicted", 0): (2.6, 1.6), ("measured", 1): (), ("predicted", 1): (3.4, 1.0, 0.8, 1.0),
}
"""Lengths in mm of strokes and gaps."""

_BAND = 41  # alpha of the likely range, of 255


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene, or two, fitted for painting."""

    profile: Profile
    lines: tuple[Line, ...]


def stage(scene: Scene, other: Scene | None = None) -> Stage:
    """Fit the drawing to one or two scenes."""
    lines = tuple(replace(line, trajectory=replace(line.trajectory, motion=np.round(line.trajectory.motion, 2)))
                  for line in lines_of(scene, other))
    return Stage(fit({line.key: line.trajectory.motion for line in lines}, scene.palate), lines)


def picture(staged: Stage, times: Sequence[float], width: int) -> Image.Image:
    """Return the head at a time in s of each take, as RGB of this width in pixels."""
    canvas = _Canvas(staged.profile, width)
    for number, line in enumerate(staged.lines):
        time = np.array([times[line.take]])
        coils = coils_of(motion_at(line.trajectory, time)[0])
        person = staged.profile.people[line.key]
        drawn = outlines(staged.profile, person, coils)
        if number == 0:
            _flesh(canvas, staged.profile, drawn, coils)
        _line(canvas, line, drawn, coils, completed(person, coils), first=number == 0, time=times[line.take])
    return canvas.finished()


class _Canvas:
    """A picture in mm."""

    def __init__(self, profile: Profile, width: int) -> None:
        left, bottom, right, top = profile.bounds
        self._scale = width * _SHARP / (right - left)
        self._left, self._top = left, top
        self.size = (width, round(width * (top - bottom) / (right - left)))
        self.image = Image.new("RGB", (self.size[0] * _SHARP, self.size[1] * _SHARP), PAPER)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def at(self, points: Sequence[Place]) -> list[tuple[float, float]]:
        return [((x - self._left) * self._scale, (self._top - y) * self._scale) for x, y in points]

    def fill(self, points: Sequence[Place], colour: str, edge: str = "", width: float = 0.6) -> None:
        self.pen.polygon(self.at(points), fill=colour)
        if edge:
            self.stroke([*points, points[0]], edge, width)

    def soft(self, points: Sequence[Place], colour: str) -> None:
        self.pen.polygon(self.at(points), fill=(*_rgb(colour), _BAND))

    def stroke(self, points: Sequence[Place], colour: str, width: float, dashes: Sequence[float] = ()) -> None:
        pieces = dashed(points, dashes) if dashes else [points]
        for piece in pieces:
            self.pen.line(self.at(piece), fill=colour, width=max(1, round(width * self._scale)), joint="curve")

    def dot(self, place: Place, radius: float, colour: str, *, filled: bool) -> None:
        (x, y), = self.at([place])
        r = radius * self._scale
        width = max(1, round(0.6 * self._scale))
        self.pen.ellipse((x - r, y - r, x + r, y + r), fill=colour if filled else PAPER, outline=colour, width=width)

    def finished(self) -> Image.Image:
        return self.image.resize(self.size, Image.Resampling.BOX)


def _flesh(canvas: _Canvas, profile: Profile, drawn: Outlines, coils: Mapping[str, Place | None]) -> None:
    """Paint all that is filled, from the back to the front."""
    left, _, _, top = profile.bounds
    throat, edge = smooth(profile.behind, 6), profile.edge
    palate = _roof(profile, profile.hard, edge[0])
    behind = [*throat, (left - 200.0, -112.0), (left - 200.0, top + 40.0)]
    skull = [*smooth(profile.face, 6), *drawn.upper_lip[1:], *palate[::-1], *behind]
    canvas.fill(skull, SKIN, SKIN_EDGE, 0.7)
    canvas.fill(drawn.jaw, _pale(SKIN, coils["li"], coils["ll"]), SKIN_EDGE, 0.7)
    for bone in (*(smooth(knots, 6) for knots in profile.bones), drawn.mandible):
        canvas.fill(bone, BONE, _EDGE_OF_BONE, 0.3)
    for lip in (_part(drawn.upper_lip, "upper_red"), _part(drawn.lower_lip, "lower_red")):
        canvas.fill(lip, _pale(LIP, coils["ul"], coils["ll"]))
        canvas.stroke(lip, SKIN_EDGE, 0.7)
    canvas.fill(drawn.epiglottis, SKIN, SKIN_EDGE, 0.4)
    tongue = TONGUE if any(coils[coil] for coil in sagittal.TONGUE) else _PALE[TONGUE]
    canvas.fill([*drawn.dorsum, *drawn.under[1:]], tongue, TONGUE_EDGE)
    canvas.fill(drawn.velum, _pale(VELUM, coils["v"]), TONGUE_EDGE, 0.5)
    canvas.fill(drawn.teeth, ENAMEL, SKIN_EDGE, 0.4)
    canvas.fill(smooth(profile.incisor, 6), ENAMEL, SKIN_EDGE, 0.4)
    canvas.stroke(palate, SKIN_EDGE, 0.5)
    if profile.measured:
        canvas.stroke(_roof(profile, max(profile.measured[0], profile.hard), profile.measured[1]), SKIN_EDGE, 1.1)
    for stretch in drawn.contact:
        canvas.stroke(stretch, BLUE, 2.0)


def _line(
    canvas: _Canvas, line: Line, drawn: Outlines, coils: Mapping[str, Place | None], places: Mapping[str, Place], *, first: bool,
    time: float,
) -> None:
    """Draw the lines of one motion, and its coils."""
    style = (line.kind, line.take)
    hue, dashes = HUES[style], _DASHES[style]
    known = [coil for coil in sagittal.TONGUE if coils[coil]]
    if line.trajectory.margin is not None and len(known) == len(sagittal.TONGUE):
        known_margin = np.where(np.isfinite(line.trajectory.margin), line.trajectory.margin, np.float32(np.nan))
        margin = motion_at(replace(line.trajectory, motion=known_margin), np.array([time]))
        margins = [tuple(map(float, sagittal.points(margin, coil)[0])) for coil in known]
        if np.isfinite(margins).all():
            canvas.soft(band([places[coil] for coil in known], margins), hue)
    if len(known) > 1:
        complete = len(known) == len(sagittal.TONGUE)
        whole = _part(drawn.dorsum, "tongue_coils")
        canvas.stroke(whole if complete else smooth([places[coil] for coil in known]), hue, 1.2, dashes)
    if not first:
        lips = _part(drawn.upper_lip, "upper_side"), _part(drawn.lower_lip, "lower_side")
        for side in (_part(drawn.dorsum, "tongue_root"), *lips, drawn.teeth, _part(drawn.velum, "velum_side")):
            canvas.stroke(side, hue, 0.5, [0.6 * length for length in dashes])
    for place in coils.values():
        if place:
            canvas.dot(place, 1.2, hue, filled=line.kind == "measured")


def palette() -> list[tuple[int, ...]]:
    """Return the colours of the drawing, as red, green and blue, and colours between neighbours, which smooth edges need."""
    hues = list(HUES.values())
    pairs = [
        (PAPER, SKIN), (SKIN, SKIN_EDGE), (PAPER, SKIN_EDGE), (TONGUE, TONGUE_EDGE), (PAPER, TONGUE_EDGE), (TONGUE, PAPER),
        (VELUM, PAPER), (BONE, SKIN_EDGE), (LIP, SKIN_EDGE), (SKIN, _EDGE_OF_BONE), (ENAMEL, SKIN_EDGE), (PAPER, QUIET),
        *[(ground, hue) for hue in hues for ground in (PAPER, TONGUE, SKIN)],
    ]
    colours = [_rgb(colour) for colour in (*(colour for pair in pairs for colour in pair), *_PALE.values())]
    colours += [_between(*pair, share) for pair in pairs for share in (0.33, 0.67)]
    colours += [_between(ground, hue, _BAND / 255) for hue in hues for ground in (PAPER, TONGUE)]
    return list(dict.fromkeys(colours))


def _between(first: str, second: str, share: float) -> tuple[int, ...]:
    """Return the mixture of two colours with this share of the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(_rgb(first), _rgb(second), strict=True))


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k:k + 2], 16) for k in (1, 3, 5))


def band(places: Sequence[Place], margins: Sequence[tuple[float, ...]]) -> list[Place]:
    """Return the closed band around the curve through coils: to each side as wide as the margins (x, y) in mm across the curve."""
    line = np.array(smooth(places))
    along = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    across = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    place = np.linspace(0, len(places) - 1, len(line))
    wide = np.stack([np.interp(place, np.arange(len(places)), column) for column in np.array(margins).T], axis=1)
    half = np.hypot(*(wide * across).T)[:, None] * across
    return [(float(x), float(y)) for x, y in np.concatenate([line + half, (line - half)[::-1]])]


def dashed(points: Sequence[Place], lengths: Sequence[float]) -> list[list[Place]]:
    """Divide a line into strokes: `lengths` are those of strokes and gaps in turn, in mm."""
    pieces: list[list[Place]] = [[points[0]]]
    index, left = 0, lengths[0]
    for start, end in pairwise(points):
        far, here = float(np.hypot(end[0] - start[0], end[1] - start[1])), 0.0
        while far - here > left:
            here += left
            corner = (start[0] + (end[0] - start[0]) * here / far, start[1] + (end[1] - start[1]) * here / far)
            if index % 2 == 0:
                pieces[-1].append(corner)
            else:
                pieces.append([corner])
            index += 1
            left = lengths[index % len(lengths)]
        left -= far - here
        if index % 2 == 0:
            pieces[-1].append(end)
    return [piece for piece in pieces if len(piece) > 1]


def _roof(profile: Profile, start: float, end: float) -> list[Place]:
    grid = np.arange(np.ceil(start / STEP), np.floor(end / STEP) + 1) * STEP
    return [(float(x), roof_at(profile, float(x))) for x in grid if np.isfinite(roof_at(profile, float(x)))]


def _part(outline: list[Place], name: str) -> list[Place]:
    return outline[slice(*SPANS[name])]


def _pale(colour: str, *coils: Place | None) -> str:
    return colour if all(coils) else _PALE[colour]
