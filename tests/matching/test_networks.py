"""The networks have the published sizes, their convolutions are padded as specified, and their outputs have the declared shapes."""

import math

import numpy as np
import pytest
import torch
from scipy import signal

from artinv.matching import networks
from artinv.runtime.errors import BadParams

COUNTS = {"C1": 1_174_978, "C2": 1_157_110, "C3": 1_156_338, "C4": 1_155_494, "C5": 1_155_282, "C6": 1_155_287, "C6XL": 2_279_792,
          "E2E": 1_916_696}
"""Parameters of each network for 23 parameters of 16 levels and 16,384 samples."""


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_a_network_has_exactly_the_specified_number_of_parameters(name, count):
    network = networks.build(name, 16384, 23 * 16)
    assert sum(value.numel() for value in network.parameters()) == count
    assert sum(value.numel() for value in network.state_dict().values()) == count, "a checkpoint holds nothing else"


@pytest.mark.parametrize("name", ["FC1", "FC2", "FC3"])
def test_dense_networks_are_as_large_as_the_convolutional_ones(name):
    count = sum(value.numel() for value in networks.build(name, 16384, 23 * 16).parameters())
    assert count == pytest.approx(1_156_000, rel=0.01)


@pytest.mark.parametrize("name", networks.NAMES)
@pytest.mark.parametrize("samples", [2048, 4000, 16384])
def test_outputs_have_the_declared_shape_and_depend_on_their_own_sound_only(name, samples):
    torch.manual_seed(0)
    network, sounds = networks.build(name, samples, 7).eval(), torch.randn(3, samples)
    with torch.no_grad():
        whole = network(sounds)
        assert whole.shape == (3, 1, 7)
        np.testing.assert_allclose(network(sounds[1:2]).numpy(), whole[1:2].numpy(), atol=1e-5)


def test_one_second_gives_64_frames_of_257_bins():
    assert networks.LogSpectrogram()(torch.zeros(1, 16384)).shape == (1, 64, 257)
    front = networks.build("E2E", 16384, 1).front
    assert front(torch.zeros(1, 16384)).shape == (1, 64, 257)


def test_the_log_spectrogram_is_that_of_numpy():
    sound = np.random.default_rng(0).standard_normal(4096)
    padded, window = np.pad(sound, 256), signal.windows.hann(512, sym=False)
    frames = np.stack([padded[256 * k:256 * k + 512] * window for k in range(16)])
    expected = (10 * np.log10(np.abs(np.fft.rfft(frames)) ** 2 + 1e-8) + 40) / 40
    result = networks.LogSpectrogram().double()(torch.from_numpy(sound)[None])[0]
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize(("size", "kernel", "stride"), [
    ((64, 257), (13, 26), (13, 26)), ((22, 65), (4, 6), (3, 5)), ((7, 9), (3, 3), (1, 2)), ((5, 4), (3, 4), (2, 3)),
    ((10, 12), (2, 2), (5, 5)),
])
def test_a_convolution_equals_scipys_at_the_places_of_same_padding(size, kernel, stride):
    torch.manual_seed(1)
    layer = networks.Same(1, 1, kernel, stride).double()
    values = torch.randn(1, 1, *size, dtype=torch.float64)
    result = layer(values)[0, 0].detach().numpy()
    outputs = [math.ceil(n / s) for n, s in zip(size, stride, strict=True)]
    missing = [max((out - 1) * s + k - n, 0) for n, k, s, out in zip(size, kernel, stride, outputs, strict=True)]
    padded = np.pad(values[0, 0].numpy(), [(gap // 2, gap - gap // 2) for gap in missing])
    weight = layer.convolution.weight.detach().numpy()[0, 0]
    full = signal.correlate2d(padded, weight, "valid") + layer.convolution.bias.item()
    expected = np.maximum(full[::stride[0], ::stride[1]], 0)[:outputs[0], :outputs[1]]
    assert result.shape == tuple(outputs)
    np.testing.assert_allclose(result, expected, atol=1e-10)


def test_a_recurrent_network_follows_settings_that_move():
    torch.manual_seed(2)
    network = networks.build("bilstm", 4096, 5, points=8).eval()
    sound = torch.randn(2, 4096)
    with torch.no_grad():
        before = network(sound)
        sound[0, 3500:] = 0
        after = network(sound)
    assert before.shape == (2, 8, 5)
    assert torch.equal(before[1], after[1])
    change = (after - before)[0].abs().mean(1)
    assert change[-1] > 3 * change[0], "the end of the sound matters most for the last values"


def test_interpolation_weights_sum_to_1_and_reach_the_frames_of_the_values():
    weights = networks._weights(4, 16, torch.zeros(1))
    np.testing.assert_allclose(weights.sum(1).numpy(), 1, atol=1e-6)
    assert weights.argmax(1).tolist() == [0, 4, 8, 12]
    assert networks._weights(1, 16, torch.zeros(1)).tolist() == [[1 / 16] * 16]


def test_unknown_networks_and_constant_ones_for_moving_settings_are_rejected():
    with pytest.raises(BadParams, match=r"unknown network 'c6xl'; .* did you mean 'C6XL'\?"):
        networks.check("c6xl", 1)
    with pytest.raises(BadParams, match=r"'C3' estimates constant settings only; use bilstm, or set sample\.points to 1"):
        networks.check("C3", 2)
