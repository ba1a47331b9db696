"""Compare adapted readouts with known readouts and with least squares on one stacked system."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from artinv.core.records import Frames
from artinv.learn import models
from artinv.learn.adapt import AdaptParams, adapt
from artinv.learn.inverter import Inverter
from artinv.runtime.errors import BadParams
from tests.learn.test_models import SMALL

USUAL = np.linspace(-5, 5, 18), np.linspace(1, 3, 18)


def inverter(name):
    torch.manual_seed(1)
    changes = {"smoothing": "none"} if "smoothing" in SMALL[name] else {}
    sizes = models.get(name).Sizes.of({**SMALL[name], **changes})
    return Inverter(model=name, sizes=sizes, n_in=3, rate=100.0, network=models.build(name, sizes, 3, 100.0).eval())


def utterances(lengths=(70, 41, 58), seed=0):
    random = np.random.default_rng(seed)
    return [
        Frames(corpus="toy", speaker="s", name=str(number), order=number, sentence=str(number), part="train", rate=100.0,
               acoustics=np.cumsum(random.standard_normal((length, 3)), 0).astype(np.float32) / 3,
               motion=np.zeros((length, 18), np.float32))
        for number, length in enumerate(lengths)
    ]


def spoken(known, model):
    """Return the utterances with the motion that this model predicts."""
    return [replace(frames, motion=model.predict(frames.acoustics)) for frames in known]


def params(prior):
    return AdaptParams(utterances=[1], prior=prior)


@pytest.mark.parametrize("name", ["bilstm", "strided", "tcn"])
def test_adaptation_recovers_a_readout_from_its_predictions(name):
    base, other = inverter(name), inverter(name)
    with torch.no_grad():
        other.network.readout.weight += torch.randn_like(other.network.readout.weight) / 3
        other.network.readout.bias += 1
    known, unseen = (spoken(utterances(seed=seed), other) for seed in (0, 5))
    adapted = adapt(base, known, USUAL, params(1e-9))
    before, after = (
        np.concatenate([frames.motion - (model.predict(frames.acoustics) * adapted.std + adapted.mean) for frames in unseen])
        for model in (base, adapted.inverter)
    )
    assert np.abs(after).mean() < 0.02 * np.abs(before).mean()
    assert not np.array_equal(base.network.readout.weight, adapted.inverter.network.readout.weight)


def test_the_adapted_readout_is_the_ridge_solution_with_the_prior_as_penalty():
    base, prior = inverter("bilstm"), 40.0
    random = np.random.default_rng(2)
    known = [replace(frames, motion=random.standard_normal(frames.motion.shape).astype(np.float32)) for frames in utterances()]
    known[0].motion[5:30, 4] = np.nan
    adapted = adapt(base, known, USUAL, params(prior))
    hidden = []
    base.network.readout.register_forward_pre_hook(lambda _, inputs: hidden.append(inputs[0][0].detach().numpy().astype(float)))
    for frames in known:
        base.predict(frames.acoustics)
    x = np.concatenate(hidden)
    x = np.column_stack([x, np.ones(len(x))])
    motion = (np.concatenate([frames.motion for frames in known]) - adapted.mean) / adapted.std
    penalty = np.sqrt(prior * np.square(x).mean())
    for row in (0, 4):
        old = np.append(base.network.readout.weight[row].detach(), base.network.readout.bias[row].detach())
        measured = np.isfinite(motion[:, row])
        stacked = np.vstack([x[measured], penalty * np.eye(x.shape[1])])
        expected, *_ = np.linalg.lstsq(stacked, np.append(motion[measured, row], penalty * old), rcond=None)
        new = adapted.inverter.network.readout
        np.testing.assert_allclose(np.append(new.weight[row].detach(), new.bias[row].detach()), expected, atol=1e-5)


def test_a_very_large_prior_keeps_the_readout():
    base = inverter("tcn")
    known = [replace(frames, motion=np.ones_like(frames.motion)) for frames in utterances()]
    adapted = adapt(base, known, USUAL, params(1e15))
    torch.testing.assert_close(adapted.inverter.network.readout.weight, base.network.readout.weight)


def test_mean_and_std_of_a_speaker_and_of_missing_coils():
    random = np.random.default_rng(4)
    known = [replace(frames, motion=(7 + 2 * random.standard_normal(frames.motion.shape)).astype(np.float32))
             for frames in utterances()]
    for frames in known:
        frames.motion[:, 16:] = np.nan
    adapted = adapt(inverter("tcn"), known, USUAL, params(300))
    motion = np.concatenate([frames.motion for frames in known]).astype(float)
    np.testing.assert_allclose(adapted.mean[:16], motion[:, :16].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(adapted.std[:16], np.sqrt((3 * motion[:, :16].var(axis=0) + USUAL[1][:16] ** 2) / 4), rtol=1e-6)
    np.testing.assert_array_equal((adapted.mean[16:], adapted.std[16:]), (USUAL[0][16:], USUAL[1][16:]))
    weight, old = adapted.inverter.network.readout.weight, inverter("tcn").network.readout.weight
    assert not torch.equal(weight[:16], old[:16])
    torch.testing.assert_close(weight.view(-1, 18, 16)[:, 16:], old.view(-1, 18, 16)[:, 16:])


def test_without_utterances_the_model_is_unchanged():
    base = inverter("tcn")
    adapted = adapt(base, [], USUAL, params(300))
    assert adapted.inverter is base
    assert (adapted.mean is USUAL[0], adapted.std is USUAL[1]) == (True, True)


def test_a_model_without_a_linear_readout_is_rejected():
    with pytest.raises(BadParams, match=r"train\.model: 'ridge' has no linear readout to adapt"):
        adapt(inverter("ridge"), utterances(), USUAL, params(300))
