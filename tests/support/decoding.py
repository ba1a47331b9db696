"""A toy recording: smooth trajectories of an imagined mouth, electrodes that follow them, and a tone as loud as the first one."""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from artinv.core.channels import CHANNELS
from artinv.neural import h5
from artinv.neural.decoders import DecoderParams
from artinv.neural.drift import Drift
from artinv.neural.records import SAMPLES, SOUND_RATE, Recording, Trial, Truth
from artinv.neural.session import Session, SplitParams
from artinv.neural.simulator import save_truth
from artinv.neural.target import Target
from artinv.neural.targets import TargetParams
from artinv.neural.training import Choice, TrainParams, fit

SIZES = {
    "ridge": {"lags": 6, "step": 4}, "lstm": {"layers": 1, "width": 16, "dropout": 0, "silenced": 0.1, "lags": 6, "step": 4},
    "resnet": {"width": 4},
    "tcn": {"width": 16, "blocks": 3, "size": 3, "dropout": 0},
    "swin": {"dim": 8, "depths": [2, 2], "heads": [2, 2], "frames": 4, "space": 2},
}
TRAIN = {"runs": ["lstm causal truth"], "drift": 0.0, "latency": 0, "window": 64, "warm": 8, "batch": 4, "tune_epochs": 1,
         "epochs": 3, "sound_terms": [], "sound_windows": 2, "lr": 0.01, "schedule": "linear", "halve_after": 1, "stop_after": 3,
         "clip": 1.0, "seed": 0, "threads": 1, "device": "cpu", "precision": "float32"}
SPLIT = {"kind": "time", "test": 0.25, "valid": 0.2, "word": "", "folds": 3, "fold": 0, "new_words": False, "tune": 0.3, "seed": 0}
TARGETS = {"kinds": ["truth"], "voice": "woman", "seconds": 6, "steps": 2, "batch": 2, "lr": 1e-3, "width": 8, "seed": 0}
NO_DRIFT = Drift(0, "causal")
LEAD = 10
"""Frames by which the motor electrodes lead."""


def train_params(**changes):
    return TrainParams.of(TRAIN | changes)


def split_params(**changes):
    return SplitParams.of(SPLIT | changes)


def target_params(**changes):
    return TargetParams.of(TARGETS | changes)


def decoder_params():
    return DecoderParams.of(SIZES)


@cache
def recording(frames=3000, noise=0.3, seed=0):
    """Return a recording with 9 motor and 3 resting electrodes on a grid of 3 x 4, and its truth."""
    rng = np.random.default_rng(seed)
    motion = gaussian_filter1d(rng.standard_normal((frames + LEAD, len(CHANNELS))), 6, axis=0)
    motion = (motion / motion.std(0) * 3 + 5).astype(np.float32)
    mixed = (motion[LEAD:] - 5) / 3 @ np.random.default_rng(7).standard_normal((len(CHANNELS), 9)) / 4
    signals = np.concatenate([mixed, rng.standard_normal((frames, 3))], 1) + noise * rng.standard_normal((frames, 12))
    loud = np.interp(np.arange(frames * SAMPLES) / SAMPLES, np.arange(frames), np.clip(motion[:frames, 0] / 10, 0, 1))
    sound = 0.2 * loud * np.sign(np.sin(2 * np.pi * 150 * np.arange(frames * SAMPLES) / SOUND_RATE))
    sound += 0.001 * rng.standard_normal(len(sound))
    starts = range(20, frames, 100)
    trials = tuple(Trial(f"word{number % 3}", number // 3, start, start + 80) for number, start in enumerate(starts))
    places = np.stack(np.divmod(np.arange(12), 4), 1).astype(np.int32)
    names = tuple(f"e{number}" for number in range(12))
    name = f"toy{seed}" if seed else "toy"
    made = Recording(name, (2 + signals).astype(np.float32), sound.astype(np.float32), trials, places, names)
    return made, Truth(("motor",) * 9 + ("rest",) * 3, motion[:frames], ())


@cache
def slow_recording(frames=1500):
    """Return a recording of one source that varies within about a second, which 8 of 12 electrodes follow, and its session."""
    whole, _ = recording()
    rng = np.random.default_rng(3)
    source = gaussian_filter1d(rng.standard_normal((frames, 1)), 30, axis=0)
    source /= source.std()
    signals = source * np.repeat([1, -1, 0], 4) + 0.3 * rng.standard_normal((frames, 12))
    trials = tuple(trial for trial in whole.trials if trial.end <= frames)
    made = Recording("slow", signals.astype(np.float32), whole.sound[:frames * SAMPLES], trials, whole.places, whole.channels)
    values = (source * np.linspace(-3, 3, len(CHANNELS))).astype(np.float32)
    target = Target("truth", CHANNELS, values, np.ones(values.shape, bool))
    return made, Session.of(made, target, split_params().divide(made), NO_DRIFT)


def project(places, *seeds):
    """Write recordings and truths of simulated subjects whose electrodes are alike."""
    for seed in seeds:
        made, truth = recording(seed=seed)
        h5.write(places.recording(made.subject), made)
        save_truth(places.recordings / f"{made.subject}.truth.npz", truth)


def shortened(frames):
    """Return the first frames of the recording with their trials."""
    whole, _ = recording()
    trials = tuple(trial for trial in whole.trials if trial.end <= frames)
    return Recording("toy", whole.signals[:frames], whole.sound[:frames * SAMPLES], trials, whole.places, whole.channels)


def truth_target():
    _, truth = recording()
    return Target("truth", CHANNELS, truth.trajectories, np.ones(truth.trajectories.shape, bool))


def session(drift=NO_DRIFT, **changes):
    made, _ = recording()
    return Session.of(made, truth_target(), split_params(**changes).divide(made), drift)


@cache
def trained(text="ridge causal truth", **changes):
    """Return a decoder and its training."""
    choice, params = Choice.of(text), train_params(**changes)
    return fit(choice, recording()[0], session(params.drift_of(choice.mode)), params, decoder_params(), origin="synthetic")


