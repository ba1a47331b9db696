"""Voicing of a motion without sound, estimated from the motion.

No coil is at the glottis, but the mouth gives hints: a narrow groove of /s/, the place and the length of a closure. A linear
classifier of postures and constrictions within 100 ms learns them from sentences of the synthetic voice. A mouth that is nowhere
narrow has a voice in any case: nine of ten such frames do, and the classifier errs on postures that sentences do not contain, such
as a vowel that is held.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from artinv.speaking import voices
from artinv.speaking.voices import Voice
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.recording import compose
from artinv.synth.tract.anatomy import BEND, PHARYNX
from artinv.synth.tract.geometry import Shape
from artinv.synth.tract.tube import VELAR

_OFFSETS = (-20, -12, -6, 0, 6, 12, 20)  # frames at 200 Hz
_SENTENCES = 30
_BREATHED_CM2 = 0.12  # glottal area above which there is no voice
_SPEAKING = 1000.0  # dyn/cm2, lung pressure above which something is spoken
_RIDGE = 0.01
_OPEN_CM2 = 0.6  # area of a mouth that is nowhere narrow; with .4 to 1 cm2, as many frames of sentences are right as without
_LEAST = -6.0  # logarithm of the area in cm2 of a closure
_PALATE, _FRONT = PHARYNX + 6, PHARYNX + BEND + VELAR  # first sections of the regions of constrictions


def voiced(voice: Voice, controls: Tensor) -> np.ndarray:
    """Return which frames (frames,) of controls (frames, 13) at 200 Hz are voiced."""
    mean, std, weights = _classifier(voice.name)
    with torch.no_grad():
        shape = voice.synth.shape(controls)
    return (_with_one((_features(voice, controls, shape) - mean) / std) @ weights < 0.5) | _open(shape)


def _open(shape: Shape) -> np.ndarray:
    """Return in which frames (frames,) neither the mouth from the palate to its front nor the lips are narrow."""
    return (torch.minimum(shape.area[:, _PALATE:].amin(1), shape.lip_area) > _OPEN_CM2).numpy()


@torch.no_grad()
def _features(voice: Voice, controls: Tensor, shape: Shape) -> np.ndarray:
    """Return coils in standard deviations, and the logarithms of areas and their squares, of frames around each frame."""
    coils = (voice.synth.geometry.coils(controls) - voice.prior.coil_mean) / voice.prior.coil_std
    areas = torch.stack([
        shape.area[:, _PALATE:_FRONT].amin(1), shape.area[:, _FRONT:].amin(1), shape.lip_area, shape.port,
    ], 1).log().clamp(min=_LEAST)
    values = torch.cat([coils, areas, areas**2], 1).numpy().astype(np.float64)
    frames = np.arange(len(values))
    return np.concatenate([values[np.clip(frames + offset, 0, len(values) - 1)] for offset in _OFFSETS], axis=1)


@lru_cache(maxsize=4)
def _classifier(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the features, and the weights, of a ridge regression on 1 for unvoiced frames."""
    voice = voices.voice(name)
    rows, answers = [], []
    for number in range(1, _SENTENCES + 1):
        score = compose(voice.speaker, sentence("voicing", number), number)[1]
        spoken = score.pressure > _SPEAKING
        controls = torch.from_numpy(score.controls.astype(np.float32))
        with torch.no_grad():
            shape = voice.synth.shape(controls)
        rows.append(_features(voice, controls, shape)[spoken])
        answers.append(score.glottis[spoken] > _BREATHED_CM2)
    features, answer = np.concatenate(rows), np.concatenate(answers).astype(np.float64)
    mean, std = features.mean(axis=0), features.std(axis=0) + 1e-6
    table = _with_one((features - mean) / std)
    penalty = _RIDGE * len(table) * np.eye(table.shape[1])
    return mean, std, np.linalg.solve(table.T @ table + penalty, table.T @ answer)


def _with_one(features: np.ndarray) -> np.ndarray:
    return np.concatenate([features, np.ones((len(features), 1))], axis=1)
