"""Measure the stages from raw to normalized data at several sizes: `python -m benchmarks.hours [--hours 1 3 10] [--folder FOLDER]`.

Requirements on two cores: 200 times faster than real time, no stage above 2 GB of memory. The corpora of each size are synthesized
in a temporary folder below FOLDER, which needs 1 GB per hour. Times include the start of Python. Memory is the sum over a stage's
processes; shared memory is counted in each process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import yaml

from artinv.core.workspace import Workspace
from artinv.corpora import writers
from artinv.data.dataset import Dataset

ROOT = Path(__file__).parents[1]
STAGES = {"demo": "data/demo", "ingest": "data/ingested", "clean": "data/cleaned", "features": "data/features",
          "normalize": "data/normalized"}
"""Stage -> its output folder; `demo` is not counted in the ratio to real time."""

_INTERVAL = 0.05  # s between two measurements of memory


@dataclass(frozen=True, slots=True)
class Cost:
    """Time, memory and disk space of one stage, over all corpora."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Size:
    """Costs of all stages for one size of corpora."""

    hours: float  # of raw sound
    utterances: int
    stages: dict[str, Cost]

    @property
    def ratio(self) -> float:
        """Speed from raw to normalized data, times real time."""
        return 3600 * self.hours / sum(cost.seconds for stage, cost in self.stages.items() if stage != "demo")

    def figures(self) -> dict:
        """Return the fields for JSON."""
        return asdict(self) | {"times_real_time": self.ratio}


@contextmanager
def made(hours: float, folder: Path | None = None) -> Iterator[tuple[Size, Path]]:
    """Synthesize some hours of speech and run the stages on them; the folder exists while the block runs."""
    with tempfile.TemporaryDirectory(prefix="hours", dir=folder) as place:
        root = Path(place)
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        params["demo"]["hours"] = hours
        (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        stages = {stage: _run(stage, root, where) for stage, where in STAGES.items()}
        seconds = sum(_minutes(root, name) for name in writers.names()) * 60
        yield Size(seconds / 3600, len(Dataset(Workspace(root)).index(writers.names())), stages), root


def _run(stage: str, root: Path, where: str) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    seconds = cpu = peak = 0.0
    for corpus in writers.names():
        begun, before = time.perf_counter(), os.times()
        with subprocess.Popen([sys.executable, "-m", f"stages.{stage}", corpus], cwd=root, env=environment,
                              stdout=subprocess.DEVNULL) as process:
            monitor = _MemoryMonitor(process.pid)
            monitor.start()
            if process.wait():
                sys.exit(f"{stage} {corpus} failed")
            monitor.join()
        after = os.times()
        seconds += time.perf_counter() - begun
        cpu += after.children_user + after.children_system - before.children_user - before.children_system
        peak = max(peak, monitor.peak)
    size = sum(path.stat().st_size for path in (root / where).rglob("*") if path.is_file())
    return Cost(round(seconds, 2), round(cpu, 2), round(peak / 1e6), round(size / 1e6))


class _MemoryMonitor(threading.Thread):
    """Thread that measures the peak memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak, self._pid = 0.0, pid

    def run(self) -> None:
        """Measure until the process ends."""
        try:
            process = psutil.Process(self._pid)
            while process.status() != psutil.STATUS_ZOMBIE:
                self.peak = max(self.peak, sum(_resident(running) for running in (process, *process.children(recursive=True))))
                time.sleep(_INTERVAL)
        except psutil.NoSuchProcess:
            return


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def _minutes(root: Path, corpus: str) -> float:
    return yaml.safe_load((root / f"metrics/ingest/{corpus}.json").read_text(encoding="utf-8"))["minutes"]


def table(sizes: list[Size]) -> str:
    """Format time, memory and disk space of each stage, one column per size."""
    lines = [f"{'':12}" + "".join(f"{f'{size.hours:.1f} h, {size.utterances} utterances':>36}" for size in sizes)]
    for stage in STAGES:
        costs = [size.stages[stage] for size in sizes]
        lines.append(f"{stage:12}" + "".join(
            f"{cost.seconds:10.1f} s {cost.peak_mb:6.0f} MB RAM {cost.disk_mb:6.0f} MB" for cost in costs))
    lines.append(f"{'x real time':12}" + "".join(f"{size.ratio:36.0f}" for size in sizes))
    return "\n".join(lines)


def main() -> None:
    """Measure all sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    sizes = []
    for hours in arguments.hours:
        with made(hours, arguments.folder) as (size, _):
            sizes.append(size)
    print(table(sizes))


if __name__ == "__main__":
    main()
