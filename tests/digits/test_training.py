"""Training lowers the losses it should, equal input gives equal weights, and the penalty is what theory says."""

import numpy as np
import pytest
import torch
from torch import nn

from artinv.digits import adversarial, spectra, training
from artinv.digits.adversarial import AdversarialParams
from artinv.digits.fitting import fit, fit_all
from artinv.digits.generators import KINDS, Model, Vae
from artinv.digits.networks import Critic
from artinv.digits.sounds import save
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.runtime.errors import BadData, BadParams
from tests.support import toy_digits

PARTS = toy_digits.clips(4), toy_digits.clips(1, 1)


def test_the_autoencoder_learns_and_its_weights_are_those_of_the_best_epoch():
    params = toy_digits.params(AutoencoderParams, epochs=6, batch=10, size=2, lr=3e-3, weight=2.0)
    model, trained = training.fit_vae(*PARTS, params)
    assert trained.best.valid < trained.curve[0].valid - 200
    levels, digits = spectra.levels_of(PARTS[1].sound()), PARTS[1].labels()
    with torch.no_grad():
        mean, log_variance = model.sampler.autoencoder.encode(levels, digits)
        error = (model.sampler.autoencoder.decode(mean, digits) - levels).square().mean()
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(1).mean()
    assert float(0.5 * 8192 * torch.log(error) + 2 * divergence) == pytest.approx(trained.best.valid, rel=1e-4)


def test_latent_values_are_drawn_as_those_of_the_digit_are_distributed(monkeypatch):
    rng = np.random.default_rng(0)
    clips = toy_digits.clips(300)
    shape = rng.standard_normal((10, 2, 2))
    means = rng.standard_normal((10, 2)) * 5
    own = means[clips.digits] + (shape[clips.digits] @ rng.standard_normal((3000, 2, 1)))[..., 0]
    monkeypatch.setattr(training, "_codes", lambda *_: (torch.from_numpy(own).float(), torch.full((3000, 2), 0.5)))
    sampler = Vae(2)
    training.fit_prior(sampler, clips)
    seen = []
    sampler.autoencoder.decode = lambda latent, _: seen.append(latent) or torch.zeros(len(latent), 128, 64)
    noise = torch.from_numpy(rng.standard_normal((4000, 2))).float()
    sampler.draw(torch.full((4000,), 7), lambda _: noise)
    np.testing.assert_allclose(seen[0].mean(0), own[clips.digits == 7].mean(0), atol=0.15)
    expected = np.cov(own[clips.digits == 7].T, ddof=0) + 0.25 * np.eye(2)
    np.testing.assert_allclose(np.cov(seen[0].numpy().T), expected, atol=0.1 * np.abs(expected).max())


def test_the_flow_leads_noise_to_the_latent_values_of_the_digit(monkeypatch):
    """Each digit has one place; a flow on straight paths then ends there, whatever the noise."""
    places = torch.tensor([[digit, 5.0 * (-1) ** digit] for digit in range(10)])
    monkeypatch.setattr(training, "_codes", lambda _, clips: (places[clips.labels()], torch.zeros(len(clips), 2)))
    coding = toy_digits.params(AutoencoderParams, epochs=1, batch=10, detail=2)
    clips = toy_digits.clips(4), PARTS[1]
    model, trained = training.fit_flow(*clips, coding, toy_digits.params(FlowParams, epochs=300, batch=40, width=64, lr=1e-2))
    assert trained.best.valid < 0.1 * trained.curve[0].valid
    seen = []
    model.sampler.autoencoder.decode = lambda latent, _: seen.append(latent) or torch.zeros(len(latent), 128, 64)
    digits = np.tile(np.arange(10), 5)
    model.draw(digits, 0)
    apart = (torch.cat(seen) - places[digits]).abs().mean(0)
    assert float(apart[0]) < 1.0, "2.5 where the digit is ignored"
    assert float(apart[1]) < 1.0, "5 where the digit is ignored"


@pytest.mark.parametrize("kind", KINDS)
def test_equal_input_gives_equal_weights(kind, tmp_path):
    contents = []
    for name in "ab":
        model, facts = fit(kind, toy_digits.clips(1), PARTS[1], toy_digits.settings(epochs=1))
        model.save(tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
        assert facts["parameters"] > 100_000
    assert contents[0] == contents[1]


def test_all_listed_generators_are_trained_and_written(tmp_path):
    from artinv.digits.choices import TrainParams
    save(tmp_path, {"train": toy_digits.clips(1), "valid": PARTS[1], "test": PARTS[1]})
    params = toy_digits.params(TrainParams, models=["cwgan2", "cvae"])
    facts = fit_all(tmp_path, tmp_path / "models", params, toy_digits.settings(epochs=1), workers=1)
    assert list(facts) == ["cwgan2", "cvae"]
    assert facts["cwgan2"]["steps"] == 2
    assert facts["cvae"]["epochs"] == 1
    for kind in facts:
        assert Model.load(tmp_path / f"models/{kind}.safetensors", kind).provenance["sounds"] == "10"


def test_the_slope_of_a_linear_critic_is_the_norm_of_its_weights():
    weights = torch.randn(1, 8, 4, generator=torch.Generator().manual_seed(0))

    class Linear(nn.Module):
        def forward(self, images, digits):
            return (images * weights).sum((1, 2, 3)) * (1 + digits)

    images = torch.zeros(3, 1, 8, 4), torch.ones(3, 1, 8, 4)
    slope = adversarial._slope(Linear(), *images, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(slope, weights.norm() * torch.tensor([1.0, 2.0, 3.0]))


def test_the_critic_depends_on_the_digit():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        critic = Critic(1)
        images = torch.randn(2, 1, 128, 64)
    scores = [critic(images, torch.tensor([digit, digit])) for digit in (0, 1)]
    assert (scores[0] != scores[1]).all()


def test_the_regularizer_is_0_for_levels_that_belong_to_their_phases_and_has_a_gradient_otherwise():
    real = adversarial._Images(toy_digits.clips(1), 4, torch.device("cpu"))
    chosen = torch.arange(10)
    assert float(adversarial._disagreement(real.images, real, chosen)) < 1e-3
    fake = real.images.clone()
    fake[:, 0] = (0.5 * torch.randn(10, 128, 64, generator=torch.Generator().manual_seed(0))).clamp(-1, 1)
    fake.requires_grad_()
    missed = adversarial._disagreement(fake, real, chosen)
    assert float(missed.detach()) > 0.1
    missed.backward()
    assert float(fake.grad[:, 0].abs().max()) > 0
    plain = adversarial._Images(toy_digits.clips(1), 1, torch.device("cpu"))
    assert float(adversarial._disagreement(plain.images, plain, chosen)) == 0


def test_the_average_follows_the_weights():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.zeros_(first.weight)
    nn.init.ones_(second.weight)
    for _ in range(3):
        adversarial._average(first, second, 0.5)
    assert first.weight.item() == pytest.approx(1 - 0.5**3)


def test_an_interrupted_training_resumes_to_the_same_weights(tmp_path, monkeypatch):
    params = toy_digits.params(AdversarialParams, steps=5, critic_steps=1, batch=4, size=4)
    monkeypatch.setattr(adversarial, "_BLOCK", 2)
    whole, facts = adversarial.fit("cwgan2", PARTS[1], params)
    steps = []

    def stop(*values):
        steps.append(values)
        if len(steps) == 4:
            raise KeyboardInterrupt
        average(*values)

    average, state = adversarial._average, tmp_path / "a.state"
    with monkeypatch.context() as patch:
        patch.setattr(adversarial, "_average", stop)
        with pytest.raises(KeyboardInterrupt):
            adversarial.fit("cwgan2", PARTS[1], params, state)
    resumed, again = adversarial.fit("cwgan2", PARTS[1], params, state)
    assert again == facts
    for first, second in zip(whole.sampler.parameters(), resumed.sampler.parameters(), strict=True):
        assert torch.equal(first, second)
    assert not state.exists()
    state.write_bytes(b"no state")
    with pytest.raises(BadData, match=r"a\.state: is not a training state"):
        adversarial.fit("cwgan2", PARTS[1], params, state)


def test_a_training_that_diverges_is_reported():
    params = toy_digits.params(AdversarialParams, steps=8, critic_steps=1, batch=4, size=4, lr=1e15)
    with pytest.raises(BadParams, match=r"adversarial\.lr: training diverged; lower lr"):
        adversarial.fit("cwgan1", toy_digits.clips(1), params)
