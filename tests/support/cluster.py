"""A Dask scheduler and two workers on this machine, each in its own process, which a test can kill."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.deps import ROOT

_START = 60  # s, timeout for the start of a process


@dataclass(frozen=True)
class Cluster:
    """The address of the scheduler and the worker processes."""

    address: str
    workers: list[subprocess.Popen]


@contextmanager
def running(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Run a cluster while the block runs."""
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1"]
    processes = [_start(folder, "scheduler", *common, "--port", "0")]
    try:
        address = _address(file)
        processes += [_start(folder, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                             "--local-directory", str(folder)) for _ in range(workers)]
        yield Cluster(address, processes[1:])
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def _start(folder: Path, *words: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
                   "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("DASK_SCHEDULER_ADDRESS", None)
    with (folder / f"{words[0]}.log").open("a") as log:
        return subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=folder, env=environment, stdout=log, stderr=log)


def _address(file: Path) -> str:
    """Wait for the scheduler to listen; return its address."""
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if file.exists() and (text := file.read_text()):
            return json.loads(text)["address"]
        time.sleep(0.05)
    raise TimeoutError("the scheduler does not start")
