"""Train the generators that have one loss, `cvae` and `flow`, with the loop of `artinv.learn.loop`."""

from pathlib import Path
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from artinv.core import random_draws
from artinv.digits.checkpoint import mark_of
from artinv.digits.generators import Flow, Model, Vae
from artinv.digits.networks import Autoencoder
from artinv.digits.sounds import Clips
from artinv.digits.spectra import BINS, FRAMES, levels_of
from artinv.digits.words import DIGITS
from artinv.learn.loop import LoopParams, Trained, autocast, descend, device_of, reproducible
from artinv.runtime.params import ProfileParams

_PIXELS = BINS * FRAMES


class AutoencoderParams(LoopParams, ProfileParams):
    """How the autoencoders of `cvae` and `flow` are trained."""

    section: ClassVar[str] = "autoencoder"
    batch: int = Field(ge=1)  # sounds
    size: int = Field(ge=1, le=4096)  # latent values of cvae
    weight: float = Field(gt=0)  # of the divergence from the prior in cvae
    detail: int = Field(ge=1, le=4096)  # latent values of flow
    loose: float = Field(gt=0)  # weight of the divergence from the prior in flow


class FlowParams(LoopParams, ProfileParams):
    """How the flow between latent values is trained."""

    section: ClassVar[str] = "flow"
    batch: int = Field(ge=1)  # sounds
    width: int = Field(ge=1, le=4096)  # of the hidden layers


def fit_vae(train: Clips, valid: Clips, params: AutoencoderParams, state: Path | None = None) -> tuple[Model, Trained]:
    """Train `cvae`; equal input gives equal weights."""
    with reproducible(params):
        sampler = Vae(params.size)
        trained = _fit_autoencoder(sampler.autoencoder, (train, valid), params, params.weight, state)
        fit_prior(sampler, train)
    return Model("cvae", sampler.eval(), _provenance(train, params)), trained


def fit_flow(
    train: Clips, valid: Clips, coding: AutoencoderParams, params: FlowParams, state: Path | None = None,
) -> tuple[Model, Trained]:
    """Train `flow`: its autoencoder, then the flow between noise and latent values; equal input gives equal weights.

    With `state`, an interrupted training of the autoencoder resumes from that file; the flow itself, which is short, begins anew.
    """
    with reproducible(coding):
        sampler = Flow(coding.detail, params.width)
        _fit_autoencoder(sampler.autoencoder, (train, valid), coding, coding.loose, state)
    with reproducible(params):
        trained = _fit_velocity(sampler, train, valid, params)
    return Model("flow", sampler.eval(), _provenance(train, params)), trained


def fit_prior(sampler: Vae, train: Clips) -> None:
    """Set the distribution of the latent values of each digit: mean and covariance over its training sounds.

    The prior of the training is the same for all digits, and most of what it draws lies between the latent values of real sounds.
    """
    mean, spread = _codes(sampler.autoencoder, train)
    for digit in range(DIGITS):
        own = mean[train.labels() == digit]
        inner = spread[train.labels() == digit].square().mean(0)
        sampler.centre[digit] = own.mean(0)
        sampler.root[digit] = torch.linalg.cholesky(torch.cov(own.T, correction=0).reshape(2 * [len(inner)]) + torch.diag(inner))


def _fit_autoencoder(
    network: Autoencoder, parts: tuple[Clips, Clips], params: AutoencoderParams, weight: float, state: Path | None,
) -> Trained:
    """Train an autoencoder in place; the variance of its error is the most likely one."""
    device = device_of(params.device)
    network.to(device)
    data = [(levels_of(clips.sound()).to(device), clips.labels().to(device)) for clips in parts]

    def batches(epoch: int) -> list[Tensor]:
        order = random_draws.rng("autoencoder", params.seed, epoch).permutation(len(parts[0]))
        return list(torch.from_numpy(order).to(device).split(params.batch))

    def terms(chosen: Tensor, part: int = 0) -> Tensor:
        levels, digits = (values[chosen] for values in data[part])
        with autocast(params, device):
            mean, log_variance = network.encode(levels, digits)
            latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp() if network.training else mean
            error = (network.decode(latent, digits).float() - levels).square().sum()
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).float().sum()
        return torch.stack([error, divergence, error.new_tensor(float(len(chosen)))])

    def combine(sums: Tensor) -> Tensor:
        return 0.5 * _PIXELS * torch.log(sums[0] / (sums[2] * _PIXELS)) + weight * sums[1] / sums[2]

    def validate() -> float:
        network.eval()
        with torch.inference_mode():
            numbers = torch.arange(len(parts[1]), device=device)
            return float(combine(torch.stack([terms(chosen, 1) for chosen in numbers.split(params.batch)]).sum(0)))

    return descend(network, params, batches=batches, terms=terms, combine=combine, validate=validate, state=state,
                   mark=mark_of(params, parts, device, network.size, weight))


def _fit_velocity(sampler: Flow, train: Clips, valid: Clips, params: FlowParams) -> Trained:
    """Train the flow on latent values that the frozen autoencoder gives; the paths from noise are straight."""
    device = device_of(params.device)
    codes = [_codes(sampler.autoencoder, clips) for clips in (train, valid)]
    sampler.mean.copy_(codes[0][0].mean(0))
    sampler.std.copy_((codes[0][0].var(0) + codes[0][1].square().mean(0)).sqrt())
    places = [((mean - sampler.mean) / sampler.std, spread / sampler.std, clips.labels())
              for (mean, spread), clips in zip(codes, (train, valid), strict=True)]
    data = [tuple(values.to(device) for values in part) for part in places]
    velocity = sampler.velocity.to(device)

    def batches(epoch: int) -> list[Tensor]:
        order = random_draws.rng("flow", params.seed, epoch).permutation(len(train))
        return list(torch.from_numpy(order).to(device).split(params.batch))

    def loss(part: int, chosen: Tensor, draws: Tensor, times: Tensor) -> Tensor:
        mean, spread, digits = (values[chosen] for values in data[part])
        end, start = mean + spread * draws[0], draws[1]
        place = start + times[:, None] * (end - start)
        error = (velocity(place, times, digits) - (end - start)).square().mean(1).sum()
        return torch.stack([error, error.new_tensor(float(len(chosen)))])

    def terms(chosen: Tensor) -> Tensor:
        draws = torch.randn(2, len(chosen), sampler.autoencoder.size, device=device)
        return loss(0, chosen, draws, torch.rand(len(chosen), device=device))

    fixed = torch.Generator().manual_seed(params.seed)
    draws = torch.randn(2, len(valid), sampler.autoencoder.size, generator=fixed).to(device)
    times = torch.rand(len(valid), generator=fixed).to(device)

    def validate() -> float:
        velocity.eval()
        with torch.inference_mode():
            sums = loss(1, torch.arange(len(valid), device=device), draws, times)
            return float(sums[0] / sums[1])

    return descend(velocity, params, batches=batches, terms=terms, combine=lambda sums: sums[0] / sums[1], validate=validate)


@torch.no_grad()
def _codes(network: Autoencoder, clips: Clips) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (N, size) of the latent values of sounds."""
    network.eval()
    results = [network.encode(levels_of(sounds), digits)
               for sounds, digits in zip(clips.sound().split(256), clips.labels().split(256), strict=True)]
    mean, log_variance = (torch.cat(parts) for parts in zip(*results, strict=True))
    return mean, (0.5 * log_variance).exp()


def _provenance(train: Clips, params: LoopParams) -> dict[str, str]:
    return {"origin": train.origin, "sounds": str(len(train)), "seed": str(params.seed)}
