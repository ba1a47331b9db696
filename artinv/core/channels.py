"""The 18 trajectories: their order, their units and their computation from the 7 coils.

Frame of reference: x points to the front (positive at the lips), y points up, the origin lies near the upper incisors; millimetres.
"""

from typing import Literal

import numpy as np

Coil = Literal["tt", "td", "tb", "li", "ul", "ll", "v"]
"""Name of a coil."""

COILS: tuple[Coil, ...] = ("tt", "td", "tb", "li", "ul", "ll", "v")
"""tongue tip, dorsum, body, lower incisor (jaw), upper lip, lower lip, velum"""

COIL_COLUMNS = tuple(f"{coil}_{axis}" for coil in COILS for axis in "xy")
"""The 14 columns of `Utterance.coils`."""

CHANNELS = (*COIL_COLUMNS[:12], "la", "lp", "ttcl", "tbcl", "v_x", "v_y")
"""The 18 trajectories, in the order of every array, table and file of the project."""

IN_COILS = np.array([name in COIL_COLUMNS[:12] for name in CHANNELS])
"""True for x and y of tongue tip, dorsum, body, jaw and lips: the 12 trajectories over which most publications average."""

UNITLESS = ("ttcl", "tbcl")
UNITS = {name: "" if name in UNITLESS else "mm" for name in CHANNELS}
IN_MM = np.array([UNITS[name] == "mm" for name in CHANNELS])
"""True for the 16 trajectories in millimetres; only these enter a mean in millimetres."""

TITLES = {
    **{f"{coil}_{axis}": f"{title} {axis}" for coil, title in zip(
        COILS, ("tongue tip", "tongue dorsum", "tongue body", "jaw", "upper lip", "lower lip", "velum"), strict=True,
    ) for axis in "xy"},
    "la": "lip aperture", "lp": "lip protrusion",
    "ttcl": "tongue tip constriction location", "tbcl": "tongue body constriction location",
}


def derive(coils: np.ndarray) -> np.ndarray:
    """Return (T, 18) trajectories from (T, 14) coil positions in mm; a trajectory that depends on a lost coil is NaN.

    >>> coils = np.zeros((1, 14)); coils[0, 0:2] = -3.0, 4.0; coils[0, 9], coils[0, 11] = 5.0, -7.0
    >>> out = derive(coils)[0]
    >>> float(out[CHANNELS.index("la")]), round(float(out[CHANNELS.index("ttcl")]), 3)
    (12.0, -0.6)
    """
    column = dict(zip(COIL_COLUMNS, coils.T, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([
            *coils.T[:12],
            column["ul_y"] - column["ll_y"],
            (column["ul_x"] + column["ll_x"]) / 2,
            column["tt_x"] / np.hypot(column["tt_x"], column["tt_y"]),
            column["tb_x"] / np.hypot(column["tb_x"], column["tb_y"]),
            column["v_x"], column["v_y"],
        ], axis=1).astype(coils.dtype, copy=False)
