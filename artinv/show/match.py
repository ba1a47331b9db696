"""Picture of a matched sound: its spectrogram, that of the imitation, and the settings of the first pieces as dials."""

from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from artinv.core.files import replacing
from artinv.matching.match import Match, Piece
from artinv.show.view.acoustics import TOP, spectrogram
from artinv.synth.synthesizers.protocol import Parameter

SHOWN = 4
"""Largest number of pieces whose settings are drawn."""

_INK, _FAINT, _HAND = "#1a1a1a", "#cccccc", "#d55e00"
_WIDTH, _COLUMNS = 11.0, 12  # inches, dials in a row
_SPECTRUM, _DIAL, _HEAD = 1.6, 0.95, 0.42  # inches, heights
_TURN = 0.75  # share of a full turn between the least and the greatest value


def draw(path: Path, name: str, match: Match, spec: tuple[Parameter, ...]) -> None:
    """Write the picture as PNG; equal matches give equal bytes, because the user's matplotlib style is ignored."""
    pieces = match.pieces[:SHOWN]
    rows = -(-len(spec) // _COLUMNS)
    total = _HEAD + 2 * (_SPECTRUM + _HEAD) + len(pieces) * (rows * _DIAL + _HEAD)
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(_WIDTH, total), dpi=110, facecolor="white")
        top = total
        for title, sound in ((name, match.sound), ("imitation", match.imitation)):
            top -= _HEAD + _SPECTRUM
            _spectrum(figure.add_axes((0.05, top / total, 0.93, _SPECTRUM / total)), title, sound, match.rate)
        top -= _HEAD
        for piece in pieces:
            top -= _HEAD
            words = f"from {piece.start:g} s: {piece.after:.1f} dB from the sound, correlation {piece.correlation:.2f}"
            figure.text(0.05, (top + 0.08) / total, words, fontsize=9)
            for number, parameter in enumerate(spec):
                row, column = divmod(number, _COLUMNS)
                size = 0.93 / _COLUMNS
                low = top - (row + 1) * _DIAL + 0.3
                axis = figure.add_axes((0.05 + column * size, low / total, size, (_DIAL - 0.32) / total))
                _dial(axis, parameter, piece, number)
            top -= rows * _DIAL
        with replacing(path) as temporary:
            FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def _spectrum(axis: Axes, title: str, sound: np.ndarray, rate: int) -> None:
    values, per_second = spectrogram(sound, rate)
    ends = (-0.5 / per_second, (values.shape[1] - 0.5) / per_second, 0, TOP / 1000)
    axis.imshow(values, cmap="Greys", vmin=0, vmax=1, origin="lower", aspect="auto", extent=ends, interpolation="bilinear")
    axis.set_xlim(0, len(sound) / rate)
    axis.set_ylabel("kHz", fontsize=8)
    axis.set_title(" ".join(title.split()), fontsize=9, loc="left", parse_math=False)
    axis.tick_params(labelsize=7, length=2)


def _dial(axis: Axes, parameter: Parameter, piece: Piece, number: int) -> None:
    """Draw an arc from the least to the greatest value, and a hand at the value; at the first and last one where it moves."""
    axis.set(xlim=(-1.4, 1.4), ylim=(-1.2, 1.2), xticks=[], yticks=[], aspect="equal")
    axis.axis("off")
    arc = np.linspace(0, 1, 60)
    axis.plot(*_place(arc), color=_FAINT, linewidth=3, solid_capstyle="round")
    shares, values = piece.shares[:, number], piece.values[:, number]
    axis.plot(*_place(np.linspace(0, shares[0], 60)), color=_HAND, linewidth=3, solid_capstyle="round")
    for share in dict.fromkeys((float(shares[0]), float(shares[-1]))):
        x, y = _place(np.array([share]))
        axis.plot([0, 0.75 * x[0]], [0, 0.75 * y[0]], color=_INK, linewidth=1.2)
    text = " to ".join(f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}" for value in dict.fromkeys((values[0], values[-1])))
    axis.text(0, -1.25, f"{parameter.name.replace('_', ' ')}\n{text} {parameter.unit}".rstrip(), fontsize=6, ha="center", va="top")


def _place(share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y on a unit circle: the least value at the lower left, the greatest at the lower right."""
    angle = np.pi * (0.5 + _TURN * (1 - 2 * share))
    return np.cos(angle), np.sin(angle)
