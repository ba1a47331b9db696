"""A recording of any length -> its acoustics frame by frame; the sound itself is in memory one block at a time.

What a frame is heard as does not depend on the blocks. Two things need the whole recording: its loudest value, below which others
are cut off, and where speech is; both are found in the spectra, which are hundreds of times smaller than the sound.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from artinv.runtime.errors import BadData
from artinv.signal import endpoints, mfcc
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.features import FeatureParams, acoustics
from artinv.signal.mfcc import SOUND_RATE
from artinv.signal.resample import at_16_khz

PAUSE = 0.5
"""s; silence that lasts longer is no part of how a voice sounds. Sentences as models are trained on hold none."""

TINY = 1e-3
"""Least spread of an acoustic value."""

CEILING = 32767 / 32768
"""Samples that reach it are clipped."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording sounds like."""

    acoustics: np.ndarray  # (K, values) float32, as artinv.data.frames gives them; frame k is the time k / rate
    speech: np.ndarray  # (K,) true from the first to the last audible speech, but in long pauses; nowhere where nothing stands out
    samples: int  # at 16 kHz
    clipped: float  # share of samples

    def sums(self) -> np.ndarray:
        """(3, values) float64: frames, their sum, their sum of squares, of speech or, where there is none, of everything."""
        values = self.acoustics[self.speech] if self.speech.any() else self.acoustics
        squares = np.einsum("kv,kv->v", values, values, dtype=np.float64, casting="same_kind")
        return np.stack([np.full(values.shape[1], len(values)), values.sum(axis=0, dtype=np.float64), squares])


def statistics(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (values,) float32 from sums that may come from several recordings."""
    count, total, squares = sums
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
    return mean.astype(np.float32), np.maximum(spread, TINY).astype(np.float32)


def listen(sound: np.ndarray, rate: float, params: FeatureParams) -> np.ndarray:
    """One utterance at 16 kHz -> (K, values) float32 acoustics at `rate` Hz, of mean 0 and spread 1 while speech is heard."""
    heard = hear([sound], rate, params)
    mean, std = statistics(heard.sums())
    return (heard.acoustics - mean) / std


def hear(blocks: Iterable[np.ndarray], rate: float, params: FeatureParams) -> Heard:
    """Blocks of one channel at 16 kHz -> what is heard at `rate` Hz."""
    hop = round(SOUND_RATE / rate)
    endings = Spectrum(hop, WINDOW, BANDS)
    spectrum = Spectrum(hop, round(params.window * SOUND_RATE / 2) * 2, params.n_mels)
    whole, samples, clipped = [], 0, 0
    for block in blocks:
        samples += len(block)
        clipped += int(np.count_nonzero(np.abs(block) >= CEILING))
        sound = at_16_khz(block, SOUND_RATE)
        endings.add(sound)
        if params.kind == "ssl":
            whole.append(sound)
        else:
            spectrum.add(sound)
    if samples // hop + 1 < mfcc.DELTA_WIDTH:
        least = (mfcc.DELTA_WIDTH - 1) / rate
        raise BadData(f"a sound of {samples / SOUND_RATE:.2g} s is too short; at least {least:.2g} s are needed")
    if params.kind == "ssl":
        values = acoustics(np.concatenate(whole), SOUND_RATE, rate, params)
    else:
        values = spectrum.end()
        if params.kind == "mfcc":
            values = mfcc.cepstra(values, params.n_mfcc)
        values = np.hstack([values, *(mfcc.deltas(values, order) for order in range(1, params.deltas + 1))])
    return Heard(values, spoken(endings.end(), rate), samples, clipped / samples)


def spoken(decibels: np.ndarray, rate: float) -> np.ndarray:
    """(K,) true while speech is heard, from (K, BANDS) log mel at `rate` Hz."""
    out, last = np.zeros(len(decibels), bool), -np.inf
    for begin, end in endpoints.phrases(decibels, rate):
        out[int((last if begin - last <= PAUSE else begin) * rate):int(end * rate) + 1] = True
        last = end
    return out if out.sum() > mfcc.DELTA_WIDTH else np.zeros_like(out)


class Spectrum:
    """What `mfcc.log_mel` says of a sound, of which it gets one block after the other."""

    def __init__(self, hop: int, window: int, bands: int) -> None:
        """Hop and window in samples at 16 kHz."""
        self._hop, self._window, self._bands = hop, window, bands
        self._rest = np.zeros(window // 2, np.float32)  # what later frames still need
        self._samples = 0
        self._rows: list[np.ndarray] = []

    def add(self, sound: np.ndarray) -> None:
        """Take in the next samples."""
        self._samples += len(sound)
        self._take(sound)

    def end(self) -> np.ndarray:
        """(1 + samples // hop, bands) in dB, float32."""
        self._take(np.zeros(self._window + self._hop, np.float32))
        return mfcc.audible(np.concatenate(self._rows)[: 1 + self._samples // self._hop])

    def _take(self, sound: np.ndarray) -> None:
        sound = np.concatenate([self._rest, sound])
        count = min(max(0, len(sound) - self._window + self._hop), len(sound)) // self._hop
        if count:
            within = sound[: (count - 1) * self._hop + self._window]
            self._rows.append(mfcc.decibels(within, SOUND_RATE, self._hop, self._window, self._bands))
        self._rest = sound[count * self._hop:]
