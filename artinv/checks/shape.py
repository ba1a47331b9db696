"""Where the six coils stand to one another: the units, the axes, and coils that were taken for others.

A mouth has a shape: with x to the front and y up, centred and brought to one size, ten known speakers differ in it by a tenth of
that size. So a recording is held against the mean shape under every axis convention and every exchange of two coils; where one of
these fits far better than the recording as it is, that is what happened to it. Heads may stand anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np

from artinv.checks.finding import WARNING, Finding, Session
from artinv.checks.look import Look
from artinv.core.channels import COILS
from artinv.corpora import facts

SIX = COILS[:6]
SPEAKERS = facts.places()
LEAST_COILS = 4
"""Coils from which a shape can be told."""

SIZE_MM = 23.5
"""Root mean square distance of the coils from their centre: 21 to 28 mm in known speakers."""

WRONG_SIZE = 2.0
"""Factor by which no head differs from that."""

LEAST_SPREAD = 0.08
"""Of a coordinate over speakers, in sizes; ten speakers do not show all there is."""

MARGIN = 20.0
"""Sum of squared standard scores by which another convention must fit better; the right one wins by 47 on known speakers."""

STRANGE = 80.0
"""The same sum beyond which no convention fits. Known speakers, each against the others: up to 22; a real sentence alone: 28."""

AXES = {
    "": np.eye(2), "x is flipped": np.diag([-1, 1]), "y is flipped": np.diag([1, -1]), "x and y are flipped": -np.eye(2),
    "x and y are swapped": np.array([[0, 1], [1, 0]]), "x and y are swapped and both flipped": -np.array([[0, 1], [1, 0]]),
    "the true x is -y, the true y is x": np.array([[0, 1], [-1, 0]]),
    "the true x is y, the true y is -x": np.array([[0, -1], [1, 0]]),
}
SWAPS = ((), *combinations(range(6), 2))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a shape says."""

    factor: float  # positions are so many times too large; 1 where the size is a head's
    axes: str  # a key of AXES
    swap: tuple[int, ...]  # two of SIX, or none
    strange: bool  # no convention fits

    @property
    def fine(self) -> bool:
        """Nothing to say."""
        return self.factor == 1 and not self.axes and not self.swap and not self.strange


FINE = Verdict(1.0, "", (), strange=False)


def checks(session: Session) -> Iterator[Finding]:
    """Units, axes, swaps and places of all utterances that show them."""
    verdicts = {look.id: judge(look) for look in session.looks}

    def where(verdict: Verdict, part: str) -> list[Look]:
        return [look for look in session.looks if getattr(verdicts[look.id], part) == getattr(verdict, part)]

    seen = list(verdicts.values())
    for verdict in _one_each(seen, "factor", FINE.factor):
        many = verdict.factor if verdict.factor > 1 else 1 / verdict.factor
        yield session.finding(
            "units", where(verdict, "factor"),
            f"positions are {many:.3g} times too {'large' if verdict.factor > 1 else 'small'} for a head in mm",
            f"multiply them by {1 / verdict.factor:.3g}, or take the file from the corpus again: its reader knows its unit",
        )
    for verdict in _one_each(seen, "axes", FINE.axes):
        yield session.finding(
            "axes", where(verdict, "axes"), verdict.axes,
            "the file was written in another frame than the corpus': undo that, or take the original",
        )
    for verdict in _one_each(seen, "swap", FINE.swap):
        one, two = (SIX[index] for index in verdict.swap)
        yield session.finding(
            "swapped coils", where(verdict, "swap"), f"{one} stands where {two} belongs, and {two} where {one} does",
            f"exchange the channels of {one} and {two}, or take the original",
        )
    strange = [look for look in session.looks if verdicts[look.id].strange]
    if strange:
        yield session.finding(
            "strange places", strange, "the coils stand to one another as in no known mouth, whatever the axes",
            "look at the mean positions; a coil may be mislabelled, lost or glued elsewhere", severity=WARNING,
        )


def judge(look: Look) -> Verdict:
    """What is wrong with an utterance's mean positions."""
    places = look.mean[:12].reshape(6, 2)
    seen = ~np.isnan(places).any(axis=1)
    if seen.sum() < LEAST_COILS:
        return FINE
    reference, spread = _reference(tuple(seen.tolist()))
    size = _size(places[seen])
    if size == 0:
        return Verdict(1.0, "", (), strange=True)
    ratio = size / SIZE_MM
    factor = 1.0 if 1 / WRONG_SIZE < ratio < WRONG_SIZE else _known_factor(ratio)
    costs = {}
    for (axes, turn), swap in product(AXES.items(), SWAPS):
        if all(seen[index] for index in swap):
            order = list(range(6))
            for one, two in [swap] if swap else []:
                order[one], order[two] = two, one
            costs[axes, swap] = float(np.square((_scaled((places @ turn)[order][seen]) - reference) / spread).sum())
    best = min(costs, key=costs.get)
    if costs["", ()] - costs[best] < MARGIN:
        best = ("", ())
    return Verdict(factor, *best, strange=costs[best] > STRANGE)


def _one_each(verdicts: list[Verdict], part: str, fine: object) -> list[Verdict]:
    """One verdict for each value that is not fine, as they come."""
    return list({getattr(verdict, part): verdict for verdict in verdicts if getattr(verdict, part) != fine}.values())


def _known_factor(ratio: float) -> float:
    """The factor between units that explains the size, or the ratio itself, to one digit."""
    factors = [*(10.0 ** power for power in (-3, -2, -1, 1, 2, 3)), 25.4, 1 / 25.4]
    nearest = min(factors, key=lambda factor: abs(np.log(ratio / factor)))
    return nearest if abs(np.log(ratio / nearest)) < np.log(WRONG_SIZE) else float(f"{ratio:.1g}")


def _size(places: np.ndarray) -> float:
    return float(np.sqrt(np.square(places - places.mean(axis=0)).sum(axis=1).mean()))


def _scaled(places: np.ndarray) -> np.ndarray:
    return (places - places.mean(axis=0)) / _size(places)


@cache
def _reference(seen: tuple[bool, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread over the known speakers, of the coils that there are."""
    shapes = np.array([_scaled(np.reshape(known.mean, (6, 2))[list(seen)]) for known in SPEAKERS.values()])
    return shapes.mean(axis=0), np.maximum(shapes.std(axis=0, ddof=1), LEAST_SPREAD)
