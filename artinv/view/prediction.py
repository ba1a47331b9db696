"""A model and what it heard -> the trajectory and interval that a page shows."""

import hashlib
from pathlib import Path

import numpy as np

from artinv.acoustics import FeatureParams
from artinv.channels import CHANNELS
from artinv.clean import at_16_khz
from artinv.errors import BadData
from artinv.intervals import Interval
from artinv.invert import listen
from artinv.predict import Inverter
from artinv.trajectory import Trajectory

UNIVERSAL, OWN = Path("models/universal.safetensors"), Path("models/inverter.safetensors")
"""The models for a sound of anybody, and for the test speaker of the last `dvc repro`."""


def load(path: Path, job: str) -> Inverter:
    """A model; `job` is what makes it."""
    if not path.exists():
        raise BadData(f"{path}: there is no such model; run `{job}`, or name another by --model")
    return Inverter.load(path)


def heard_by(inverter: Inverter, sound: np.ndarray, rate: float) -> np.ndarray:
    """(K, values) what a model for everybody hears of a sound."""
    return listen(at_16_khz(sound, rate), inverter.rate, FeatureParams.of(inverter.features, "the model's metadata"))


def infer(
    name: str, inverter: Inverter, path: Path, heard: np.ndarray, *, whose: str, mean: np.ndarray, std: np.ndarray,
) -> Trajectory:
    """What a model infers of (K, values) acoustics, in the millimetres that a mean and standard deviation (18,) give.

    What no training speaker had is unknown: NaN. A margin is infinite where nothing is known of its channel's errors.
    """
    try:
        z = inverter.predict(heard)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None
    learned = np.isfinite(inverter.statistics.get("std", np.ones(len(CHANNELS))))
    interval = Interval.of(inverter.statistics)
    margin = None if interval is None else interval.margin(heard, z) * np.abs(std)
    return Trajectory(
        name=name, rate=inverter.rate, motion=np.where(learned, z * std + mean, np.nan).astype(np.float32),
        margin=None if margin is None else np.nan_to_num(margin, nan=np.inf, posinf=np.inf).astype(np.float32),
        level=0.9 if interval is None else interval.level, speaker=whose, trained_on=inverter.provenance.get("origin", ""),
        model=f"{inverter.model} {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}",
    )
