"""Measure inversion on one core, times real time: `python -m benchmarks.inversion [--minutes 10]`, after `make repro`.

Requirement: 200 times faster than real time from the sound alone, 10 times with a recognizer of phones.

The sound joins sentences of a demo corpus; it is read from a file and inverted as
`artinv invert` does. Writing the result is not counted. The networks alone are compared with torch, alternately in one run.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from threadpoolctl import threadpool_limits

from artinv.core.records import Utterance
from artinv.core.store import read
from artinv.core.workspace import Workspace
from artinv.inversion import recording, speaker_statistics
from artinv.inversion.model import BUNDLED, load
from artinv.inversion.phones import ALONE, Known
from artinv.learn.export import graph_of
from artinv.learn.inverter import Inverter
from artinv.phones import recognizer
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData

FILES = {"16 kHz, one channel": (16000, 1, "PCM_16"), "48 kHz, two channels, 24 bit": (48000, 2, "PCM_24")}
ROUNDS = 3


def measure(minutes: float) -> dict[str, dict[str, float]]:
    """Return model -> kind of sound -> times real time, the best of three rounds."""
    workspace = Workspace()
    ratios: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        for kind, path in recordings(workspace.cleaned / "hprc", Path(folder), minutes).items():
            for model in filter(Path.exists, (BUNDLED, workspace.inverter)):
                ratios.setdefault(model.stem, {})[kind] = 60 * minutes / min(_seconds(path, model, ALONE) for _ in range(ROUNDS))
            if recognizer.available():
                ratios.setdefault("universal with phones", {})[kind] = 60 * minutes / _seconds(path, BUNDLED, Known())
    if not ratios:
        raise BadData("models: holds no model; run `make repro` first")
    return ratios


def recordings(cleaned: Path, folder: Path, minutes: float) -> dict[str, Path]:
    """Write one sound file of each kind from cleaned utterances; return kind -> path."""
    wanted, paths = round(minutes * 60 * 16000), {}
    sentences = islice(read(cleaned, Utterance), round(minutes * 60))
    once = np.concatenate([utterance.sound for utterance in sentences])
    sound = np.tile(once, -(-wanted // len(once)))[:wanted]
    for number, (kind, (rate, channels, subtype)) in enumerate(FILES.items()):
        paths[kind] = folder / f"{number}.wav"
        at_rate = soxr.resample(sound, 16000, rate) if rate != 16000 else sound
        soundfile.write(paths[kind], np.repeat(at_rate[:, None], channels, axis=1), rate, subtype=subtype)
    return paths


def _seconds(path: Path, model: Path, known: Known) -> float:
    loaded = load(model)
    begun = time.perf_counter()
    recording.invert(path, loaded, speaker_statistics.average(loaded.predictor), known=known)
    return time.perf_counter() - begun


def compare(minutes: float) -> dict[str, float]:
    """Return model -> CPU time of torch divided by that of onnxruntime for equal acoustics on one core, best of three rounds."""
    workspace, ratios = Workspace(), {}
    torch.set_num_threads(1)
    for name, path in {"universal": workspace.universal, "inverter": workspace.inverter}.items():
        if path.exists():
            inverter = Inverter.load(path)
            predictor = Predictor.of(graph_of(inverter), str(path))
            frames = round(60 * minutes * inverter.rate)
            acoustics = np.random.default_rng(0).standard_normal((frames, inverter.n_in)).astype(np.float32)
            rounds = [[_cpu(partial(model.predict, acoustics)) for model in (inverter, predictor)] for _ in range(ROUNDS)]
            slow, fast = (min(seconds) for seconds in zip(*rounds, strict=True))
            ratios[name] = slow / fast
    return ratios


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Print one line for each model and kind of sound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    for model, kinds in measure(minutes).items():
        for kind, ratio in kinds.items():
            print(f"{model:24}{kind:32}{ratio:8.0f} times real time")
    for model, ratio in compare(minutes).items():
        print(f"{model:24}{'network, torch / onnxruntime':32}{ratio:8.2f} times")


if __name__ == "__main__":
    main()
