"""Match recordings that no synthesizer made, and measure how close the network's estimate and its refinement come.

Run as `python -m experiments.matching_real FOLDER [--sounds 40] [--steps 60] [--model FILE]` after `make matching`, for a folder of
sound files. Evenly chosen files are matched, and the piece with the most energy counts; with 0 steps its estimate is not refined.
The medians are written to metrics/matching/real.json, an entry for each synthesizer and folder, nothing else.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.formats import stream
from artinv.matching.choices import FitParams
from artinv.matching.match import Piece, match
from artinv.matching.matcher import Matcher
from artinv.matching.refinement import quick
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track


def strongest_piece(matcher: Matcher, steps: int, path: Path) -> tuple[float, float, float, bool]:
    """Return log-spectral distance in dB before and after refinement, correlation after it, and whether the piece is named."""
    found = match(path, matcher, "gradient" if steps else None, quick(max(steps, 1)), workers=1)

    def energy(piece: Piece) -> float:
        start = round(piece.start * found.rate)
        return float(np.square(found.sound[start:start + matcher.samples]).sum())

    piece = max(found.pieces, key=energy)
    return piece.before, piece.after, piece.correlation, piece.is_foreign(matcher)


def main() -> None:
    """Match the chosen files, write the medians, print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--model", type=Path, help="default: the first network of the pipeline")
    options, workspace = parser.parse_args(), Workspace()
    paths = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() in stream.ENDINGS)
    if not paths:
        raise BadData(f"{options.folder}: holds no sound file; name another folder")
    chosen = [paths[number] for number in np.unique(np.linspace(0, len(paths) - 1, options.sounds).round().astype(int))]
    usual = workspace.matching_models / f"{FitParams.load(workspace.matching_params).networks[0]}.safetensors"
    matcher = Matcher.load(options.model or usual)
    results = np.array(list(track(imap(partial(strongest_piece, matcher, options.steps), chosen), "match", len(chosen))))
    before, after, correlation = np.median(results[:, :3], 0)
    name = "/".join(options.folder.resolve().parts[-2:])
    content = {
        "sounds": len(chosen), "steps": options.steps, "network": matcher.network, "distance_before": before,
        "distance_after": after, "correlation": correlation, "closer": float((results[:, 1] < results[:, 0]).mean()),
        "named": float(results[:, 3].mean()), **stamp("real", seed=0),
    }
    path = workspace.matching_scores.with_name("real.json")
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_json(path, entries | {matcher.synth: entries.get(matcher.synth, {}) | {name: content}})
    print(f"{len(chosen)} REAL recordings of {name}: {before:.1f} dB, refined {after:.1f} dB, {correlation:.2f}; named "
          f"as unlike {matcher.synth}: {content['named']:.0%}")


if __name__ == "__main__":
    with gate():
        main()
