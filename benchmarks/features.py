"""CPU time of MFCC with deltas beside librosa's for the same values; run as `python -m benchmarks.features`.

What is to hold: the same values within 1e-3, at a third of librosa's time or less. Both are timed in turns, so that whatever else
the machine does falls on both.
"""

import time
from collections.abc import Callable

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from artinv.signal.features import acoustics
from tests.support.speech import FEATURES, sound_of

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


def measure() -> dict[str, float]:
    """Medians in ms of CPU per second of speech, their ratio, and how far the values lie apart."""
    heard = sound_of(np.arange(int(SECONDS * 16000)) / 16000, 16000, (0.2, SECONDS - 0.2))
    with threadpool_limits(1):
        costs = [(cost(theirs, heard), cost(ours, heard)) for _ in range(ROUNDS)]
    slow, fast = np.median(costs, axis=0) * 1000 / SECONDS
    return {"librosa_ms": slow, "artinv_ms": fast, "ratio": slow / fast,
            "greatest_difference": float(np.abs(ours(heard) - theirs(heard)).max())}


if __name__ == "__main__":
    found = measure()
    print(f"librosa {found['librosa_ms']:.2f}, artinv {found['artinv_ms']:.2f} ms CPU per s of speech; ratio {found['ratio']:.1f};"
          f" greatest difference {found['greatest_difference']:.1e}")
