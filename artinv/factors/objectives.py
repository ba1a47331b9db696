"""What autoencoders minimize, in nats per image: reconstruction, and the price of the latents.

- `vae`: reconstruction + KL (Kingma 2014);
- `betavae`: reconstruction + beta KL (Higgins 2017);
- `betatcvae`: KL is divided into mutual information, total correlation and the KL of each latent; the total correlation, estimated
  from the batch, has the weight `tc` (Chen 2018);
- `factorvae`: reconstruction + KL + gamma total correlation, estimated by a critic that tells latents from latents that are
  shuffled one by one (Kim and Mnih 2018);
- `adagvae`: weakly supervised. Two images differ in one factor, which is not named; latents that hardly differ between them are
  averaged (Locatello 2020).
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.factors.networks import Autoencoder
from artinv.learn.layers import dense

Model = Literal["vae", "betavae", "betatcvae", "factorvae", "adagvae"]
MODELS: tuple[str, ...] = get_args(Model)

_CRITIC = 200  # width of the critic's three hidden layers


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the terms."""

    noise: float  # standard deviation of a pixel around its reconstruction
    beta: float  # of KL in betavae and adagvae
    tc: float  # of the total correlation in betatcvae
    gamma: float  # of the total correlation in factorvae


class Objective(nn.Module):
    """An autoencoder with the loss of a model; the critic of `factorvae` is trained along and not used afterwards."""

    def __init__(self, model: str, autoencoder: Autoencoder, latents: int, weights: Weights, images: int) -> None:
        """Take the number of training `images`."""
        super().__init__()
        self.model, self.autoencoder, self.weights, self.images = model, autoencoder, weights, images
        self.critic = nn.Sequential(dense([latents, *[_CRITIC] * 3]), nn.Linear(_CRITIC, 1)) if model == "factorvae" else None

    def terms(self, images: Tensor, partners: Tensor | None = None) -> Tensor:
        """Return the loss summed over images (B, frames, bins), and their number; `partners` differ from them in one factor."""
        if self.model == "adagvae":
            assert partners is not None
            return self._of_pairs(images, partners)
        mean, log_variance = self.autoencoder.encode(images)
        latents = sample(mean, log_variance)
        loss = self.reconstruction(images, latents)
        if self.model == "betatcvae":
            loss = loss + self._divided(latents, mean, log_variance)
        else:
            loss = loss + (self.weights.beta if self.model == "betavae" else 1) * divergence(mean, log_variance).sum(1)
        total = loss.sum()
        if self.critic is not None:
            frozen = {name: value.detach() for name, value in self.critic.named_parameters()}
            correlation = torch.func.functional_call(self.critic, frozen, (latents,))
            total = total + self.weights.gamma * correlation.sum() + self._of_critic(latents.detach())
        return torch.stack([total, total.new_tensor(float(len(images)))])

    @torch.no_grad()
    def validation(self, images: Tensor) -> Tensor:
        """Return reconstruction and weighted KL at the mean of the latents, summed over images, and their number.

        It needs no random numbers and no batch statistics, so that epochs can be compared.
        """
        mean, log_variance = self.autoencoder.encode(images)
        weight = self.weights.beta if self.model in ("betavae", "adagvae") else 1
        loss = self.reconstruction(images, mean) + weight * divergence(mean, log_variance).sum(1)
        return torch.stack([loss.sum(), loss.new_tensor(float(len(images)))])

    def reconstruction(self, images: Tensor, latents: Tensor) -> Tensor:
        """Return half the squared error in units of the noise (B,): -log p(image | latents) up to a constant."""
        return (images - self.autoencoder.decode(latents)).square().flatten(1).sum(1) / (2 * self.weights.noise ** 2)

    def _divided(self, latents: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
        """Return KL (B,) with the total correlation weighted, from the densities of the batch."""
        own = log_normal(latents, mean, log_variance).sum(1)
        prior = log_normal(latents, torch.zeros_like(latents), torch.zeros_like(latents)).sum(1)
        pairs = log_normal(latents[:, None], mean[None], log_variance[None])  # (B, B, latents)
        scale = math.log(len(latents) * self.images)
        joint = pairs.sum(2).logsumexp(1) - scale
        single = (pairs.logsumexp(1) - scale).sum(1)
        return own - joint + self.weights.tc * (joint - single) + single - prior

    def _of_critic(self, latents: Tensor) -> Tensor:
        """Return the loss of the critic, summed: true latents against latents in which each value comes from another image."""
        assert self.critic is not None
        shuffled = torch.stack([column[torch.randperm(len(column), device=column.device)] for column in latents.unbind(1)], 1)
        true, false = self.critic(latents), self.critic(shuffled)
        return (functional.softplus(-true) + functional.softplus(false)).sum()

    def _of_pairs(self, images: Tensor, partners: Tensor) -> Tensor:
        """Return the loss of pairs."""
        (mean, log_variance), (other, other_log) = map(self.autoencoder.encode, (images, partners))
        shared = alike(mean, log_variance, other, other_log)
        variance = (log_variance.exp() + other_log.exp()) / 2
        middle = (mean + other) / 2
        losses = []
        for each, centre, spread in ((images, mean, log_variance), (partners, other, other_log)):
            centre, spread = torch.where(shared, middle, centre), torch.where(shared, variance.log(), spread)  # noqa: PLW2901
            price = self.weights.beta * divergence(centre, spread).sum(1)
            losses.append((self.reconstruction(each, sample(centre, spread)) + price).sum())
        total = torch.stack(losses).mean()
        return torch.stack([total, total.new_tensor(float(len(images)))])


def combine(sums: Tensor) -> Tensor:
    """Return the mean loss from a sum of terms."""
    return sums[0] / sums[1]


def sample(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return latents drawn from Gaussians, with gradients."""
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of each Gaussian from the standard one, in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def log_normal(values: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the log-density of values under Gaussians."""
    return -0.5 * (math.log(2 * math.pi) + log_variance + (values - mean).square() / log_variance.exp())


def alike(mean: Tensor, log_variance: Tensor, other: Tensor, other_log: Tensor) -> Tensor:
    """Return True (B, latents) where a latent hardly differs between two images: KL below the middle of its least and largest."""
    ratio = (log_variance - other_log).exp()
    gap = 0.5 * (ratio + (mean - other).square() / other_log.exp() - 1 - ratio.log())
    gap = gap.detach()
    return gap < (gap.amin(1, keepdim=True) + gap.amax(1, keepdim=True)) / 2
