"""Estimate the seven settings of `tract7` from sound, refine them, and measure both; the scores go to metrics/matching/tract.json.

Run as `python -m experiments.matching_tract`: 12,000 sounds of 0.5 s, C3, one seed, about 4 CPU minutes. Training sounds have one
noise, test sounds another one, which neither the network nor the refinement knows. --model FILE keeps the model, for `artinv match
--synth tract7 --model FILE`.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams, RefineParams
from artinv.matching.gains import gains
from artinv.matching.results import gains_table
from artinv.matching.sounds import Part, SampleParams, load, render, sample, synthesizer
from artinv.matching.training import fit
from artinv.measure import settings
from artinv.runtime.errors import gate

SAMPLE = {"synth": "tract7", "num_examples": 12_000, "length": 0.5, "sample_rate": 16_000, "valid": 0.04, "test": 0.08}
FIT = {"networks": ["C3"], "epochs": 12, "batch": 32}
REFINE = {"sounds": 30, "lr": 0.005, "spread": 0.02}  # steps in which a spectrum changes little, unlike those of fm23
NOISE = 1  # seed of the noise of test sounds; that of all others is 0


def noisy(part: Part, params: SampleParams) -> Part:
    """Return the settings of a part with sounds of another noise."""
    with torch.inference_mode():
        parts = [render(synthesizer(params), levels, normalise=params.normalise, seed=NOISE).numpy()
                 for levels in torch.from_numpy(part.levels).split(100)]
    sounds = np.concatenate(parts)
    peaks = np.abs(sounds).max(1)
    return Part(part.levels, np.rint(sounds * (32767 / np.maximum(peaks, 1e-9))[:, None]).astype(np.int16), peaks)


def main() -> None:
    """Draw, train, score, refine, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="file for the trained model")
    options, workspace, start = parser.parse_args(), Workspace(), time.process_time()
    params, fitting, refining = (kind.load(workspace.matching_params) for kind in (SampleParams, FitParams, RefineParams))
    params, fitting, refining = (own.model_copy(update=changes)
                                 for own, changes in ((params, SAMPLE), (fitting, FIT), (refining, REFINE)))
    with TemporaryDirectory() as folder:
        sample(params, Path(folder), workers=1)
        train, valid, test = (load(Path(folder), name) for name in ("train", "valid", "test"))
    matcher, trained = fit("C3", (train, valid), params, fitting)
    test = noisy(test, params)
    seconds = time.process_time() - start
    scores, levels = matcher.scores(test.sound(slice(None)))[:, 0], test.levels[:, 0].astype(np.int64)
    ranks = 100 * settings.percentile_rank(scores, levels)
    names = [parameter.name for parameter in matcher.synthesizer.spec]
    content = {
        "sounds": len(test.levels), "trained_on": len(train.levels), "network": "C3", "synth": params.synth,
        "mpr": float(ranks.mean()), "accuracy": 100 * float(settings.within_best(scores, levels, 1).mean()),
        "parameters": dict(zip(names, map(float, ranks.mean(0)), strict=True)), "epochs": len(trained.curve),
        "training_cpu_minutes": round(seconds / 60, 1),
    }
    print(f"SYNTHETIC sounds of {params.synth}: MPR {content['mpr']:.1f}, after {seconds / 60:.1f} CPU minutes")
    refined = gains(matcher, test.head(refining.sounds), refining)
    print(gains_table(refined))
    own = {"sounds": refined.sounds, **{name: asdict(change) for name, change in refined.methods.items()}}
    write_json(workspace.matching_scores.with_name("tract.json"), content | {"refined": own} | stamp("synthetic", seed=0))
    if options.model:
        matcher.save(options.model)


if __name__ == "__main__":
    with gate():
        main()
