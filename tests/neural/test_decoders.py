"""One contract for all decoders in all modes: what an output may depend on holds bit by bit, normalization included."""

import pytest
import torch

from artinv.neural import decoders
from artinv.neural.decoder import MODES, build
from artinv.neural.decoders.swin import _allowed
from artinv.neural.layers import Doubling
from artinv.neural.layout import Layout
from artinv.neural.streaming import Stream
from artinv.runtime.errors import BadParams
from tests.support.decoding import SIZES

FRAMES, ELECTRODES = 150, 20


def made(name, mode, latency=0, *, outputs=3, sizes=None, layout=None):
    """Return a decoder with large random weights, so that nothing that reaches an output is rounded away."""
    torch.manual_seed(0)
    chosen = decoders.get(name).Sizes.of(sizes or SIZES[name])
    decoder = build(name, chosen, layout or Layout.of(None, ELECTRODES), outputs, mode=mode, latency=latency).eval()
    for value in decoder.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return decoder


def unchanged(decoder, change):
    """Return which frames (T,) keep all bits when a part of the signals changes."""
    torch.manual_seed(1)
    signals = torch.randn(2, FRAMES, ELECTRODES)
    other = signals.clone()
    other[:, change] += torch.randn_like(other[:, change])
    with torch.inference_mode():
        return (decoder(signals) == decoder(other)).all(-1).all(0)


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("latency", [0, 5])
@pytest.mark.parametrize("time", [1, 64, 101])
def test_a_causal_output_depends_on_no_signal_beyond_the_latency(name, latency, time):
    decoder = made(name, "causal", latency)
    same = unchanged(decoder, slice(time, None))
    first = max(0, time - latency)
    assert same[:first].all()
    assert not same[first:first + decoder.core.grid].all(), "the present is used"


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("latency", [0, 5])
@pytest.mark.parametrize("time", [50, 101, 149])
def test_an_anticausal_output_depends_on_no_signal_before_the_latency(name, latency, time):
    decoder = made(name, "anticausal", latency)
    same = unchanged(decoder, slice(None, time))
    end = min(FRAMES, time + latency)
    assert same[end:].all()
    assert not same[max(0, end - decoder.core.grid):end].all(), "the present is used"


@pytest.mark.parametrize("name", decoders.names())
def test_a_non_causal_output_uses_both_sides_and_no_more_than_it_declares(name):
    decoder = made(name, "non-causal")
    later, earlier = unchanged(decoder, slice(100, None)), unchanged(decoder, slice(None, 100))
    assert not later[:100].all()
    assert not earlier[100:].all()
    if decoder.latency is not None:
        assert decoder.latency > 0
        assert later[:max(0, 100 - decoder.latency)].all()


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("latency", [0, 7])
@pytest.mark.parametrize("pieces", [[1] * 20 + [130], [64, 1, 85], [150]])
def test_signals_that_arrive_piece_by_piece_are_decoded_as_a_whole(name, latency, pieces):
    decoder = made(name, "causal", latency)
    torch.manual_seed(1)
    signals = torch.randn(FRAMES, ELECTRODES)
    stream = Stream(decoder)
    parts = [stream.push(part) for part in signals.split(pieces)] + [stream.close(ELECTRODES)]
    joined = torch.cat([part for part in parts if len(part)])
    with torch.inference_mode():
        whole = decoder(signals[None])[0]
    assert joined.shape == whole.shape
    assert torch.allclose(joined, whole, atol=1e-4 * float(whole.abs().max()))


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("mode", MODES)
def test_long_signals_are_decoded_in_pieces(name, mode):
    decoder = made(name, mode, latency=3)
    torch.manual_seed(1)
    signals = torch.randn(700, ELECTRODES)
    with torch.inference_mode():
        whole, pieces = decoder(signals[None])[0], decoder.whole(signals, piece=100)
    assert torch.allclose(pieces, whole, atol=1e-4 * float(whole.abs().max()))


def test_a_stream_needs_a_causal_decoder():
    with pytest.raises(ValueError, match="causal"):
        Stream(made("tcn", "non-causal"))


@pytest.mark.parametrize("name", decoders.names())
@pytest.mark.parametrize("mode", MODES)
def test_each_decoder_takes_any_length_and_each_weight_has_a_gradient(name, mode):
    decoder = made(name, mode)
    for frames in (1, 2, 33):
        assert decoder(torch.randn(1, frames, ELECTRODES)).shape == (1, frames, 3)
    decoder.train()(torch.randn(2, 40, ELECTRODES)).square().mean().backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in decoder.parameters())


@pytest.mark.parametrize("name", ["resnet", "swin"])
def test_decoders_of_grids_learn_targets_that_signals_determine(name):
    torch.manual_seed(0)
    decoder = build(name, decoders.get(name).Sizes.of(SIZES[name]), Layout.of(None, ELECTRODES), 3, mode="causal")
    optimizer = torch.optim.Adam(decoder.parameters(), lr=0.005)
    signals = torch.randn(8, 1, ELECTRODES).expand(8, 16, ELECTRODES)
    targets = signals @ torch.randn(ELECTRODES, 3)
    targets /= targets.std()
    for _ in range(80):
        error = (decoder(signals) - targets).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert float(error.detach()) < 0.1


def test_the_resnet_has_the_size_of_the_paper():
    grid = Layout.of(None, 64)
    assert grid.shape == (8, 8)
    decoder = made("resnet", "causal", outputs=18, sizes={"width": 16}, layout=grid)
    count = sum(value.numel() for value in decoder.parameters())
    assert count == 4_798_338
    assert f"{count / 1e6:.2f}" == "4.80"


def test_the_swin_of_the_paper_has_four_stages():
    sizes = {"dim": 48, "depths": [2, 2, 6, 2], "heads": [3, 6, 12, 24], "frames": 8, "space": 2}
    decoder = made("swin", "causal", outputs=18, sizes=sizes, layout=Layout.of(None, 64))
    assert [len(stage) for stage in decoder.core.stages] == [2, 2, 6, 2]
    assert decoder(torch.randn(1, 20, 64)).shape == (1, 20, 18)


def test_windows_that_are_shifted_join_neighbours_and_nothing_else():
    """A token attends to itself, to earlier tokens of its window, and over no edge of the grid that a shift wraps round."""
    allowed = _allowed((4, 4, 4), (8, 4, 4), (4, 2, 2), (2, 1, 1), True)
    assert allowed.shape == (2 * 2 * 2, 16, 16)
    time = torch.arange(16) // 4
    assert not (allowed & (time[:, None] < time)).any()
    corner = allowed[7]  # the last window in time, rows and columns: its four places come from the four corners of the grid
    assert (corner.sum(1) <= 4).all()
    assert allowed[:, range(16), range(16)].all()


def test_frames_are_doubled_as_torch_does_it():
    """The centred layer is torch's transposed convolution with padding 1 and output padding 1, as in the paper's code."""
    torch.manual_seed(0)
    layer, values = Doubling(3, 4, causal=False), torch.randn(2, 3, 5)
    torch_layer = torch.nn.ConvTranspose1d(3, 4, 3, 2, padding=1, output_padding=1)
    torch_layer.load_state_dict(layer.layer.state_dict())
    ours, theirs = layer(values), torch_layer(values)
    assert torch.allclose(ours[..., :-1], theirs[..., :-1])
    assert ours.shape == theirs.shape


def ridge_part(frames, seed, weights=None, noise=1.0):
    """Return a part for `ridge`; its targets are noise, or what some weights make of the signals, and noise."""
    generator = torch.Generator().manual_seed(seed)
    signals, targets = (torch.randn(frames, width, generator=generator) for width in (ELECTRODES, 3))
    targets = noise * targets + (ridge_rows(signals).float() @ weights if weights is not None else 0)
    return decoders.get("ridge").Part(signals, targets, torch.rand(frames, 3, generator=generator) < 0.8)


def ridge_rows(signals):
    """Return the signals at the lags 4, 2 and 0, and a constant, (T, 3 E + 1)."""
    count = len(signals)
    padded = torch.cat([torch.zeros(4, ELECTRODES), signals]).double()
    return torch.cat([*(padded[4 - lag:count + 4 - lag] for lag in (4, 2, 0)), torch.ones(count, 1)], 1)


def ridge_sums(part):
    """Return the normal equations of a part: the products of the regressors, and those with the known targets."""
    rows = ridge_rows(part.signals)
    return rows.T @ rows, rows.T @ torch.where(part.known, part.targets, 0).double()


def ridge_solved(part, penalty, before):
    """Return before + (G + penalty I)^-1 (m - G before); the penalty is relative to the mean of the diagonal of G."""
    gram, moment = ridge_sums(part)
    ridge = penalty * gram.diagonal().mean() * torch.eye(len(gram)).double()
    return before + torch.linalg.solve(gram + ridge, moment - gram @ before)


def ridge_weights(decoder):
    """Return the weights of a decoder in the order of `ridge_rows`."""
    layer = decoder.core.lagged.layer
    return torch.cat([layer.weight.permute(2, 1, 0).flatten(0, 1), layer.bias[None]]).double().detach()


def ridge_error(part, weights):
    """Return the mean squared error over the known values."""
    return float((ridge_rows(part.signals) @ weights - part.targets).square()[part.known].mean())


def test_ridge_equals_the_normal_equations():
    decoder = build("ridge", decoders.get("ridge").Sizes(lags=3, step=2), Layout.of(None, ELECTRODES), 3, mode="causal")
    part = ridge_part(200, 0)
    decoder.core.fit([part], [part])
    weights = ridge_solved(part, 1e-5, torch.zeros(3 * ELECTRODES + 1, 3).double())
    assert torch.allclose(ridge_weights(decoder), weights, atol=1e-4)
    assert torch.allclose(decoder(part.signals[None])[0].double(), ridge_rows(part.signals) @ weights, atol=1e-3)


def test_ridge_takes_the_penalty_that_leaves_the_least_error_on_the_validation_part():
    torch.manual_seed(0)
    planted = 0.1 * torch.randn(3 * ELECTRODES + 1, 3)
    train, valid = ridge_part(70, 1, planted), ridge_part(400, 2, planted)
    decoder = build("ridge", decoders.get("ridge").Sizes(lags=3, step=2), Layout.of(None, ELECTRODES), 3, mode="causal")
    error = decoder.core.fit([train], [valid])
    every = [ridge_solved(train, 10.0 ** power, torch.zeros_like(planted).double()) for power in range(-5, 2)]
    errors = [ridge_error(valid, weights) for weights in every]
    best = errors.index(min(errors))
    assert 0 < best < len(every) - 1, "the penalty matters"
    assert torch.allclose(ridge_weights(decoder), every[best], atol=1e-4)
    assert error == pytest.approx(errors[best], rel=1e-4)


def test_ridge_stays_near_the_weights_before():
    """With fewer rows than weights, a penalty that drew the weights to 0 would give others."""
    decoder = made("ridge", "causal", sizes={"lags": 3, "step": 2})
    before, train = ridge_weights(decoder), ridge_part(10, 3)
    valid = ridge_part(400, 4, before.float(), noise=0.1)
    error = decoder.core.fit([train], [valid])
    every = [ridge_solved(train, 10.0 ** power, before) for power in range(-5, 2)]
    errors = [ridge_error(valid, weights) for weights in every]
    best = errors.index(min(errors))
    assert torch.allclose(ridge_weights(decoder), every[best], atol=1e-4)
    assert error == pytest.approx(errors[best], rel=1e-4)
    assert not torch.allclose(ridge_weights(decoder), ridge_solved(train, 10.0 ** (best - 5), torch.zeros_like(before)), atol=0.05)


def test_unknown_names_and_sizes_are_rejected():
    with pytest.raises(BadParams, match="unknown decoder 'lsmt'; expected one of"):
        decoders.get("lsmt")
    with pytest.raises(BadParams, match="not a multiple of its heads"):
        decoders.get("swin").Sizes.of(SIZES["swin"] | {"heads": [3, 2]})
    with pytest.raises(BadParams, match=r"section 'decoders.lstm' is missing; restore it"):
        decoders.DecoderParams.of({"tcn": SIZES["tcn"]}).sizes("lstm")
    with pytest.raises(BadParams, match="tcn: bad value 1"):
        decoders.DecoderParams.of({"tcn": {"width": 1}})
