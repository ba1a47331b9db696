"""Test the parameters of an experiment, margins on unseen utterances, and the adaptation curve."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.data.stats import Stats
from artinv.evaluate.score_split import ScoreParams, adaptation_curve
from artinv.evaluate.scores import EvaluateParams
from artinv.learn import models
from artinv.learn.adapt import AdaptParams
from artinv.learn.calibration import with_intervals
from artinv.learn.experiment import ExperimentParams
from artinv.learn.inverter import Inverter
from artinv.measure.intervals import Interval
from artinv.runtime.errors import BadParams
from tests.learn.test_models import SMALL
from tests.learn.test_train import QUICK

EXPERIMENT = {"pooled_epochs": {"tcn": 2}, "warp": 0.0, "without_phones": 0.25}


def made(name, n_in=3, **changes):
    torch.manual_seed(2)
    sizes = models.get(name).Sizes.of(SMALL[name] | changes)
    return Inverter(model=name, sizes=sizes, n_in=n_in, rate=100.0, network=models.build(name, sizes, n_in, 100.0).eval())


def utterance(number, speaker, frames=150, part="valid", seed=0):
    """Return an utterance whose motion changes slowly, as in speech; it is the error of a model that predicts 0."""
    random = np.random.default_rng([seed, number, *speaker.encode()])
    steps = random.standard_normal((frames + 200, 18))
    motion = np.stack([np.convolve(channel, 0.95 ** np.arange(200), "valid")[:frames] for channel in steps.T], 1) * 0.3
    return Frames(corpus="toy", speaker=speaker, name=f"{number:03d}", order=number, sentence=str(number), part=part, rate=100.0,
                  acoustics=random.standard_normal((frames, 3)).astype(np.float32), motion=motion.astype(np.float32))


@pytest.mark.parametrize("speakers", ["a", "abcd"])
def test_margins_contain_their_nominal_share_of_unseen_utterances(speakers):
    valid = [utterance(number, speaker) for speaker in speakers for number in range(24 // len(speakers))]
    interval = Interval.of(with_intervals(made("mean"), valid, 0.9).statistics)
    inside = []
    for number in range(60):
        frames = utterance(number, "z", seed=9)
        still = np.zeros_like(frames.motion)
        inside.append(np.abs(frames.motion - still) < interval.margin(frames.acoustics, still))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


def test_one_utterance_is_sufficient_for_a_margin():
    assert np.isfinite(Interval.of(with_intervals(made("mean"), [utterance(0, "a")], 0.9).statistics).factor).all()


def test_the_number_of_epochs_over_several_speakers_depends_on_the_model():
    params = ExperimentParams.of({**QUICK, **EXPERIMENT})
    assert [params.of_split(split).epochs for split in ("spec", "dep", "indep")] == [4, 2, 2]
    assert params.model_copy(update={"model": "mlp"}).of_split("indep").epochs == 4
    with pytest.raises(BadParams, match="unknown model 'tcm'"):
        ExperimentParams.of({**QUICK, **EXPERIMENT, "pooled_epochs": {"tcm": 2}})


def test_adaptation_removes_differences_of_position_and_scale():
    """Adapt to a speaker whose motion is the network's prediction with another mean and twice the std: no error remains."""
    inverter = made("tcn", smoothing="none")
    truths = [replace(frames, motion=inverter.predict(frames.acoustics)) for frames in
              (utterance(number, "a", part="train" if number < 4 else "test") for number in range(8))]
    spread = np.concatenate([frames.motion for frames in truths]).std(axis=0)
    truths = [replace(frames, motion=frames.motion / spread) for frames in truths]
    own = Stats(
        names=np.array([frames.name for frames in truths]), motion_mean=np.tile(np.linspace(10, 30, 18, dtype=np.float32), (8, 1)),
        motion_std=np.full(18, 4, np.float32), acoustic_mean=np.zeros(3, np.float32), acoustic_std=np.ones(3, np.float32),
        reglued=np.zeros((0, 2), np.int64),
    )
    params = ScoreParams(EvaluateParams(draws=100, seed=0, examples=1), AdaptParams(utterances=[1, 4, 9], prior=1e-6))
    points = adaptation_curve(inverter, truths, own, (np.zeros(18), np.full(18, 2.0)), params)
    assert [point.utterances for point in points.values()] == [0, 1, 4, 4]
    assert points[0].means["rmse_mm_blind"] > 10
    assert points[4].means["rmse_mm_blind"] < 0.6
    assert points[4].means["pearson"] > 0.99
    assert set(points[4].means) == {"pearson", "pearson_coils", "rmse_mm_blind"}
    assert len(CHANNELS) == truths[0].motion.shape[1]
