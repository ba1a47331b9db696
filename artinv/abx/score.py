"""ABX error: the share of triples in which X is closer to B, a token of another phone, than to A, a token of the same phone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from artinv.abx.distance import Bag, between
from artinv.core.ids import SpeakerId
from artinv.phones.corpora import coils_can_show

KEYS = ["representation", "mode", "speaker", "x_speaker"]
"""Columns that identify a comparison: representation, `within` or `across` speakers, speaker of A and B, speaker of X."""

_TYPES = dict.fromkeys([*KEYS, "context", "a", "b"], object) | {"error": np.float64, "triples": np.int64, "shown": np.bool_}
"""Column types of a table of cells, also for a table without rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerTokens:
    """The tokens of one speaker."""

    speaker: SpeakerId
    phones: np.ndarray  # (tokens,) text
    contexts: np.ndarray  # (tokens,) text; all equal if contexts are ignored
    velum: bool  # whether there is a coil on the velum
    bags: Mapping[str, Bag]  # by representation: articulation, prediction, ...
    columns: Mapping[str, np.ndarray]  # (values,) bool by representation: present for this speaker


def compare(pair: tuple[SpeakerTokens, SpeakerTokens]) -> pd.DataFrame:
    """Compute every cell of one speaker (given twice) or, in both directions, of two speakers.

    A cell holds the error of a phone pair, its number of triples, and whether coils can show the contrast.
    """
    left, right = pair
    same = left.speaker == right.speaker
    rows = []
    for name in left.bags:
        bags = _with_common_values(left, right, name)
        for context in np.intersect1d(left.contexts, right.contexts):
            ours, theirs = (np.flatnonzero(side.contexts == context) for side in pair)
            ways = [(left, ours, right, theirs), (right, theirs, left, ours)][: 1 if same else 2]
            if not any(_any_cell(ab.phones[ab_rows], x.phones[x_rows], same=same) for ab, ab_rows, x, x_rows in ways):
                continue
            distances = between(*bags, ours, theirs)
            for way, (ab, ab_rows, x, x_rows) in enumerate(ways):
                facts = (name, "within" if same else "across", ab.speaker, x.speaker, str(context))
                near = distances.T if way else distances
                rows += [(*facts, *cell) for cell in cells(near, ab.phones[ab_rows], x.phones[x_rows], same=same)]
    velum = left.velum and right.velum
    seen = {key: coils_can_show(*key, velum=velum) for key in {(a, b) for *_, a, b, _, _ in rows}}
    return pd.DataFrame([(*row, seen[row[-4:-2]]) for row in rows], columns=list(_TYPES)).astype(_TYPES)


def cells(distances: np.ndarray, phones: np.ndarray, x_phones: np.ndarray, *, same: bool) -> list[tuple[str, str, float, int]]:
    """Compute (a, b, error, triples) of one context from the distances, (tokens A and B, tokens X).

    `same`: rows and columns are the same tokens, and no token is compared with itself. Equal distances count as half an error.
    """
    names, of_row = np.unique(phones, return_inverse=True)
    tokens = np.bincount(of_row)
    result = []
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
        result += [
            (str(a), str(b), float(share[other]), int(tokens[other] * rivals * len(columns)))
            for other, b in enumerate(names) if other != number
        ]
    return result


def average(table: pd.DataFrame) -> pd.Series:
    """Return the error by representation and mode; each ordered pair of phones counts once."""
    return by_pair(table).groupby(["representation", "mode"]).mean()


def by_pair(table: pd.DataFrame) -> pd.Series:
    """Return the error by representation, mode and ordered pair of phones.

    It is the mean over contexts and speakers of X, then over speakers of A and B.
    """
    by_speaker = table.groupby(["representation", "mode", "speaker", "a", "b"])["error"].mean()
    return by_speaker.groupby(["representation", "mode", "a", "b"]).mean()


def _with_common_values(left: SpeakerTokens, right: SpeakerTokens, name: str) -> tuple[Bag, Bag]:
    """Return the frames of both sides, with the values present on both."""
    common = left.columns[name] & right.columns[name]
    first, second = (side.bags[name] if common.all() else side.bags[name].of_columns(common) for side in (left, right))
    return first, second


def _any_cell(phones: np.ndarray, x_phones: np.ndarray, *, same: bool) -> bool:
    """Return whether these tokens form at least one triple A, B, X."""
    names, tokens = np.unique(phones, return_counts=True)
    return len(names) > 1 and bool(np.isin(names[tokens > same], x_phones).any())
