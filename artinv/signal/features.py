"""Compute acoustic features of sound, frame by frame: MFCC, log mel or the layers of a self-supervised model.

The features are neither normalized nor stacked here. Librosa is never imported, torch only for the kind `ssl`.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from artinv.runtime.errors import BadData
from artinv.runtime.params import Params
from artinv.signal import mfcc
from artinv.signal.ssl import SslParams, hidden_states


class FeatureParams(Params):
    """Kind and settings of the acoustic features."""

    section: ClassVar[str] = "features"
    kind: Literal["mfcc", "logmel", "ssl"]
    window: float = Field(gt=0, le=0.2)  # s, mfcc and logmel
    n_mels: int = Field(ge=1, le=80)  # bands, mfcc and logmel
    n_mfcc: int = Field(ge=1)  # coefficients, mfcc
    deltas: int = Field(ge=0, le=2)  # number of time derivatives to append, mfcc and logmel
    ssl: SslParams

    @model_validator(mode="after")
    def _fits(self) -> "FeatureParams":
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc must not exceed n_mels = {self.n_mels}")
        return self


def acoustics(sound: np.ndarray, sound_rate: int, rate: float, params: FeatureParams) -> np.ndarray:
    """Return (1 + samples // hop, values) float32 features of (samples,) sound; frame k is centred on the time k / rate."""
    hop = round(sound_rate / rate)
    if abs(hop * rate - sound_rate) > 1e-6:
        raise BadData(f"a sound rate of {sound_rate} Hz is not a multiple of the frame rate {rate:g} Hz; clean the recording first")
    if params.kind == "ssl":
        return hidden_states(sound, sound_rate, rate, params.ssl)
    window = round(params.window * sound_rate / 2) * 2
    return from_spectrum(mfcc.log_mel(sound, sound_rate, hop, window, params.n_mels), params)


def from_spectrum(decibels: np.ndarray, params: FeatureParams) -> np.ndarray:
    """Return the features (frames, values) of a log mel spectrum (frames, n_mels) in dB, of kind mfcc or logmel."""
    values = mfcc.cepstra(decibels, params.n_mfcc) if params.kind == "mfcc" else decibels
    return np.hstack([values, *(mfcc.deltas(values, order) for order in range(1, params.deltas + 1))])
