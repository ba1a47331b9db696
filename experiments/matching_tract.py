"""Estimate the seven settings of `tract7` from sound, refine them, and measure both; the scores go to metrics/matching/tract.json.

Run as `python -m experiments.matching_tract [--one-noise]`: 20,000 sounds of 0.5 s, C3, one seed, about 7 CPU minutes. Every 20
sounds have a noise of their own, so that neither the network nor the refinement knows the noise of the test sounds. The model is
data/matching/tract7.safetensors, for `artinv match --model`; if it exists, only the refinement is measured. An interrupted training
resumes. `--one-noise` trains a network on sounds with one noise, for comparison, and scores it on the same test sounds.

Refinement renders with a noise of its own. `refined` is measured on test sounds with unknown noise, where `true_settings`, the
distance of the true settings with the noise of refinement, is as close as settings can be expected to come; `refined_known_noise`
on sounds of the same settings with the noise of refinement, where the true settings have the distance 0.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams, RefineParams
from artinv.matching.gains import gains
from artinv.matching.matcher import Matcher
from artinv.matching.results import Closeness, Gains, gains_table
from artinv.matching.scores import compare, median, rendered
from artinv.matching.sounds import Part, SampleParams, as_stored, divided
from artinv.matching.training import fit
from artinv.measure import settings
from artinv.runtime.errors import gate

SAMPLE = {"synth": "tract7", "num_examples": 20_000, "length": 0.5, "sample_rate": 16_000, "valid": 0.04, "test": 0.08}
FIT = {"networks": ["C3"], "epochs": 12, "batch": 32}
REFINE = {"sounds": 30, "lr": 0.005, "spread": 0.02}  # steps in which a spectrum changes little, unlike those of fm23
TOGETHER = 20  # sounds with the same noise
SEEDS = {"train": 1, "valid": 100_001, "test": 200_001}
"""Seed of the noise of the first sounds of each part; the following noises have the following seeds."""


def part(name: str, params: SampleParams, count: int | None = None, together: int = TOGETHER) -> Part:
    """Draw and render the sounds of a part, or the first `count` of them."""
    return noisy(divided(params)[name][:count], params, SEEDS[name], together)


def noisy(levels: np.ndarray, params: SampleParams, seed: int, together: int = TOGETHER) -> Part:
    """Render levels (N, points, P), `together` sounds with each of the noises `seed`, `seed` + 1, ...; 0 is that of refinement."""
    groups = (levels[start:start + together] for start in range(0, len(levels), together))
    sounds, peaks = zip(*(as_stored(params, (seed + number, own)) for number, own in enumerate(groups)), strict=True)
    return Part(levels, np.concatenate(sounds), np.concatenate(peaks))


def trained(params: SampleParams, fitting: FitParams, state: Path, together: int = TOGETHER) -> tuple[Matcher, dict]:
    """Train the network; return it with its scores. `state` is the file from which an interrupted training resumes."""
    start = time.process_time()
    train, valid = (part(name, params, together=together) for name in ("train", "valid"))
    matcher, record = fit("C3", (train, valid), params, fitting, state)
    seconds = time.process_time() - start
    return matcher, {
        "trained_on": len(train.levels), "network": "C3", "synth": params.synth, "epochs": len(record.curve),
        "training_cpu_minutes": round(seconds / 60, 1), **scores(matcher, part("test", params)), **stamp("synthetic", seed=0),
    }


def scores(matcher: Matcher, test: Part) -> dict:
    """Return mean percentile rank and accuracy in %, and the rank of each parameter."""
    levels, names = test.levels[:, 0].astype(np.int64), [parameter.name for parameter in matcher.synthesizer.spec]
    predicted = matcher.scores(test.sound(slice(None)))[:, 0]
    ranks = 100 * settings.percentile_rank(predicted, levels)
    return {"sounds": len(levels), "mpr": float(ranks.mean()),
            "accuracy": 100 * float(settings.within_best(predicted, levels, 1).mean()),
            "parameters": dict(zip(names, map(float, ranks.mean(0)), strict=True))}


def refinements(matcher: Matcher, params: SampleParams, chosen: RefineParams) -> Iterator[tuple[str, Gains | Closeness]]:
    """Yield what refinement changes with unknown and with known noise, and the distance of the true settings."""
    test = part("test", params, chosen.sounds)
    shares = test.levels / np.array([parameter.levels - 1 for parameter in matcher.synthesizer.spec])
    true = rendered(matcher.synthesizer, shares, normalise=params.normalise)
    yield "true_settings", median(*compare(true, test.sound(slice(None))))
    yield "refined", gains(matcher, test, chosen)
    yield "refined_known_noise", gains(matcher, noisy(test.levels, params, 0, len(shares)), chosen)


def main() -> None:
    """Draw, train, score, refine, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one-noise", action="store_true", help="train on sounds with one noise instead, for comparison")
    options, workspace = parser.parse_args(), Workspace()
    path, model = workspace.matching_scores.with_name("tract.json"), workspace.matching_models.with_name("tract7.safetensors")
    params = SampleParams.load(workspace.matching_params).model_copy(update=SAMPLE)
    fitting = FitParams.load(workspace.matching_params).model_copy(update=FIT)
    if not (path.exists() and model.exists()):
        matcher, content = trained(params, fitting, model.with_name(".tract7.state"))
        matcher.save(model)
        write_json(path, content)
    if options.one_noise:
        matcher, own = trained(params, fitting, model.with_name(".tract7-one.state"), params.num_examples)
        known = noisy(part("test", params).levels, params, SEEDS["train"], params.num_examples)
        own["known_noise"] = scores(matcher, known)
        write_json(path, json.loads(path.read_text(encoding="utf-8")) | {"one_noise": own})
        print(f"one noise in training: MPR {own['mpr']:.1f}, {own['known_noise']['mpr']:.1f} with that noise")
        return
    content, matcher = json.loads(path.read_text(encoding="utf-8")), Matcher.load(model)
    print(f"SYNTHETIC sounds of {params.synth}: MPR {content['mpr']:.1f}, after {content['training_cpu_minutes']} CPU minutes")
    for key, result in refinements(matcher, params, RefineParams.load(workspace.matching_params).model_copy(update=REFINE)):
        content[key] = asdict(result)
        write_json(path, content)
        print(key, gains_table(result) if isinstance(result, Gains) else result, sep=": ")


if __name__ == "__main__":
    with gate():
        main()
