"""Networks of the neighbour pipelines on CUDA: each kernel is there and deterministic, so that two trainings give equal weights."""

import pytest
import torch

from artinv.digits import fitting, yardstick
from artinv.digits.generators import KINDS
from artinv.factors import training as factors
from artinv.factors.objectives import MODELS
from artinv.factors.training import Run
from artinv.matching import sounds
from artinv.matching import training as matching
from artinv.neural import training as neural
from artinv.neural.training import Choice
from tests.support import coded, decoding, matched, toy_digits

DEVICE = "cuda"

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA kernels need a CUDA device; other tests train on the CPU"),
    pytest.mark.filterwarnings("default"),  # cuBLAS and cuDNN warn at first use
]


def equal(fit):
    """Train twice; return whether all weights are equal, and on the CPU."""
    first, second = (dict(fit().state_dict()) for _ in range(2))
    assert {value.device.type for value in first.values()} == {"cpu"}
    return all(torch.equal(value, second[key]) for key, value in first.items())


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["FC-lin", "FC2", "C1", "C6XL", "E2E", "bilstm"])
def test_matching(name, precision, tmp_path):
    with matched.tones_registered():
        parts = matched.parts(tmp_path, num_examples=100)
        params = matched.fit_params(networks=[name], epochs=2, device=DEVICE, precision=precision)
        assert equal(lambda: matching.fit(name, (parts["train"], parts["valid"]), matched.sample_params(), params)[0].weights)


@pytest.mark.parametrize("synth", ["fm23", "additive4", "formant18", "tract", "tract7"])
def test_matching_with_sounds_that_are_rendered_on_the_gpu(synth, tmp_path):
    sample = matched.sample_params(synth=synth, num_examples=20, sample_rate=16384, length=0.1, stored=False)
    sounds.sample(sample, tmp_path, workers=1)
    parts = sounds.load(tmp_path, "train"), sounds.load(tmp_path, "valid")
    params = matched.fit_params(epochs=1, batch=8, device=DEVICE, precision="bfloat16")
    assert equal(lambda: matching.fit("C1", parts, sample, params)[0].weights)


@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("model", MODELS)
def test_factors(model, network):
    images, params = coded.blobs(), coded.fit_params(epochs=2, device=DEVICE, precision="auto")
    assert equal(lambda: factors.fit(Run("blobs", model, network), images, params)[0].weights)


@pytest.mark.parametrize("mode", ["causal", "non-causal", "anticausal"])
@pytest.mark.parametrize("decoder", ["lstm", "tcn", "resnet", "swin"])
def test_neural(decoder, mode):
    def fit():
        params = decoding.train_params(epochs=1, device=DEVICE, precision="auto")
        choice, (recording, _) = Choice.of(f"{decoder} {mode} truth"), decoding.recording()
        return neural.fit(choice, recording, decoding.session(), params, decoding.decoder_params())[0].weights

    assert equal(fit)


@pytest.mark.parametrize("kind", KINDS)
def test_digits(kind):
    parts = toy_digits.clips(2), toy_digits.clips(1, 1)
    assert equal(lambda: fitting.fit(kind, *parts, toy_digits.settings(device=DEVICE, epochs=1))[0].sampler)


def test_the_yardstick_of_digits():
    params = toy_digits.yardstick_params().model_copy(update={"epochs": 1, "device": DEVICE})
    assert equal(lambda: yardstick.fit(toy_digits.clips(2), toy_digits.clips(1, 1), params)[0].network)
