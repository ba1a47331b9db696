"""Write simulated recordings: envelopes as .h5, or raw voltage as BIDS-iEEG with NWB whose high gamma has these envelopes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from artinv.core import random_draws
from artinv.core.records import Label
from artinv.formats.sound import to_int16
from artinv.neural import h5, nwb
from artinv.neural.records import RATE, SOUND_RATE, Recording
from artinv.neural.simulator import Simulation, save_truth

VOLTS = 1e-7
"""Volt per unit of the voltage."""

CARRIERS = {0: (115.0, 135.0), 50: (115.0, 135.0), 60: (140.0, 152.0)}
"""Line frequency -> range of the frequency that carries the envelope of an electrode, Hz, away from all harmonics."""

BACKGROUND, LINE = 30.0, 20.0
"""Standard deviation of the slow background, and amplitude of the line noise, microvolts."""

_SLOW = 0.005  # distance of the double pole of the background from 1, at 1 kHz
_BLOCK_SECONDS = 8


def write_h5(folder: Path, simulation: Simulation) -> Path:
    """Write <SUBJECT>.h5, and the truth beside it as <SUBJECT>.truth.npz; return the recording's file."""
    path = folder / f"{simulation.recording.subject}.h5"
    h5.write(path, simulation.recording)
    save_truth(truth_of(path), simulation.truth)
    return path


def write_bids(root: Path, simulation: Simulation, rate: float = 1000, line: int = 50) -> Path:
    """Write a subject's folder below `root`, and the truth beside it; return the folder.

    The voltage is at `rate` Hz and has line noise of `line` Hz, 0 for none.
    """
    recording = simulation.recording
    samples = round(recording.frames * rate / RATE)
    words = tuple(Label(trial.word, trial.start / RATE, trial.end / RATE) for trial in recording.trials)
    session = nwb.Session(
        recording.subject, rate, samples, recording.channels, to_int16(recording.sound), SOUND_RATE, words, recording.places,
        recording.bad, float(line), VOLTS,
    )
    folder = nwb.write(root, session, voltage(recording, samples, rate, line))
    save_truth(truth_of(folder), simulation.truth)
    return folder


def truth_of(path: Path) -> Path:
    """Return the file of the truth of a recording.

    >>> truth_of(Path("sim/F01.h5")).as_posix(), truth_of(Path("sim/sub-F01")).as_posix()
    ('sim/F01.truth.npz', 'sim/sub-F01.truth.npz')
    """
    return path.with_name(f"{path.name.removesuffix('.h5')}.truth.npz")


def voltage(recording: Recording, samples: int, rate: float, line: int) -> Iterator[np.ndarray]:
    """Yield the voltage in blocks (n, E) int16: a carrier with the envelope, a slow background and line noise."""
    rng = random_draws.rng("voltage", recording.subject)
    count, size = recording.signals.shape[1], round(_BLOCK_SECONDS * rate)
    hertz, phase = rng.uniform(*CARRIERS[line], count), rng.uniform(0, 2 * np.pi, count)
    line_phase, strength = rng.uniform(0, 2 * np.pi, count), rng.uniform(0.5, 1, count)
    pole = 1 - _SLOW * 1000 / rate
    state = np.zeros((2, count))
    scale = BACKGROUND / _spread(pole)
    for start in range(0, samples, size):
        time = np.arange(start, min(start + size, samples)) / rate
        brain = _between(recording.signals, time) * np.cos(2 * np.pi * np.outer(time, hertz) + phase)
        slow, state = lfilter([scale], [1, -2 * pole, pole**2], rng.standard_normal((len(time), count)), axis=0, zi=state)
        brain += slow
        for harmonic in range(1, int(rate / 2 / line) + 1) if line else ():
            tone = np.sin(2 * np.pi * line * harmonic * time)[:, None] * np.cos(line_phase * harmonic)
            brain += LINE / harmonic * strength * tone
        yield np.clip(np.rint(brain * 1e-6 / VOLTS), -32768, 32767).astype(np.int16)


def _between(signals: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return signals (n, E) at times in s, interpolated linearly."""
    position = np.minimum(time * RATE, len(signals) - 1)
    before = np.minimum(position.astype(int), max(0, len(signals) - 2))
    share = (position - before)[:, None]
    return signals[before] * (1 - share) + signals[np.minimum(before + 1, len(signals) - 1)] * share


def _spread(pole: float) -> float:
    """Return the standard deviation of white noise of variance 1 after a filter with a double pole."""
    return float(np.sqrt((1 + pole**2) / (1 - pole**2) ** 3))
