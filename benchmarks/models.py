"""Measure training: seconds per hour of speech and epoch, number of parameters, and the share of preparing batches.

Run as `python -m benchmarks.models [--minutes 2] [--threads 1 2] [--frames 1500 3000 6000]`. The data are random numbers in the
shape of speech at 100 frames per second; model sizes are those of params.yaml. `cpu` is processor time per thread, the figure to
compare on a shared machine.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from artinv.core.records import Frames
from artinv.core.workspace import Workspace
from artinv.learn import losses, models
from artinv.learn.batches import Batch, Pool
from artinv.learn.models import ModelParams
from artinv.learn.models.bilstm import Bidirectional

RATE = 100.0


def speech(minutes: float) -> list[Frames]:
    """Return random utterances of 1.5 to 6 s."""
    random, left, utterances = np.random.default_rng(0), minutes * 60 * RATE, []
    while left > 0:
        length = int(random.integers(150, 600))
        acoustics, motion = (random.standard_normal((length, width), dtype=np.float32) for width in (39, 18))
        utterances.append(Frames(
            corpus="random", speaker="s", name=str(len(utterances)), order=0, sentence="", part="train", rate=RATE,
            acoustics=acoustics, motion=motion,
        ))
        left -= length
    return utterances


def clocked(work: Callable[[], object], threads: int) -> tuple[float, float]:
    """Return the wall time and the processor time per thread, in s."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, (time.process_time() - cpu) / threads


def step(network: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, half: bool) -> None:
    """Do one step of the training loop."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        predicted = network(batch.acoustics, batch.lengths)
    loss = losses.combine(losses.terms(predicted.float(), batch.motion, batch.mask), 0.5)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


def epoch(network: nn.Module, pool: Pool, frames: int, half: bool) -> None:
    """Train for one epoch, or solve in closed form."""
    if hasattr(network, "fit"):
        network.fit(pool.batches(frames))
        return
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    network.train()
    for batch in pool.batches(frames, (0, 1)):
        step(network, optimizer, batch, half)


def drained(pool: Pool, frames: int) -> int:
    """Prepare the batches of an epoch without using them; return the number of utterances."""
    return sum(len(batch.lengths) for batch in pool.batches(frames, (0, 1)))


def packed(layer: Bidirectional, batch: Batch) -> None:
    """Run an LSTM layer of the same size with packed sequences, as in torch's documentation."""
    lstm = nn.LSTM(layer.forwards.input_size, layer.forwards.hidden_size, batch_first=True, bidirectional=True)
    values = torch.randn(*batch.acoustics.shape[:2], lstm.input_size, requires_grad=True)
    series = nn.utils.rnn.pack_padded_sequence(values, batch.lengths, batch_first=True, enforce_sorted=False)
    nn.utils.rnn.pad_packed_sequence(lstm(series)[0], batch_first=True)[0].square().mean().backward()


def reversed_in_time(layer: Bidirectional, batch: Batch) -> None:
    """Run the LSTM layer of the model."""
    values = torch.randn(*batch.acoustics.shape[:2], layer.forwards.input_size, requires_grad=True)
    layer(values, batch.lengths).square().mean().backward()


def main() -> None:
    """Print one line per model, number of threads, batch size and precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--frames", type=int, nargs="+", default=[1500, 3000, 6000])
    parser.add_argument("--models", nargs="+", default=["bilstm", "tcn", "mlp", "ridge"])
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"], choices=["float32", "bfloat16"])
    parser.add_argument("--params", type=Path, default=Workspace().params)
    arguments = parser.parse_args()
    pool, params = Pool(speech(arguments.minutes)), ModelParams.load(arguments.params)
    hours = pool.lengths.sum() / RATE / 3600
    print(f"{arguments.minutes:g} minutes in {len(pool)} utterances; seconds are per hour of speech and epoch")
    print(f"{'model':8}{'threads':>8}{'frames':>8}{'precision':>10}{'wall s':>9}{'cpu s':>9}{'batches %':>11}{'parameters':>12}")
    for name in arguments.models:
        for threads in arguments.threads:
            torch.set_num_threads(threads)
            for frames in arguments.frames:
                for precision in arguments.precision:
                    half = precision == "bfloat16"
                    network = models.build(name, params.sizes(name), pool.width, RATE)
                    if half and hasattr(network, "fit"):
                        continue
                    size = sum(value.numel() for value in network.state_dict().values())
                    few = Pool(speech(0.3))
                    epoch(network, few, frames, half)  # warm-up
                    wall, cpu = clocked(lambda: epoch(network, pool, frames, half), threads)  # noqa: B023 -- called at once
                    _, input_cpu = clocked(lambda: drained(pool, frames), threads)  # noqa: B023 -- called at once
                    figures = f"{wall / hours:9.1f}{cpu / hours:9.1f}{100 * input_cpu / cpu:11.2f}{size:12}"
                    print(f"{name:8}{threads:8}{frames:8}{precision:>10}{figures}", flush=True)
    layer, batch = Bidirectional(300, 300), pool.batch(range(min(12, len(pool))))
    hours = int(batch.lengths.sum()) / RATE / 3600
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        for title, work in (("reversed in time", reversed_in_time), ("packed", packed)):
            wall, cpu = clocked(lambda: work(layer, batch), threads)  # noqa: B023 -- called at once
            print(f"one bidirectional layer of 300, {title}, {threads} threads: {wall / hours:.1f} s wall, {cpu / hours:.1f} s cpu")


if __name__ == "__main__":
    main()
