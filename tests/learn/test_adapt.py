"""Adapting a readout against readouts that are known and against least squares on one stacked system."""

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
    """The same utterances, moving as this model says."""
    return [replace(one, motion=model.predict(one.acoustics)) for one in known]


def params(prior):
    return AdaptParams(utterances=[1], prior=prior)


@pytest.mark.parametrize("name", ["bilstm", "strided", "tcn"])
def test_another_readout_is_found_from_what_it_says(name):
    ours, other = inverter(name), inverter(name)
    with torch.no_grad():
        other.network.readout.weight += torch.randn_like(other.network.readout.weight) / 3
        other.network.readout.bias += 1
    known, unseen = (spoken(utterances(seed=seed), other) for seed in (0, 5))
    found = adapt(ours, known, USUAL, params(1e-9))
    before, after = (
        np.concatenate([one.motion - (model.predict(one.acoustics) * found.std + found.mean) for one in unseen])
        for model in (ours, found.inverter)
    )
    assert np.abs(after).mean() < 0.02 * np.abs(before).mean()
    assert not np.array_equal(ours.network.readout.weight, found.inverter.network.readout.weight)


def test_the_readout_is_the_least_squares_one_held_back_by_the_prior():
    ours, prior = inverter("bilstm"), 40.0
    random = np.random.default_rng(2)
    known = [replace(one, motion=random.standard_normal(one.motion.shape).astype(np.float32)) for one in utterances()]
    known[0].motion[5:30, 4] = np.nan
    found = adapt(ours, known, USUAL, params(prior))
    hidden = []
    ours.network.readout.register_forward_pre_hook(lambda _, inputs: hidden.append(inputs[0][0].detach().numpy().astype(float)))
    for one in known:
        ours.predict(one.acoustics)
    x = np.concatenate(hidden)
    x = np.column_stack([x, np.ones(len(x))])
    motion = (np.concatenate([one.motion for one in known]) - found.mean) / found.std
    hold = np.sqrt(prior * np.square(x).mean())
    for row in (0, 4):
        old = np.append(ours.network.readout.weight[row].detach(), ours.network.readout.bias[row].detach())
        there = np.isfinite(motion[:, row])
        stacked = np.vstack([x[there], hold * np.eye(x.shape[1])])
        wanted, *_ = np.linalg.lstsq(stacked, np.append(motion[there, row], hold * old), rcond=None)
        new = found.inverter.network.readout
        np.testing.assert_allclose(np.append(new.weight[row].detach(), new.bias[row].detach()), wanted, atol=1e-5)


def test_much_belief_in_the_others_changes_nothing():
    ours = inverter("tcn")
    known = [replace(one, motion=np.ones_like(one.motion)) for one in utterances()]
    found = adapt(ours, known, USUAL, params(1e15))
    torch.testing.assert_close(found.inverter.network.readout.weight, ours.network.readout.weight)


def test_place_and_spread_of_a_speaker_and_of_coils_he_lacks():
    random = np.random.default_rng(4)
    known = [replace(one, motion=(7 + 2 * random.standard_normal(one.motion.shape)).astype(np.float32)) for one in utterances()]
    for one in known:
        one.motion[:, 16:] = np.nan
    found = adapt(inverter("tcn"), known, USUAL, params(300))
    motion = np.concatenate([one.motion for one in known]).astype(float)
    np.testing.assert_allclose(found.mean[:16], motion[:, :16].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.std[:16], np.sqrt((3 * motion[:, :16].var(axis=0) + USUAL[1][:16] ** 2) / 4), rtol=1e-6)
    np.testing.assert_array_equal((found.mean[16:], found.std[16:]), (USUAL[0][16:], USUAL[1][16:]))
    weight, old = found.inverter.network.readout.weight, inverter("tcn").network.readout.weight
    assert not torch.equal(weight[:16], old[:16])
    torch.testing.assert_close(weight.view(-1, 18, 16)[:, 16:], old.view(-1, 18, 16)[:, 16:])


def test_of_nobody_nothing_is_learned():
    ours = inverter("tcn")
    found = adapt(ours, [], USUAL, params(300))
    assert found.inverter is ours
    assert (found.mean is USUAL[0], found.std is USUAL[1]) == (True, True)


def test_a_model_without_readout_is_refused():
    with pytest.raises(BadParams, match=r"train\.model: 'ridge' has no linear readout to adapt"):
        adapt(inverter("ridge"), utterances(), USUAL, params(300))
