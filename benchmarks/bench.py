"""Run all benchmarks with a speed requirement: `make bench` prints the results and writes metrics/bench.json.

`python -m benchmarks.bench --hours 1 3 10` sets the hours of speech. The two sides of a ratio are measured alternately in the same
run. The corpora are synthetic; real sound has the same cost.
"""

import argparse
import json
import os
from pathlib import Path

import torch

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.corpora import writers
from artinv.data.dataset import Dataset
from artinv.learn import models
from artinv.learn.batches import Pool
from artinv.learn.experiment import ExperimentParams
from artinv.learn.models import ModelParams
from artinv.runtime.errors import gate
from benchmarks import features, hours, inversion, start
from benchmarks.machine import machine
from benchmarks.models import clocked, drained, epoch

RATE = 100.0
"""Frames per second of the demo corpora."""

FEW = 30
"""Use every 30th utterance to compare float32 with bfloat16."""


def learning(root: Path, threads: int) -> dict:
    """Time one epoch of the default model on all data of a folder, and the preparation of its batches."""
    params, sizes = ExperimentParams.load(Workspace().params), ModelParams.load(Workspace().params)
    data = Dataset(Workspace(root))
    entries = data.index(writers.names())
    pool, few = (Pool(data.load([entry.id for entry in chosen])) for chosen in (entries, entries[::FEW]))
    network = models.build(params.model, sizes.sizes(params.model), pool.width, RATE)
    torch.set_num_threads(threads)
    epoch_seconds = [
        clocked(lambda half=half: epoch(network, few, params.batch_frames, half), threads)[0] for half in 2 * (False, True)]
    wall, cpu = clocked(lambda: epoch(network, pool, params.batch_frames, half=False), threads)
    _, preparing = clocked(lambda: drained(pool, params.batch_frames), threads)
    speech, epochs = float(pool.lengths.sum()) / RATE / 3600, params.of_split("indep").epochs
    return {
        "model": params.model, "hours_of_speech": speech, "threads": threads, "seconds_an_epoch": wall,
        "share_of_preparing_batches": preparing / cpu, "bfloat16_times_faster": epoch_seconds[2] / epoch_seconds[3],
        "epochs_of_a_fold": epochs, "hours_for_20_folds": 20 * epochs * wall / 3600,
    }


def main() -> None:
    """Run all benchmarks, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--folder", type=Path, help="folder for corpora of these sizes, 1 GB per hour; default: a temporary folder")
    arguments = parser.parse_args()
    results = stamp("synthetic") | {"machine": machine()}
    results["start_s"] = start.measure()
    results["features"] = features.measure()
    results["inversion_times_real_time"] = inversion.measure(10)
    results["inversion_torch_per_onnxruntime"] = inversion.compare(10)
    sizes = []
    for size in sorted(arguments.hours):
        with hours.made(size, arguments.folder) as (measured, root):
            sizes.append(measured)
            if size == max(arguments.hours):
                results["training"] = learning(root, os.cpu_count() or 1)
    results["raw_to_normalized"] = [size.figures() for size in sizes]
    print(json.dumps({key: value for key, value in results.items() if key != "raw_to_normalized"}, indent=2))
    print(hours.table(sizes))
    write_json(Workspace().bench, results)


if __name__ == "__main__":
    with gate():
        main()
