"""How long a million distances between phones take: `python -m experiments.abx`."""

import resource
import time

import numpy as np

from artinv.abx.distance import Bag, between

TOKENS, FRAMES = 1000, (4, 16)

if __name__ == "__main__":
    dice = np.random.default_rng(0)
    every = np.arange(TOKENS)
    for values, line in ((18, "articulation"), (39, "mfcc with two derivatives")):
        bag = Bag.of([dice.standard_normal((count, values)) for count in dice.integers(*FRAMES, TOKENS)])
        start = time.process_time()
        between(bag, bag, every, every)
        seconds = (time.process_time() - start) / TOKENS**2 * 1e6
        print(f"{line}: {values} values, {bag.count.mean():.1f} frames a token: {seconds:.2f} s a million pairs")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
