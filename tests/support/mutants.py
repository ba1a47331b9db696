"""Read randomly damaged files with each reader; a reader must return data or raise one of the project's errors.

`python -m tests.support.mutants --inputs 20000 [--seed 0] [--only est csv] [--keep FOLDER]` runs a long campaign, the tests a short
one. A file is reported (and kept) if it raises another error, takes more than 10 s, or needs more than 1 GB of additional memory.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from artinv.abx.representations import AbxParams
from artinv.core import store
from artinv.core.records import Frames, Utterance
from artinv.core.trajectory import Trajectory
from artinv.data.clean import CleanParams
from artinv.data.ingest import IngestParams
from artinv.data.normalize import NormalizeParams, estimate
from artinv.data.splits import SplitParams
from artinv.data.stats import Stats
from artinv.evaluate.loso import LosoParams
from artinv.evaluate.scores import EvaluateParams
from artinv.formats import ag50x, emu, est, labels, mview, ndi, ssff, stream, table, textgrid
from artinv.inversion import export
from artinv.learn import training_state
from artinv.learn.adapt import AdaptParams
from artinv.learn.experiment import ExperimentParams
from artinv.learn.inverter import Inverter
from artinv.learn.models import ModelParams
from artinv.learn.universal import UniversalParams
from artinv.measure.intervals import IntervalParams
from artinv.phones.inputs import InputParams
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import ArtinvError
from artinv.synth.corpus.demo import DemoParams
from artinv.synth.corpus.population import PopulationParams
from tests.formats import test_labels, test_mview, test_ndi, test_textgrid
from tests.formats.test_emu import bundle
from tests.support import corpora, toys
from tests.support.damage import mutant
from tests.support.inverters import inverter
from tests.support.native import put_wav, read_all
from tests.support.spoken import spoken
from tools import deps

SECONDS, BYTES = 10, 1 << 30


@dataclass(frozen=True, slots=True)
class Target:
    """Functions that write files to be damaged, and that read them."""

    make: Callable[[Path], None]  # writes files into a folder
    read: Callable[[Path], object]  # reads that folder


def _corpus(name: str) -> Target:
    def make(folder: Path) -> None:
        corpus = corpora.get(name)
        for start in range(1, 1 + 2 * corpus.batch, corpus.batch):
            corpus.write(folder, [spoken(corpus, number, seconds=0.4) for number in range(start, start + corpus.batch)])

    return Target(make, lambda folder: read_all(name, folder))


def _own(folder: Path) -> None:
    how = {"motion": "csv", "sensors": {"tt": "tip"}, "x": "-b", "y": "u", "unit": "cm", "rate": 200, "speaker": "([a-z]+)_.*"}
    (folder / "own.yaml").write_text(yaml.safe_dump(how))
    put_wav(folder / "anna_1.wav", np.zeros(6400))
    rows = "\n".join(f"{at / 7:.4f},{at / 9:.4f}" for at in range(80))
    (folder / "anna_1.csv").write_text(f"tip_b,tip_u\n{rows}\n")


def _trajectory(ending: str) -> Target:
    motion = toys.rng("mutants").standard_normal((40, 18)).astype(np.float32)
    trajectory = Trajectory(
        name="a", rate=100.0, motion=motion, margin=abs(motion), level=0.9, model="m", speaker="s", trained_on="real")

    def read(folder: Path) -> None:
        export.facts(folder / f"a.{ending}")
        export.read(folder / f"a.{ending}")

    return Target(lambda folder: export.write(folder / f"a.{ending}", trajectory, sound=np.zeros(6400, np.float32)), read)


CHOICES = (
    IngestParams, CleanParams, InputParams, NormalizeParams, SplitParams, ExperimentParams, EvaluateParams, AdaptParams,
    IntervalParams, LosoParams, DemoParams, PopulationParams, PopulationFeatureParams, UniversalParams, AbxParams, ModelParams,
)
"""All sections of params.yaml except the sizes of the models."""


def _params(folder: Path) -> None:
    *_, models = [choices.load(folder / "params.yaml") for choices in CHOICES]
    for name in models.model_extra:
        models.sizes(name)


def _statistics(folder: Path) -> None:
    frames = [toys.frames("F01", number) for number in range(3)]
    estimate(frames, NormalizeParams(neighbours=2, regluing=3.0, available=0.5)).save(folder / "F01.npz")


def _state(folder: Path) -> None:
    network, optimizer = _training()
    run = training_state.Progress([training_state.Epoch(1, 1.0, 1.0, 0.1)], 1.0, network.state_dict(), 0)
    training_state.save(folder / "state", "mark", run, network, optimizer)


def _training() -> tuple:
    import torch

    network = torch.nn.Linear(2, 2)
    return network, torch.optim.Adam(network.parameters())


TARGETS = {
    **{name: _corpus(name) for name in ("mocha", "mngu0", "usc", "hprc")},
    "own": Target(_own, lambda folder: read_all("own", folder)),
    "emu": Target(lambda folder: (folder / "a_bndl.json").write_text(json.dumps(bundle())),
                  lambda folder: emu.read(folder / "a_bndl.json")),
    "params": Target(lambda folder: shutil.copy(deps.CHOICES, folder), _params),
    "checkpoint": Target(
        lambda folder: inverter().save(folder / "m.safetensors"),
        lambda folder: Inverter.load(folder / "m.safetensors").predict(np.zeros((40, 26), np.float32))),
    "utterances": Target(lambda folder: store.write(folder, [toys.utterance(seconds=0.2)]),
                         lambda folder: list(store.read(folder, Utterance))),
    "frames": Target(lambda folder: store.write(folder, [toys.frames(length=30)]), lambda folder: list(store.read(folder, Frames))),
    "statistics": Target(_statistics, lambda folder: Stats.load(folder / "F01.npz")),
    "state": Target(_state, lambda folder: training_state.load(folder / "state", "mark", *_training())),
    "sound": Target(lambda folder: put_wav(folder / "a.wav", np.zeros(3200)),
                    lambda folder: list(stream.blocks(folder / "a.wav", 16000))),
    "table": Target(lambda folder: np.savez(folder / "a.npz", x=np.arange(9.0)), lambda folder: table.read(folder / "a.npz")),
    "est": _trajectory("est"), "ssff": _trajectory("ssff"), "csv": _trajectory("csv"), "npz": _trajectory("npz"),
    "trajectory pos": _trajectory("pos"), "trajectory mat": _trajectory("mat"),
    "est track": Target(lambda folder: est.write(folder / "a.est", ["x"], np.zeros((9, 1)), 100.0),
                        lambda folder: est.read(folder / "a.est")),
    "ssff track": Target(lambda folder: ssff.write(folder / "a.x", {"x": np.zeros(9)}, 100.0),
                         lambda folder: ssff.read(folder / "a.x")),
    "textgrid": Target(lambda folder: textgrid.write(folder / "a.TextGrid", test_textgrid.GRID),
                       lambda folder: textgrid.read(folder / "a.TextGrid")),
    "short textgrid": Target(lambda folder: (folder / "a.TextGrid").write_text(test_textgrid.SHORT, encoding="utf-16"),
                             lambda folder: textgrid.read(folder / "a.TextGrid")),
    "ag501": Target(lambda folder: ag50x.write(folder / "a.pos", np.ones((9, 2, 3)), 250.0),
                    lambda folder: ag50x.read(folder / "a.pos")),
    "ag500": Target(lambda folder: (folder / "a.pos").write_bytes(np.ones((9, 12, 7), "<f4").tobytes()),
                    lambda folder: ag50x.read(folder / "a.pos")),
    "ndi": Target(lambda folder: test_ndi.put(folder / "a.tsv", *test_ndi.GOOD), lambda folder: ndi.read(folder / "a.tsv")),
    "mview": Target(lambda folder: mview.write(folder / "a.mat", test_mview.recording()),
                    lambda folder: mview.read(folder / "a.mat")),
    "labels": Target(lambda folder: (folder / "a.lab").write_text(test_labels.HTK), lambda folder: labels.read(folder / "a.lab")),
}


class Slow(BaseException):
    """Raised when reading takes more than SECONDS."""


def campaign(inputs: int, seed: int, only: list[str], keep: Path | None) -> Iterator[str]:
    """Damage files and read them; yield each fault."""
    counts: Counter = Counter()
    for name in only or TARGETS:
        with tempfile.TemporaryDirectory() as place:
            undamaged, folder = Path(place) / "undamaged", Path(place) / "damaged"
            undamaged.mkdir()
            TARGETS[name].make(undamaged)
            files = sorted(path.relative_to(undamaged) for path in undamaged.rglob("*") if path.is_file())
            warm(name)
            limit = most()
            for number in range(inputs // len(only or TARGETS)):
                rng = random.Random(f"{seed}/{name}/{number}")  # noqa: S311 -- not for cryptography
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(undamaged, folder)
                victim = folder / rng.choice(files)
                victim.write_bytes(mutant(victim.read_bytes(), rng))
                counts[result := outcome(TARGETS[name], folder, limit)] += 1
                if result not in ("read", "refused"):
                    if keep:
                        shutil.copytree(folder, keep / f"{name}-{seed}-{number}", dirs_exist_ok=True)
                    yield f"{name} {seed}/{number}, {victim.name}: {result}"
    print(f"{sum(counts.values())} mutants: {counts['read']} read, {counts['refused']} refused", flush=True)


def outcome(target: Target, folder: Path, limit: int) -> str:
    """Read a folder within a memory limit in bytes; return "read", "refused", or the fault and its place."""
    try:
        with _at_most(SECONDS), _within(limit):
            target.read(folder)
    except ArtinvError as error:
        return "refused" if "\n" not in str(error) else f"several lines: {str(error)!r}"
    except (Exception, Slow) as error:  # noqa: BLE001 -- any other error is a finding
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename}:{last.lineno}: {error}"
    return "read"


def warm(*names: str) -> None:
    """Read undamaged files first, since this causes imports and first allocations."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            TARGETS[name].make(Path(folder))
            TARGETS[name].read(Path(folder))


def most() -> int:
    """Return the memory limit: BYTES more than the process uses now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + BYTES


@contextmanager
def _within(limit: int) -> Iterator[None]:
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise Slow

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], choices=list(TARGETS))
    parser.add_argument("--keep", type=Path)
    choices = parser.parse_args()
    findings = 0
    for finding in campaign(choices.inputs, choices.seed, choices.only, choices.keep):
        findings += 1
        print(finding, flush=True)
    sys.exit(findings > 0)
