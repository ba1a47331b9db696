"""Picture of the importance of electrodes on their grid, one map for each decoder and subject."""

from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from artinv.core.files import replacing
from artinv.neural.occlusion import Map
from artinv.show.colours import BLUE, FAINT, INK, PAPER, RED

COLUMNS = 3
"""Maps in a row."""

_EDGES = {"motor": RED, "auditory": BLUE, "rest": FAINT}
_SIZE, _HEAD = 3.4, 0.5  # inches


def draw(path: Path, maps: list[Map]) -> None:
    """Write the picture as PNG; equal maps give equal bytes, because the user's matplotlib style is ignored."""
    columns = max(1, min(COLUMNS, len(maps)))
    rows = max(1, -(-len(maps) // columns))
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(columns * _SIZE, rows * (_SIZE + _HEAD)), dpi=110, facecolor=PAPER, layout="constrained")
        for axis, own in zip(np.ravel(figure.subplots(rows, columns, squeeze=False)), maps, strict=False):
            _map(axis, own)
        with replacing(path) as temporary:
            FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def _map(axis: Axes, own: Map) -> None:
    """Draw a disc for each electrode: its area is the importance, its colour the planted role."""
    places = np.array(own.places, float)
    share = np.clip(own.importance, 0, None) / max(float(own.importance.max()), 1e-9)
    edges = [_EDGES[role] for role in own.role] if own.role else [INK] * len(places)
    axis.scatter(places[:, 1], places[:, 0], s=18, facecolors="none", edgecolors=edges, linewidths=1.0)
    shown = share > 0
    colours = [to_rgba(edge, 0.25 + 0.6 * own_share) for edge, own_share in zip(edges, share, strict=True)]
    axis.scatter(places[shown, 1], places[shown, 0], s=20 + 320 * share[shown], c=np.array(colours)[shown].reshape(-1, 4))
    axis.set_xlim(places[:, 1].min() - 0.7, places[:, 1].max() + 0.7)
    axis.set_ylim(places[:, 0].max() + 0.7, places[:, 0].min() - 0.7)
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
    axis.set_title(f"{own.subject}: {own.decoder.replace('_', ' ')}", fontsize=8, loc="left", parse_math=False)
    words = "orange: motor, blue: auditory, grey: rest" if own.role else "area: importance"
    axis.set_xlabel(words, fontsize=7)
