"""Still image of a scene for print: heads at several times, spectrogram, phones and the main trajectories."""

import textwrap
import warnings
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from artinv.core.channels import CHANNELS, TITLES, UNITS
from artinv.core.files import replacing
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.show.colours import EVEN, HUES, INK, ODD, PALE, PAPER, QUIET
from artinv.show.view import acoustics, painter, words
from artinv.show.view.scene import Scene
from artinv.signal.endpoints import is_silent

CHOSEN = ("tt_y", "tb_y", "td_y", "td_x", "li_y", "la", "lp", "v_y")
"""Trajectories in the image, if available."""

MOMENTS = 6
"""Number of heads."""

_CUT = (0.04, 0.24, 1.0, 0.86)
"""Part of a head that is shown: left, top, right and bottom as fractions."""

_STYLES: dict[str, dict[str, Any]] = {"measured": {"linewidth": 1.5}, "predicted": {"linewidth": 1.4, "linestyle": (0, (4, 1.6))}}
_WIDTH, _LEFT, _RIGHT = 11.0, 1.55, 0.2  # inches
_LETTERS = 190  # in a line of small text of this width


def draw(path: Path | str, scene: Scene) -> None:
    """Write the image as PNG; equal scenes give equal bytes, because the user's matplotlib style is ignored."""
    names = [name for name in CHOSEN if any(np.isfinite(_values(motion, name)).any() for motion in scene.motions.values())]
    times = moments(scene)
    heights = {"head": 0.92, "mouths": 1.62, "spectrum": 1.5, "phones": 0.26, "track": 0.58, "foot": 0.55}
    total = sum(heights.values()) + heights["track"] * (len(names) - 1)
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(_WIDTH, total), dpi=120, facecolor=PAPER)
        _head(figure, scene)
        below = total - heights["head"] - heights["mouths"]
        _mouths(figure, scene, times, below / total, heights["mouths"] / total)
        below -= heights["spectrum"]
        axes = [_row(figure, below / total, heights["spectrum"] / total)]
        _spectrum(axes[0], scene)
        if scene.phones:
            below -= heights["phones"]
            _phones(_row(figure, below / total, heights["phones"] / total), scene)
        for name in names:
            below -= heights["track"]
            axes.append(_row(figure, (below + 0.05) / total, (heights["track"] - 0.1) / total))
            _track(axes[-1], scene, name)
        for axis in axes:
            axis.set_xlim(0, scene.seconds)
            axis.tick_params(labelbottom=axis is axes[-1], labelsize=7, length=2)
            for time, _ in times:
                axis.axvline(time, color=INK, linewidth=0.7, linestyle=(0, (1, 2.2)), zorder=3)
        figure.legend(*axes[-1].get_legend_handles_labels(), loc="upper right", ncols=2, fontsize=8,
                      bbox_to_anchor=(1, 1 - 0.3 / total), frameon=False)
        axes[-1].set_xlabel("time in s; dotted: times of the heads above", fontsize=8)
        with replacing(path) as temporary, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")  # missing letters are drawn as boxes
            FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def moments(scene: Scene) -> list[tuple[float, str]]:
    """Return (time in s, phone) of the views: midpoints of evenly chosen phones; evenly spaced times if there are no labels."""
    spoken = [phone for phone in scene.phones if not is_silent(phone.text) and phone.start < scene.seconds]
    if not spoken:
        return [(float(time), "") for time in (np.arange(MOMENTS) + 0.5) / MOMENTS * scene.seconds]
    chosen = np.unique(np.rint(np.linspace(0, len(spoken) - 1, min(MOMENTS, len(spoken)))).astype(int))
    return [(_middle(spoken[index]), spoken[index].text) for index in chosen]


def _head(figure: Figure, scene: Scene) -> None:
    height = figure.get_figheight()
    title = figure.text(0.15 / _WIDTH, 1 - 0.14 / height, _plain(scene.name), fontsize=12, fontweight="bold", va="top")
    title.set_parse_math(False)
    figure.text(1 - 0.15 / _WIDTH, 1 - 0.16 / height, "   ".join(scene.badges), fontsize=9, fontweight="bold", va="top", ha="right")
    transcript = figure.text(0.15 / _WIDTH, 1 - 0.38 / height, _plain(scene.text), fontsize=10, va="top")
    transcript.set_parse_math(False)
    note = _plain("; ".join(filter(None, (scene.model, *scene.notes, scene.phone_note, scene.palate_note))))
    lines = "\n".join(textwrap.wrap(note, _LETTERS, max_lines=2, placeholder=" …"))
    figure.text(0.15 / _WIDTH, 1 - 0.6 / height, lines, fontsize=7.5, color=QUIET, va="top").set_parse_math(False)


def _mouths(figure: Figure, scene: Scene, times: list[tuple[float, str]], bottom: float, height: float) -> None:
    staged = painter.stage(scene)
    width = (1 - 0.3 / _WIDTH) / MOMENTS
    start = (1 - width * len(times)) / 2
    for index, (time, phone) in enumerate(times):
        axis = figure.add_axes((start + index * width, bottom + 0.06 * height, width * 0.97, height * 0.82))
        axis.set_axis_off()
        head = painter.picture(staged, (time, time), 420)
        left, top, right, low = (round(share * size) for share, size in zip(_CUT, head.size * 2, strict=True))
        axis.imshow(np.asarray(head)[top:low, left:right], interpolation="antialiased")
        word = axis.text(0.03, 1.02, _plain(phone), transform=axis.transAxes, fontsize=9, fontweight="bold", va="bottom")
        word.set_parse_math(False)
        axis.text(0.98, 1.02, f"{time:.2f} s", transform=axis.transAxes, fontsize=7, color=QUIET, ha="right", va="bottom")


def _row(figure: Figure, bottom: float, height: float) -> Axes:
    axis = figure.add_axes((_LEFT / _WIDTH, bottom, 1 - (_LEFT + _RIGHT) / _WIDTH, height))
    axis.spines[["top", "right"]].set_visible(False)
    return axis


def _spectrum(axis: Axes, scene: Scene) -> None:
    values, rate = acoustics.spectrogram(scene.sound, scene.sound_rate)
    ends = (-0.5 / rate, (values.shape[1] - 0.5) / rate, 0, acoustics.TOP / 1000)
    axis.imshow(values, cmap="Greys", vmin=0, vmax=1, origin="lower", aspect="auto", extent=ends, interpolation="bilinear")
    axis.set_yticks([0, 2, 4, 6, 8])
    _left_label(axis, "kHz")


def _left_label(axis: Axes, words: str) -> None:
    axis.set_ylabel(words, fontsize=8, rotation=0, ha="right", va="center")
    axis.yaxis.set_label_coords(-0.42 / (_WIDTH - _LEFT - _RIGHT), 0.5)


def _phones(axis: Axes, scene: Scene) -> None:
    axis.set(xlim=(0, scene.seconds), ylim=(0, 1), xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    letter = 0.062 / (_WIDTH - _LEFT - _RIGHT) * scene.seconds  # width of a letter in s
    for index, phone in enumerate(scene.phones):
        axis.axvspan(phone.start, phone.end, color=EVEN if index % 2 else ODD, linewidth=0)
        if len(phone.text) * letter <= phone.end - phone.start and phone.start < scene.seconds:
            axis.text(_middle(phone), 0.45, _plain(phone.text), fontsize=7, ha="center", va="center").set_parse_math(False)


def _track(axis: Axes, scene: Scene, name: str) -> None:
    for phone in scene.phones:
        axis.axvline(phone.start, color=PALE, linewidth=0.6, zorder=0)
    for kind, trajectory in scene.motions.items():
        values = _values(trajectory, name)
        if trajectory.margin is not None:
            margin = np.where(np.isfinite(trajectory.margin), trajectory.margin, np.nan)[:, CHANNELS.index(name)]
            axis.fill_between(trajectory.times, values - margin, values + margin, color=HUES[kind, 0], alpha=0.2, linewidth=0)
        label = words.ESTIMATE if kind == "predicted" else kind
        axis.plot(trajectory.times, values, label=label, color=HUES[kind, 0], **_STYLES[kind])
    axis.yaxis.set_major_locator(MaxNLocator(3))
    _left_label(axis, f"{TITLES[name]}\n{UNITS[name]}".strip())


def _values(trajectory: Trajectory, name: str) -> np.ndarray:
    return trajectory.motion[:, CHANNELS.index(name)]


def _middle(phone: Label) -> float:
    return (phone.start + phone.end) / 2


def _plain(text: str) -> str:
    """Return the text on one line."""
    return " ".join(text.split())
