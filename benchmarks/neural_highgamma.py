"""Print how much faster than real time high-gamma envelopes are computed on one core: `python -m benchmarks.neural_highgamma`.

Requirement: at least 20 times real time for 64 channels at 2 kHz. The voltage comes in blocks of 0.1 s, as from an amplifier.
"""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from artinv.neural.highgamma import envelopes

CHANNELS, RATE, SECONDS, ROUNDS = 64, 2000, 60, 3
BLOCK = 200
"""Samples of a block."""

REQUIRED = 20


def measure() -> dict[str, float]:
    """Return the median CPU time in ms per second of voltage, and how many times that fits into real time."""
    voltage = np.random.default_rng(0).standard_normal((RATE * SECONDS, CHANNELS)).astype(np.float32)
    blocks = np.split(voltage, range(BLOCK, len(voltage), BLOCK))
    costs = []
    with threadpool_limits(1):
        for _ in range(ROUNDS):
            begun = time.process_time()
            envelopes(blocks, RATE, CHANNELS)
            costs.append((time.process_time() - begun) / SECONDS)
    return {"ms": 1000 * float(np.median(costs)), "times_real_time": 1 / float(np.median(costs))}


if __name__ == "__main__":
    results = measure()
    print(f"{CHANNELS} channels at {RATE} Hz: {results['ms']:.2f} ms CPU per s of voltage,"
          f" {results['times_real_time']:.0f} times real time (required: {REQUIRED})")
