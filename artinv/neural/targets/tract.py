"""Controls of the synthetic vocal tract: 13 that place the articulators and 3 of the voice source, as shares of their ranges.

The controls follow from the trajectories that artinv infers from the sound, as in `artinv speak`, and the source from the sound.
"""

from functools import partial

import numpy as np
import torch

from artinv.core.trajectory import Trajectory
from artinv.neural.records import RATE, SAMPLES, SOUND_RATE
from artinv.neural.speech import SHORTEST, at_rate, fitted
from artinv.neural.target import Scale, Target
from artinv.neural.targets import Manner, Source, articulation
from artinv.runtime.errors import BadData
from artinv.runtime.parallel import imap
from artinv.speaking import sources
from artinv.speaking.placing import Statistics
from artinv.speaking.speaking import Material, speak
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import of_unit, to_unit
from artinv.synth.tract.controls import FRAME_RATE

TILT = 3000.0
"""Hz, the tilt of the voice, which is not estimated."""

_SPEC = kinds.build("tract", SOUND_RATE, SOUND_RATE).spec
NAMES = tuple(parameter.name for parameter in _SPEC[:-1])


def infer(source: Source) -> Target:
    """Return the controls in all trials; between trials they are unknown."""
    recording, motion = source.recording, articulation.infer(source).values
    inside = np.zeros(recording.frames, bool)
    for start, end in source.runs:
        inside[start:end] = True
    scale = Scale.of(Target("articulation", tuple(map(str, range(motion.shape[1]))), motion, np.ones(motion.shape, bool)), inside)
    pieces = [(motion[trial.start:trial.end], recording.sound[trial.start * SAMPLES:trial.end * SAMPLES])
              for trial in recording.trials]
    values, known = np.full((recording.frames, len(NAMES)), 0.5, np.float32), np.zeros((recording.frames, len(NAMES)), bool)
    for trial, controls in zip(recording.trials, imap(partial(_controls, source.params.voice, scale), pieces), strict=True):
        if controls is not None:
            values[trial.start:trial.end], known[trial.start:trial.end] = controls, True
    return Target("tract", NAMES, values, known)


def sound(values: np.ndarray, manner: Manner) -> np.ndarray:
    """Return the sound of shares of the ranges (T, 16), spoken by the tract of an adult male."""
    with torch.inference_mode():
        made = render(torch.from_numpy(values)[None], manner)[0].numpy()
    return fitted(made, len(values) * SAMPLES)


def render(values: torch.Tensor, _: Manner) -> torch.Tensor:
    """Return the sounds (B, 128 T) of shares of the ranges (B, T, 16), with gradients."""
    synth = kinds.build("tract", SOUND_RATE, values.shape[1] * SAMPLES)
    tilt = to_unit(_SPEC[-1:], values.new_tensor([[[TILT]]])).expand(*values.shape[:2], 1)
    return synth.render(of_unit(_SPEC, torch.cat([values.clamp(0, 1), tilt], -1)), 0)


def _controls(voice: str, scale: Scale, piece: tuple[np.ndarray, np.ndarray]) -> np.ndarray | None:
    """Return shares (T, 16) of the controls of a piece of motion (T, 18) and its sound; None without speech."""
    motion, heard = piece
    statistics = Statistics(scale.mean.astype(np.float64), scale.std.astype(np.float64), "training frames")
    original = heard, float(SOUND_RATE)
    try:
        if len(motion) < SHORTEST:
            return None
        material = Material(Trajectory(name="piece", rate=RATE, motion=motion), original, statistics=statistics)
        controls = speak(material, voice, original).controls
        breath = sources.of_sound(sources.prepare(*original, "the sound"), len(controls)).breath
    except BadData:
        return None
    frames = np.concatenate([controls, np.stack([breath.pitch, np.asarray(breath.pressure), np.asarray(breath.glottis)], 1)], 1)
    values = at_rate(frames, FRAME_RATE, np.arange(len(motion)) / RATE)
    low, high = (np.array([getattr(parameter, end) for parameter in _SPEC[:-1]], np.float32) for end in ("low", "high"))
    return to_unit(_SPEC[:-1], torch.from_numpy(np.clip(values, low, high))).numpy()
