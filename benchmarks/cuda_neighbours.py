"""Measure on CUDA what the profiles `full` of the pipelines `matching` and `neural` cost.

Run `python -m benchmarks.cuda_neighbours [--parts matching neural]` on a machine with an NVIDIA GPU. `matching`: sounds rendered
per second, on the GPU and on one thread of the CPU, and the time of an epoch that renders its sounds and trains C6XL. `neural`: the
time of an epoch of the decoders with the sizes of the paper, for one speaker of 16 minutes. The time of an epoch is half the
difference between trainings of three epochs and of one. The figures are written to metrics/cuda_neighbours.json.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import torch

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.matching import training as matching_training
from artinv.matching.choices import FitParams
from artinv.matching.sounds import SampleParams, draw, load, render, sample, synthesizer
from artinv.neural import training as neural_training
from artinv.neural.decoders import DecoderParams
from artinv.neural.session import Session, SplitParams
from artinv.neural.simulator import SimulateParams, with_brain
from artinv.neural.target import Target
from artinv.neural.training import Choice, TrainParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate
from artinv.runtime.params import read_yaml
from benchmarks.cuda import checked, facts
from experiments.neural_gates import session_of, spoken_file

Result = TypeVar("Result")

DECODERS = "resnet causal truth", "resnet non-causal truth", "swin causal truth", "swin non-causal truth"

MORE = 2
"""Epochs of the longer training beyond the one of the shorter."""


def full(path: Path) -> dict:
    """Return the content of a params.yaml with the profile `full`."""
    return read_yaml(path) | {"profile": "full"}


def epoch_seconds(work: Callable[[int], Result]) -> tuple[float, Result]:
    """Return the time in s of an epoch of `work(epochs)`, without what precedes the first epoch, and the result of one epoch."""
    result = work(1)  # the first training also loads libraries
    times = []
    for epochs in (1, 1 + MORE):
        begun = time.perf_counter()
        work(epochs)
        times.append(time.perf_counter() - begun)
    return (times[1] - times[0]) / MORE, result


def render_speed(params: SampleParams, batch: int, device: str, seconds: float) -> float:
    """Return sounds per second of rendering batches on a device for so many seconds, after a first batch."""
    synth = synthesizer(params)
    levels = torch.from_numpy(draw(params.model_copy(update={"num_examples": batch}), synth.spec)).to(device)
    with torch.inference_mode():
        float(render(synth, levels, normalise=params.normalise).sum())
        count, begun = 0, time.perf_counter()
        while count == 0 or time.perf_counter() - begun < seconds:
            float(render(synth, levels, normalise=params.normalise).sum())  # the sum waits for the device
            count += 1
    return batch * count / (time.perf_counter() - begun)


def matching(workspace: Workspace, device: str, sounds: int, seconds: float) -> dict[str, object]:
    """Return the speeds of rendering, and the time of training, of the profile `full`."""
    path = workspace.matching_params
    params, training = SampleParams.within(full(path), str(path)), FitParams.within(full(path), str(path))
    training = training.model_copy(update={"device": device, "threads": 1})
    result: dict[str, object] = {
        "synth": params.synth, "batch": training.batch,
        "rendered_per_second": {device: render_speed(params, training.batch, device, seconds),
                                "one_thread": render_speed(params, 16, "cpu", seconds)},
    }
    few = params.model_copy(update={"num_examples": sounds})
    with TemporaryDirectory() as folder:
        sample(few, Path(folder))
        parts = load(Path(folder), "train"), load(Path(folder), "valid")
    name = training.networks[0]
    spent, _ = epoch_seconds(lambda epochs: matching_training.fit(name, parts, few, training.model_copy(update={"epochs": epochs})))
    whole = spent * params.num_examples / sounds
    return result | {"network": name, "trained_per_second": len(parts[0].levels) / spent, "seconds_an_epoch": whole,
                     "epochs": training.epochs, "minutes_of_training": whole * training.epochs / 60}


def neural(files: NeuralFiles, device: str, minutes: float) -> dict[str, dict[str, float]]:
    """Return, by decoder, its size and the time of an epoch over so many minutes, in the profile `full`."""
    path = files.params
    simulate, division, sizes, training = (
        kind.within(full(path), str(path)) for kind in (SimulateParams, SplitParams, DecoderParams, TrainParams))
    if minutes:
        simulate = simulate.model_copy(update={"minutes": minutes, "test_minutes": minutes / 4})
    made = with_brain(session_of(spoken_file(files, simulate), simulate), simulate, simulate.subjects[0])
    trajectories = made.truth.trajectories
    target = Target("truth", tuple(map(str, range(18))), trajectories, np.ones(trajectories.shape, bool))
    split, result = division.divide(made.recording), {}
    for name in DECODERS:
        choice = Choice.of(name)
        session = Session.of(made.recording, target, split, training.drift_of(choice.mode))

        def work(epochs: int, choice: Choice = choice, session: Session = session) -> tuple:
            own = training.model_copy(update={"epochs": epochs, "device": device, "threads": 1})
            return neural_training.fit(choice, made.recording, session, own, sizes, origin="synthetic")

        seconds, (_, trained) = epoch_seconds(work)
        result[name] = {"parameters": trained.parameters, "minutes": simulate.minutes, "batch": training.batch,
                        "seconds_an_epoch": seconds}
        print(name, f"{result[name]['seconds_an_epoch']:.2f} s an epoch", flush=True)
    return result


def main() -> None:
    """Measure the parts and write each to the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", default=["matching", "neural"], choices=["matching", "neural"])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="cpu: to try this benchmark without a GPU")
    parser.add_argument("--sounds", type=int, default=20_000, help="matching: of all parts of the shorter data")
    parser.add_argument("--seconds", type=float, default=5.0, help="matching: of each measurement of rendering")
    parser.add_argument("--minutes", type=float, default=0.0, help="neural: of training data; 0: those of params.yaml")
    options, workspace = parser.parse_args(), Workspace()
    checked(options.device, "cuda_neighbours")
    path = workspace.root / f"metrics/{options.device}_neighbours.json"
    made = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    torch.set_num_threads(1)
    for part in options.parts:
        if part == "matching":
            params, own = workspace.matching_params, matching(workspace, options.device, options.sounds, options.seconds)
        else:
            files = NeuralFiles(workspace.root)
            params, own = files.params, {"decoders": neural(files, options.device, options.minutes)}
        made[part] = {"facts": facts(params, options.device)} | own | stamp("synthetic", seed=0)
        write_json(path, made)
        print(json.dumps(made[part], indent=1), flush=True)


if __name__ == "__main__":
    with gate():
        main()
