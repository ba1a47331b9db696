"""Plots of results, and the table for `dvc plots`; equal numbers give equal bytes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from artinv.core.channels import CHANNELS, TITLES, UNITLESS, UNITS
from artinv.core.files import replacing, write_text
from artinv.core.ids import SpeakerId
from artinv.core.records import Frames
from artinv.data.stats import Stats
from artinv.evaluate.loso import MEANS, VALUES
from artinv.evaluate.results import MODEL, TRIVIAL
from artinv.evaluate.scores import ScoreTables, origin_label
from artinv.show.colours import BLACK, BLUE, GREY, ORANGE, PALE, RED

_COLUMN = 3.55
"""Width of a trajectory panel in inches."""
MARKS = {"ridge": ("D", ORANGE), TRIVIAL: ("s", GREY)}


def trajectories(
    path: Path | str, result: ScoreTables, shown: Sequence[tuple[Frames, np.ndarray]], stats: Mapping[SpeakerId, Stats],
) -> None:
    """Plot measured and predicted motion in mm: a column per utterance in `shown`, a panel per measured articulator."""
    names = _available(result)
    scores = result.utterances.set_index("id")["pearson"]
    with _figure(path, ((_COLUMN + 0.35) * len(shown) + 1.85, 0.68 * len(names) + 1.3)) as figure:
        grid = figure.subplots(len(names), len(shown), squeeze=False, sharex="col",
                               gridspec_kw={**_margins(figure, 1.75, 0.1, 0.8, 0.5), "hspace": 0.15, "wspace": 0.1})
        for axes, (frames, motion) in zip(grid.T, shown, strict=True):
            table = in_mm(frames, motion, stats[frames.speaker_id], names)
            for axis, name in zip(axes, names, strict=True):
                axis.plot(table["time"], table[name], color=BLACK, linewidth=1.4, label="measured")
                axis.plot(table["time"], table[f"{name}_predicted"], color=RED, linewidth=1.1, label="predicted")
                for phone in frames.phones:
                    axis.axvline(phone.start, color=PALE, linewidth=0.6, zorder=0)
                axis.tick_params(labelsize=6.5, length=2)
                axis.yaxis.set_major_locator(MaxNLocator(3))
                axis.set_xlim(0, len(motion) / frames.rate)
            _name_phones(axes[0], frames)
            axes[0].set_title(f"{frames.id}   Pearson {scores[frames.id]:.2f}", fontsize=8, pad=20)
            axes[-1].set_xlabel("time in s", fontsize=8)
        for axis, name in zip(grid[:, 0], names, strict=True):
            axis.set_ylabel(f"{_title(name)}\n{UNITS[name]}".strip(), fontsize=8, rotation=0, ha="right", va="center")
        figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper left", fontsize=8, frameon=False)
        _head(figure, origin_label(result.scores.run.origin, result.scores.run.phones), right=True)


def articulators(path: Path | str, result: ScoreTables) -> None:
    """Plot Pearson and RMSE of every articulator as bars with 95 % intervals, and the baselines as marks."""
    table, run = result.articulators.iloc[::-1], result.scores.run
    place = pd.Series(np.arange(len(table)) - np.where(table["articulator"] == "mean", 0.5, 0), index=table.index)
    with _figure(path, (9.6, 0.3 * len(table) + 1.5)) as figure:
        panels = figure.subplots(1, 2, sharey=True, gridspec_kw={**_margins(figure, 1.9, 0.15, 0.7, 0.5), "wspace": 0.06})
        for axis, metric, title in zip(panels, ("pearson", "rmse_mm"), ("Pearson", "RMSE in mm"), strict=True):
            rows = table if metric == "pearson" else table[~table["articulator"].isin(UNITLESS)]
            ends = rows[[f"{metric}_low", f"{metric}_high"]].to_numpy().T
            _bars(axis, place[rows.index], rows[metric], np.abs(ends - rows[metric].to_numpy()), run.model)
            for name in MARKS:
                if f"{name}_{metric}" in rows and (name, metric) != (TRIVIAL, "pearson"):
                    _marks(axis, place[rows.index], rows[f"{name}_{metric}"], name)
            axis.set_xlabel(title, fontsize=9)
        panels[0].set_yticks(place, [_title(name) for name in table["articulator"]], fontsize=9)
        figure.legend(*panels[1].get_legend_handles_labels(), loc="upper right", ncols=3, fontsize=9, frameon=False)
        number = result.scores.counts.utterances
        _head(figure, f"{run.split} {run.test_speaker}, {number} utterances, {origin_label(run.origin, run.phones)}; lines: 95 %")


def example(path: Path | str, result: ScoreTables, frames: Frames, motion: np.ndarray, stats: Stats) -> None:
    """Write one utterance as a table for `dvc plots`."""
    table = in_mm(frames, motion, stats, _available(result))
    write_text(path, table.to_csv(index=False, float_format="%.3f", lineterminator="\n"))


def loso(path: Path | str, table: pd.DataFrame, origin: str, phones: str | None = None) -> None:
    """Plot a heat map of Pearson, speakers by articulators, and next to it the means of model and ridge regression.

    `table` holds the rows of `artinv.evaluate.loso.with_means` for one split and one model; `origin` is that of the data.
    """
    values = table[(table["metric"] == "pearson") & ~table["speaker"].isin(MEANS[1:])]
    values = values.assign(label=values["speaker"].where(values["speaker"] != "mean", "mean " + values["corpus"]))
    own, ridge = (values[values["line"] == name].set_index("label") for name in (MODEL, "ridge"))
    bounds = table[(table["metric"] == "pearson") & (table["line"] == MODEL)]
    names = [name for name in VALUES if own[name].notna().any()]
    grid, rows = own[names].to_numpy(), np.arange(len(own))
    ends = np.full((2, len(own)), np.nan)
    for row in np.flatnonzero(own["speaker"] == "mean"):
        around = bounds[bounds["corpus"] == own["corpus"].iloc[row]].set_index("speaker")["mean"]
        ends[:, row] = [abs(around[end] - own["mean"].iloc[row]) for end in MEANS[1:]]
    with _figure(path, (0.46 * len(names) + 4.9, 0.32 * len(own) + 1.6)) as figure:
        left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={
            **_margins(figure, 1.4, 0.15, 0.5, 0.7), "wspace": 0.03, "width_ratios": [len(names), 5]})
        left.imshow(grid, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for row, column in np.argwhere(np.isfinite(grid)):
            left.text(column, row, f"{grid[row, column]:.2f}".replace("0.", ".", 1), ha="center", va="center", fontsize=7.5,
                      color=BLACK if grid[row, column] > 0.5 else "white")
        left.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor", fontsize=8)
        left.set_yticks(rows, own.index, fontsize=8)
        left.axvline(0.5, color="white", linewidth=3)
        left.axhline((own["speaker"] != "mean").sum() - 0.5, color="white", linewidth=3)
        _bars(right, rows, own["mean"], ends, str(own["model"].iloc[0]))
        if len(ridge):
            _marks(right, rows, ridge["mean"].reindex(own.index), "ridge")
        right.set_xlabel("mean Pearson", fontsize=8)
        right.tick_params(labelleft=False, left=False)
        figure.legend(*right.get_legend_handles_labels(), loc="upper right", ncols=2, fontsize=8, frameon=False)
        _head(figure, f"Pearson by test speaker, split {own['split'].iloc[0]}, {origin_label(origin, phones)}; lines: 95 %")


def in_mm(frames: Frames, motion: np.ndarray, stats: Stats, names: Sequence[str]) -> pd.DataFrame:
    """Return columns `time` in s, and measured `<channel>` and `<channel>_predicted` in mm (or without unit)."""
    measured, predicted = (values * stats.motion_std + stats.mean_of(frames.name) for values in (frames.motion, motion))
    columns = {"time": np.arange(len(motion)) / frames.rate}
    for name in names:
        columns[name], columns[f"{name}_predicted"] = measured[:, CHANNELS.index(name)], predicted[:, CHANNELS.index(name)]
    return pd.DataFrame(columns)


@contextmanager
def _figure(path: Path | str, size: tuple[float, float]) -> Iterator[Figure]:
    """Yield a figure of `size` inches and write it with a fixed palette at the end; the user's matplotlib style is ignored."""
    with matplotlib.style.context("default"):
        figure = Figure(figsize=size, dpi=96)
        yield figure
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        with replacing(path) as temporary:
            picture.quantize(palette=_palette(), dither=Image.Dither.NONE).save(temporary, format="png", optimize=True)


def _palette() -> Image.Image:
    """Return a palette: each colour blended to white, red to black where curves cross, and the colours of the heat map."""
    ramps = [(colour, "white", 8) for colour in (BLUE, ORANGE, RED, GREY, BLACK, "black")] + [(RED, BLACK, 5), (PALE, PALE, 1)]
    fades = [np.linspace(to_rgb(start), to_rgb(end), steps) for start, end, steps in ramps]
    colours = np.concatenate([*fades, colormaps["cividis"](np.linspace(0, 1, 128))[:, :3]])
    image = Image.new("P", (1, 1))
    image.putpalette(np.rint(colours * 255).astype(np.uint8).tobytes())
    return image


def _margins(figure: Figure, left: float, right: float, top: float, bottom: float) -> dict[str, float]:
    """Convert margins in inches to the fractions that matplotlib expects."""
    width, height = figure.get_size_inches()
    return {"left": left / width, "right": 1 - right / width, "top": 1 - top / height, "bottom": bottom / height}


def _bars(axis: Axes, place: np.ndarray, values: np.ndarray, ends: np.ndarray, label: str) -> None:
    axis.barh(place, values, height=0.62, color=BLUE, label=label)
    axis.errorbar(values, place, xerr=ends, fmt="none", ecolor=BLACK, elinewidth=1.2, capsize=2)
    axis.tick_params(labelsize=8)
    axis.grid(axis="x", color=PALE, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def _marks(axis: Axes, place: np.ndarray, values: np.ndarray, name: str) -> None:
    mark, colour = MARKS[name]
    axis.plot(values, place, mark, color=colour, markeredgecolor=BLACK, markeredgewidth=0.6, markersize=5, label=name)


def _name_phones(axis: Axes, frames: Frames) -> None:
    """Write the phones above the panel in two rows, without stress; omit labels that do not fit."""
    seconds = len(frames.motion) / frames.rate
    letter = 4.4 / 72 / _COLUMN * seconds  # width of a letter in s
    taken = [0.0, 0.0]
    for phone in frames.phones:
        text, middle = phone.text.rstrip("012"), (max(phone.start, 0) + min(phone.end, seconds)) / 2
        half = len(text) * letter / 2
        row = next((row for row in (0, 1) if taken[row] <= middle - half and middle < seconds), None)
        if row is not None and text:
            taken[row] = middle + half + letter / 3
            axis.text(middle, 1.05 + 0.18 * row, text, transform=axis.get_xaxis_transform(), ha="center", fontsize=6)


def _head(figure: Figure, text: str, *, right: bool = False) -> None:
    height = figure.get_figheight()
    figure.text(0.99 if right else 0.01, 1 - 0.1 / height, text, ha="right" if right else "left", va="top", fontsize=9)


def _available(result: ScoreTables) -> list[str]:
    return [name for name in result.articulators["articulator"] if name in CHANNELS]


def _title(name: str) -> str:
    return TITLES.get(name, name).replace("constriction ", "")
