"""Match a sound file: cut it into pieces of the synthesizer's length, estimate settings of each piece, refine them, render them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from artinv.formats import stream
from artinv.matching.choices import Method, RefineParams
from artinv.matching.matcher import Matcher
from artinv.matching.refinement import refine
from artinv.matching.scores import compare, rendered
from artinv.runtime.errors import BadData
from artinv.synth.synthesizers.protocol import of_unit

QUIET = 10 ** (-60 / 20)
"""Peak, relative to full scale, below which a piece counts as silent."""

SHORTEST = 0.1
"""Share of a piece's length; what remains at the end of a sound and is shorter is ignored."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a sound, and the settings that imitate it."""

    start: float  # s
    gain: float  # dB by which the synthesizer's sound is raised to the level of the piece
    values: np.ndarray  # (points, P) in physical units
    shares: np.ndarray  # (points, P) of the parameters' ranges
    before: float  # dB, log-spectral distance of the network's estimate
    after: float  # dB, the same after refinement
    correlation: float  # of the magnitudes, after refinement


@dataclass(frozen=True, slots=True)
class Match:
    """A matched sound."""

    sound: np.ndarray  # (samples,) float32 at the synthesizer's rate
    rate: int  # Hz
    pieces: tuple[Piece, ...]
    imitation: np.ndarray  # (samples,) float32, 0 where no piece was matched
    notes: tuple[str, ...]  # what cannot be matched


def match(path: Path, matcher: Matcher, method: Method | None, params: RefineParams, workers: int = 0) -> Match:
    """Match a sound file; without a method, the network's estimate is not refined."""
    sound = np.concatenate(list(stream.blocks(path, matcher.sample_rate)))
    if not len(sound) or float(np.abs(sound).max()) < QUIET:
        raise BadData(f"{path}: is silent; nothing in it can be matched")
    size, rate = matcher.samples, matcher.sample_rate
    starts = [start for start in range(0, len(sound), size) if start == 0 or len(sound) - start >= SHORTEST * size]
    padded = np.pad(sound, (0, size))
    pieces = np.stack([padded[start:start + size] for start in starts])
    loud = np.abs(pieces).max(1) >= QUIET
    if not loud.any():
        rest = (len(sound) - starts[-1] - size) / rate
        raise BadData(f"{path}: is silent up to its last {rest:.2g} s, too short to be matched; cut it")
    notes = [f"silent from {start / rate:g} s: no settings" for start, own in zip(starts, loud, strict=True) if not own]
    chosen, places = pieces[loud], np.flatnonzero(loud)
    gains = _gains(chosen, matcher)
    targets = chosen / gains[:, None]
    if method:
        guesses, shares = refine(matcher, targets, method, params, workers)
    else:
        guesses = shares = matcher.shares(targets)
    synth = matcher.synthesizer
    first, sounds = (rendered(synth, own, normalise=matcher.normalise, workers=workers) for own in (guesses, shares))
    before, (after, _, correlations) = compare(first, targets)[0], compare(sounds, targets)
    values = of_unit(synth.spec, torch.from_numpy(shares.astype(np.float64))).numpy()
    imitation = np.zeros(len(padded), np.float32)
    made = []
    for number, place in enumerate(places):
        start = starts[place]
        imitation[start:start + size] = sounds[number] * gains[number]
        made.append(Piece(start / rate, 20 * float(np.log10(gains[number])), values[number], shares[number], float(before[number]),
                          float(after[number]), float(correlations[number])))
        if after[number] > matcher.typical.farthest:
            own = f"sounds of its own are within {matcher.typical.farthest:.0f} dB of their estimate"
            notes.append(f"from {start / rate:g} s: {matcher.synth} cannot imitate this well: {after[number]:.0f} dB away; {own}")
    return Match(sound, rate, tuple(made), imitation[:len(sound)], tuple(notes))


def _gains(pieces: np.ndarray, matcher: Matcher) -> np.ndarray:
    """Return the factors (N,) by which pieces are louder than the synthesizer; 1 within the usual range of its peaks."""
    peaks, typical = np.abs(pieces).max(1), matcher.typical
    return (peaks / peaks.clip(max(typical.quietest, 1e-6), max(typical.loudest, 1e-6))).astype(np.float32)
