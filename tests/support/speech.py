"""Recordings with known properties: coils as sums of sinusoids, and sound whose band levels follow them."""

import numpy as np
from scipy import signal

from artinv.core.records import Label, Utterance
from artinv.data.clean import CleanParams
from artinv.phones.inputs import InputParams
from tests.support.toys import rng

CLEAN = CleanParams.of({
    "rate": 100, "lowpass": 20, "max_gap": 0.1, "spike_mm": 4, "spike_ratio": 10, "max_speed": 1000, "margin": 0.1, "lags": {},
    "exclude": [], "max_rejected": 0.2,
    "limits": {"min_seconds": 0.4, "min_level_db": -65, "max_clipped": 0.01, "min_overlap": 0.7, "min_tongue": 0.5,
               "min_spread_mm": 0.3, "max_spread_mm": 30, "max_position_mm": 200},
})
FEATURES = InputParams.of({
    "kind": "mfcc", "window": 0.025, "n_mels": 40, "n_mfcc": 13, "deltas": 2, "phones": "none",
    "ssl": {"checkpoint": "", "layers": [-1], "piece": 20},
})


def changed(params, **values):
    """Return parameters with some values changed and validated."""
    return type(params).of({**params.model_dump(), **values})


def coils_at(times: np.ndarray, seed: object = 0) -> np.ndarray:
    """Return coils (T, 14) in mm at times (T,) in s; each channel moves at 1 to 6 Hz around its own mean, the velum is missing."""
    generator = rng("coils", seed)
    out = np.full((len(times), 14), np.nan)
    for channel in range(12):
        hertz, phase = generator.uniform(1, 6, 3), generator.uniform(0, 2 * np.pi, 3)
        out[:, channel] = 8 * (channel - 6) + (6 / hertz * np.sin(2 * np.pi * hertz * times[:, None] + phase)).sum(axis=1)
    return out


def sound_of(times: np.ndarray, rate: float, spoken: tuple[float, float], seed: object = 0, snr_db: float = 40.0) -> np.ndarray:
    """Return noise in six bands whose levels follow the coils during speech, plus white noise; `times` are those of the motion."""
    generator = rng("sound", seed)
    coarse = np.arange(times[0], times[-1] + 0.002, 0.002)
    bands = (coils_at(coarse, seed)[:, :12] - 8 * (np.arange(12) - 6)) @ (rng("mix").standard_normal((12, 6)) * 0.7)
    motion = np.stack([np.interp(times, coarse, band) for band in bands.T], axis=1)
    edges = np.geomspace(150, 6000, 7)
    out = np.zeros(len(times))
    for band in range(6):
        sos = signal.butter(2, edges[band:band + 2], "bandpass", fs=rate, output="sos")
        out += signal.sosfilt(sos, generator.standard_normal(len(times))) * 10 ** (motion[:, band] / 20)
    clock = np.arange(len(times)) / rate
    out *= np.clip(np.minimum(clock - spoken[0], spoken[1] - clock) / 0.02, 0, 1)
    out *= 0.08 / np.sqrt(np.square(out[(clock > spoken[0]) & (clock < spoken[1])]).mean())
    noise = 0.08 * 10 ** (-snr_db / 20) * generator.standard_normal(len(times))
    return np.clip(out + noise, -1, 1).astype(np.float32)


def talk(
    seconds: float = 2.0, spoken: tuple[float, float] = (0.3, 1.7), *, sound_rate: float = 16000, coil_rate: float = 200,
    lag: float = 0.0, seed: object = 0, snr_db: float = 40.0, **facts: object,
) -> Utterance:
    """Return an utterance with one phone over all its speech; its motion is delayed by `lag` s."""
    times = np.arange(round(seconds * sound_rate)) / sound_rate
    start = facts.get("coil_start", 0.0)
    moments = start + np.arange(round((seconds - start) * coil_rate) + 1) / coil_rate
    return Utterance(**{
        "corpus": "hprc", "speaker": "F01", "name": f"F01_{seed}", "order": 1, "sentence": "one two",
        "sound": sound_of(times, sound_rate, spoken, seed, snr_db), "sound_rate": sound_rate,
        "coils": coils_at(moments - lag, seed).astype(np.float32), "coil_rate": coil_rate,
        "phones": (Label("sil", 0.0, spoken[0]), Label("AA1", *spoken), Label("sp", spoken[1], seconds)), **facts,
    })
