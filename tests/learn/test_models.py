"""Test all models: independence of batch and padding, context, gradients, and reference solutions."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from artinv.learn import models
from artinv.learn.batches import Batch, Pool
from artinv.learn.layers import Smoothing, reverse, smoothing
from artinv.learn.models.bilstm import Bidirectional
from artinv.runtime.errors import BadParams
from tests.learn.test_batches import frames

RATE = 100.0
SMALL = {
    "bilstm": {"context": 1, "dense": 12, "dense_layers": 1, "width": 10, "layers": 2, "dropout": 0.1, "smoothing": "fixed",
               "cutoff": 10},
    "ensemble": {"member": "mlp", "count": 2, "sizes": {"stride": 1, "context": 5, "width": 16, "layers": 2}},
    "layersum": {"layers": 3, "model": "mlp", "sizes": {"stride": 1, "context": 5, "width": 16, "layers": 2}},
    "mean": {},
    "mlp": {"stride": 2, "context": 5, "width": 16, "layers": 2, "smoothing": "fixed", "cutoff": 10},
    "ridge": {"context": 2, "penalty": 1e-6},
    "strided": {"stride": 3, "context": 1, "dense": 12, "dense_layers": 1, "width": 10, "layers": 2, "dropout": 0.1,
                "smoothing": "none", "cutoff": 10},
    "tcn": {"stride": 2, "context": 1, "width": 16, "blocks": 7, "cycle": 7, "dropout": 0.1, "smoothing": "learned", "cutoff": 10},
}
LONG_CONTEXT = ["bilstm", "strided", "tcn"]


def make(name, n_in=3, **changes):
    torch.manual_seed(0)
    return models.build(name, models.get(name).Sizes.of({**SMALL[name], **changes}), n_in, RATE).eval()


def toy(lengths=(40, 7, 25), n_in=3, seed=0):
    torch.manual_seed(seed)
    lengths = torch.tensor(lengths)
    acoustics = torch.randn(len(lengths), int(lengths.max()), n_in)
    return acoustics, lengths


def test_a_layer_sum_applies_the_inner_model_to_the_weighted_layers():
    network, (acoustics, lengths) = make("layersum", n_in=6), toy(n_in=6)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([0.0, 1.0, -2.0]))
    share = np.exp([0.0, 1.0, -2.0]) / np.exp([0.0, 1.0, -2.0]).sum()
    mixed = sum(float(part) * acoustics[:, :, 2 * k : 2 * k + 2] for k, part in enumerate(share))
    torch.testing.assert_close(network(acoustics, lengths), network.inner(mixed, lengths))
    with pytest.raises(BadParams, match="not a multiple of 3 layers"):
        make("layersum", n_in=7)
    with pytest.raises(BadParams, match="choose one of the networks"):
        make("layersum", model="ridge")


def test_every_model_is_tested():
    assert sorted(SMALL) == models.names()


@pytest.mark.parametrize("name", SMALL)
def test_predictions_have_18_channels_in_float32(name):
    out = make(name)(*toy())
    assert out.shape == (3, 40, 18)
    assert out.dtype == torch.float32


@pytest.mark.parametrize("name", SMALL)
def test_predictions_depend_neither_on_the_batch_nor_on_padding(name):
    network, (acoustics, lengths) = make(name), toy()
    if name == "ridge":
        nn.init.normal_(network.weight)
    together = network(acoustics, lengths)
    poisoned = torch.cat([acoustics, acoustics.new_zeros(3, 11, 3)], 1)
    for row, length in enumerate(lengths):
        poisoned[row, length:] = 1e3
    behind = network(poisoned, lengths)
    for row, length in enumerate(lengths):
        alone = network(acoustics[row : row + 1, :length], lengths[row : row + 1])[0]
        assert torch.allclose(together[row, :length], alone, atol=1e-5)
        assert torch.allclose(behind[row, :length], alone, atol=1e-5)


@pytest.mark.parametrize("name", LONG_CONTEXT)
def test_a_frame_depends_on_long_context_in_its_own_utterance_only(name):
    network, (acoustics, lengths) = make(name), toy((300, 260))
    acoustics.requires_grad_()
    for at in (20, 150, 239):
        (slope,) = torch.autograd.grad(network(acoustics, lengths)[1, at].sum(), acoustics)
        seen = slope[1].abs().sum(1) > 0
        assert not slope[0].any()
        assert not slope[1, 260:].any()
        assert seen[max(at - 120, 0) : min(at + 121, 260)].all()  # more than a second on each side


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_strided_predictions_stay_aligned_in_time(stride):
    network, (acoustics, lengths) = make("tcn", stride=stride, context=0, blocks=1, smoothing="none").train(), toy((31, 20))
    acoustics.requires_grad_()
    for _ in range(6):
        out = network(acoustics, lengths)
        assert out.shape == (2, 31, 18)
        (slope,) = torch.autograd.grad(out[0, 15].sum(), acoustics)
        seen = slope[0].abs().sum(1).nonzero()[:, 0]
        assert seen.min() >= 15 - 2 * stride + 1
        assert seen.max() <= 15 + 2 * stride - 1
        assert 15 in seen


def test_the_lstm_uses_context_of_seconds():
    network, (acoustics, lengths) = make("bilstm"), toy((300,))
    acoustics.requires_grad_()
    (slope,) = torch.autograd.grad(network(acoustics, lengths)[0, 0].double().sum(), acoustics)
    assert (slope[0, 100:].abs() > 0).any()


@pytest.mark.parametrize("name", ["bilstm", "mlp", "tcn"])
def test_every_weight_has_a_gradient(name):
    network, (acoustics, lengths) = make(name).train(), toy()
    network(acoustics, lengths)[0].square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in network.parameters())


@pytest.mark.parametrize("name", ["bilstm", "mlp", "strided", "tcn"])
def test_every_network_has_the_same_low_pass(name):
    plain, smooth = (make(name, smoothing=kind) for kind in ("none", "fixed"))
    acoustics, lengths = toy()
    expected = Smoothing("fixed", 10, RATE)(plain(acoustics, lengths), lengths)
    assert torch.allclose(smooth(acoustics, lengths), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["bilstm", "strided", "tcn"])
def test_dropout_is_active_in_training_only(name):
    network, (acoustics, lengths) = make(name, dropout=0.5, **({"stride": 1} if "stride" in SMALL[name] else {})), toy()
    assert torch.equal(network(acoustics, lengths), network(acoustics, lengths))
    network.train()
    assert not torch.allclose(network(acoustics, lengths), network(acoustics, lengths))
    steady = make(name, dropout=0, **({"stride": 1} if "stride" in SMALL[name] else {})).train()
    assert torch.equal(steady(acoustics, lengths), steady(acoustics, lengths))


def test_bidirectional_lstm_agrees_with_packed_torch_lstm():
    layer, (values, lengths) = Bidirectional(3, 5), toy((9, 20, 1, 14))
    oracle = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
    weights = dict(layer.forwards.state_dict()) | {f"{key}_reverse": value for key, value in layer.backwards.state_dict().items()}
    oracle.load_state_dict(weights)
    ours, theirs = values.clone().requires_grad_(), values.clone().requires_grad_()
    packed = nn.utils.rnn.pack_padded_sequence(theirs, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(oracle(packed)[0], batch_first=True)
    real = (torch.arange(20) < lengths[:, None])[..., None]
    actual = layer(ours, lengths) * real
    assert torch.allclose(actual, expected, atol=1e-6)
    (actual.square().sum()).backward()
    (expected.square().sum()).backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)
    for key, weight in layer.forwards.named_parameters():
        assert torch.allclose(weight.grad, getattr(oracle, key).grad, atol=1e-4)
    for key, weight in layer.backwards.named_parameters():
        assert torch.allclose(weight.grad, getattr(oracle, f"{key}_reverse").grad, atol=1e-4)


def test_reverse_is_its_own_inverse_and_has_the_right_gradient():
    values, lengths = toy((4, 2, 3))
    turned = reverse(values, lengths)
    assert torch.equal(turned[1], torch.stack([values[1, 1], values[1, 0], values[1, 2], values[1, 3]]))
    assert torch.equal(reverse(turned, lengths), values)
    torch.autograd.gradcheck(lambda x: reverse(x, lengths), values.double().requires_grad_())


@pytest.mark.parametrize("kind", ["fixed", "learned"])
def test_smoothing_keeps_a_constant_up_to_the_ends(kind):
    lengths = torch.tensor([60, 3, 1, 20])
    values = torch.full((4, 60, 18), 2.5)
    for row, length in enumerate(lengths):
        values[row, length:] = -70
    out = Smoothing(kind, 10, RATE)(values, lengths)
    for row, length in enumerate(lengths):
        assert torch.allclose(out[row, :length], torch.tensor(2.5), atol=1e-5)
        assert not out[row, length:].any()


@pytest.mark.parametrize("kind", ["fixed", "learned"])
@pytest.mark.parametrize(("hertz", "gain", "off"), [(2, 1, 0.01), (5, 1, 0.03), (10, 0.5, 0.02), (15, 0, 0.03), (30, 0, 0.01)])
def test_smoothing_has_gain_half_at_the_cutoff_and_no_delay(kind, hertz, gain, off):
    time = torch.arange(400) / RATE
    wave = torch.cos(2 * torch.pi * hertz * (time - 2))
    out = Smoothing(kind, 10, RATE)(wave[None, :, None].expand(1, 400, 18), torch.tensor([400]))[0, 100:300]
    in_phase = 2 * (out * wave[100:300, None]).mean(0)
    off_phase = 2 * (out * torch.sin(2 * torch.pi * hertz * (time[100:300] - 2))[:, None]).mean(0)
    assert ((in_phase - gain).abs() < off).all()
    assert (off_phase.abs() < 1e-3).all()


def test_a_learned_cutoff_has_a_gradient():
    layer = Smoothing("learned", 10, RATE)
    layer(torch.randn(1, 80, 18), torch.tensor([80])).square().sum().backward()
    assert layer.logit.grad.shape == (18,)
    assert layer.logit.grad.all()
    assert list(smoothing("none", 10, RATE).parameters()) == list(Smoothing("fixed", 10, RATE).parameters()) == []


def lossy_pool():
    random = np.random.default_rng(0)
    utterances = [frames(length, str(length), seed=length, lost=(5,)) for length in (50, 80, 30, 65)]
    for utterance in utterances:
        gaps = random.random(utterance.motion.shape) < 0.05
        gaps[:, 9] = len(utterance.motion) == 80
        utterance.motion[gaps] = np.nan
    return utterances, Pool(utterances)


def test_ridge_agrees_with_least_squares_per_channel():
    utterances, pool = lossy_pool()
    context, penalty = 2, 1e-3
    network = make("ridge", context=context, penalty=penalty)
    network.fit(pool.batches(150))
    windows = [
        u.acoustics[np.clip(np.arange(t - context, t + context + 1), 0, len(u.acoustics) - 1)].ravel()
        for u in utterances for t in range(len(u.acoustics))
    ]
    rows = np.array(windows, dtype=np.float64)
    motion = np.concatenate([u.motion for u in utterances]).astype(np.float64)
    for channel in range(18):
        known = ~np.isnan(motion[:, channel])
        count = known.sum()
        x, y = np.c_[rows[known], np.ones(count)], motion[known, channel]
        ridge = np.sqrt(penalty * count) * np.eye(x.shape[1])[:-1]
        solution = np.linalg.lstsq(np.r_[x, ridge], np.r_[y, np.zeros(len(ridge))], rcond=None)[0]
        expected = solution if count else np.zeros(x.shape[1])
        assert np.allclose(network.weight[channel], expected[:-1], atol=1e-5)
        assert np.allclose(network.bias[channel], expected[-1], atol=1e-5)


def test_ridge_does_not_depend_on_the_batches():
    _, pool = lossy_pool()
    small_batches, large_batches = make("ridge"), make("ridge")
    small_batches.fit(pool.batches(40))
    large_batches.fit(pool.batches(10_000))
    assert torch.allclose(small_batches.weight, large_batches.weight, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in SMALL if name not in ("mean", "ridge")])
def test_every_network_overfits_a_small_linear_task(name):
    changes = {key: value for key, value in {"smoothing": "none", "dropout": 0}.items() if key in SMALL[name]}
    network, (acoustics, lengths) = make(name, **changes), toy((30, 20))
    motion = acoustics @ torch.randn(3, 18) * 0.3
    batch = Batch(acoustics, motion, (torch.arange(30) < lengths[:, None])[..., None].expand_as(motion), lengths)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-2)
    for _ in range(80):
        error = (network(batch.acoustics, batch.lengths) - batch.motion)[batch.mask].square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert error < 0.05 * batch.motion[batch.mask].square().mean()


def test_networks_share_no_weights():
    first, second = make("tcn"), make("tcn")
    before = copy.deepcopy(second.state_dict())
    nn.init.zeros_(next(first.parameters()))
    assert all(torch.equal(before[key], value) for key, value in second.state_dict().items())


def test_an_ensemble_predicts_the_mean_of_its_members():
    network, batch = make("ensemble"), toy()
    each = [member(*batch) for member in network.members]
    assert not torch.allclose(*each)
    assert torch.allclose(network(*batch), (each[0] + each[1]) / 2, atol=1e-6)
    with pytest.raises(BadParams, match="cannot be an ensemble"):
        models.get("ensemble").Sizes.of({"member": "ensemble", "count": 2, "sizes": {}})


def test_parameters_of_models_are_validated(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("models:\n  mlp: {stride: 1, context: 5, width: '30', layers: 2}\n", encoding="utf-8")
    chosen = models.ModelParams.load(path)
    assert chosen.sizes("mlp").width == 30
    with pytest.raises(BadParams, match=r"'models.tcn' is missing"):
        chosen.sizes("tcn")
    with pytest.raises(BadParams, match=r"unknown model 'lstm'; expected one of \['bilstm', "):
        chosen.sizes("lstm")
    path.write_text("models:\n  mlp: {stride: 1, context: 5, width: -1, layers: 2}\n", encoding="utf-8")
    with pytest.raises(BadParams, match=r"-1 for 'models.mlp.width'"):
        models.ModelParams.load(path).sizes("mlp")
    path.write_text("models:\n  mpl: {}\n", encoding="utf-8")
    with pytest.raises(BadParams, match="unknown model 'mpl'; expected some of"):
        models.ModelParams.load(path)
