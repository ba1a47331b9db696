"""Measure how much the scores of the default experiment vary with the seed and with the processor.

Run as `python -m experiments.stability [--seeds 0 1 2 3 4]` after `make repro`. It trains and scores the experiment of params.yaml
once for each seed and instruction set, and writes metrics/stability.json: all runs, the standard deviation between seeds, and the
largest difference between instruction sets for one seed. `.ci/run` takes its tolerances from that file (`tools.compare`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, score
from artinv.evaluate.scores import EvaluateParams
from artinv.learn.adapt import AdaptParams
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import BadData, gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

INSTRUCTIONS = {
    "default": {
        "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
        "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2", "OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL",
        "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "avx512": {
        "ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX",
        "ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "MKL_ENABLE_INSTRUCTIONS": "AVX512",
    },
}
"""Variables that restrict torch, numpy and their libraries to an instruction set; ignored where the processor lacks it."""


def run(seed: int) -> dict[str, float]:
    """Train and score the experiment of params.yaml with another seed; return the figures of metrics/scores.json."""
    workspace = Workspace()
    file, data, split = workspace.params, Dataset(workspace), Split.load(workspace.split)
    params = ExperimentParams.load(file).model_copy(update={"seed": seed})
    with tempfile.TemporaryDirectory() as states:
        fits = fit(split, TrainData.of(split, data), params, ModelParams.load(file), InputParams.load(file), states=Path(states))
    inverters = {file: fitted.inverter for file, fitted in fits.items()}
    scored = score(split, EvaluationSet.of(split, data), inverters, ScoreParams(EvaluateParams.load(file), AdaptParams.load(file)))
    return {name: value for name, value in scored.result.scores.headline.items() if isinstance(value, float)}


def run_with(setting: tuple[int, str]) -> dict[str, float]:
    """Do the same in a new process that is restricted to an instruction set."""
    seed, instructions = setting
    command = [sys.executable, "-m", "experiments.stability", "--only", str(seed)]
    done = subprocess.run(command, env=os.environ | INSTRUCTIONS[instructions], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadData(f"seed {seed} with {instructions} instructions failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def spread(runs: Mapping[tuple[int, str], Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return for each figure its mean, the standard deviation between seeds, and the largest difference between instruction sets.

    >>> spread({(0, "a"): {"x": 1.0}, (0, "b"): {"x": 1.5}, (1, "a"): {"x": 3.0}, (1, "b"): {"x": 3.5}})
    {'x': {'mean': 2.25, 'sd_seeds': 1.41421, 'most_instructions': 0.5}}
    """
    seeds, sets = (list(dict.fromkeys(keys)) for keys in zip(*runs, strict=True))
    result = {}
    for name in next(iter(runs.values())):
        values = np.array([[runs[seed, instructions][name] for instructions in sets] for seed in seeds])
        result[name] = {
            "mean": round(float(values.mean()), 5), "sd_seeds": round(float(values.std(axis=0, ddof=1).mean()), 5),
            "most_instructions": round(float(np.ptp(values, axis=1).max()), 5),
        }
    return result


def main(seeds: Sequence[int], workers: int) -> None:
    """Run all settings in parallel, write the results and print the table."""
    settings = list(product(seeds, INSTRUCTIONS))
    results = track(imap(run_with, settings, workers), "stability", len(settings))
    runs = dict(zip(settings, results, strict=True))
    summary = spread(runs)
    each = {f"{seed} {instructions}": figures for (seed, instructions), figures in runs.items()}
    workspace = Workspace()
    provenance = stamp(Split.load(workspace.split).origin, seed=" ".join(map(str, seeds)))
    write_json(workspace.stability, {"spread": summary, "runs": each} | provenance)
    rows = [[name, *(f"{figure:.4f}" for figure in figures.values())] for name, figures in summary.items()]
    print("\n".join(aligned([["", "mean", "sd of seeds", "most by instructions"], *rows])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.stability")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--only", type=int, help="run one seed in this process and print its figures as a line of JSON")
    chosen = parser.parse_args()
    with gate():
        if chosen.only is None:
            main(chosen.seeds, chosen.workers)
        else:
            print(json.dumps(run(chosen.only)))
