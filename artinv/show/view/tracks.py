"""Picture of chosen trajectories over time, with their intervals."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from artinv.core.channels import CHANNELS, TITLES, UNITS
from artinv.core.trajectory import Trajectory
from artinv.runtime.errors import BadParams, similar
from artinv.show.colours import RED

SHOWN = ("tt_y", "tb_y", "td_y", "li_y", "la")
"""Channels of a picture for which none are named."""

_BAND = "#f5c9a8"


def figure(trajectory: Trajectory, channels: Sequence[str] = ()) -> Figure:
    """Return one row of axes per channel."""
    if unknown := sorted(set(channels) - set(CHANNELS)):
        valid = f"expected some of {', '.join(CHANNELS)}"
        raise BadParams(f"plot: unknown channel '{unknown[0]}'; {valid}{similar(unknown[0], CHANNELS)}")
    chosen = channels or SHOWN
    drawing = Figure(figsize=(9, 0.6 + 1.1 * len(chosen)), layout="constrained")
    rows = drawing.subplots(len(chosen), sharex=True, squeeze=False)[:, 0]
    for row, channel in zip(rows, chosen, strict=True):
        values = trajectory.motion[:, CHANNELS.index(channel)]
        if trajectory.margin is not None and np.isfinite(margin := trajectory.margin[:, CHANNELS.index(channel)]).all():
            row.fill_between(trajectory.times, values - margin, values + margin, color=_BAND, linewidth=0)
        row.plot(trajectory.times, values, color=RED, linewidth=1.2)
        row.set_ylabel(f"{TITLES[channel]}\n{UNITS[channel]}", fontsize=8)
        row.spines[["top", "right"]].set_visible(False)
    rows[-1].set_xlabel("time in s")
    return drawing
