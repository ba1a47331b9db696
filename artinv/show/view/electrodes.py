"""Electrodes below the head on the player page: a cell for each on its grid, as strong as its signal at the time of the sound."""

import base64
import html
from dataclasses import dataclass
from typing import Any

import numpy as np

RANGE = 2.5
"""Standard deviations from the mean to the weakest and to the strongest cell."""

_SIZE = 18  # pixels of a cell


@dataclass(frozen=True, slots=True, eq=False)
class Electrodes:
    """The signals of electrodes during a scene."""

    names: tuple[str, ...]  # E
    places: tuple[tuple[int, int], ...]  # row and column of each
    signals: np.ndarray  # (T, E) in standard deviations from the mean
    rate: float  # Hz

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.signals.ndim != 2 or not self.signals.shape[1] == len(self.names) == len(self.places) or not len(self.signals):
            raise ValueError(f"signals {self.signals.shape}, {len(self.names)} names, {len(self.places)} places")

    def content(self) -> dict[str, Any]:
        """Return the data for the script; strength in steps from 0 to 255."""
        shares = np.clip(np.nan_to_num(self.signals) / (2 * RANGE) + 0.5, 0, 1)
        levels = np.rint(255 * shares).astype(np.uint8)
        return {"rate": self.rate, "size": _SIZE, "places": self.places, "levels": base64.b64encode(levels.tobytes()).decode()}

    def markup(self) -> str:
        """Return the element that the script draws into."""
        rows, columns = (1 + max(place) for place in zip(*self.places, strict=True))
        title = html.escape(f"{len(self.names)} electrodes, {self.names[0]} to {self.names[-1]}; dark: a strong signal")
        size = f'width="{columns * _SIZE}" height="{rows * _SIZE}"'
        return f'\n        <canvas id="electrodes" {size} role="img" aria-label="{title}"></canvas><p><small>{title}</small></p>'
