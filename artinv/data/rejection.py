"""Checks that reject unusable utterances; each returns a reason, `fault: figures`, or an empty string."""

import numpy as np
from pydantic import Field

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Utterance
from artinv.runtime.params import Params

TONGUE = [COIL_COLUMNS.index(f"{coil}_{axis}") for coil in ("tt", "td", "tb") for axis in "xy"]
LEVEL_WINDOW = 0.025
"""s, length of the frames in which the level of the sound is measured"""


class Limits(Params):
    """Limits that an utterance must satisfy."""

    min_seconds: float = Field(ge=0)  # s of speech after trimming
    min_level_db: float  # dB re full scale, level of the loud frames of the sound
    max_clipped: float = Field(ge=0, le=1)  # fraction of clipped samples
    min_overlap: float = Field(ge=0, le=1)  # ratio of the shorter to the longer duration of sound and motion
    min_tongue: float = Field(ge=0, le=1)  # fraction of frames in which the most complete tongue channel is known
    min_spread_mm: float = Field(ge=0)  # greatest standard deviation of a tongue channel
    max_spread_mm: float = Field(gt=0)  # standard deviation of any channel
    max_position_mm: float = Field(gt=0)  # median distance of any channel from the origin


def recording(utterance: Utterance, limits: Limits) -> str:
    """Reject an utterance whose sound and motion differ in duration, or whose sound is silent or clipped."""
    motion = len(utterance.coils) / utterance.coil_rate
    shorter, longer = sorted([utterance.seconds, utterance.coil_start + motion])
    if shorter <= 0 or shorter < limits.min_overlap * longer:
        return f"lengths differ: sound of {utterance.seconds:.2f} s, motion of {motion:.2f} s from {utterance.coil_start:.2f} s on"
    level = _level_db(utterance.sound, utterance.sound_rate)
    if level < limits.min_level_db:
        return f"silent sound: loud frames have {level:.0f} dB of full scale, at least {limits.min_level_db:.0f} needed"
    clipped = clipped_share(utterance.sound)
    if clipped > limits.max_clipped:
        return f"clipped sound: {clipped:.1%} of its samples, at most {limits.max_clipped:.1%} allowed"
    return ""


def motion(coils: np.ndarray, limits: Limits) -> str:
    """Reject (T, 14) positions, already without false samples, if the tongue is lost or still, or the unit cannot be mm."""
    known = [column[~np.isnan(column)] for column in coils.T]
    if not any(len(known[channel]) for channel in TONGUE):
        return "tongue lost: no tongue coil has a single sample"
    position = max(abs(float(np.median(x))) for x in known if len(x))
    spread = [float(x.std()) if len(x) else 0.0 for x in known]
    if position > limits.max_position_mm or max(spread) > limits.max_spread_mm:
        return f"implausible units: positions of up to {position:.0f} mm with a spread of up to {max(spread):.0f} mm"
    tongue_spread = max(spread[channel] for channel in TONGUE)
    if tongue_spread < limits.min_spread_mm:
        return f"constant motion: the tongue's spread is {tongue_spread:.2g} mm, at least {limits.min_spread_mm:g} mm needed"
    return ""


def result(frames: np.ndarray, rate: float, limits: Limits) -> str:
    """Reject (K, 14) trimmed positions at the frame rate if they are too short or the tongue is known in too few frames."""
    seconds = len(frames) / rate
    if seconds < limits.min_seconds:
        return f"too short: {seconds:.2f} s of speech, at least {limits.min_seconds:g} s needed"
    known = (~np.isnan(frames[:, TONGUE])).mean(axis=0).max()
    if known < limits.min_tongue:
        return f"tongue lost: known in {known:.0%} of the frames, at least {limits.min_tongue:.0%} needed"
    return ""


def clipped_share(sound: np.ndarray) -> float:
    """Return the fraction of clipped samples: samples equal to the previous one and within 2 % of the maximum.

    >>> clipped_share(np.clip(2 * np.sin(np.arange(1000) / 5), -1, 1).astype(np.float32)) > 0.3
    True
    """
    height = np.abs(sound)
    flat = (sound[1:] == sound[:-1]) & (height[1:] >= 0.98 * height.max(initial=0))
    return float(flat.mean()) if len(flat) else 0.0


def _level_db(sound: np.ndarray, rate: float) -> float:
    """Return the 95th percentile over frames of the root mean square without offset, dB re full scale."""
    length = max(1, min(len(sound), round(LEVEL_WINDOW * rate)))
    frames = sound[:len(sound) // length * length].reshape(-1, length)
    power = np.percentile(frames.var(axis=1), 95) if frames.size else 0.0
    return float(10 * np.log10(power + 1e-20))
