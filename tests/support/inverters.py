"""Small untrained models, speech-like sound, and an independent implementation of inversion, for tests that use a model."""

from pathlib import Path

import numpy as np
import torch

from artinv.core.channels import CHANNELS
from artinv.learn import models
from artinv.learn.inverter import Inverter
from artinv.phones.evidence import PHONES, WIDTH
from artinv.signal import endpoints
from artinv.signal.endpoints import BANDS, WINDOW
from artinv.signal.features import FeatureParams, acoustics
from artinv.signal.mfcc import log_mel
from artinv.signal.resample import at_16_khz

FEATURES = {"kind": "mfcc", "window": 0.025, "n_mels": 40, "n_mfcc": 13, "deltas": 1,
            "ssl": {"checkpoint": "", "layers": [-1], "piece": 30.0}}
SIZES = {"context": 1, "dense": 8, "dense_layers": 1, "width": 8, "layers": 1, "smoothing": "fixed", "cutoff": 10.0}


def inverter(
    *, rate: float = 50.0, normalization: str = "utterance", unknown: tuple = (), seed: int = 0, provenance: dict | None = None,
    phones: bool = False, source: str = "", **features,
) -> Inverter:
    """Return a small BiLSTM with random weights; `unknown` channels have no statistics.

    With `phones` it takes evidence of them; `source` is that of its training.
    """
    settings = FEATURES | features
    n_in = (settings["n_mfcc"] if settings["kind"] == "mfcc" else settings["n_mels"]) * (1 + settings["deltas"])
    n_in += WIDTH * phones
    sizes = models.get("bilstm").Sizes.of(SIZES)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = models.build("bilstm", sizes, n_in, rate)
        with torch.no_grad():
            network.readout.weight *= 4
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(0, 20, 18).astype(np.float32), rng.uniform(0.5, 4, 18).astype(np.float32)
    for channel in unknown:
        mean[CHANNELS.index(channel)] = std[CHANNELS.index(channel)] = np.nan
    return Inverter(
        model="bilstm", sizes=sizes, n_in=n_in, rate=rate, network=network.eval(), features=settings, normalization=normalization,
        statistics={"mean": mean, "std": std}, provenance=provenance or {}, evidence={PHONES: WIDTH} if phones else {},
        source=source,
    )


def saved(folder: Path, name: str = "model.safetensors", **choices) -> Path:
    """Save such a model; return its path."""
    path = folder / name
    inverter(**choices).save(path)
    return path


def babble(seconds: float, rate: int = 16000, seed: int = 0, pause: float = 0.1) -> np.ndarray:
    """Return speech-like sound (samples,) float32: syllables of harmonics with random resonances, silent at both ends."""
    rng = np.random.default_rng(seed)
    out = 1e-3 * rng.standard_normal(round(seconds * rate))
    at = pause
    while at < seconds - pause - 0.1:
        length = min(rng.uniform(0.15, 0.3), seconds - pause - at)
        times = np.arange(round(length * rate)) / rate
        voice = np.zeros(len(times))
        for harmonic in range(1, 20):
            hertz = 130 * harmonic
            if hertz < 0.45 * rate:
                peak = sum(1 / (1 + ((hertz - centre) / 120) ** 2) for centre in rng.uniform(300, 3000, 3))
                voice += peak * np.sin(2 * np.pi * hertz * times + rng.uniform(0, 6))
        first = round(at * rate)
        out[first:first + len(times)] += 0.1 * voice * np.hanning(len(times))
        at += length + 0.03
    return np.clip(out, -0.99, 0.99).astype(np.float32)


def standardized(sound: np.ndarray, rate: float, features: FeatureParams) -> np.ndarray:
    """Compute features at 16 kHz with mean 0 and standard deviation 1 over the speech; a reference for inversion."""
    values = acoustics(sound, 16000, rate, features)
    begin, end = endpoints.from_sound(log_mel(sound, 16000, round(16000 / rate), WINDOW, BANDS), rate) or (0, np.inf)
    speech = values[int(begin * rate):int(min(end * rate, len(values))) + 1]
    return ((values - speech.mean(axis=0)) / speech.std(axis=0)).astype(np.float32)


def at_once(model: Inverter, sound: np.ndarray, rate: float = 16000) -> np.ndarray:
    """Invert sound at any rate in Hz; return (frames, 18) in mm at the model's rate. A reference for `inversion`."""
    z = model.predict(standardized(at_16_khz(sound, rate), model.rate, FeatureParams.of(model.features)))
    return z * model.statistics["std"] + model.statistics["mean"]
