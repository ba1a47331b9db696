"""What makes an utterance unfit to use; each check returns a reason, `fault: figures`, or an empty text."""

import numpy as np
from pydantic import Field

from artinv.core.channels import COIL_COLUMNS
from artinv.runtime.params import Params
from artinv.core.records import Utterance

TONGUE = [COIL_COLUMNS.index(f"{coil}_{axis}") for coil in ("tt", "td", "tb") for axis in "xy"]
LEVEL_WINDOW = 0.025
"""s"""


class Limits(Params):
    """What an utterance must have to be used."""

    min_seconds: float = Field(ge=0)  # s of speech after trimming
    min_level_db: float  # dB of full scale, loud frames of the sound
    max_clipped: float = Field(ge=0, le=1)  # share of samples in flat tops
    min_overlap: float = Field(ge=0, le=1)  # shorter of sound and motion over the longer
    min_tongue: float = Field(ge=0, le=1)  # share of frames in which the best tongue channel must be known
    min_spread_mm: float = Field(ge=0)  # standard deviation of the tongue channel that moves most
    max_spread_mm: float = Field(gt=0)  # standard deviation of any channel
    max_position_mm: float = Field(gt=0)  # median distance of any channel from the origin


def recording(utterance: Utterance, limits: Limits) -> str:
    """Lengths that cannot belong together, and sound that holds nothing or too little of what was said."""
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
    """(T, 14) positions without false samples that are lost, do not move, or cannot be millimetres."""
    seen = [column[~np.isnan(column)] for column in coils.T]
    if not any(len(seen[channel]) for channel in TONGUE):
        return "tongue lost: no tongue coil has a single sample"
    place = max(abs(float(np.median(x))) for x in seen if len(x))
    spread = [float(x.std()) if len(x) else 0.0 for x in seen]
    if place > limits.max_position_mm or max(spread) > limits.max_spread_mm:
        return f"implausible units: positions of up to {place:.0f} mm with a spread of up to {max(spread):.0f} mm"
    moved = max(spread[channel] for channel in TONGUE)
    if moved < limits.min_spread_mm:
        return f"constant motion: the tongue's spread is {moved:.2g} mm, at least {limits.min_spread_mm:g} mm needed"
    return ""


def result(frames: np.ndarray, rate: float, limits: Limits) -> str:
    """(K, 14) trimmed positions at the frame rate that are too few or hold too little of the tongue."""
    seconds = len(frames) / rate
    if seconds < limits.min_seconds:
        return f"too short: {seconds:.2f} s of speech, at least {limits.min_seconds:g} s needed"
    known = (~np.isnan(frames[:, TONGUE])).mean(axis=0).max()
    if known < limits.min_tongue:
        return f"tongue lost: known in {known:.0%} of the frames, at least {limits.min_tongue:.0%} needed"
    return ""


def clipped_share(sound: np.ndarray) -> float:
    """Share of samples that repeat the one before within 2 % of the loudest: the flat tops that a limit leaves.

    >>> clipped_share(np.clip(2 * np.sin(np.arange(1000) / 5), -1, 1).astype(np.float32)) > 0.3
    True
    """
    height = np.abs(sound)
    flat = (sound[1:] == sound[:-1]) & (height[1:] >= 0.98 * height.max(initial=0))
    return float(flat.mean()) if len(flat) else 0.0


def _level_db(sound: np.ndarray, rate: float) -> float:
    """95th percentile over frames of the root mean square without its constant part, dB of full scale."""
    length = max(1, min(len(sound), round(LEVEL_WINDOW * rate)))
    frames = sound[:len(sound) // length * length].reshape(-1, length)
    power = np.percentile(frames.var(axis=1), 95) if frames.size else 0.0
    return float(10 * np.log10(power + 1e-20))
