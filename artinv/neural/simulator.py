"""Simulated recordings of the brain with a planted truth: some electrodes follow the mouth, some the sound, the rest neither.

A synthetic speaker says single words (`spoken_session`). Each electrode has a signal s(t), standardized over the session:

- motor: tanh of a random combination of three of the 18 standardized trajectories, `lead` s earlier than the mouth;
- auditory: a random combination of two of the 16 standardized log mel bands of the sound, `lag` s later than the sound;
- rest: none.

The envelope is level * (1 + 0.2 x(t)), not below 0.02 level, with x = (s + n / sqrt(snr)) / sqrt(1 + 1 / snr) and pink noise n of
variance 1: `snr` is the ratio of the variances of signal and noise of an electrode, over the whole session and all frequencies.
The x of a resting electrode has variance 1 as well, so that no electrode is conspicuous by its variance. Pink noise is strongest
at the slow rates of speech, so that smoothing removes little of it.

Results on such recordings prove code and methods; they do not apply to the brain.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from artinv.core import random_draws, store
from artinv.core.records import Label
from artinv.neural.records import RATE, ROLES, SAMPLES, SOUND_RATE, Recording, Trial, Truth
from artinv.neural.spoken_session import WORDS, SpokenSession, speak_words
from artinv.runtime.errors import expected_content
from artinv.runtime.params import ProfileParams
from artinv.signal.mfcc import Spectrum

TRAJECTORIES_EACH, BANDS_EACH, BANDS = 3, 2, 16
"""Trajectories that a motor electrode combines; bands that an auditory electrode combines, and all bands."""

DEPTH = 0.2
"""Standard deviation of an envelope relative to its mean."""

FLOOR = 0.02
"""Least envelope relative to its mean."""

MARGIN = 0.15
"""Silence before and after a word that belongs to its trial, s."""

NOISIER = 5.0
"""Standard deviation of a noisy electrode relative to another one."""

ARTEFACT = (0.1, 0.4)
"""Shortest and longest duration of an artefact, s."""

ARTEFACT_SIZE = 8.0
"""Size of an artefact in standard deviations of an electrode."""

_LEVEL = 10.0  # microvolts, median envelope
_WINDOW = 512  # samples of the log mel bands


class SimulateParams(ProfileParams):
    """Which recordings are simulated."""

    section: ClassVar[str] = "simulate"
    subjects: list[str] = Field(["F01"])  # synthetic speakers; F...: women, M...: men; none: own recordings alone
    minutes: float = Field(16, gt=0, le=600)  # duration of the training part
    test_minutes: float = Field(4, gt=0, le=600)  # duration of the test part, which follows the training part
    words: int = Field(40, ge=2, le=len(WORDS))  # different words
    snr: float = Field(1.0, gt=0, le=1e6)  # variance of the signal relative to the noise
    rows: int = Field(8, ge=1, le=64)  # of the grid of electrodes
    columns: int = Field(8, ge=1, le=64)
    motor: int = Field(20, ge=0)  # electrodes that follow the mouth
    auditory: int = Field(12, ge=0)  # electrodes that follow the sound
    lead: float = Field(0.12, ge=0, le=1)  # s, of motor electrodes before the mouth
    lag: float = Field(0.096, ge=0, le=1)  # s, of auditory electrodes behind the sound
    dead: int = Field(0, ge=0)  # electrodes without a signal
    noisy: int = Field(0, ge=0)  # electrodes with NOISIER noise
    artefacts: float = Field(0, ge=0, le=60)  # per minute, in all electrodes
    seed: int = Field(0, ge=0)

    @property
    def electrodes(self) -> int:
        """Return the number of electrodes."""
        return self.rows * self.columns

    @model_validator(mode="after")
    def _fits(self) -> "SimulateParams":
        if self.motor + self.auditory > self.electrodes or self.dead + self.noisy > self.electrodes:
            raise ValueError(f"motor, auditory, dead, noisy: the grid has {self.electrodes} electrodes; lower them or enlarge it")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """A simulated recording and its truth."""

    recording: Recording
    truth: Truth


def simulate(params: SimulateParams, subject: str, workers: int = 0) -> Simulation:
    """Return the simulated recording of a subject; equal arguments give equal bytes for any number of workers."""
    seconds = (params.minutes + params.test_minutes) * 60
    session = speak_words(subject, params.words, seconds, params.seed, workers)
    return with_brain(session, params, subject)


def with_brain(session: SpokenSession, params: SimulateParams, subject: str) -> Simulation:
    """Return the recording of a brain that speaks and hears a session."""
    roles = place_roles(params, subject)
    signals = _noise(params, subject, len(session.trajectories))
    drives = {"motor": motor_signals(session, params, subject), "auditory": auditory_signals(session, params, subject)}
    for role, drive in drives.items():
        for column, electrode in enumerate(np.flatnonzero([own == role for own in roles])):
            noise = signals[:, electrode] / np.sqrt(params.snr)
            signals[:, electrode] = (drive[:, column] + noise) / np.sqrt(1 + 1 / params.snr)
    _damage(signals, params, subject)
    rng = random_draws.rng("levels", subject, params.seed)
    level = _LEVEL * np.exp(0.3 * rng.standard_normal(params.electrodes))
    envelopes = (level * np.maximum(1 + DEPTH * signals, FLOOR)).astype(np.float32)
    places = np.stack(np.divmod(np.arange(params.electrodes), params.columns), 1).astype(np.int32)
    names = tuple(f"G{row + 1:02d}{column + 1:02d}" for row, column in places)
    recording = Recording(subject, envelopes, session.sound, trials_of(session), places, names)
    return Simulation(recording, Truth(roles, session.trajectories, session.phones))


def place_roles(params: SimulateParams, subject: str) -> tuple[str, ...]:
    """Return the role of each electrode: the motor ones lie together, and so do the auditory ones."""
    rng = random_draws.rng("roles", subject, params.seed)
    places = np.stack(np.divmod(np.arange(params.electrodes), params.columns), 1)
    roles = np.full(params.electrodes, "rest", dtype=object)
    for role, count in (("motor", params.motor), ("auditory", params.auditory)):
        free = np.flatnonzero(roles == "rest")
        if count:
            distance = np.hypot(*(places[free] - places[rng.choice(free)]).T)
            roles[free[np.argsort(distance, kind="stable")[:count]]] = role
    return tuple(roles)


def motor_signals(session: SpokenSession, params: SimulateParams, subject: str) -> np.ndarray:
    """Return (T, motor) standardized signals that lead the trajectories by `lead`."""
    rng = random_draws.rng("motor", subject, params.seed)
    mouth = standardized(session.trajectories)
    mixed = np.stack([_mixture(mouth, TRAJECTORIES_EACH, rng) for _ in range(params.motor)], 1) if params.motor else mouth[:, :0]
    return standardized(shifted(np.tanh(mixed), -round(params.lead * RATE)))


def auditory_signals(session: SpokenSession, params: SimulateParams, subject: str) -> np.ndarray:
    """Return (T, auditory) standardized signals that lag behind the sound by `lag`."""
    rng = random_draws.rng("auditory", subject, params.seed)
    heard = standardized(log_bands(session.sound, len(session.trajectories)))
    mixed = [_mixture(heard, BANDS_EACH, rng) for _ in range(params.auditory)]
    return standardized(shifted(np.stack(mixed, 1) if mixed else heard[:, :0], round(params.lag * RATE)))


def log_bands(sound: np.ndarray, frames: int) -> np.ndarray:
    """Return the log mel bands of a sound, (frames, BANDS) float32, in dB."""
    spectrum = Spectrum(SOUND_RATE, SAMPLES, _WINDOW, BANDS)
    spectrum.add(sound)
    return spectrum.end()[:frames]


def standardized(values: np.ndarray) -> np.ndarray:
    """Return (T, n) values with mean 0 and standard deviation 1; a constant column becomes 0."""
    centred = values - values.mean(0, dtype=np.float64)
    spread = centred.std(0)
    return centred / np.where(spread > 1e-9, spread, 1)


def shifted(values: np.ndarray, frames: int) -> np.ndarray:
    """Return (T, n) values `frames` later, earlier if negative; the first or last value is held.

    >>> shifted(np.array([[1.0], [2.0], [3.0]]), 1)[:, 0].tolist(), shifted(np.array([[1.0], [2.0], [3.0]]), -1)[:, 0].tolist()
    ([1.0, 1.0, 2.0], [2.0, 3.0, 3.0])
    """
    return values[np.clip(np.arange(len(values)) - frames, 0, len(values) - 1)]


def pink(frames: int, electrodes: int, rng: np.random.Generator) -> np.ndarray:
    """Return (frames, electrodes) float32 noise with variance 1 and a power that is inverse to the frequency."""
    white = np.fft.rfft(rng.standard_normal((electrodes, frames)).astype(np.float32), axis=1)
    white /= np.sqrt(np.maximum(np.arange(white.shape[1]), 1))
    white[:, 0] = 0
    noise = np.fft.irfft(white, frames, axis=1).T
    return (noise / np.maximum(noise.std(0), 1e-9)).astype(np.float32)


def trials_of(session: SpokenSession) -> tuple[Trial, ...]:
    """Return a trial for each word, with MARGIN around it."""
    takes: dict[str, int] = {}
    out = []
    for word in session.words:
        start = max(0, round((word.start - MARGIN) * RATE))
        end = min(len(session.trajectories), round((word.end + MARGIN) * RATE))
        out.append(Trial(word.text, takes.get(word.text, 0), start, end))
        takes[word.text] = takes.get(word.text, 0) + 1
    return tuple(out)


def _mixture(sources: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return a combination (T,) of `count` of the sources (T, n), with standard deviation 1."""
    chosen = rng.choice(sources.shape[1], count, replace=False)
    mixed = sources[:, chosen] @ rng.standard_normal(count)
    return mixed / max(float(mixed.std()), 1e-9)


def _noise(params: SimulateParams, subject: str, frames: int) -> np.ndarray:
    return pink(frames, params.electrodes, random_draws.rng("noise", subject, params.seed))


def _damage(signals: np.ndarray, params: SimulateParams, subject: str) -> None:
    """Make electrodes noisy or dead, and add artefacts to all others, in place."""
    rng = random_draws.rng("damage", subject, params.seed)
    order = rng.permutation(params.electrodes)
    noisy, dead = order[:params.noisy], order[params.noisy:params.noisy + params.dead]
    signals[:, noisy] += NOISIER * rng.standard_normal((len(signals), len(noisy)))
    for _ in range(rng.poisson(params.artefacts * len(signals) / RATE / 60)):
        start = int(rng.integers(len(signals)))
        signals[start:start + round(rng.uniform(*ARTEFACT) * RATE)] += ARTEFACT_SIZE * rng.uniform(0.5, 1, params.electrodes)
    signals[:, dead] = 0


def save_truth(path: Path, truth: Truth) -> None:
    """Write the truth of a simulated recording as an .npz file."""
    store.save_arrays(path, {
        "role": np.array([ROLES.index(role) for role in truth.role], np.int8), "trajectories": truth.trajectories,
        "phones": np.array([phone.text for phone in truth.phones]),
        "times": np.array([(phone.start, phone.end) for phone in truth.phones], float).reshape(-1, 2),
    })


def load_truth(path: Path) -> Truth:
    """Read the truth of a simulated recording."""
    arrays = store.load_arrays(path)
    with expected_content(path, "dvc repro pipelines/neural/dvc.yaml"):
        phones = tuple(Label(str(text), float(start), float(end)) for text, (start, end) in zip(
            arrays["phones"], arrays["times"], strict=True))
        return Truth(tuple(ROLES[role] for role in arrays["role"]), arrays["trajectories"], phones)
