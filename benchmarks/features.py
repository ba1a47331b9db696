"""CPU time of MFCC with deltas beside librosa's for the same values; run as `OMP_NUM_THREADS=1 python -m benchmarks.features`.

What is to hold: the same values within 1e-3, at a third of librosa's time or less. Both are timed in turns, so that whatever else
the machine does falls on both.
"""

import time
from collections.abc import Callable

import librosa
import numpy as np

from artinv.acoustics import acoustics
from tests.speech import FEATURES, sound_of

ROUNDS, SECONDS = 300, 3.0


def ours(sound: np.ndarray) -> np.ndarray:
    """(frames, 39)."""
    return acoustics(sound, 16000, 100, FEATURES)


def theirs(sound: np.ndarray) -> np.ndarray:
    """(frames, 39)."""
    values = librosa.feature.mfcc(
        y=sound, sr=16000, n_mfcc=FEATURES.n_mfcc, n_fft=round(FEATURES.window * 16000), hop_length=160, n_mels=FEATURES.n_mels,
    )
    return np.vstack([values, librosa.feature.delta(values), librosa.feature.delta(values, order=2)]).T


def cost(work: Callable[[np.ndarray], np.ndarray], sound: np.ndarray) -> float:
    """CPU seconds of one call."""
    begun = time.process_time()
    work(sound)
    return time.process_time() - begun


if __name__ == "__main__":
    heard = sound_of(np.arange(int(SECONDS * 16000)) / 16000, 16000, (0.2, SECONDS - 0.2))
    difference = np.abs(ours(heard) - theirs(heard)).max()
    ratios = [(cost(theirs, heard), cost(ours, heard)) for _ in range(ROUNDS)]
    slow, fast = np.median(ratios, axis=0) * 1000
    print(f"librosa {slow / SECONDS:.2f}, artinv {fast / SECONDS:.2f} ms CPU per s of speech; ratio {slow / fast:.1f};"
          f" greatest difference {difference:.1e}")
