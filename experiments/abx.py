"""Measure the CPU time of a million distances between phones: `python -m experiments.abx`."""

import resource
import time

import numpy as np

from artinv.abx.distance import Bag, between

TOKENS, FRAMES = 1000, (4, 16)

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    indices = np.arange(TOKENS)
    for values, name in ((18, "articulation"), (39, "mfcc with two derivatives")):
        bag = Bag.of([rng.standard_normal((count, values)) for count in rng.integers(*FRAMES, TOKENS)])
        start = time.process_time()
        between(bag, bag, indices, indices)
        seconds = (time.process_time() - start) / TOKENS**2 * 1e6
        print(f"{name}: {values} values, {bag.count.mean():.1f} frames per token: {seconds:.2f} s per million pairs")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
