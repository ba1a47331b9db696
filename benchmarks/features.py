"""Compare the CPU time of MFCCs with deltas with that of librosa for the same values: `python -m benchmarks.features`.

Requirement: equal values within 1e-3, in at most a third of librosa's time. Both are timed alternately, so that other load on the
machine affects both.
"""

import time
from collections.abc import Callable

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from artinv.signal.features import acoustics
from tests.support.speech import FEATURES, sound_of

ROUNDS, SECONDS = 300, 3.0


def artinv_features(sound: np.ndarray) -> np.ndarray:
    """Return MFCCs and deltas (frames, 39) of artinv."""
    return acoustics(sound, 16000, 100, FEATURES)


def librosa_features(sound: np.ndarray) -> np.ndarray:
    """Return MFCCs and deltas (frames, 39) of librosa."""
    values = librosa.feature.mfcc(
        y=sound, sr=16000, n_mfcc=FEATURES.n_mfcc, n_fft=round(FEATURES.window * 16000), hop_length=160, n_mels=FEATURES.n_mels,
    )
    return np.vstack([values, librosa.feature.delta(values), librosa.feature.delta(values, order=2)]).T


def cost(work: Callable[[np.ndarray], np.ndarray], sound: np.ndarray) -> float:
    """Return the CPU seconds of one call."""
    begun = time.process_time()
    work(sound)
    return time.process_time() - begun


def measure() -> dict[str, float]:
    """Return the median CPU time in ms per second of speech, the ratio, and the largest difference of the values."""
    sound = sound_of(np.arange(int(SECONDS * 16000)) / 16000, 16000, (0.2, SECONDS - 0.2))
    with threadpool_limits(1):
        costs = [(cost(librosa_features, sound), cost(artinv_features, sound)) for _ in range(ROUNDS)]
    slow, fast = np.median(costs, axis=0) * 1000 / SECONDS
    return {"librosa_ms": slow, "artinv_ms": fast, "ratio": slow / fast,
            "greatest_difference": float(np.abs(artinv_features(sound) - librosa_features(sound)).max())}


if __name__ == "__main__":
    results = measure()
    print(f"librosa {results['librosa_ms']:.2f}, artinv {results['artinv_ms']:.2f} ms CPU per s of speech; ratio"
          f" {results['ratio']:.1f}; greatest difference {results['greatest_difference']:.1e}")
