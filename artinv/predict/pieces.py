"""Division of long sound into overlapping pieces, so that memory does not grow with its length."""

import math
from dataclasses import dataclass

import numpy as np

from artinv.runtime.errors import BadData

CHUNK, OVERLAP = 60.0, 10.0
"""s; longer sound is predicted in pieces of CHUNK with OVERLAP more on each side."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an utterance, in frames: `start` to `end` is predicted, `first` to `last` is kept."""

    start: int
    end: int
    first: int
    last: int


def pieces(frames: int, rate: float, step: int) -> list[Piece]:
    """Return the pieces of an utterance; kept parts do not overlap, and pieces start at multiples of `step`, the network's step."""
    chunk, overlap = (math.ceil(seconds * rate / step) * step for seconds in (CHUNK, OVERLAP))
    if frames <= chunk:
        return [Piece(0, frames, 0, frames)] if frames else []
    return [
        Piece(max(0, first - overlap), min(frames, first + chunk + overlap), first, min(frames, first + chunk))
        for first in range(0, frames, chunk)
    ]


def check_acoustics(values: np.ndarray, n_in: int) -> np.ndarray:
    """Return the acoustics of an utterance; reject another shape than (frames, n_in) and values that are not finite."""
    if values.ndim != 2 or values.shape[1] != n_in:
        fault = f"acoustics of shape {values.shape}, the model expects (frames, {n_in})"
        raise BadData(f"{fault}; use the features named in its metadata")
    if not np.isfinite(values).all():
        raise BadData("acoustics contain values that are not finite; repair the sound they were computed from")
    return values
