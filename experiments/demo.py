"""What the demo costs, and how lifelike its speakers move. Run as `python -m experiments.demo [--sentences 60] [--seed 0]`.

What is to hold: below 0.05 CPU seconds per second of speech with everything, speakers and writing included; no mean and no standard
deviation of any coil of any speaker further outside the range of eight real speakers than a quarter of that range.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.synth.corpus.demo import DemoParams, write
from artinv.synth.speaker.likeness import REAL, excess
from tests.support import corpora

USC_LOWER = np.arange(40, 65, 0.5)
"""Millimetres by which frames of USC-TIMIT, which are not aligned, may lie lower; the shift that suits a speaker is taken off."""


def cpu_seconds() -> float:
    """Of this process; workers do not end before it does."""
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def spread(corpus_name: str, folder: Path) -> tuple[float, dict[str, np.ndarray]]:
    """Seconds of speech, and for each speaker (2, 14) means and standard deviations in mm of what lies between the silences."""
    corpus, seconds, spoken = corpora.get(corpus_name), 0.0, {}
    for source in corpus.find(folder).sources:
        for one in corpus.read(source):
            seconds += one.seconds
            edges = (one.phones[0].end, one.phones[-1].start) if one.phones else (0.3, one.seconds - 0.3)
            first, last = (round((edge - one.coil_start) * one.coil_rate) for edge in edges)
            spoken.setdefault(one.speaker, []).append(one.coils[first:last])
    return seconds, {speaker: _moments(np.concatenate(parts).astype(float)) for speaker, parts in spoken.items()}


def _moments(coils: np.ndarray) -> np.ndarray:
    """(2, 14) means and standard deviations; the velum's are 0."""
    present = coils[:, :12]
    return np.pad([np.nanmean(present, axis=0), np.nanstd(present, axis=0)], ((0, 0), (0, 2)))


def _aligned(moments: np.ndarray) -> np.ndarray:
    lifted = [moments + mm * np.array([[0, 1] * 7, [0] * 14]) for mm in USC_LOWER]
    return min(lifted, key=lambda one: excess(*one).max())


def main() -> None:
    """Write all corpora once, then read them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    params = DemoParams(sentences=arguments.sentences, seed=arguments.seed)
    everybody, total, begun, busy = {}, 0.0, time.perf_counter(), cpu_seconds()
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary) / name for name in corpora.spoken()}
        for name, folder in folders.items():
            write(name, folder, params, arguments.workers)
        wall, busy = time.perf_counter() - begun, cpu_seconds() - busy
        size = sum(path.stat().st_size for path in Path(temporary).rglob("*") if path.is_file())
        for name, folder in folders.items():
            seconds, found = spread(name, folder)
            total += seconds
            everybody |= {speaker: _aligned(values) for speaker, values in found.items()} if name == "usc" else found
    print(f"{total / 60:.1f} min of speech, {size / 1e6:.0f} MB, {wall:.0f} s of wall time")
    if arguments.workers == 1:
        print(f"{busy / total:.4f} CPU s per s of speech, the making of speakers included")
    worst = {speaker: excess(mean, std) for speaker, (mean, std) in everybody.items()}
    stacked = np.array(list(everybody.values()))
    print(f"{'mm':6}{'mean: low':>10}{'high':>8}{'real':>16}{'std: low':>10}{'mean':>8}{'high':>8}{'real':>14}{'worst excess':>14}")
    for row, (column, (low, high, least, most)) in enumerate(REAL.items()):
        mean, std = stacked[:, :, COIL_COLUMNS.index(column)].T
        far = max(values[row].max() for values in worst.values())
        print(f"{column:6}{mean.min():10.1f}{mean.max():8.1f}{low:9.1f}{high:7.1f}{std.min():10.2f}{std.mean():8.2f}{std.max():8.2f}"
              f"{least:8.2f}{most:6.2f}{far:14.2f}")
    print({speaker: round(float(values.max()), 2) for speaker, values in worst.items()})


if __name__ == "__main__":
    main()
