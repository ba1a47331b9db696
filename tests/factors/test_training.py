"""Objectives against closed forms and slow oracles; training, its files and its scores on a small set."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from artinv.factors import networks, objectives, training
from artinv.factors.model import KEY, Disentangler
from artinv.factors.objectives import MODELS, Objective, Weights, combine
from artinv.factors.results import FactorScores, RunScores, table
from artinv.factors.scores import evaluate, score
from artinv.factors.training import Pairing, Run
from artinv.runtime.errors import BadData, BadParams
from tests.support import coded
from tests.support.networks import altered

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def gaussians():
    torch.manual_seed(0)
    return torch.randn(6, 3), torch.randn(6, 3), torch.randn(6, 3), torch.randn(6, 3)


def objective(model="vae", **weights):
    torch.manual_seed(0)
    given = {"noise": 0.5, "beta": 2.0, "tc": 3.0, "gamma": 5.0} | weights
    return Objective(model, networks.build("mlp", 2, 12, 3, 16), 3, Weights(**given), 100)


def test_the_divergence_agrees_with_torch(gaussians):
    mean, log_variance, *_ = gaussians
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(objectives.divergence(mean, log_variance), expected)


def test_the_density_agrees_with_torch(gaussians):
    values, mean, log_variance, _ = gaussians
    expected = Normal(mean, (log_variance / 2).exp()).log_prob(values)
    torch.testing.assert_close(objectives.log_normal(values, mean, log_variance), expected)


def test_latents_that_hardly_differ_are_found(gaussians):
    mean, log_variance, other, other_log = gaussians
    gap = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(other, (other_log / 2).exp()))
    expected = [[float(value) < (float(row.min()) + float(row.max())) / 2 for value in row] for row in gap]
    assert objectives.alike(mean, log_variance, other, other_log).tolist() == expected


def test_the_vae_minimizes_half_the_squared_error_over_the_noise_and_the_divergence():
    """With a variance near 0 the latents are their means, so that the loss has a closed form."""
    own, images = objective(), torch.rand(5, 2, 12)
    with torch.no_grad():
        own.autoencoder.encoder[-1].weight[3:] = 0
        own.autoencoder.encoder[-1].bias[3:] = -100
        sums = own.terms(images)
        mean, log_variance = own.autoencoder.encode(images)
        assert (log_variance == -8).all(), "the limit of the log-variance"
        error = (images - own.autoencoder.decode(mean)).square().sum()
    expected = float(error) / (2 * 0.25) + float(objectives.divergence(mean, log_variance).sum())
    assert float(sums[0]) == pytest.approx(expected, rel=1e-2)
    assert float(combine(sums)) == pytest.approx(float(sums[0]) / 5)


def test_beta_weighs_the_divergence():
    images = torch.rand(5, 2, 12)
    plain, heavy = objective(), objective("betavae", beta=7.0)
    heavy.load_state_dict(plain.state_dict())
    losses = []
    for each in (plain, heavy):
        torch.manual_seed(1)
        losses.append(each.terms(images)[0].item())
    price = objectives.divergence(*plain.autoencoder.encode(images)).sum().item()
    assert losses[1] - losses[0] == pytest.approx(6 * price, rel=1e-4)


def test_the_divided_divergence_agrees_with_a_loop(gaussians):
    latents, mean, log_variance, _ = gaussians
    own = objective("betatcvae", tc=3.0)
    expected = []
    for i in range(6):
        def density(j, d, i=i):
            return float(Normal(mean[j, d], (log_variance[j, d] / 2).exp()).log_prob(latents[i, d]))

        joint = math.log(sum(math.exp(sum(density(j, d) for d in range(3))) for j in range(6))) - math.log(600)
        single = sum(math.log(sum(math.exp(density(j, d)) for j in range(6))) - math.log(600) for d in range(3))
        prior = float(Normal(0.0, 1.0).log_prob(latents[i]).sum())
        expected.append(sum(density(i, d) for d in range(3)) - joint + 3 * (joint - single) + single - prior)
    torch.testing.assert_close(own._divided(latents, mean, log_variance), torch.tensor(expected), rtol=1e-4, atol=1e-4)


def test_with_weight_one_the_divided_divergence_is_that_of_the_sample(gaussians):
    latents, mean, log_variance, _ = gaussians
    own = objective("betatcvae", tc=1.0)._divided(latents, mean, log_variance)
    zero = torch.zeros_like(mean)
    expected = (objectives.log_normal(latents, mean, log_variance) - objectives.log_normal(latents, zero, zero)).sum(1)
    torch.testing.assert_close(own, expected, rtol=1e-4, atol=1e-4)


def test_the_critic_and_the_autoencoder_do_not_train_each_other_in_the_wrong_direction():
    """The price of the correlation gives the critic no gradient; the critic's own loss gives the encoder none."""
    own, images = objective("factorvae", gamma=0.0), torch.rand(8, 2, 12)
    own.terms(images)[0].backward()
    encoder = [parameter.grad.clone() for parameter in own.autoencoder.parameters()]
    critic = [parameter.grad.clone() for parameter in own.critic.parameters()]
    torch.manual_seed(0)
    heavy = objective("factorvae", gamma=50.0)
    heavy.load_state_dict(own.state_dict())
    grads = []
    for each in (own, heavy):
        torch.manual_seed(3)
        each.zero_grad()
        each.terms(images)[0].backward()
        grads.append([parameter.grad.clone() for parameter in each.critic.parameters()])
    for first, second in zip(*grads, strict=True):
        torch.testing.assert_close(first, second)
    assert any(grad.abs().max() > 0 for grad in (*encoder, *critic))


def test_identical_pairs_give_the_loss_of_betavae():
    images = torch.rand(5, 2, 12)
    pairs, single = objective("adagvae"), objective("betavae")
    with torch.no_grad():
        for each in (pairs, single):
            each.autoencoder.encoder[-1].weight[3:] = 0
            each.autoencoder.encoder[-1].bias[3:] = -100
        assert float(pairs.terms(images, images)[0]) == pytest.approx(float(single.terms(images)[0]), rel=1e-2)


@pytest.mark.parametrize("network", networks.NAMES)
@pytest.mark.parametrize("bins", [8, 28, 100, 101])
def test_networks_return_images_of_the_same_size(network, bins):
    net = networks.build(network, 3, bins, 5, 16)
    mean, log_variance = net.encode(torch.rand(4, 3, bins))
    assert mean.shape == log_variance.shape == (4, 5)
    image = net.decode(mean)
    assert image.shape == (4, 3, bins)
    assert 0 <= image.min() <= image.max() <= 1


def test_partners_differ_in_one_factor_and_are_training_images():
    images = coded.blobs()
    own = images.of("train")
    partners = Pairing(images, own).draw(own, np.random.default_rng(0))
    differing = (images.levels[own] != images.levels[partners]).sum(1)
    assert set(partners) <= set(own)
    assert (differing <= 1).all()
    assert (differing == 1).mean() > 0.95
    changed = (images.levels[own] != images.levels[partners]).mean(0)
    assert (changed > 0.2).all(), "each factor changes about equally often"


@pytest.mark.parametrize("model", MODELS)
def test_every_model_learns_and_is_equal_byte_for_byte(model, tmp_path):
    images, params = coded.blobs(), coded.fit_params(epochs=8)
    run = Run("blobs", model, "mlp")
    made, trained = training.fit(run, images, params)
    assert trained.curve[-1].valid < 0.8 * trained.curve[0].valid
    made.save(tmp_path / "a.safetensors")
    training.fit(run, images, params)[0].save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    read = Disentangler.load(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(read.code(images.values())[0], made.code(images.values())[0])
    assert read.provenance["seed"] == "0"


def test_a_small_set_is_trained_for_more_epochs():
    images = coded.blobs()
    count = len(images.of("train"))
    _, trained = training.fit(Run("blobs", "vae", "mlp"), images, coded.fit_params(epochs=2, steps=10, batch=32))
    assert len(trained.curve) == -(-10 * 32 // count)


def test_a_long_training_reconstructs_and_informs():
    images = coded.blobs(size=40)
    made, _ = training.fit(Run("blobs", "vae", "mlp"), images, coded.fit_params(epochs=60))
    scores = score(made, images, coded.metric_params(trees=60), 0)
    assert scores.mse < 0.15 * (images.pixels / 255).var()
    assert scores.metrics.informativeness_of["place"] > 0.9
    assert scores.active >= 2


def test_an_interrupted_training_resumes_from_a_file_beside_the_models(tmp_path, monkeypatch):
    images, params, run = coded.blobs(), coded.fit_params(runs=["blobs/factorvae/mlp"]), Run("blobs", "factorvae", "mlp")
    whole, _ = training.fit(run, images, params)
    images.save(tmp_path / "spectra/blobs.npz")
    models = tmp_path / "made/models"

    before, calls = training.Objective.validation, []

    def stop_in_the_fourth_epoch(*given):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return before(*given)

    with monkeypatch.context() as patch:
        patch.setattr(training.Objective, "validation", stop_in_the_fourth_epoch)
        with pytest.raises(KeyboardInterrupt):
            training.fit_all(tmp_path / "spectra", params, models, workers=1)
    assert [path.name for path in models.parent.iterdir()] == [".blobs-factorvae-mlp-0.state"]
    validations = []
    monkeypatch.setattr(training.Objective, "validation", lambda *given: validations.append(1) or before(*given))
    training.fit_all(tmp_path / "spectra", params, models, workers=1)
    assert len(validations) == 1, "the last of four epochs"
    resumed = Disentangler.load(run.path(models, 0))
    np.testing.assert_array_equal(resumed.code(images.values())[0], whole.code(images.values())[0])
    assert [path.name for path in models.parent.iterdir()] == ["models"]


def test_runs_are_trained_scored_and_summarized_over_seeds(tmp_path):
    coded.blobs().save(tmp_path / "spectra/additive.npz")
    params = coded.fit_params(runs=["additive/vae/mlp", "additive/betavae/conv"], seeds=2, seed=3, epochs=2)
    facts = training.fit_all(tmp_path / "spectra", params, tmp_path / "models", workers=1)
    assert [(each["model"], each["seed"]) for each in facts] == [("vae", 3), ("betavae", 3), ("vae", 4), ("betavae", 4)]
    scores = evaluate(tmp_path / "spectra", tmp_path / "models", params, coded.metric_params(), workers=1)
    assert scores.seeds == [3, 4]
    first = scores.runs["additive/vae/mlp"]
    assert [each.seed for each in first.trainings] == [3, 4]
    assert first.spreads["mig"].count == 2
    assert first.spreads["mse"].low == min(each.mse for each in first.trainings)
    scores.write(tmp_path / "scores.json")
    read = FactorScores.read(tmp_path / "scores.json", "make factors")
    assert read.runs["additive/betavae/conv"].network == "conv"
    text = table(read)
    assert (read.origin, read.origins) == ("synthetic", {"additive": "synthetic"})
    assert text.startswith("images 96 additive (SYNTHETIC); seeds")
    assert "seeds 3, 4: median [least, greatest]" in text
    assert "betavae" in text


def test_a_set_with_one_factor_has_no_pairs():
    images = coded.blobs()
    single = dataclasses.replace(images, levels=images.levels[:, :1], sizes=images.sizes[:1], names=images.names[:1],
                                 ordered=images.ordered[:1])
    with pytest.raises(BadData, match="blobs/adagvae: pairs differ in one of several factors"):
        training.fit(Run("blobs", "adagvae", "mlp"), single, coded.fit_params())


@pytest.mark.parametrize(("run", "message"), [
    ("additive/vae", "is not SET/MODEL/NETWORK"), ("additive/bvae/mlp", "unknown model 'bvae'.*did you mean 'vae'"),
    ("additive/vae/mpl", "unknown network 'mpl'.*did you mean 'mlp'"),
])
def test_unknown_runs_are_refused(run, message):
    with pytest.raises(BadParams, match=message):
        coded.fit_params(runs=[run])


@pytest.mark.parametrize("content", [b"", b"no tensors here"])
def test_other_files_are_no_autoencoder(tmp_path, content):
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(BadData, match="is not an autoencoder of this project") as caught:
        Disentangler.load(tmp_path / "a.safetensors")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("facts", "fault"), [
    ({"version": 9}, "it has version 9, this program reads"), ({"network": "mpl"}, "unknown network 'mpl'"), ({"more": 1}, "more"),
])
def test_other_facts_are_refused(tmp_path, facts, fault):
    made, _ = training.fit(Run("blobs", "vae", "mlp"), coded.blobs(), coded.fit_params(epochs=1))
    made.save(tmp_path / "a.safetensors")
    with pytest.raises(BadData, match=f"is not an autoencoder of this project .*{fault}.*; run `make factors`"):
        Disentangler.load(altered(tmp_path / "a.safetensors", KEY, facts))


def test_weights_of_another_size_are_refused(tmp_path):
    made, _ = training.fit(Run("blobs", "vae", "mlp"), coded.blobs(), coded.fit_params(epochs=1))
    dataclasses.replace(made, hidden=33).save(tmp_path / "a.safetensors")
    with pytest.raises(BadData, match=r"weights '.*' are \(.*32.*\), its metadata requires \(.*33.*\)"):
        Disentangler.load(tmp_path / "a.safetensors")


def test_scores_of_seeds_have_a_spread():
    own = RunScores.of(("a", "vae", "mlp"), [])
    assert own.spreads["mig"].text() == "-"
