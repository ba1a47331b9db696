"""Measure the cost of the demo corpora and compare coil movements with real speakers: `python -m experiments.demo`.

Requirements: below 0.05 CPU seconds per second of speech, drawing speakers and writing files included; the mean and standard
deviation of each coil of each speaker exceed the range of eight real speakers by at most a quarter of that range.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from artinv.core.channels import COIL_COLUMNS
from artinv.synth.corpus.demo import DemoParams, write_corpus
from artinv.synth.speaker.likeness import REAL_RANGES, excess
from tests.support import corpora

USC_LOWER = np.arange(40, 65, 0.5)
"""Possible vertical offsets in mm of USC-TIMIT, whose coordinates are not aligned; the best one for a speaker is removed."""


def cpu_seconds() -> float:
    """Return the CPU time of this process in s; workers are not included."""
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def spread(corpus_name: str, folder: Path) -> tuple[float, dict[str, np.ndarray]]:
    """Return the seconds of speech, and by speaker (2, 14) means and standard deviations in mm between the edge silences."""
    corpus, seconds, spoken = corpora.get(corpus_name), 0.0, {}
    for source in corpus.find(folder).sources:
        for utterance in corpus.read(source):
            seconds += utterance.seconds
            edges = (utterance.phones[0].end, utterance.phones[-1].start) if utterance.phones else (0.3, utterance.seconds - 0.3)
            first, last = (round((edge - utterance.coil_start) * utterance.coil_rate) for edge in edges)
            spoken.setdefault(utterance.speaker, []).append(utterance.coils[first:last])
    return seconds, {speaker: _moments(np.concatenate(parts).astype(float)) for speaker, parts in spoken.items()}


def _moments(coils: np.ndarray) -> np.ndarray:
    """Return (2, 14) means and standard deviations, 0 for the velum."""
    present = coils[:, :12]
    return np.pad([np.nanmean(present, axis=0), np.nanstd(present, axis=0)], ((0, 0), (0, 2)))


def _aligned(moments: np.ndarray) -> np.ndarray:
    shifted = [moments + mm * np.array([[0, 1] * 7, [0] * 14]) for mm in USC_LOWER]
    return min(shifted, key=lambda candidate: excess(*candidate).max())


def main() -> None:
    """Write all corpora once, read them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    params = DemoParams(sentences=arguments.sentences, seed=arguments.seed)
    moments, total, begun, busy = {}, 0.0, time.perf_counter(), cpu_seconds()
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary) / name for name in corpora.spoken()}
        for name, folder in folders.items():
            write_corpus(name, folder, params, arguments.workers)
        wall, busy = time.perf_counter() - begun, cpu_seconds() - busy
        size = sum(path.stat().st_size for path in Path(temporary).rglob("*") if path.is_file())
        for name, folder in folders.items():
            seconds, by_speaker = spread(name, folder)
            total += seconds
            moments |= {speaker: _aligned(values) for speaker, values in by_speaker.items()} if name == "usc" else by_speaker
    print(f"{total / 60:.1f} min of speech, {size / 1e6:.0f} MB, {wall:.0f} s of wall time")
    if arguments.workers == 1:
        print(f"{busy / total:.4f} CPU s per s of speech, drawing speakers included")
    worst = {speaker: excess(mean, std) for speaker, (mean, std) in moments.items()}
    stacked = np.array(list(moments.values()))
    print(f"{'mm':6}{'mean: low':>10}{'high':>8}{'real':>16}{'std: low':>10}{'mean':>8}{'high':>8}{'real':>14}{'worst excess':>14}")
    for row, (column, (low, high, least, most)) in enumerate(REAL_RANGES.items()):
        mean, std = stacked[:, :, COIL_COLUMNS.index(column)].T
        largest = max(values[row].max() for values in worst.values())
        print(f"{column:6}{mean.min():10.1f}{mean.max():8.1f}{low:9.1f}{high:7.1f}{std.min():10.2f}{std.mean():8.2f}{std.max():8.2f}"
              f"{least:8.2f}{most:6.2f}{largest:14.2f}")
    print({speaker: round(float(values.max()), 2) for speaker, values in worst.items()})


if __name__ == "__main__":
    main()
