"""Draw the pictures of docs/synthesizer.md: vowel shapes, synthetic and real vowels, one sentence.

Run as `python -m experiments.synth_pictures`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch

from artinv.core.channels import COILS
from artinv.synth.speaker.vowels import VOWELS
from artinv.synth.tract.anatomy import EDGE_MM, MALE, wall
from artinv.synth.tract.controls import CONTROL, FRAME_RATE, RATE
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.wall_table import WallTable
from experiments.people import CENTRE, COLUMNS, population, real_vowels, synthetic_vowels

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

BLUE, RED = "#1f4e9c", "#b3452c"
COLOURS = {"male": BLUE, "female": RED}
OUTLINE, FLESH, SURFACE, COIL = "#333333", "#d98c8c", "#a33b3b", BLUE


def sagittal(axes: Axes, controls: np.ndarray, geometry: Geometry) -> None:
    """Draw a midsagittal view: wall, tongue, lips and coils."""
    table = WallTable(geometry.anatomy)
    tensor = torch.tensor(controls, dtype=torch.float32)
    at, _ = geometry.knots(tensor)
    s = torch.linspace(0, float(at[5]), 160)
    distance = geometry.shape(tensor[None]).dist[0]
    d = torch.tensor(np.interp(s, geometry.s, distance))
    tongue = table(s, d.clamp(min=0.0).float()).numpy()
    roof, _ = wall(geometry.anatomy, np.linspace(0, 3, 300))
    axes.plot(*roof.T, color=OUTLINE, lw=1.5)
    axes.fill(*np.concatenate([tongue, [(tongue[-1, 0], -50), (tongue[0, 0] + 18, -50)]]).T, color=FLESH, alpha=0.5, lw=0)
    axes.plot(*tongue.T, color=SURFACE, lw=1.5)
    points = geometry.coils(tensor[None])[0].view(len(COILS), 2).numpy()
    axes.plot(*points.T, "o", color=COIL, ms=3)
    incisor = points[COILS.index("li")]
    jaw = float(controls[CONTROL["jaw"]])
    axes.plot([0, 0.5], [0, -EDGE_MM], color=OUTLINE, lw=3)
    axes.plot([incisor[0], incisor[0] - 0.5], [incisor[1] - 4, -EDGE_MM - 3.5 - 0.95 * jaw], color=OUTLINE, lw=3)
    axes.set(aspect="equal", xlim=(-92, 24), ylim=(-62, 22), xticks=[], yticks=[])


def vowel_shapes(path: Path) -> None:
    """Draw the ten vowels in midsagittal view."""
    geometry = Geometry(MALE)
    figure, grid = plt.subplots(2, 5, figsize=(11, 3.7), layout="constrained")
    for axes, (name, controls) in zip(grid.flat, VOWELS.items(), strict=True):
        sagittal(axes, controls, geometry)
        axes.set_title(name, fontsize=10)
    save(figure, path)


def vowel_charts(path: Path) -> None:
    """Draw nine vowels in sentences, synthetic ones joined by lines to real ones: F1 and F2, and places of tongue coils."""
    real = real_vowels()
    synthetic, _ = synthetic_vowels(population(accents=True), real.names)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    for sex, colour in COLOURS.items():
        joined(left, synthetic.formants[sex][:, 1::-1], real.formants[sex][:, 1::-1], real.names, colour)
        left.plot([], [], "o-", color=colour, mfc="white", label=f"{sex}, real (ring) and synthetic (dot)")
    left.set(xscale="log", yscale="log", xlim=(3000, 900), ylim=(1000, 280), xlabel="F2, Hz", ylabel="F1, Hz")
    for axis, ticks in ((left.xaxis, (1000, 1500, 2000, 2500, 3000)), (left.yaxis, (300, 400, 500, 600, 800, 1000))):
        axis.set_ticks(ticks, labels=[str(tick) for tick in ticks])
        axis.set_ticks([], minor=True)
    left.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    for coil, label, colour in (("tt", "tongue tip", BLUE), ("td", "tongue dorsum", RED)):
        columns = [COLUMNS.index(f"{coil}_x"), COLUMNS.index(f"{coil}_y")]
        joined(right, synthetic.positions[CENTRE][:, columns], real.positions[CENTRE][:, columns], real.names, colour)
        right.plot([], [], "o-", color=colour, mfc="white", label=f"{label}, real (ring) and synthetic (dot)")
    right.set(xlabel="x, mm from the mean over the vowels (front to the right)", ylabel="y, mm")
    right.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    save(figure, path)


def joined(axes: Axes, synthetic: np.ndarray, real: np.ndarray, names: Sequence[str], colour: str) -> None:
    """Draw pairs of points (N, 2): a dot, a ring with a name, and a line between them."""
    for name, dot, ring in zip(names, synthetic, real, strict=True):
        axes.plot(*zip(ring, dot, strict=True), color=colour, lw=0.8)
        axes.plot(*ring, "o", mfc="white", mec=colour)
        axes.plot(*dot, ".", color=colour)
        axes.annotate(name, ring, xytext=(5, 4), textcoords="offset points", fontsize=8, color=colour)


def sentence(path: Path) -> None:
    """Draw spectrogram, phones and coils of one synthetic sentence."""
    from artinv.synth.speaker import lexicon, recording, speakers  # noqa: PLC0415 -- the other pictures need no speakers

    utterance = recording.speak(speakers.make_speaker("M01"), lexicon.sentence("mocha", 3), 3)
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4.2), sharex=True, height_ratios=(3, 2), layout="constrained")
    emphasized = np.append(utterance.sound[:1], utterance.sound[1:] - 0.95 * utterance.sound[:-1])
    top.specgram(emphasized, NFFT=128, pad_to=512, noverlap=112, Fs=RATE, cmap="Greys", vmin=-98, vmax=-52, rasterized=True)
    top.set(ylabel="Hz", ylim=(0, 8000), title=utterance.text)
    for phone in utterance.phones:
        top.axvline(phone.start, color=BLUE, lw=0.4)
        top.text((phone.start + phone.end) / 2, 7450, phone.text, ha="center", fontsize=7, color=BLUE)
    clock = np.arange(len(utterance.coils)) / FRAME_RATE
    for row, name in enumerate(("tt", "td", "tb", "li", "ll")):
        y = utterance.coils[:, 2 * COILS.index(name) + 1]
        bottom.plot(clock, y - np.mean(y) - 14 * row, lw=1, color=COIL)
        bottom.text(0.006 * clock[-1], 4 - 14 * row, f"{name}_y", fontsize=8)
    bottom.set(xlabel="s", ylabel="height, 14 mm apart", yticks=[], xlim=(0, clock[-1]))
    save(figure, path)


def save(figure: plt.Figure, path: Path) -> None:
    """Write a picture and print its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=72, metadata={"Software": None})
    plt.close(figure)
    print(path, path.stat().st_size // 1000, "kB")


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/synthesizer"))
    out = parser.parse_args().out
    torch.set_num_threads(1)
    vowel_shapes(out / "vowels.png")
    vowel_charts(out / "real.png")
    sentence(out / "sentence.png")


if __name__ == "__main__":
    main()
