"""Match recordings that no synthesizer made, and measure how close the network's estimate and its refinement come.

Run as `python -m experiments.matching_real FOLDER [--sounds 40] [--steps 100]` after `make matching`, for a folder of sound files.
The first piece of evenly chosen files is matched. The medians are written to metrics/matching/real.json, nothing else.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.formats import stream
from artinv.matching.choices import FitParams
from artinv.matching.match import match
from artinv.matching.matcher import Matcher
from artinv.matching.refinement import quick
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track


def first_piece(matcher: Matcher, steps: int, path: Path) -> tuple[float, float, float]:
    """Return the log-spectral distance in dB before and after refinement, and the correlation after it, of a file's first piece."""
    piece = match(path, matcher, "gradient", quick(steps), workers=1).pieces[0]
    return piece.before, piece.after, piece.correlation


def main() -> None:
    """Match the chosen files, write the medians, print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=100)
    options, workspace = parser.parse_args(), Workspace()
    paths = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() in stream.ENDINGS)
    if not paths:
        raise BadData(f"{options.folder}: holds no sound file; name another folder")
    chosen = [paths[number] for number in np.unique(np.linspace(0, len(paths) - 1, options.sounds).round().astype(int))]
    matcher = Matcher.load(workspace.matching_models / f"{FitParams.load(workspace.matching_params).networks[0]}.safetensors")
    results = np.array(list(track(imap(partial(first_piece, matcher, options.steps), chosen), "match", len(chosen))))
    before, after, correlation = np.median(results, 0)
    name = "/".join(options.folder.resolve().parts[-2:])
    content = {
        "folder": name, "sounds": len(chosen), "steps": options.steps, "synth": matcher.synth,
        "network": matcher.network, "distance_before": before, "distance_after": after, "correlation": correlation,
        "closer": float((results[:, 1] < results[:, 0]).mean()),
        "beyond": float((results[:, 1] > matcher.typical.farthest).mean()), **stamp("real", seed=0),
    }
    write_json(workspace.matching_scores.with_name("real.json"), content)
    print(f"{len(chosen)} REAL recordings of {name}: {before:.1f} dB, refined {after:.1f} dB, {correlation:.2f}")


if __name__ == "__main__":
    with gate():
        main()
