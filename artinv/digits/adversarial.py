"""Train a conditional WGAN with gradient penalty; `artinv.learn.loop.descend` has one optimizer, this has two (docs/design.md)."""

import copy
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.core.files import replacing
from artinv.digits import spectra
from artinv.digits.checkpoint import mark_of
from artinv.digits.generators import Adversarial, Kind, Model, phases_of
from artinv.digits.networks import Critic
from artinv.digits.sounds import Clips
from artinv.learn.loop import LoopParams, autocast, device_of, reproducible
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.params import ProfileParams
from artinv.runtime.progress import track

_BETAS = (0.0, 0.9)
_BLOCK = 20  # steps between two states on disk; each block has its own seed
_PARTS = ("generator", "critic", "averaged", "of_generator", "of_critic")


class AdversarialParams(ProfileParams):
    """How generator and critic are trained against each other."""

    section: ClassVar[str] = "adversarial"
    steps: int = Field(ge=1)  # of the generator
    critic_steps: int = Field(ge=1)  # of the critic before each step of the generator
    batch: int = Field(ge=1)  # sounds
    size: int = Field(ge=1, le=4096)  # values of noise
    lr: float = Field(gt=0)
    penalty: float = Field(ge=0)  # weight of the gradient penalty
    consistency: float = Field(ge=0)  # cwgan4: weight of the disagreement of levels and phases
    average: float = Field(ge=0, lt=1)  # share of the earlier average in the averaged weights of the generator
    seed: int = Field(ge=0)
    threads: int = Field(ge=1)
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]

    @property
    def loop(self) -> LoopParams:
        """Return the parameters that `reproducible` needs."""
        return LoopParams(epochs=1, lr=self.lr, schedule="linear", halve_after=1, stop_after=1, clip=1.0, seed=self.seed,
                          threads=self.threads, device=self.device, precision=self.precision)


@dataclass(frozen=True, slots=True)
class Contest:
    """How a training went, means over its last tenth."""

    gap: float  # score of real images above that of generated ones
    slope: float  # norm of the critic's gradient between them; the penalty draws it to 1
    inconsistency: float  # of generated levels with the real phases (cwgan3, cwgan4); 0 otherwise


def fit(kind: Kind, train: Clips, params: AdversarialParams, state: Path | None = None) -> tuple[Model, Contest]:
    """Train one generator; equal input gives equal weights. Its weights are a running average, as usual for such training.

    With `state`, an interrupted run resumes from that file, and gives the weights of an uninterrupted one.
    """
    device = device_of(params.device)
    with reproducible(params.loop):
        sampler = Adversarial(int(kind[-1]), params.size)
        if sampler.experiment > 2:
            sampler.phases.copy_(phases_of(train))
        networks = _Networks(sampler, params, device)
        mark = mark_of(params, [train], kind, device)
        networks.resume(state, mark)
        contest = _train(networks, _Images(train, sampler.experiment, device), params, state, mark)
        sampler.generator = networks.averaged
    provenance = {"origin": train.origin, "sounds": str(len(train)), "seed": str(params.seed)}
    return Model(kind, sampler.cpu().eval(), provenance), contest


class _Images:
    """Real images of the experiment, with the phases of the sounds where the generator needs them."""

    def __init__(self, clips: Clips, experiment: int, device: torch.device) -> None:
        real = spectra.spectrum(clips.sound())
        levels = spectra.levels(real)[:, None]
        self.images = (levels if experiment == 1 else torch.cat([levels, spectra.advances(real)], 1)).to(device)
        self.phases = real.angle().to(device) if experiment > 2 else None
        self.digits = clips.labels().to(device)

    def draw(self, count: int) -> Tensor:
        """Draw numbers of sounds from torch's global random generator."""
        return torch.randint(len(self.digits), (count,), device=self.digits.device)


class _Networks:
    """Generator, critic and their optimizers, the averaged generator, and what was measured in each step so far."""

    def __init__(self, sampler: Adversarial, params: AdversarialParams, device: torch.device) -> None:
        self.device, self.experiment = device, sampler.experiment
        self.generator, self.critic = sampler.generator.to(device), Critic(1 if sampler.experiment == 1 else 3).to(device)
        self.averaged = copy.deepcopy(self.generator)
        self.of_generator, self.of_critic = (
            torch.optim.Adam(network.parameters(), lr=params.lr, betas=_BETAS) for network in (self.generator, self.critic))
        self.history: list[tuple[float, float, float]] = []  # gap, slope, inconsistency

    def resume(self, state: Path | None, mark: str) -> None:
        """Read the file of an interrupted run; a file with another mark is ignored."""
        if state is None or not state.exists():
            return
        try:
            saved = torch.load(state, map_location=self.device, weights_only=True)
            if saved["mark"] == mark:
                for name in _PARTS:
                    getattr(self, name).load_state_dict(saved[name])
                self.history = [(gap, slope, missed) for gap, slope, missed in saved["history"]]
        except Exception as error:  # noqa: BLE001 -- torch may raise any exception on a damaged file
            raise BadData(f"{state}: is not a training state ({type(error).__name__}); delete it to restart training") from None

    def save(self, state: Path | None, mark: str) -> None:
        """Write the state that the next step depends on."""
        if state is not None:
            content = io.BytesIO()
            weights = {name: getattr(self, name).state_dict() for name in _PARTS}
            torch.save(weights | {"mark": mark, "history": self.history}, content)
            with replacing(state) as temporary:
                temporary.write_bytes(content.getbuffer())


def _train(networks: _Networks, real: _Images, params: AdversarialParams, state: Path | None, mark: str) -> Contest:
    device, experiment, history = networks.device, networks.experiment, networks.history
    generator, critic = networks.generator, networks.critic

    def generated(chosen: Tensor) -> Tensor:
        noise = torch.randn(len(chosen), params.size, device=device)
        advances = real.images[chosen, 1:] if experiment > 2 else None
        with autocast(params.loop, device):
            images = generator(noise, real.digits[chosen], advances).float()
        return images if advances is None else torch.cat([images, advances], 1)

    def judged(images: Tensor, digits: Tensor) -> Tensor:
        with autocast(params.loop, device):
            return critic(images, digits).float()

    first = len(history)
    for step in track(range(first, params.steps), f"cwgan{experiment}", params.steps - first):
        if step % _BLOCK == 0:
            networks.save(state, mark)
            torch.manual_seed(zlib.crc32(f"{params.seed}/{step}".encode()))
        for _ in range(params.critic_steps):
            chosen = real.draw(params.batch)
            digits = real.digits[chosen]
            with torch.no_grad():
                fake = generated(chosen)
            gap = judged(real.images[chosen], digits).mean() - judged(fake, digits).mean()
            slope = _slope(judged, real.images[chosen], fake, digits)
            _descend(networks.of_critic, params.penalty * (slope - 1).square().mean() - gap)
        chosen = real.draw(params.batch)
        fake = generated(chosen)
        missed = _disagreement(fake, real, chosen)
        loss = -judged(fake, real.digits[chosen]).mean()
        _descend(networks.of_generator, loss + params.consistency * missed if experiment == 4 else loss)
        _average(networks.averaged, generator, min(params.average, (step + 1) / (step + 10)))
        history.append((float(gap.detach()), float(slope.detach().mean()), float(missed.detach())))
    if not all(bool(torch.isfinite(value).all()) for value in networks.averaged.state_dict().values()):
        raise BadParams("adversarial.lr: training diverged; lower lr, or raise penalty")
    if state is not None:
        state.unlink(missing_ok=True)
    last = torch.tensor(history[-max(1, len(history) // 10):]).mean(0)
    return Contest(*map(float, last))


def _slope(critic: Callable[[Tensor, Tensor], Tensor], first: Tensor, second: Tensor, digits: Tensor) -> Tensor:
    """Return the norm (B,) of the critic's gradient at random places between real and generated images."""
    share = torch.rand(len(first), 1, 1, 1, device=first.device)
    between = (share * first + (1 - share) * second).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between, digits).sum(), between, create_graph=True)
    return (gradient.square().sum((1, 2, 3)) + 1e-12).sqrt()


def _disagreement(fake: Tensor, real: _Images, chosen: Tensor) -> Tensor:
    """Return how far generated levels with real phases are from the spectrum of a sound, mean over the batch; 0 without phases."""
    if real.phases is None:
        return fake.new_zeros(())
    return spectra.inconsistency(spectra.amplitudes(fake[:, 0]), real.phases[chosen]).mean()


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, share: float) -> None:
    """Move averaged weights towards the present ones."""
    for mean, value in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(value, 1 - share)
