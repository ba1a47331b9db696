"""Distances -> the share of triples in which X lies closer to B, another phone, than to A, its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from artinv.abx.distance import Bag, between
from artinv.abx.phones import shown
from artinv.core.ids import SpeakerId

KEYS = ["line", "mode", "speaker", "heard"]
"""Columns that name a comparison: what is compared, within or across, who says A and B, who says X."""

_TYPES = dict.fromkeys([*KEYS, "context", "a", "b"], object) | {"error": np.float64, "triples": np.int64, "shown": np.bool_}
"""Columns of a table of cells; named because a table without rows would lose them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The tokens of one speaker."""

    speaker: SpeakerId
    phones: np.ndarray  # (tokens,) text
    contexts: np.ndarray  # (tokens,) text; all the same where contexts do not count
    velum: bool  # a coil measured it
    bags: Mapping[str, Bag]  # by line: articulation, prediction, ...
    columns: Mapping[str, np.ndarray]  # (values,) bool by line: which values this speaker has


def compare(pair: tuple[Side, Side]) -> pd.DataFrame:
    """Every cell of one speaker (given twice) or, in both directions, of two: its error, its triples, whether coils can show it."""
    left, right = pair
    same = left.speaker == right.speaker
    rows = []
    for line in left.bags:
        bags = _alike(left, right, line)
        for context in np.intersect1d(left.contexts, right.contexts):
            ours, theirs = (np.flatnonzero(side.contexts == context) for side in pair)
            ways = [(left, ours, right, theirs), (right, theirs, left, ours)][: 1 if same else 2]
            if not any(_any_cell(ab.phones[these], x.phones[those], same=same) for ab, these, x, those in ways):
                continue
            distances = between(*bags, ours, theirs)
            for way, (ab, these, x, those) in enumerate(ways):
                facts = (line, "within" if same else "across", ab.speaker, x.speaker, str(context))
                near = distances.T if way else distances
                rows += [(*facts, *cell) for cell in cells(near, ab.phones[these], x.phones[those], same=same)]
    velum = left.velum and right.velum
    seen = {key: shown(*key, velum=velum) for key in {(a, b) for *_, a, b, _, _ in rows}}
    return pd.DataFrame([(*row, seen[row[-4:-2]]) for row in rows], columns=list(_TYPES)).astype(_TYPES)


def cells(distances: np.ndarray, phones: np.ndarray, x_phones: np.ndarray, *, same: bool) -> list[tuple[str, str, float, int]]:
    """(a, b, error, triples) of one context from (A and B, X) distances.

    `same`: rows and columns are the same tokens, of which none is compared with itself. Equal distances are half an error.
    """
    names, of_row = np.unique(phones, return_inverse=True)
    tokens = np.bincount(of_row)
    found = []
    for number, a in enumerate(names):
        rows, columns = np.flatnonzero(of_row == number), np.flatnonzero(x_phones == a)
        wrong, rivals = np.zeros(len(phones)), len(rows) - same
        if not len(columns) or not rivals:
            continue
        for x in columns:
            own = np.sort(distances[rows[rows != x] if same else rows, x])
            nearer = np.searchsorted(own, distances[:, x], "left") + np.searchsorted(own, distances[:, x], "right")
            wrong += rivals - nearer / 2
        share = np.bincount(of_row, weights=wrong) / (tokens * rivals * len(columns))
        found += [
            (str(a), str(b), float(share[other]), int(tokens[other] * rivals * len(columns)))
            for other, b in enumerate(names) if other != number
        ]
    return found


def average(table: pd.DataFrame) -> pd.Series:
    """Error by line and mode: each ordered pair of phones counts once."""
    return by_pair(table).groupby(["line", "mode"]).mean()


def by_pair(table: pd.DataFrame) -> pd.Series:
    """Error by line, mode and ordered pair of phones.

    The mean over contexts and speakers of X, then over speakers of A and B.
    """
    by_speaker = table.groupby(["line", "mode", "speaker", "a", "b"])["error"].mean()
    return by_speaker.groupby(["line", "mode", "a", "b"]).mean()


def _alike(left: Side, right: Side, line: str) -> tuple[Bag, Bag]:
    """Both sides' frames with the values that both have."""
    common = left.columns[line] & right.columns[line]
    one, other = (side.bags[line] if common.all() else side.bags[line].of_columns(common) for side in (left, right))
    return one, other


def _any_cell(phones: np.ndarray, x_phones: np.ndarray, *, same: bool) -> bool:
    """Whether there is an A, a B and an X among these tokens."""
    names, tokens = np.unique(phones, return_counts=True)
    return len(names) > 1 and bool(np.isin(names[tokens > same], x_phones).any())
