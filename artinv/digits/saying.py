"""Say one digit with a trained generator."""

import numpy as np
import soxr

from artinv.digits.generators import Model
from artinv.digits.spectra import RATE
from artinv.signal.mfcc import SOUND_RATE
from artinv.synth.fitting.resynthesis import at_level

ITERATIONS = 60
"""Of Griffin-Lim."""


def say(model: Model, digit: int, seed: int) -> np.ndarray:
    """Return the sound (samples,) float32 of a digit at 16 kHz."""
    drawn = model.draw(np.array([digit]), seed)
    return at_level(soxr.resample(drawn.sound(ITERATIONS)[0].numpy(), RATE, SOUND_RATE))
