"""Estimate the seven settings of `tract7` from sound, refine them, and measure both; the scores go to metrics/matching/tract.json.

Run as `python -m experiments.matching_tract`: 12,000 sounds of 0.5 s, C3, one seed, about 4 CPU minutes. Training sounds have one
noise, test sounds another one, which neither the network nor the refinement knows. The model is data/matching/tract7.safetensors,
for `artinv match --model`; if it exists, only the refinement is measured. An interrupted training resumes.
"""

import argparse
import json
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
from artinv.matching.matcher import Matcher
from artinv.matching.results import gains_table
from artinv.matching.sounds import PARTS, Part, SampleParams, load, render, sample, synthesizer
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


def trained(params: SampleParams, fitting: FitParams, folder: Path) -> tuple[Matcher, dict]:
    """Train the network; return it with its scores. `folder` is for the state from which an interrupted training resumes."""
    start = time.process_time()
    train, valid, test = parts(params)
    matcher, record = fit("C3", (train, valid), params, fitting, folder / ".tract7.state")
    seconds = time.process_time() - start
    sounds, levels = noisy(test, params).sound(slice(None)), test.levels[:, 0].astype(np.int64)
    scores = matcher.scores(sounds)[:, 0]
    ranks = 100 * settings.percentile_rank(scores, levels)
    names = [parameter.name for parameter in matcher.synthesizer.spec]
    return matcher, {
        "sounds": len(levels), "trained_on": len(train.levels), "network": "C3", "synth": params.synth,
        "mpr": float(ranks.mean()), "accuracy": 100 * float(settings.within_best(scores, levels, 1).mean()),
        "parameters": dict(zip(names, map(float, ranks.mean(0)), strict=True)), "epochs": len(record.curve),
        "training_cpu_minutes": round(seconds / 60, 1), **stamp("synthetic", seed=0),
    }


def parts(params: SampleParams) -> tuple[Part, Part, Part]:
    """Draw and render sounds for training, validation and test."""
    with TemporaryDirectory() as folder:
        sample(params, Path(folder), workers=1)
        train, valid, test = (load(Path(folder), name) for name in PARTS)
    return train, valid, test


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
    test = noisy(parts(params)[2].head(REFINE["sounds"]), params)
    refined = gains(matcher, test, RefineParams.load(workspace.matching_params).model_copy(update=REFINE))
    print(gains_table(refined))
    own = {"sounds": refined.sounds, **{name: asdict(change) for name, change in refined.methods.items()}}
    write_json(path, content | {"refined": own})


if __name__ == "__main__":
    with gate():
        main()
