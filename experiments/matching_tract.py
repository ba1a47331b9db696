"""Estimate the seven settings of `tract7` from sound, refine them, and measure both; the scores go to metrics/matching/tract.json.

Run as `python -m experiments.matching_tract`: 20,000 sounds of 0.5 s, C3, one seed, about 8 CPU minutes. Every 20 sounds have a
noise of their own, so that neither the network nor the refinement knows the noise of the test sounds: with one noise for all, the
network learns that noise, and its estimates are worse with any other. The model is data/matching/tract7.safetensors, for `artinv
match --model`; if it exists, only the refinement is measured. An interrupted training resumes.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams, RefineParams
from artinv.matching.gains import gains
from artinv.matching.matcher import Matcher
from artinv.matching.results import gains_table
from artinv.matching.sounds import Part, SampleParams, draw, render, synthesizer
from artinv.matching.training import fit
from artinv.measure import settings
from artinv.runtime.errors import gate

SAMPLE = {"synth": "tract7", "num_examples": 20_000, "length": 0.5, "sample_rate": 16_000, "valid": 0.04, "test": 0.08}
FIT = {"networks": ["C3"], "epochs": 12, "batch": 32}
REFINE = {"sounds": 30, "lr": 0.005, "spread": 0.02}  # steps in which a spectrum changes little, unlike those of fm23
TOGETHER = 20  # sounds with the same noise
SEEDS = {"train": 1, "valid": 100_001, "test": 200_001}
"""Seed of the noise of the first sounds of each part; the following noises have the following seeds."""


def part(name: str, params: SampleParams, count: int | None = None) -> Part:
    """Draw and render the sounds of a part, or the first `count` of them."""
    levels, total = draw(params, synthesizer(params).spec), params.num_examples
    ends = [total - round(total * (params.valid + params.test)), total - round(total * params.test)]
    return noisy(dict(zip(SEEDS, np.split(levels, ends), strict=True))[name][:count], params, SEEDS[name])


def noisy(levels: np.ndarray, params: SampleParams, seed: int) -> Part:
    """Render levels (N, points, P) with noises of the seeds from `seed` on; refinement renders with the seed 0."""
    synth, sounds, peaks = synthesizer(params), [], []
    with torch.inference_mode():
        for number, own in enumerate(torch.from_numpy(levels).split(TOGETHER)):
            sound = render(synth, own, normalise=params.normalise, seed=seed + number).numpy()
            peaks.append(np.abs(sound).max(1))
            sounds.append(np.rint(sound * (32767 / np.maximum(peaks[-1], 1e-9))[:, None]).astype(np.int16))
    return Part(levels, np.concatenate(sounds), np.concatenate(peaks))


def trained(params: SampleParams, fitting: FitParams, folder: Path) -> tuple[Matcher, dict]:
    """Train the network; return it with its scores. `folder` is for the state from which an interrupted training resumes."""
    start = time.process_time()
    train, valid = part("train", params), part("valid", params)
    matcher, record = fit("C3", (train, valid), params, fitting, folder / ".tract7.state")
    seconds = time.process_time() - start
    test = part("test", params)
    levels = test.levels[:, 0].astype(np.int64)
    scores = matcher.scores(test.sound(slice(None)))[:, 0]
    ranks = 100 * settings.percentile_rank(scores, levels)
    names = [parameter.name for parameter in matcher.synthesizer.spec]
    return matcher, {
        "sounds": len(levels), "trained_on": len(train.levels), "network": "C3", "synth": params.synth,
        "mpr": float(ranks.mean()), "accuracy": 100 * float(settings.within_best(scores, levels, 1).mean()),
        "parameters": dict(zip(names, map(float, ranks.mean(0)), strict=True)), "epochs": len(record.curve),
        "training_cpu_minutes": round(seconds / 60, 1), **stamp("synthetic", seed=0),
    }


def main() -> None:
    """Draw, train, score, refine, write."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    workspace = Workspace()
    path, model = workspace.matching_scores.with_name("tract.json"), workspace.matching_models.with_name("tract7.safetensors")
    params = SampleParams.load(workspace.matching_params).model_copy(update=SAMPLE)
    if not (path.exists() and model.exists()):
        fitting = FitParams.load(workspace.matching_params).model_copy(update=FIT)
        matcher, content = trained(params, fitting, model.parent)
        matcher.save(model)
        write_json(path, content)
    content, matcher = json.loads(path.read_text(encoding="utf-8")), Matcher.load(model)
    print(f"SYNTHETIC sounds of {params.synth}: MPR {content['mpr']:.1f}, after {content['training_cpu_minutes']} CPU minutes")
    test = part("test", params, REFINE["sounds"])
    refined = gains(matcher, test, RefineParams.load(workspace.matching_params).model_copy(update=REFINE))
    print(gains_table(refined))
    own = {"sounds": refined.sounds, **{name: asdict(change) for name, change in refined.methods.items()}}
    write_json(path, content | {"refined": own})


if __name__ == "__main__":
    with gate():
        main()
