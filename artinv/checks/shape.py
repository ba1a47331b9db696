"""Check of the relative positions of the six coils: units, axes, and exchanged coils.

With x to the front and y up, centred and scaled to the same size, the coil positions of ten known speakers differ by a tenth of
that size. The check compares a recording with their mean shape for every convention of the axes and every exchange of two coils,
and reports a convention or exchange that fits far better than the recording as it is. The head can be at any position.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.profiles import Profile
from artinv.core.channels import COILS
from artinv.corpora import facts

SIX = COILS[:6]
SPEAKERS = facts.coil_statistics()
LEAST_COILS = 4
"""Least number of coils for a shape."""

SIZE_MM = 23.5
"""Root mean square distance in mm of the coils from their centre; known speakers have 21 to 28 mm."""

WRONG_SIZE = 2.0
"""Factor from this size that no head reaches."""

LEAST_SPREAD = 0.08
"""Least standard deviation of a coordinate over speakers, relative to the size; ten speakers show only part of the variation."""

MARGIN = 20.0
"""Reported advantage of another convention, as a sum of squared standard scores; the right convention has 47 on known speakers."""

UNMATCHED = 80.0
"""The same sum above which no convention fits. Each known speaker against the others has up to 22; one real sentence has 28."""

AXES = {
    "": np.eye(2), "x is flipped": np.diag([-1, 1]), "y is flipped": np.diag([1, -1]), "x and y are flipped": -np.eye(2),
    "x and y are swapped": np.array([[0, 1], [1, 0]]), "x and y are swapped and both flipped": -np.array([[0, 1], [1, 0]]),
    "the true x is -y, the true y is x": np.array([[0, 1], [-1, 0]]),
    "the true x is y, the true y is -x": np.array([[0, -1], [1, 0]]),
}
"""Description of a convention -> matrix that converts its positions to the unified frame."""

SWAPS = ((), *combinations(range(6), 2))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of the comparison of an utterance with the known speakers."""

    factor: float  # by which positions are too large; 1 if the size is plausible
    axes: str  # a key of AXES
    swap: tuple[int, ...]  # two indices of SIX, or empty
    unmatched: bool  # no convention fits

    @property
    def fine(self) -> bool:
        """Whether there is no fault."""
        return self.factor == 1 and not self.axes and not self.swap and not self.unmatched


FINE = Verdict(1.0, "", (), unmatched=False)


def checks(session: Session) -> Iterator[Finding]:
    """Report wrong units, axes, exchanged coils and implausible shapes."""
    verdicts = {profile.id: judge(profile) for profile in session.profiles}

    def matching(verdict: Verdict, part: str) -> list[Profile]:
        return [profile for profile in session.profiles if getattr(verdicts[profile.id], part) == getattr(verdict, part)]

    every = list(verdicts.values())
    for verdict in _distinct(every, "factor", FINE.factor):
        many = verdict.factor if verdict.factor > 1 else 1 / verdict.factor
        yield session.finding(
            "units", matching(verdict, "factor"),
            f"positions are {many:.3g} times too {'large' if verdict.factor > 1 else 'small'} for a head in mm",
            f"multiply them by {1 / verdict.factor:.3g}, or take the original file, whose unit the reader knows",
        )
    for verdict in _distinct(every, "axes", FINE.axes):
        yield session.finding(
            "axes", matching(verdict, "axes"), verdict.axes,
            "the file has other axes than the corpus: convert them back, or take the original file",
        )
    for verdict in _distinct(every, "swap", FINE.swap):
        first, second = (SIX[index] for index in verdict.swap)
        yield session.finding(
            "swapped coils", matching(verdict, "swap"), f"{first} and {second} are exchanged",
            f"exchange the channels of {first} and {second}, or take the original file",
        )
    unmatched = [profile for profile in session.profiles if verdicts[profile.id].unmatched]
    if unmatched:
        yield session.finding(
            "strange places", unmatched,
            "the relative positions of the coils differ from those of all known speakers, for any axes",
            "inspect the mean positions; a coil can be mislabelled, lost or attached elsewhere", severity=WARNING,
        )


def judge(profile: Profile) -> Verdict:
    """Compare the mean positions of an utterance with the known speakers."""
    places = profile.mean[:12].reshape(6, 2)
    present = ~np.isnan(places).any(axis=1)
    if present.sum() < LEAST_COILS:
        return FINE
    reference, spread = _reference(tuple(present.tolist()))
    size = _size(places[present])
    if size == 0:
        return Verdict(1.0, "", (), unmatched=True)
    ratio = size / SIZE_MM
    factor = 1.0 if 1 / WRONG_SIZE < ratio < WRONG_SIZE else _known_factor(ratio)
    costs = {}
    for (axes, turn), swap in product(AXES.items(), SWAPS):
        if all(present[index] for index in swap):
            order = list(range(6))
            for first, second in [swap] if swap else []:
                order[first], order[second] = second, first
            costs[axes, swap] = float(np.square((_scaled((places @ turn)[order][present]) - reference) / spread).sum())
    best = min(costs, key=costs.__getitem__)
    if costs["", ()] - costs[best] < MARGIN:
        best = ("", ())
    return Verdict(factor, *best, unmatched=costs[best] > UNMATCHED)


def _distinct(verdicts: list[Verdict], part: str, fine: object) -> list[Verdict]:
    """Return one verdict for each distinct value of `part` other than `fine`, in order."""
    return list({getattr(verdict, part): verdict for verdict in verdicts if getattr(verdict, part) != fine}.values())


def _known_factor(ratio: float) -> float:
    """Return the factor between units that explains the ratio, or the ratio itself, rounded to one digit."""
    factors = [*(10.0 ** power for power in (-3, -2, -1, 1, 2, 3)), 25.4, 1 / 25.4]
    nearest = min(factors, key=lambda factor: abs(np.log(ratio / factor)))
    return nearest if abs(np.log(ratio / nearest)) < np.log(WRONG_SIZE) else float(f"{ratio:.1g}")


def _size(places: np.ndarray) -> float:
    return float(np.sqrt(np.square(places - places.mean(axis=0)).sum(axis=1).mean()))


def _scaled(places: np.ndarray) -> np.ndarray:
    return (places - places.mean(axis=0)) / _size(places)


@cache
def _reference(present: tuple[bool, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the shapes of the known speakers, for the coils in `present`."""
    shapes = np.array([_scaled(np.reshape(known.mean, (6, 2))[list(present)]) for known in SPEAKERS.values()])
    return shapes.mean(axis=0), np.maximum(shapes.std(axis=0, ddof=1), LEAST_SPREAD)
