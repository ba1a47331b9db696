"""Toy digits, two tones in turn, so that networks learn them in seconds; and parameters of the pipeline for tests."""

from itertools import product

import numpy as np

from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import EvaluationParams
from artinv.digits.sounds import Clips, to_int16
from artinv.digits.spectra import RATE, SAMPLES
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.words import DIGITS
from artinv.digits.yardstick import YardstickParams
from tests.support.neighbours import file_of_tests

_TONES = np.array([300.0, 700.0, 1600.0, 3400.0])  # Hz
_PAIRS = np.array(list(product(range(4), range(4))))[:DIGITS]


def params(kind, **changes):
    """Return a section of the parameters of the tests, changed."""
    return kind.load(file_of_tests("digits")).model_copy(update=changes)


def clips(takes=6, seed=0, origin="synthetic"):
    """Return `takes` sounds of each digit: an earlier and a later tone in weak noise, in turn of two speakers."""
    rng = np.random.default_rng(seed)
    digits = np.tile(np.arange(DIGITS), takes)
    time = np.arange(SAMPLES) / RATE
    middle = rng.uniform(0.3, 0.4, (len(digits), 1))
    sounds = 0.003 * rng.standard_normal((len(digits), SAMPLES))
    for part, later in enumerate((-0.14, 0.14)):
        pitch = _TONES[_PAIRS[digits, part]][:, None] * rng.uniform(0.98, 1.02, (len(digits), 1))
        sounds += np.sin(2 * np.pi * pitch * time) * np.exp(-(((time - middle - later) / 0.08) ** 2))
    speakers = np.array([f"{'FM'[number // DIGITS % 2]}0" for number in range(len(digits))])
    return Clips(to_int16(sounds), digits.astype(np.int64), speakers, origin)


def yardstick_params(**changes):
    return params(YardstickParams, epochs=12, batch=10, **changes)


def settings(**changes):
    """Return the parameters of all generators for tiny trainings."""
    small = {"epochs": 2, "batch": 10} | changes
    contest = {"steps": 2, "critic_steps": 1, "batch": 4, "size": 4}
    return (params(AutoencoderParams, size=3, detail=4, **small), params(FlowParams, width=16, **small),
            params(AdversarialParams, **contest))


def evaluation(**changes):
    return params(EvaluationParams, **{"sounds": 2, "iterations": 2, "voices": 1} | changes)


def write_fsdd(folder, takes=9, speakers=("ann", "bob")):
    """Write toy digits in the layout of FSDD."""
    import soundfile

    (folder / "recordings").mkdir(parents=True)
    for number, speaker in enumerate(speakers):
        made = clips(takes, number)
        for at, (sound, digit) in enumerate(zip(made.sounds, made.digits, strict=True)):
            soundfile.write(folder / f"recordings/{digit}_{speaker}_{at // DIGITS}.wav", sound, RATE)
    return folder
