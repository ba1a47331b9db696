"""Comparison of the coil statistics of a synthetic speaker with those of eight real speakers."""

import numpy as np
import torch

from artinv.core import random_draws
from artinv.core.channels import COIL_COLUMNS
from artinv.corpora import facts
from artinv.synth.speaker.gestures import Habits, gestural_score
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recorder import Articulograph
from artinv.synth.speaker.timing import Pace, time_sentence
from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import FRAME_RATE
from artinv.synth.tract.geometry import Geometry

_PLACES = list(facts.get("hprc").coil_statistics.values())
_STATISTICS = np.array([[place.mean, place.std] for place in _PLACES])  # (speakers, 2, 12)
REAL_RANGES = {
    column: tuple(float(end(_STATISTICS[:, kind, index])) for kind in (0, 1) for end in (np.min, np.max))
    for index, column in enumerate(COIL_COLUMNS[:12])
}
"""Channel -> lowest and highest mean, lowest and highest standard deviation in mm, of eight speakers reading 12,870 sentences."""

_ROWS = np.array([REAL_RANGES[column] for column in COIL_COLUMNS if column in REAL_RANGES])
_COLUMNS = [index for index, column in enumerate(COIL_COLUMNS) if column in REAL_RANGES]
_SAMPLE = 12  # sentences


def excess(mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Return the distance (12, 2) of means and standard deviations (14,) from the real range, in widths of the range; 0 inside."""
    low, high = _ROWS[:, 0::2], _ROWS[:, 1::2]
    statistics = np.stack([mean, std], axis=1)[_COLUMNS]
    return np.maximum(np.maximum(low - statistics, statistics - high), 0) / (high - low)


def largest_excess(anatomy: Anatomy, habits: Habits, pace: Pace, articulograph: Articulograph) -> float:
    """Return the largest excess over a sample of sentences in careful speech; no sound is synthesized."""
    geometry, coils = Geometry(anatomy), []
    for number in range(1, _SAMPLE + 1):
        rng = random_draws.rng("likeness", number)
        timed = time_sentence(sentence("likeness", number), pace, rng)
        controls = gestural_score(timed.segments, habits, rng).controls
        spoken = slice(*(round(time * FRAME_RATE) for time in (timed.segments[0].end, timed.segments[-1].start)))
        with torch.no_grad():
            coils.append(geometry.coils(torch.from_numpy(controls[spoken].astype(np.float32))).numpy())
    placed = articulograph.place(np.concatenate(coils))
    return float(excess(placed.mean(axis=0), placed.std(axis=0)).max())
