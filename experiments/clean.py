"""Measure the CPU time of cleaning and features in ms per second of speech: `OMP_NUM_THREADS=1 python -m experiments.clean`.

Requirement: clean and features together below 5 ms, stores included, at the sampling rates of all corpora.
"""

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from artinv.core.records import Utterance
from artinv.core.store import write
from artinv.core.transform import transform
from artinv.core.workspace import Workspace
from artinv.data.clean_corpus import clean_corpus
from artinv.data.frames import features
from tests.support import corpora
from tests.support.speech import CLEAN, FEATURES, talk

SENTENCES, SECONDS = 100, 3.0


def measure(name: str, folder: Path) -> tuple[float, float]:
    """Return the CPU time of cleaning and of features, in ms per second of speech."""
    corpus = corpora.get(name)
    utterances = [
        talk(SECONDS, (0.3, 2.7), sound_rate=corpus.sound_rate, coil_rate=corpus.coil_rate, seed=number, corpus=name)
        for number in range(SENTENCES)
    ]
    for number, utterance in enumerate(utterances[::10]):  # a gap and a spike in every tenth utterance
        utterance.coils[150:150 + number % 8, number] = np.nan
        utterance.coils[100, 11 - number] += 20
    workspace = Workspace(folder)
    write(workspace.ingested / name, utterances)
    marks = [time.process_time()]
    clean_corpus(name, CLEAN, workspace, workers=1)
    marks.append(time.process_time())
    work = partial(features, params=FEATURES)
    transform(folder / "cleaned" / name, folder / "features" / name, Utterance, work, "features", workers=1)
    marks.append(time.process_time())
    return tuple(1000 * np.diff(marks) / (SENTENCES * SECONDS))


if __name__ == "__main__":
    print(f"{'ms CPU per s of speech':24}{'clean':>10}{'features':>10}")
    for name in corpora.spoken():
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:24}" + "".join(f"{value:10.2f}" for value in measure(name, Path(folder))))
