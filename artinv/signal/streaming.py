"""Compute acoustic features of a recording of any length, with one block of its sound in memory at a time.

The features are the same, bit by bit, for every division into blocks. Two steps need the whole recording: the limit of the dynamic
range and the detection of speech. Both use the spectra, which are hundreds of times smaller than the sound.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from artinv.runtime.errors import BadData
from artinv.signal import endpoints, mfcc
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.features import FeatureParams, acoustics, from_spectrum
from artinv.signal.mfcc import SOUND_RATE, Spectrum
from artinv.signal.resample import at_16_khz

PAUSE = 0.5
"""s; longer silences do not count in the speaker statistics, because the sentences of the training data contain none."""

TINY = 1e-3
"""Least standard deviation of an acoustic feature."""

CEILING = 32767 / 32768
"""Absolute value from which a sample counts as clipped."""


@dataclass(frozen=True, slots=True)
class RecordingFeatures:
    """The acoustic features of a recording, its speech frames and its amount of clipping."""

    acoustics: np.ndarray  # (K, values) float32, as in artinv.data.frames; frame k is at the time k / rate
    speech: np.ndarray  # (K,) bool, true from the first to the last speech except in long pauses; all false without speech
    samples: int  # at 16 kHz
    clipped: float  # fraction of samples

    def sums(self) -> np.ndarray:
        """Return (3, values) float64: number of frames, sum and sum of squares over speech, or over all frames without speech."""
        values = self.acoustics[self.speech] if self.speech.any() else self.acoustics
        squares = np.einsum("kv,kv->v", values, values, dtype=np.float64, casting="same_kind")
        return np.stack([np.full(values.shape[1], len(values)), values.sum(axis=0, dtype=np.float64), squares])


def statistics(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation (values,) float32 from sums, which may be added over several recordings."""
    count, total, squares = sums
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
    return mean.astype(np.float32), np.maximum(spread, TINY).astype(np.float32)


def normalized_features(sound: np.ndarray, rate: float, params: FeatureParams) -> np.ndarray:
    """Return (K, values) float32 features at `rate` Hz of one utterance at 16 kHz, with mean 0 and std 1 over its speech."""
    features = recording_features([sound], rate, params)
    mean, std = statistics(features.sums())
    return (features.acoustics - mean) / std


def recording_features(blocks: Iterable[np.ndarray], rate: float, params: FeatureParams) -> RecordingFeatures:
    """Compute features at `rate` Hz from blocks of one channel at 16 kHz."""
    hop = round(SOUND_RATE / rate)
    speech_spectrum = Spectrum(SOUND_RATE, hop, WINDOW, BANDS)
    spectrum = Spectrum(SOUND_RATE, hop, round(params.window * SOUND_RATE / 2) * 2, params.n_mels)
    sounds, samples, clipped = [], 0, 0
    for block in blocks:
        samples += len(block)
        clipped += int(np.count_nonzero(np.abs(block) >= CEILING))
        sound = at_16_khz(block, SOUND_RATE)
        speech_spectrum.add(sound)
        if params.kind == "ssl":
            sounds.append(sound)
        else:
            spectrum.add(sound)
    if samples // hop + 1 < mfcc.DELTA_WIDTH:
        least = (mfcc.DELTA_WIDTH - 1) / rate
        raise BadData(f"a sound of {samples / SOUND_RATE:.2g} s is too short; at least {least:.2g} s are needed")
    if params.kind == "ssl":
        values = acoustics(np.concatenate(sounds), SOUND_RATE, rate, params)
    else:
        values = from_spectrum(spectrum.end(), params)
    return RecordingFeatures(values, spoken(speech_spectrum.end(), rate), samples, clipped / samples)


def spoken(decibels: np.ndarray, rate: float) -> np.ndarray:
    """Return (K,) bool, true during speech, from (K, BANDS) log mel at `rate` Hz."""
    out, last = np.zeros(len(decibels), bool), -np.inf
    for begin, end in endpoints.phrases(decibels, rate):
        out[int((last if begin - last <= PAUSE else begin) * rate):int(end * rate) + 1] = True
        last = end
    return out if out.sum() > mfcc.DELTA_WIDTH else np.zeros_like(out)
