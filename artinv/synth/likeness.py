"""How lifelike a speaker's coils move: held against eight real speakers, so that nobody unlike all of them is let through."""

import numpy as np
import torch

from artinv.channels import COIL_COLUMNS
from artinv.synth import dice
from artinv.synth.anatomy import Anatomy
from artinv.synth.controls import FRAME_RATE
from artinv.synth.geometry import Geometry
from artinv.synth.gestures import Habits, score
from artinv.synth.lexicon import sentence
from artinv.synth.recorder import Articulograph
from artinv.synth.timing import Pace, time_sentence

REAL = {
    "tt_x": (-19.7, -13.5, 3.85, 5.19), "tt_y": (-12.5, -6.6, 3.63, 6.27), "td_x": (-58.2, -39.5, 2.50, 4.64),
    "td_y": (-6.9, 0.7, 3.53, 5.21), "tb_x": (-37.1, -24.8, 3.06, 5.43), "tb_y": (-9.9, -0.7, 3.90, 6.44),
    "li_x": (-13.5, 1.6, 0.91, 2.21), "li_y": (-25.6, -19.0, 1.72, 3.82), "ul_x": (8.2, 12.4, 1.06, 1.77),
    "ul_y": (-2.0, 5.9, 1.03, 2.14), "ll_x": (4.4, 14.3, 1.35, 2.78), "ll_y": (-27.4, -24.0, 2.50, 5.38),
}
"""Channel -> lowest and highest mean, lowest and highest standard deviation in mm, of eight speakers reading 12,870 sentences."""

_ROWS = np.array([REAL[column] for column in COIL_COLUMNS if column in REAL])
_COLUMNS = [index for index, column in enumerate(COIL_COLUMNS) if column in REAL]
_SAMPLE = 12  # sentences


def excess(mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """(12, 2): how far means and standard deviations (14,) lie outside the real range, in widths of that range; 0 inside."""
    low, high = _ROWS[:, 0::2], _ROWS[:, 1::2]
    found = np.stack([mean, std], axis=1)[_COLUMNS]
    return np.maximum(np.maximum(low - found, found - high), 0) / (high - low)


def strangeness(anatomy: Anatomy, habits: Habits, pace: Pace, articulograph: Articulograph) -> float:
    """The worst excess over a few sentences; they are moved, not heard."""
    geometry, coils = Geometry(anatomy), []
    for number in range(1, _SAMPLE + 1):
        rng = dice.rng("likeness", number)
        timed = time_sentence(sentence("likeness", number), pace, rng)
        controls = score(timed.segments, habits, rng).controls
        spoken = slice(*(round(time * FRAME_RATE) for time in (timed.segments[0].end, timed.segments[-1].start)))
        with torch.no_grad():
            coils.append(geometry.coils(torch.from_numpy(controls[spoken].astype(np.float32))).numpy())
    placed = articulograph.place(np.concatenate(coils))
    return float(excess(placed.mean(axis=0), placed.std(axis=0)).max())
