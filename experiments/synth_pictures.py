"""Draw the pictures of docs/synthesizer.md: vowel shapes, synthetic and published formants, one sentence.

Run as `python -m experiments.synth_pictures`.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch

from artinv.core.channels import COILS
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.anatomy import EDGE_MM, MALE, wall
from artinv.synth.tract.controls import CONTROL, FRAME_RATE, RATE
from artinv.synth.tract.geometry import Geometry
from artinv.synth.tract.wall_table import WallTable
from experiments.synth import spoken

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

OUTLINE, FLESH, COIL = "#333333", "#d98c8c", "#1f4e9c"


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
    axes.plot(*tongue.T, color="#a33b3b", lw=1.5)
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


def formant_chart(path: Path) -> None:
    """Draw F1 and F2 of the synthetic vowels, joined by lines to the published means."""
    figure, axes = plt.subplots(figsize=(6.5, 4.6), layout="constrained")
    for sex, colour in (("male", "#1f4e9c"), ("female", "#b3452c")):
        for vowel, measured in spoken(sex).items():
            published = FORMANTS[sex][vowel]
            axes.plot([published[1], measured[1]], [published[0], measured[0]], color=colour, lw=0.8)
            axes.plot(published[1], published[0], "o", mfc="white", mec=colour)
            axes.plot(measured[1], measured[0], ".", color=colour)
            axes.annotate(vowel, (published[1], published[0]), xytext=(5, 4), textcoords="offset points", fontsize=8, color=colour)
        axes.plot([], [], "o-", color=colour, label=f"{sex}: published mean (ring), synthetic (dot)")
    axes.set(xscale="log", yscale="log", xlim=(3100, 700), ylim=(1000, 220), xlabel="F2, Hz", ylabel="F1, Hz")
    for axis, ticks in ((axes.xaxis, (800, 1000, 1500, 2000, 2500, 3000)), (axes.yaxis, (250, 300, 400, 500, 600, 800, 1000))):
        axis.set_ticks(ticks, labels=[str(tick) for tick in ticks])
        axis.set_ticks([], minor=True)
    axes.legend(fontsize=8, loc="upper center")
    save(figure, path)


def sentence(path: Path) -> None:
    """Draw spectrogram, phones and coils of one synthetic sentence."""
    from artinv.synth.speaker import lexicon, recording, speakers  # noqa: PLC0415 -- the other pictures need no speakers

    utterance = recording.speak(speakers.make_speaker("M01"), lexicon.sentence("mocha", 3), 3)
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4.2), sharex=True, height_ratios=(3, 2), layout="constrained")
    emphasized = np.append(utterance.sound[:1], utterance.sound[1:] - 0.95 * utterance.sound[:-1])
    top.specgram(emphasized, NFFT=128, pad_to=512, noverlap=112, Fs=RATE, cmap="Greys", vmin=-98, vmax=-52, rasterized=True)
    top.set(ylabel="Hz", ylim=(0, 8000), title=utterance.text)
    for phone in utterance.phones:
        top.axvline(phone.start, color="#1f4e9c", lw=0.4)
        top.text((phone.start + phone.end) / 2, 7450, phone.text, ha="center", fontsize=7, color="#1f4e9c")
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
    formant_chart(out / "formants.png")
    sentence(out / "sentence.png")


if __name__ == "__main__":
    main()
