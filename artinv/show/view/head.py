"""Drawn head in one frame: positions of the coils -> outlines of tongue, lips, jaw and velum.

`head.js` holds the same functions in the same order for the page; a test compares their results.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from artinv.show.view.profile import STEP, TOOTH, Person, Place, Profile

PER = 8
"""Points of a curve per knot."""

FLOOR = 4 * PER + 1
"""Points of the lower side of the tongue that lie on the floor of the mouth; the others are free."""

COILS_END = 3 * PER + 1
"""Points of the upper surface of the tongue from the apex to the last coil; the others have no data."""

SPANS: dict[str, tuple[int, int | None]] = {
    "tongue_coils": (0, COILS_END),  # of the dorsum
    "tongue_root": (COILS_END - 1, None),  # the rest of the dorsum
    "upper_red": (2 * PER, 6 * PER + PER // 2 + 1),  # from the coil of the upper lip over its edge to its inner side
    "lower_red": (PER + PER // 2, 6 * PER + 1),  # from the inner side of the lower lip over its edge to its coil
    "upper_side": (PER, 7 * PER + 1),  # of the upper lip, without the ends at the nose and at the gum
    "lower_side": (PER, 10 * PER + 1),  # of the lower lip, without the gum, to below the chin
    "velum_side": (0, 3 * PER + 1),  # the lower surface of the velum
}
"""Part of an outline that is drawn on its own -> its first point and the one after its last; None: up to the end."""

TOUCH = 1.2
"""Distance in mm of tongue and palate that counts as contact; a coil keeps them apart by about 1 mm."""

_GAP = 0.3  # mm between tongue and neighbours that it does not touch
_APEX = 7.5  # mm from the coil of the tongue tip to the apex


@dataclass(frozen=True, slots=True)
class Outlines:
    """Outlines of one motion in one frame, in mm."""

    dorsum: list[Place]  # upper surface of the tongue from the apex to the root; begins the closed outline
    under: list[Place]  # rest of the tongue's closed outline, from the root to the apex
    jaw: list[Place]  # closed: lower lip, chin, neck, larynx and the floor of the mouth
    upper_lip: list[Place]  # from the base of the nose to the gum
    lower_lip: list[Place]  # from the gum over the lip and the chin to the neck
    teeth: list[Place]  # lower incisor, closed
    mandible: list[Place]  # bone of the chin, closed
    velum: list[Place]  # closed; the first half is the lower surface from the hard palate to the end
    epiglottis: list[Place]
    contact: list[list[Place]]  # stretches of the roof that the tongue touches
    opening: float  # mm between the lips
    port: float  # mm between velum and rear wall of the pharynx


def smooth(knots: Sequence[Place], per: int = PER) -> list[Place]:
    """Return the centripetal Catmull-Rom curve through all knots."""
    first, last = knots[0], knots[-1]
    points = [_beyond(first, knots[1]), *knots, _beyond(last, knots[-2])]
    curve = []
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False):
        u, v, w = (max(math.sqrt(math.hypot(q[0] - p[0], q[1] - p[1])), 1e-3) for p, q in ((a, b), (b, c), (c, d)))
        begin = [v * ((b[i] - a[i]) / u - (c[i] - a[i]) / (u + v) + (c[i] - b[i]) / v) for i in (0, 1)]
        end = [v * ((c[i] - b[i]) / v - (d[i] - b[i]) / (v + w) + (d[i] - c[i]) / w) for i in (0, 1)]
        for k in range(per):
            t = k / per
            h0, h1 = (1 + 2 * t) * (1 - t) * (1 - t), t * (1 - t) * (1 - t)
            h2, h3 = t * t * (3 - 2 * t), t * t * (t - 1)
            curve.append((
                h0 * b[0] + h1 * begin[0] + h2 * c[0] + h3 * end[0], h0 * b[1] + h1 * begin[1] + h2 * c[1] + h3 * end[1],
            ))
    return [*curve, last]


def roof_at(profile: Profile, x: float) -> float:
    """Return the height of the roof of the mouth at x; infinite before the teeth and behind the pharynx."""
    place = (x - profile.left) / STEP
    k = math.floor(place)
    if k < 0 or k + 1 >= len(profile.roof):
        return math.inf
    share = place - k
    return profile.roof[k] * (1 - share) + profile.roof[k + 1] * share


def completed(person: Person, coils: Mapping[str, Place | None]) -> dict[str, Place]:
    """Return a position for every coil: a missing coil of the tongue moves with the others, another stays in its mean place."""
    tongue = [(coils[coil], person.neutral[coil]) for coil in ("tt", "tb", "td")]
    moved = [(place[0] - usual[0], place[1] - usual[1]) for place, usual in tongue if place is not None]
    shift = [sum(move[i] for move in moved) / len(moved) if moved else 0.0 for i in (0, 1)]
    places = {}
    for coil, usual in person.neutral.items():
        place = coils[coil]
        if place is None:
            place = (usual[0] + shift[0], usual[1] + shift[1]) if coil in ("tt", "tb", "td") else usual
        places[coil] = place
    return places


def outlines(profile: Profile, person: Person, coils: Mapping[str, Place | None]) -> Outlines:
    """Return the outlines for the positions of the coils, of which some may be missing."""
    c = completed(person, coils)
    dorsum, under, forward = _tongue(profile, person, c)
    opening, upper_lip, lower_lip = _lips(profile, person, c, forward)
    velum, port = _velum(profile, person, c, dorsum)
    root = dorsum[-1]
    x, y, height = c["li"][0] + forward, c["li"][1], person.tooth
    teeth = [
        (x - 2.0, y - 4.0), (x - 2.0, y + 0.35 * height), (x - 0.6, y + height), (x + 0.9, y + height), (x + 2.4, y - 1.0),
        (x + 1.2, y - 5.0), (x - 0.4, y - 12.0),
    ]
    leaf = ((2.0, -6.0), (-4.5, 6.0), (-6.0, 13.0), (-4.0, 12.0), (-0.5, 2.0))
    epiglottis = smooth([(root[0] + dx, root[1] + dy) for dx, dy in leaf], 4)
    wall = profile.pharynx
    throat = (
        (16.0, -112.0), (16.0, -92.0), (14.0, -87.0), (8.5, -83.6), (8.5, -82.6), (14.5, -81.0), (16.5, -76.0), (18.0, -69.0),
    )
    larynx = smooth([*((wall + dx, height) for dx, height in throat), root], 4)
    jaw = [*lower_lip, *larynx, *under[:FLOOR], teeth[1], teeth[4]]
    front, low = lower_lip[8 * PER]
    mandible = smooth([
        (x - 2.6, y - 3.0), (x + 1.8, y - 4.0), (front - 4.5, low + 2.0), (front - 6.0, low - 9.0), (front - 12.0, low - 9.5),
        (x - 4.5, y - 16.0), (x - 2.6, y - 3.0),
    ], 4)
    return Outlines(
        dorsum=dorsum, under=under, jaw=jaw, upper_lip=upper_lip, lower_lip=lower_lip, teeth=teeth, mandible=mandible, velum=velum,
        epiglottis=epiglottis, contact=_contact(profile, dorsum), opening=opening, port=port,
    )


def _tongue(profile: Profile, person: Person, c: Mapping[str, Place]) -> tuple[list[Place], list[Place], float]:
    """Return upper surface and rest of the tongue, and by how many mm the lower incisors give way to a coil in front of them."""
    tt, tb, td, li, mean = c["tt"], c["tb"], c["td"], c["li"], person.neutral["td"]
    far = max(math.hypot(tt[0] - tb[0], tt[1] - tb[1]), 1e-3)
    dx, dy = 0.55 * (tt[0] - tb[0]) / far + 0.45, 0.55 * (tt[1] - tb[1]) / far - 0.16
    unit = max(math.hypot(dx, dy), 1e-3)
    apex = (tt[0] + _APEX * dx / unit, tt[1] + _APEX * dy / unit)
    low = li[1] + person.tooth + _GAP
    forward = max([0.0, *(place[0] + 1.5 - (li[0] - 2.0) for place in (tt, tb, td) if place[1] < low)])
    gum = li[0] - 2.0 + forward - _GAP
    back = min(max(0.5 * (td[0] - mean[0]) + 0.35 * (td[1] - mean[1]), -7.0), 8.0)
    wall = profile.pharynx
    rear = max(td[0] - 10.5, wall + 5.0)
    root = [(rear, td[1] - 9.5), (wall + 13.5 + back, min(-40.0, td[1] - 26.0)), (wall + 19.0 + 0.4 * back, -62.0)]

    def free(place: Place) -> Place:
        x = max(place[0], wall + 2.5)
        x = min(x, gum) if place[1] < low and x > gum else x
        return (x, min(place[1], roof_at(profile, x)))

    dorsum = [free(place) for place in smooth([apex, tt, tb, td, *root])]
    tip, end = dorsum[0], dorsum[-1]
    under = smooth([
        end, (end[0] + 13.0, end[1] - 1.0), (li[0] - 12.0, li[1] - 24.0), (li[0] - 6.0, li[1] - 14.0),
        (max(li[0] - 10.0, tip[0] - 6.0), min(li[1] - 3.0, tt[1] - 7.0)), (tip[0] - 5.0, tip[1] - 5.0),
        (tip[0] - 0.9, tip[1] - 2.2), tip,
    ])
    return dorsum, [free(place) for place in under], forward


def _lips(profile: Profile, person: Person, c: Mapping[str, Place], forward: float) -> tuple[float, list[Place], list[Place]]:
    """Return the opening, the upper lip, and the lower lip with chin and neck; they touch at the smallest distance of the coils."""
    ul, ll, li = c["ul"], c["ll"], c["li"]
    opening = max(0.0, (ul[1] - ll[1]) - person.contact)
    half = person.contact / 2
    high = ul[1] - half
    low = high - opening
    red = min(max(half, 3.0), 9.0)
    middle = (ul[0] + ll[0]) / 2 - 1.5
    front = profile.edge[0] + TOOTH + 0.4
    back = max(middle - 3.0, front)
    inner = min(max(li[0] + forward + 2.8, front - 1.9), back)
    nose, wall = profile.nose, profile.pharynx
    rest, jaw = person.neutral["ll"], person.neutral["li"]
    chin = (rest[0] - 0.5 + li[0] - jaw[0], rest[1] - 23.0 + li[1] - jaw[1])
    edge, red_edge = max(middle + 0.6, back + 1.0), max(middle + 2.1, back + 1.8)
    upper = [
        nose, (0.45 * nose[0] + 0.55 * ul[0] - 1.5, 0.45 * nose[1] + 0.55 * ul[1]), ul, (ul[0] + 1.2, high + 0.5 * red),
        (red_edge, high + 0.15 * red), (edge, high), (back, high),
        (max(middle - 5.0, front), high + 0.55 * red), (front, max(profile.edge[1] + 9.0, high + red)),
    ]
    fold = (0.5 * (ll[0] + chin[0]) - 3.4, min(0.5 * (ll[1] + chin[1]) + 2.0, ll[1] - 3.0))
    lower = [
        (inner, min(li[1] - 3.0, low - red)), (max(middle - 5.0, inner), low - 0.55 * red), (back, low), (edge, low),
        (red_edge, low - 0.15 * red), (ll[0] + 1.4, low - 0.5 * red), ll, fold,
        (chin[0] + 0.5, chin[1] + 4.0), (chin[0] - 4.0, chin[1] - 9.0), (chin[0] - 16.0, chin[1] - 14.0),
        (wall + 47.0, -71.0), (wall + 39.0, -77.0), (wall + 39.0, -85.0), (wall + 34.0, -96.0), (wall + 33.0, -112.0),
    ]
    return opening, [(x, max(y, high)) for x, y in smooth(upper)], [(x, min(y, low)) for x, y in smooth(lower)]


def _velum(profile: Profile, person: Person, c: Mapping[str, Place], dorsum: Sequence[Place]) -> tuple[list[Place], float]:
    """Return the velum, which gives way to the tongue, and its distance from the pharynx."""
    v, wall, hard = c["v"], profile.pharynx, profile.hard
    lowered = max(0.0, person.velum_top - v[1])
    port = min(2.0 * lowered, 10.0)
    top = roof_at(profile, hard)
    bend = min(max(v[0], wall + 12.0), hard - 6.0)
    end = (min(wall + 5.0 + port, bend - 5.0), v[1] - 13.0 - 0.3 * lowered)
    oral = smooth([(hard, top), (bend, v[1]), (0.35 * bend + 0.65 * end[0], v[1] - 4.5), end])
    nasal = smooth([
        end, (wall + port, v[1] + 0.5), (0.5 * (wall + bend) + 0.5 * port, v[1] + 7.0), (bend, v[1] + 6.5), (hard, top + 4.5),
    ])
    over = [(x, max(y, _height(dorsum, x) + _GAP)) for x, y in oral]
    return [*over, *[(x, max(y, _height(dorsum, x) + 2.5)) for x, y in nasal[1:]]], port


def _height(line: Sequence[Place], x: float) -> float:
    """Return the greatest height of a line at x; minus infinity beside it."""
    height = -math.inf
    for (x0, y0), (x1, y1) in pairwise(line):
        if min(x0, x1) <= x <= max(x0, x1) and x0 != x1:
            height = max(height, y0 + (y1 - y0) * (x - x0) / (x1 - x0))
    return height


def _contact(profile: Profile, dorsum: Sequence[Place]) -> list[list[Place]]:
    """Return the stretches of the roof, up to the edge of the teeth, that are near the tongue."""
    stretches: list[list[Place]] = [[]]
    for x, y in dorsum:
        roof = roof_at(profile, x)
        if roof - y <= TOUCH and x <= profile.edge[0]:
            stretches[-1].append((x, roof))
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if len(stretch) > 1]


def _beyond(end: Place, before: Place) -> Place:
    return (2 * end[0] - before[0], 2 * end[1] - before[1])
