"""Measure causal decoders that decode signals as they arrive, on one core: `python -m benchmarks.neural_decoders [--chunk 10]`.

Chunks of `--chunk` frames (8 ms each) of random signals of 64 electrodes are decoded with random weights; sizes: the default
profile. `real time` is the time of computation as a share of the duration of the signals; below 1 a decoder keeps up. The delay of
an output is the look-ahead, the wait for the chunk, and the time that a chunk takes (median and 95th percentile).
"""

import argparse
import time

import numpy as np
import torch

from artinv.neural.decoder import build
from artinv.neural.decoders import DecoderParams, names
from artinv.neural.layout import Layout
from artinv.neural.records import RATE
from artinv.neural.streaming import Stream
from artinv.neural.workspace import NeuralFiles

ELECTRODES, OUTPUTS = 64, 18


def chunk_times(name: str, chunk: int, seconds: float) -> np.ndarray:
    """Return the processor time of each chunk in s, after a first second of signals."""
    torch.manual_seed(0)
    sizes = DecoderParams.load(NeuralFiles().params).sizes(name)
    stream = Stream(build(name, sizes, Layout.of(None, ELECTRODES), OUTPUTS, mode="causal"))
    costs, first = [], int(RATE / chunk)
    for signals in torch.randn(int(seconds * RATE), ELECTRODES).split(chunk):
        begun = time.process_time()
        stream.push(signals)
        costs.append(time.process_time() - begun)
    return np.array(costs[first:])


def main() -> None:
    """Print one line for each decoder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunk", type=int, default=10, help="frames")
    parser.add_argument("--seconds", type=float, default=8.0, help="of signals")
    parser.add_argument("--names", nargs="+", default=names(), choices=names())
    options = parser.parse_args()
    torch.set_num_threads(1)
    wait = 1000 * options.chunk / RATE
    print(f"chunks of {options.chunk} frames, {wait:.0f} ms; {ELECTRODES} electrodes; one thread; no look-ahead")
    print(f"{'decoder':10}{'real time':>10}{'chunk ms':>10}{'95 %':>8}{'delay ms':>10}")
    for name in options.names:
        costs = 1000 * chunk_times(name, options.chunk, options.seconds)
        median, slow = np.median(costs), np.percentile(costs, 95)
        print(f"{name:10}{median / wait:10.3f}{median:10.1f}{slow:8.1f}{wait + slow:10.0f}", flush=True)


if __name__ == "__main__":
    main()
