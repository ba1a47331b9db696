"""Picture of the vocal tract that settings describe: the drawn head, the outline of the tract, and its area function."""

from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from artinv.core.channels import derive
from artinv.core.files import replacing
from artinv.core.trajectory import Trajectory
from artinv.matching.match import Match
from artinv.matching.matcher import Matcher
from artinv.matching.tract import PARTS, TractShapes, shapes_of
from artinv.show.colours import FAINT, INK, PAPER, TONGUE_EDGE
from artinv.show.match import SHOWN
from artinv.show.view import painter
from artinv.show.view.scene import Scene

_WIDTH, _ROW, _HEAD = 11.0, 2.7, 0.42  # inches
_PIXELS = 420  # width of a drawn head
_PALATE = slice(20, None)  # points of the wall that are velum and palate
_MOMENTS = 3  # of a piece whose settings move


def draw(path: Path, name: str, match: Match, matcher: Matcher) -> list[Path]:
    """Write the picture of the first pieces as PNG and return it; equal matches give equal bytes; nothing without a vocal tract."""
    values: list[np.ndarray] = []
    titles: list[str] = []
    for piece in match.pieces[:SHOWN]:
        count = len(piece.values)
        for point in np.unique(np.linspace(0, count - 1, min(count, _MOMENTS)).round().astype(int)):
            values.append(piece.values[point])
            titles.append(f"from {piece.start:g} s" + (f", at {piece.time(point, matcher):.2f} s" if count > 1 else ""))
    shapes = shapes_of(matcher.synthesizer, np.stack(values))
    if shapes is None:
        return []
    heads, total = _heads(name, shapes), _HEAD + len(values) * _ROW
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(_WIDTH, total), dpi=110, facecolor=PAPER)
        words = " ".join(f"{name}: vocal tract of {matcher.synth} (synthetic), estimated from the sound".split())
        figure.text(0.02, 1 - 0.28 / total, words, fontsize=10).set_parse_math(False)
        for row, title in enumerate(titles):
            low, high = (total - _HEAD - (row + 1) * _ROW + 0.4) / total, (_ROW - 0.75) / total
            axes = [figure.add_axes((left, low, width, high)) for left, width in ((0.02, 0.2), (0.24, 0.2), (0.51, 0.47))]
            axes[0].imshow(heads[row], interpolation="antialiased")
            axes[0].axis("off")
            axes[0].set_title(title, fontsize=9, loc="left")
            _outline(axes[1], shapes, row)
            _areas(axes[2], shapes, row)
        with replacing(path) as temporary:
            FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})
    return [path]


def _heads(name: str, shapes: TractShapes) -> list[np.ndarray]:
    """Return a drawn head for each shape; a further posture says where the lips touch and the velum closes the nose."""
    motion = derive(np.concatenate([shapes.coils, shapes.closed])).astype(np.float32)
    postures = Trajectory(name=name, rate=1.0, motion=motion)
    scene = Scene(name=name, sound=np.zeros(len(motion), np.float32), sound_rate=1, measured=postures, palate=shapes.wall[_PALATE])
    staged = painter.stage(scene)
    return [np.asarray(painter.picture(staged, (float(number), float(number)), _PIXELS)) for number in range(len(shapes.coils))]


def _outline(axis: Axes, shapes: TractShapes, number: int) -> None:
    """Draw the wall, the surface of the tongue and the coils."""
    axis.plot(*shapes.wall.T, color=INK, linewidth=1.4)
    axis.plot(*shapes.tongue[number].T, color=TONGUE_EDGE, linewidth=1.4)
    axis.plot(*shapes.coils[number].reshape(-1, 2).T, "o", color=INK, markersize=2.5)
    axis.set(aspect="equal", xlim=(-95, 30), ylim=(-75, 25))
    axis.set_title("tract: wall, tongue, coils; mm", fontsize=8, loc="left")
    _plain(axis)


def _areas(axis: Axes, shapes: TractShapes, number: int) -> None:
    """Draw the area function as steps from the glottis to the lips, and the borders of the parts."""
    edges = np.append(0, shapes.length[number].cumsum())
    axis.stairs(shapes.area[number], edges, color=INK, linewidth=1.2)
    for place in range(1, len(PARTS)):
        if PARTS[place] != PARTS[place - 1]:
            axis.axvline(edges[place], color=FAINT, linewidth=0.8, zorder=0)
    axis.set(xlim=(0, edges[-1]), ylim=(0, None))
    axis.set_title(f"area in cm2; opening to the nose {shapes.port[number]:.2f} cm2", fontsize=8, loc="left")
    axis.set_xlabel("distance from the glottis in cm; lines: larynx, pharynx, bend, mouth, lips", fontsize=7, labelpad=1)
    _plain(axis)


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=7, length=2)
