"""Resynthesize a synthetic and a real utterance from articulation; print distances, write sounds and spectrograms.

Run as `python -m experiments.resynthesis --out FOLDER`. The synthetic utterance is resynthesized from its true articulation and
from a network's estimate; the real one, MOCHA fsew0_001 under `--real`, from the measured articulation.
"""

import argparse
from dataclasses import astuple
from pathlib import Path

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from artinv.core.channels import derive
from artinv.signal import mfcc
from artinv.synth.fitting.resynthesis import Resynthesis, measured, resynthesize
from artinv.synth.speaker.speakers import make_speaker
from experiments.analysis_by_synthesis import HELD_OUT, TRAINED, estimated, learn, record
from tests.support import corpora


def synthetic(name: str, model: str) -> dict[str, Resynthesis]:
    """Resynthesize one held-out utterance with a neutral vocal tract and with the speaker's own."""
    speaker = make_speaker(name)
    inverter, stats = learn([speaker], TRAINED, model)
    statistics = stats[name].average_mean, stats[name].motion_std
    spoken = record(speaker, HELD_OUT[0], "test")
    sound, motion, rate = spoken.utterance.sound, spoken.frames.motion, spoken.frames.rate
    z = estimated(inverter, stats[name], spoken)
    return {
        f"{name} true": resynthesize(sound, 16000, motion, rate, statistics=statistics),
        f"{name} true, own head": resynthesize(sound, 16000, motion, rate, statistics=statistics, head=speaker),
        f"{name} {model}": resynthesize(sound, 16000, z, rate),
        f"{name} {model}, own head": resynthesize(sound, 16000, z, rate, head=speaker),
    }


def real(folder: Path) -> dict[str, Resynthesis]:
    """Resynthesize the first sentence of MOCHA in a folder."""
    corpus = corpora.get("mocha")
    utterance = corpus.read(corpus.find(folder).sources[0])[0]
    motion = derive(utterance.coils)
    rate, start = utterance.coil_rate, utterance.coil_start
    resynthesis = resynthesize(utterance.sound, utterance.sound_rate, motion, rate, statistics=measured(motion), start=start)
    return {f"{utterance.name} measured": resynthesis}


def draw(path: Path, shown: dict[str, Resynthesis]) -> None:
    """Draw spectrograms of the original, of the resynthesis and of a tract at rest."""
    figure = Figure(figsize=(5 * len(shown), 7), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(3, len(shown), squeeze=False, sharex="col")
    for column, (name, result) in zip(panels.T, shown.items(), strict=True):
        for axis, (title, sound) in zip(column, (
            ("original", result.original), (f"resynthesis: {name}", result.copy), ("tract at rest", result.still),
        ), strict=True):
            levels = mfcc.log_mel(sound, 16000, 80, 400, 64)
            extent, peak = (0, len(sound) / 16000, 0, levels.shape[1]), levels.max()
            axis.imshow(levels.T, origin="lower", aspect="auto", extent=extent, vmin=peak - 65, vmax=peak, cmap="magma")
            axis.set_title(title, fontsize=9)
            axis.set_ylabel("mel band", fontsize=8)
        column[-1].set_xlabel("time in s", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)


def main() -> None:
    """Resynthesize, print the distances, write the sounds and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--speakers", nargs="+", default=["fsew0", "M01"])
    parser.add_argument("--model", default="ridge")
    parser.add_argument("--real", type=Path, default=Path("data/real/mocha"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    results: dict[str, Resynthesis] = {}
    for name in args.speakers:
        results |= synthetic(name, args.model)
    if args.real.exists():
        results |= real(args.real)
    print("dB; lm: log mel distance, mcd: mel cepstral distortion, eq: after a fixed equalizer; in brackets: tract at rest")
    for name, result in results.items():
        pairs = zip(("lm", "mcd", "lm eq", "mcd eq"), astuple(result.distances), astuple(result.still_distances), strict=True)
        error = np.nanmean(np.abs(result.coils - result.reached))
        figures = "  ".join(f"{label} {value:5.2f} ({still:5.2f})" for label, value, still in pairs)
        print(f"{name:22} {figures}  coil error {error:.2f} mm")
        result.write(args.out, name.replace(", ", "_").replace(" ", "_"))
    draw(args.out / "spectrograms.png", {name: result for name, result in results.items() if "own" not in name})


if __name__ == "__main__":
    main()
