"""The network, frame by frame, against the same network in torch, and its look-ahead."""

import numpy as np
import pytest
import torch

from artinv.live.features import FrontParams, Spectrum
from artinv.live.network import Network, SizeParams, check_weights, latency, look_ahead, window
from artinv.live.training import LiveNetwork
from artinv.runtime.errors import BadData
from tests.support.live import FRONT, SIZES, untrained

pytestmark = pytest.mark.usefixtures("one_thread")


def run(model, features):
    network = model.network()
    return np.concatenate([network.add(features), network.end()])


@pytest.mark.parametrize(("rate", "window_", "delay"), [(50, 400, 3), (100, 320, 0), (25, 1024, 2)])
def test_latency_is_the_longest_wait_for_a_motion(rate, window_, delay):
    """Feed single samples; count how long each moment waits until the frame at it or after it has its motion."""
    front = FrontParams.of(FRONT.model_dump() | {"rate": rate, "window": window_, "size": 1024})
    sizes = SizeParams.of(SIZES.model_dump() | {"delay": delay})
    spectrum, done, complete = Spectrum(front), 0, []
    for sample in range(10 * front.hop + window_):
        ready = len(spectrum.add(np.zeros(1)))
        complete += [sample + 1] * ready
        done += ready
    waits = [complete[frame + sizes.ahead] - frame * front.hop for frame in range(done - sizes.ahead)]
    assert look_ahead(front, sizes) * 16000 == pytest.approx(max(waits))
    assert latency(front, sizes) * 16000 == pytest.approx(max(waits) + front.hop)


def features_of(frames, seed=0):
    return np.random.default_rng(seed).standard_normal((frames, FRONT.cepstra))


@pytest.mark.parametrize("sizes", [{}, {"context": 0, "smooth": 0}, {"delay": 0}, {"delay": 0, "smooth": 0}])
def test_the_network_equals_that_of_the_training(sizes):
    model = untrained(**sizes)
    network = LiveNetwork(FRONT.cepstra, model.facts.sizes)
    network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in model.weights.items()})
    lengths = (1, 3, 7, 8, 40)
    padded = torch.zeros(len(lengths), max(lengths), FRONT.cepstra)
    for row, length in enumerate(lengths):
        padded[row, :length] = torch.from_numpy(features_of(length, row)).float()
    with torch.no_grad():
        expected = network.eval()(padded, torch.tensor(lengths)).numpy()
    for row, length in enumerate(lengths):
        made = run(model, padded[row, :length].numpy())
        assert made.shape == (length, 18)
        assert made == pytest.approx(expected[row, :length], abs=2e-5)


def test_a_frame_needs_the_declared_number_of_later_frames_and_no_more():
    model, features = untrained(), features_of(60)
    network, ahead = model.network(), model.facts.sizes.ahead
    counts = [len(network.add(row[None])) for row in features]
    assert counts == [0] * ahead + [1] * (60 - ahead)
    other = features.copy()
    other[30 + ahead:] += 1
    whole, changed = run(model, features), run(model, other)
    assert np.array_equal(whole[:30], changed[:30])
    assert not np.allclose(whole[30], changed[30])


def test_the_window_is_symmetric_and_has_the_sum_1():
    for smooth in range(5):
        weights = window(smooth)
        assert weights.sum() == pytest.approx(1)
        assert weights == pytest.approx(weights[::-1])
        assert len(weights) == 2 * smooth + 1


def test_no_frames_give_no_motion():
    assert untrained().network().end().shape == (0, 18)


@pytest.mark.parametrize(("change", "words"), [
    (lambda weights: weights.pop("gru.bias_hh_l0"), r"'gru.bias_hh_l0' are absent, its sizes require \(48,\)"),
    (lambda weights: weights.update({"dense.bias": np.zeros(3)}), r"'dense.bias' are \(3,\), its sizes require \(24,\)"),
    (lambda weights: weights.update({"dense.bias": np.full(24, np.nan)}), "'dense.bias' are not finite"),
])
def test_wrong_weights_are_rejected(change, words):
    weights = dict(untrained().weights)
    change(weights)
    with pytest.raises(BadData, match=words):
        check_weights(weights, SIZES, FRONT.cepstra)
    assert Network(untrained().weights, SIZES)
