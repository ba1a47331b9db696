"""Synthetic test sets of sine waves: measured motion, predictions and statistics without the pipeline."""

import numpy as np

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames, Label
from artinv.data.stats import Stats
from artinv.evaluate.results import ScoredRun
from artinv.evaluate.scores import EvaluateParams

PARAMS = EvaluateParams(draws=200, seed=0, examples=3)
RUN = ScoredRun(origin="synthetic", split="indep", test_speaker="mocha/fsew0", model="bilstm", seed="1")


def truths(number=12, seed=0, absent=("v_x", "v_y"), corpus="mocha", speaker="fsew0"):
    """Return normalized test utterances of one speaker, with some missing frames."""
    generator = np.random.default_rng(seed)
    made = []
    for order in range(number):
        frames = int(generator.integers(80, 160))
        time = np.arange(frames)[:, None] / 100
        motion = np.sin(2 * np.pi * (generator.uniform(1, 4, 18) * time + generator.random(18)))
        motion += 0.5 * np.sin(2 * np.pi * (generator.uniform(4, 7, 18) * time + generator.random(18)))
        motion = (motion * 1.25).astype(np.float32)
        motion[10:14, 2] = np.nan
        motion[:, [CHANNELS.index(name) for name in absent]] = np.nan
        edges = np.linspace(0, frames / 100, 9)
        phones = tuple(Label(text, start, end) for text, start, end in zip(
            ("sil", "dh", "ih", "s", "w", "ah", "z", "sil"), edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        made.append(Frames(corpus=corpus, speaker=speaker, name=f"{speaker}_{order:03d}", order=order, sentence=f"s{order}",
                           part="test", rate=100.0, acoustics=np.zeros((frames, 2), np.float32), motion=motion, phones=phones))
    return made


def statistics(made, seed=0, std=2.0):
    """Statistics that fit the utterances."""
    generator = np.random.default_rng(seed)
    level = generator.normal(0, 20, 18)
    means = level + generator.normal(0, 1, (len(made), 18))
    there = np.isfinite(made[0].motion).any(axis=0)
    spread = np.where(there, std * np.linspace(0.5, 1.5, 18), np.nan)
    return Stats(names=np.array([frames.name for frames in made]), motion_mean=np.where(there, means, np.nan).astype(np.float32),
                 motion_std=spread.astype(np.float32), acoustic_mean=np.zeros(2, np.float32), acoustic_std=np.ones(2, np.float32),
                 reglued=np.zeros((0, 2), np.int64))


def noisy(made, noise, seed=0):
    """Return predictions: the measured motion (0 in missing frames) plus noise."""
    generator = np.random.default_rng(seed)
    return [(np.nan_to_num(frames.motion) + noise * generator.standard_normal(frames.motion.shape)).astype(np.float32)
            for frames in made]


def zeros(made):
    """Return predictions of the speaker's mean."""
    return [np.zeros_like(frames.motion) for frames in made]


def blind():
    """Return average statistics (mean, standard deviation) of training speakers."""
    return np.linspace(-10, 10, 18).astype(np.float32), np.full(18, 2.5, np.float32)
