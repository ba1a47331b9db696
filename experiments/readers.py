"""Measure the CPU time of writing and reading native files of each corpus: `python -m experiments.readers`.

Requirement on one core, in ms per second of speech: reading below 3, reading and writing together below 5.
"""

import tempfile
import time
from pathlib import Path

from artinv.core.store import Writer
from tests.support import corpora
from tests.support.spoken import spoken

SENTENCES, SECONDS = 60, 2.5


def measure(name: str, folder: Path) -> tuple[float, float, float]:
    """Return the CPU time of writing, reading and storing, in ms per second of speech."""
    corpus = corpora.get(name)
    utterances = [spoken(corpus, number, seconds=SECONDS) for number in range(1, SENTENCES + 1)]
    corpus.write(folder / "warm", utterances[:corpus.batch])
    corpus.read(corpus.find(folder / "warm").sources[0])

    begun = time.process_time()
    for start in range(0, SENTENCES, corpus.batch):
        corpus.write(folder / name, utterances[start:start + corpus.batch])
    written = time.process_time()
    records = [utterance for source in corpus.find(folder / name).sources for utterance in corpus.read(source)]
    read = time.process_time()
    with Writer(folder / "store") as writer:
        for record in records:
            writer.add(record)
    stored = time.process_time()
    speech = sum(record.seconds for record in records)
    return tuple(1000 * seconds / speech for seconds in (written - begun, read - written, stored - read))


if __name__ == "__main__":
    print(f"{'ms CPU per s of speech':24}{'write':>8}{'read':>8}{'store':>8}")
    for name in corpora.spoken():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:24}" + "".join(f"{value:8.2f}" for value in measure(name, Path(folder))))
