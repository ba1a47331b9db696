"""Fixed parts of the drawn head: what no coil moves, and the fit of the drawing to the coils of its motions.

Coordinates are those of the coils: mm, x to the front, y up. The drawing is normalized: its roof of the mouth is the mean of the
synthesizer's adult woman and man where the palate of the speaker is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.show.view import sagittal

Place = tuple[float, float]
"""A point (x, y) in mm."""

USUAL: dict[str, Place] = {
    "tt": (-18.0, -10.0), "tb": (-33.0, -4.0), "td": (-50.0, -5.0), "li": (-3.0, -22.0), "ul": (9.0, 1.0), "ll": (8.0, -18.0),
    "v": (-62.0, 1.0),
}
"""Usual positions of the coils, for those that a motion lacks."""

STEP = 0.5
"""Distance in mm of the points of the roof of the mouth."""

TOOTH = 2.6
"""Thickness of an incisor in mm."""

_CONTACT = 18.0  # mm, distance of the lip coils of closed lips, if unknown
_SPREAD = 12.0  # mm to each side over which the roof is raised above a coil
_MOST_RAISED = 8.0  # mm; a coil still higher is an error of measurement
_BONE = 4.5  # mm, thickness of the hard palate
_HARD = 0.62  # fraction of the roof, from its rear end, that is soft palate


@dataclass(frozen=True, slots=True)
class Person:
    """Reference values of one motion."""

    neutral: dict[str, Place]  # mean position of each coil
    known: list[str]  # coils with data
    contact: float  # mm, smallest distance of the lip coils: there the drawn lips touch
    velum_top: float  # mm, highest position of the velum coil: there the drawn velum closes the nose
    tooth: float  # mm, height of the lower incisors above their coil


@dataclass(frozen=True, slots=True)
class Profile:
    """Fixed parts of the drawing, the same for all motions of a page."""

    left: float  # mm, x of the first point of the roof
    roof: list[float]  # mm, heights of the roof of the mouth every STEP mm, from the pharynx to the front of the upper incisors
    measured: list[float]  # mm, x of the ends of the speaker's own palate; empty if unknown
    hard: float  # mm, x of the rear end of the hard palate
    edge: Place  # of the upper incisors
    pharynx: float  # mm, x of the rear wall of the pharynx
    nose: Place  # base of the nose, above the upper lip
    face: list[Place]  # from the forehead to the base of the nose
    behind: list[Place]  # from the rear end of the hard palate through the nose to the windpipe
    incisor: list[Place]  # upper incisor with its root, closed
    bones: list[list[Place]]  # hard palate, hyoid bone and thyroid cartilage, each closed
    bounds: list[float]  # left, bottom, right, top of the picture
    people: dict[str, Person]  # by motion

    def to_json(self) -> dict:
        """Return the content for the scripts of the page."""
        return asdict(self)


def fit(motions: Mapping[str, np.ndarray], palate: np.ndarray) -> Profile:
    """Fit the drawing to motions (frames, 18) by name and to a palate (points, 2) mm, which may be empty."""
    people = {name: _person(motion) for name, motion in motions.items()}
    first = next(iter(people.values()))
    x, y = _joined(palate)
    tongue = np.concatenate([sagittal.points(motion, coil) for motion in motions.values() for coil in sagittal.TONGUE])
    tongue = tongue[np.isfinite(tongue).all(axis=1)].astype(float)
    pharynx = float(min([x[0] - 2.0, *(tongue[:, 0] - 12.0)]))
    edge = (float(x[-1]), float(y[-1]))
    grid = np.arange(np.floor(pharynx / STEP) * STEP, edge[0] + TOOTH + STEP, STEP)
    roof = np.interp(grid, np.append(x, edge[0] + TOOTH), np.append(y, edge[1]))
    roof = roof + _raise(grid, roof, tongue)
    hard = float(x[-1] - _HARD * (x[-1] - x[0]))
    nose = (first.neutral["ul"][0] + 3.0, first.neutral["ul"][1] + 14.0)
    face = [(nose[0] + dx, nose[1] + dy) for dx, dy in _FACE]
    top = float(np.interp(hard, grid, roof)) + _BONE
    high = nose[1] + 15.0
    behind = [
        (hard, top), (hard + 18.0, float(np.interp(hard + 18.0, grid, roof)) + _BONE), (nose[0] - 17.0, nose[1] - 5.0),
        (nose[0] - 5.0, nose[1] + 1.0), (nose[0] + 1.0, nose[1] + 6.0), (nose[0] - 6.0, high - 3.0), (nose[0] - 30.0, high),
        (hard - 4.0, high - 1.0), (pharynx + 8.0, top + 11.0), (pharynx, top), (pharynx, -40.0),
        *((pharynx + dx, y) for dx, y in _GLOTTIS),
    ]
    bones = [_maxilla(grid, roof, edge, hard, nose), *([(pharynx + dx, y) for dx, y in outline] for outline in (_HYOID, _THYROID))]
    return Profile(
        left=_short(grid[0]), roof=[_short(height) for height in roof], hard=_short(hard), edge=_places([edge])[0],
        measured=[_short(palate[0, 0]), _short(palate[-1, 0])] if len(palate) else [], pharynx=_short(pharynx),
        nose=_places([nose])[0], face=_places(face), behind=_places(behind), people=people,
        incisor=_places([(edge[0] + dx, edge[1] + dy) for dx, dy in _INCISOR]), bones=[_places(bone) for bone in bones],
        bounds=[_short(pharynx - 13.0), _BOTTOM, _short(nose[0] + 22.0), _short(nose[1] + 33.0)],
    )


_FACE = ((-7.0, 62.0), (-2.0, 50.0), (-4.0, 38.0), (6.0, 21.0), (15.5, 7.0), (12.0, 0.5), (4.0, 0.5), (0.0, 0.0))
_INCISOR = ((0.4, 0.0), (2.3, 0.0), (2.9, 3.0), (2.5, 8.5), (0.6, 13.0), (-2.8, 17.5), (-3.5, 10.5), (-1.9, 4.0), (0.4, 0.0))
_GLOTTIS = ((0.0, -66.0), (1.5, -75.0), (5.5, -82.4), (5.5, -83.8), (2.5, -90.0), (2.5, -112.0))
_HYOID = ((24.0, -66.5), (28.0, -65.0), (30.5, -67.0), (28.5, -69.5), (24.5, -69.0), (24.0, -66.5))
_THYROID = ((23.5, -74.5), (27.0, -75.0), (35.5, -83.5), (35.0, -87.5), (31.0, -91.5), (29.0, -90.5), (23.5, -74.5))
_BOTTOM = -95.0  # mm, y of the lower edge of the picture


def _maxilla(grid: np.ndarray, roof: np.ndarray, edge: Place, hard: float, nose: Place) -> list[Place]:
    """Return the bone between mouth and nose with the socket of the incisor, closed; tissue covers it on both sides."""
    below = [(float(x), float(np.interp(x, grid, roof)) + 1.6) for x in np.linspace(hard, edge[0] - 3.5, 24)]
    front = [(edge[0] + dx, edge[1] + dy) for dx, dy in ((-1.5, 6.0), (2.0, 7.5), (1.6, 13.0))]
    above = [(float(x), float(np.interp(x, grid, roof)) + _BONE - 0.6) for x in (hard + 18.0, hard)]
    return [*below, *front, (nose[0] - 6.0, nose[1] - 6.5), (nose[0] - 17.0, nose[1] - 6.0), *above, below[0]]


def _person(motion: np.ndarray) -> Person:
    """Return the reference values of a motion; positions are rounded as on the page, so that closed lips are exactly closed."""
    places = {coil: np.round(np.asarray(sagittal.points(motion, coil), float), 2) for coil in sagittal.COILS}
    seen = {coil: values[np.isfinite(values).all(axis=1)] for coil, values in places.items()}
    known = [coil for coil, values in seen.items() if len(values)]
    means = {coil: seen[coil].mean(axis=0) for coil in known}
    shift = np.mean([means[coil] - USUAL[coil] for coil in known], axis=0) if known else np.zeros(2)
    neutral = {coil: means.get(coil, np.add(USUAL[coil], shift)) for coil in sagittal.COILS}
    apart = places["ul"][:, 1] - places["ll"][:, 1]
    apart = apart[np.isfinite(apart)]
    contact = float(apart.min()) if len(apart) else _CONTACT
    if not {"ul", "ll"} <= set(known):  # a lip that is never seen stays a little open
        neutral["ll" if "ll" not in known else "ul"] = _other_lip(neutral, known, contact + 2.0)
    jaw = seen["li"][:, 1].max() if "li" in known else neutral["li"][1] + 3.0
    return Person(
        neutral={coil: (_short(place[0]), _short(place[1])) for coil, place in neutral.items()}, known=known, contact=contact,
        velum_top=float(seen["v"][:, 1].max()) if "v" in known else _short(neutral["v"][1]),
        tooth=_short(np.clip(-9.5 - jaw, 5.0, 10.0)),
    )


def _other_lip(neutral: Mapping[str, np.ndarray], known: Sequence[str], apart: float) -> np.ndarray:
    """Return the position of a lip without coil from the other lip."""
    if "ll" not in known:
        return np.array([neutral["ul"][0] - 1.0, neutral["ul"][1] - apart])
    return np.array([neutral["ll"][0] + 1.0, neutral["ll"][1] + apart])


def _joined(palate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the roof of the mouth: the given palate, continued by the usual one to the pharynx and to the teeth."""
    usual = sagittal.typical(1.15, 3.0, 120)  # from the rear wall of the pharynx to the edge of the upper incisors
    if len(palate) < 2:
        return usual[:, 0], usual[:, 1]
    (rear_x, rear_y), (front_x, front_y) = palate[0].astype(float), palate[-1].astype(float)
    rear = usual[usual[:, 0] < rear_x - 2.0] + (0.0, rear_y - np.interp(rear_x, *usual.T))
    front = usual[usual[:, 0] > front_x + 2.0]
    if len(front):  # the difference at the palate's end fades out towards the teeth
        share = (usual[-1, 0] - front[:, 0]) / (usual[-1, 0] - front_x)
        front = front + np.stack([np.zeros(len(front)), share * (front_y - np.interp(front_x, *usual.T))], axis=1)
    else:
        front = np.array([[front_x + 3.0, min(front_y - 1.0, usual[-1, 1])]])
    joined = np.concatenate([rear, palate.astype(float), front])
    return joined[:, 0], joined[:, 1]


def _raise(grid: np.ndarray, roof: np.ndarray, tongue: np.ndarray) -> np.ndarray:
    """Return by how many mm the roof must rise so that no coil of the tongue is above it."""
    excess = tongue[:, 1] - np.interp(tongue[:, 0], grid, roof)
    above = (excess > 0) & (tongue[:, 0] <= grid[-1])
    lift = np.zeros(len(grid))
    for x, height in zip(tongue[above, 0], np.minimum(excess[above], _MOST_RAISED) + 0.01, strict=True):
        far = np.clip((np.abs(grid - x) - STEP) / _SPREAD, 0.0, 1.0)
        lift = np.maximum(lift, height * np.cos(np.pi / 2 * far) ** 2)
    return lift


def _short(value: float) -> float:
    return round(float(value), 3)


def _places(places: Sequence[Place]) -> list[Place]:
    return [(_short(x), _short(y)) for x, y in places]


def coils_of(motion: np.ndarray) -> dict[str, Place | None]:
    """Return the position of each coil in one frame (18,); None if it is missing."""
    places = {}
    for coil in sagittal.COILS:
        first = CHANNELS.index(f"{coil}_x")
        x, y = float(motion[first]), float(motion[first + 1])
        places[coil] = (x, y) if np.isfinite(x) and np.isfinite(y) else None
    return places
