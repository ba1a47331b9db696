"""Measure the speed of training by number of threads, on an idle and on a loaded machine.

Run as `python -m experiments.threads` after `make repro`. For each setting a few epochs of the default experiment are timed alone
and beside three processes in an endless loop. Epochs per minute are printed and written to metrics/threads.json, from which
docs/performance.md takes its figures.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.learn.experiment import ExperimentParams
from artinv.learn.models import ModelParams
from artinv.learn.train import train
from artinv.runtime.errors import gate
from benchmarks.machine import machine

SETTINGS = {
    "one thread": (1, {}),
    "two threads": (2, {}),
    "two threads, GOMP_SPINCOUNT=1000": (2, {"GOMP_SPINCOUNT": "1000"}),
    "two threads, OMP_WAIT_POLICY=passive": (2, {"OMP_WAIT_POLICY": "passive"}),
}
"""Name of a setting -> number of threads, environment variables."""

NEIGHBOURS = 3
"""Busy processes."""


def seconds_per_epoch(threads: int, epochs: int) -> float:
    """Return the wall time of one epoch in s, in this process."""
    workspace = Workspace()
    data, split = Dataset(workspace), Split.load(workspace.split)
    params = ExperimentParams.load(workspace.params).of_split(split.split).model_copy(update={"threads": threads, "epochs": epochs})
    sizes = ModelParams.load(workspace.params).sizes(params.model)
    training, valid = data.load(split.train), data.load(split.valid)
    start = time.perf_counter()
    train(params, sizes, training, valid)
    return (time.perf_counter() - start) / epochs


@contextmanager
def busy(number: int) -> Iterator[None]:
    """Run processes in an endless loop while the block runs."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def timed(threads: int, variables: dict[str, str], epochs: int) -> float:
    """Return the epochs per minute of a new process."""
    command = [sys.executable, "-m", "experiments.threads", "--only", str(threads), "--epochs", str(epochs)]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True)
    return 60 / json.loads(done.stdout.splitlines()[-1])


def summary(speeds: Mapping[str, tuple[float, float]], epochs: int) -> dict[str, object]:
    """Return the content of the metrics file from the epochs per minute of each setting, alone and beside busy processes."""
    settings = {
        name: {"threads": SETTINGS[name][0], "variables": SETTINGS[name][1], "alone": alone, "beside_busy": beside}
        for name, (alone, beside) in speeds.items()
    }
    return {"epochs_per_minute": settings, "busy_processes": NEIGHBOURS, "epochs": epochs, "machine": machine()}


def main(epochs: int, out: Path) -> None:
    """Time all settings, write the metrics file and print the table."""
    speeds = {}
    for name, (threads, variables) in SETTINGS.items():
        alone = timed(threads, variables, epochs)
        with busy(NEIGHBOURS):
            speeds[name] = alone, timed(threads, variables, epochs)
    workspace = Workspace()
    split, params = Split.load(workspace.split), ExperimentParams.load(workspace.params)
    write_json(out, summary(speeds, epochs) | {"model": params.model} | stamp(split.origin, seed=params.seed))
    rows = [[name, *(f"{speed:.1f}" for speed in pair)] for name, pair in speeds.items()]
    print("\n".join(aligned([["epochs per minute", "alone", f"beside {NEIGHBOURS} busy processes"], *rows])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m experiments.threads")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("metrics/threads.json"), help="file of the results")
    parser.add_argument("--only", type=int, help="measure this number of threads in this process")
    chosen = parser.parse_args()
    with gate():
        if chosen.only is not None:
            print(json.dumps(seconds_per_epoch(chosen.only, chosen.epochs)))
        else:
            main(chosen.epochs, chosen.out)
