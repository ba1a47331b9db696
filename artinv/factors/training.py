"""Train autoencoders on sets of images, with the loop of `artinv.learn.loop`."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from artinv.core import random_draws
from artinv.factors import networks
from artinv.factors.model import Disentangler
from artinv.factors.objectives import MODELS, Objective, Weights, combine
from artinv.factors.spectra import Images
from artinv.learn.loop import LoopParams, Trained, autocast, descend, device_of, reproducible
from artinv.runtime.errors import BadData, expected
from artinv.runtime.parallel import imap
from artinv.runtime.params import ProfileParams
from artinv.runtime.progress import track

_TRIES = 8
"""Combinations that are tried for a partner that differs in one factor and is a training image."""


@dataclass(frozen=True, slots=True)
class Run:
    """A model of one network on one set; each seed trains it once."""

    data: str
    model: str
    network: str

    @classmethod
    def of(cls, name: str) -> "Run":
        """Read `SET/MODEL/NETWORK`."""
        parts = name.split("/")
        if len(parts) != 3:
            raise ValueError(f"runs: '{name}' is not SET/MODEL/NETWORK, such as additive/betavae/mlp")
        for word, known, kind in ((parts[1], MODELS, "model"), (parts[2], networks.NAMES, "network")):
            if word not in known:
                raise ValueError(f"runs: unknown {kind} '{word}' in '{name}'; {expected(word, known)}")
        return cls(*parts)

    def path(self, folder: Path, seed: int) -> Path:
        """Return the file of one training."""
        return folder / self.data / f"{self.model}-{self.network}-{seed}.safetensors"


class FitParams(LoopParams, ProfileParams):
    """Which autoencoders are trained, and how."""

    section: ClassVar[str] = "train"
    runs: list[str] = Field(min_length=1)  # SET/MODEL/NETWORK
    seeds: int = Field(ge=1)  # trainings of each run; the first has the seed `seed`
    latents: int = Field(ge=1, le=1000)
    hidden: int = Field(ge=1, le=8192)  # width of the dense layers
    batch: int = Field(ge=2)  # images
    steps: int = Field(ge=1)  # at least; small sets get more epochs
    noise: float = Field(gt=0, le=1)  # standard deviation of a pixel around its reconstruction
    beta: float = Field(ge=0)  # weight of KL: betavae, adagvae
    tc: float = Field(ge=0)  # weight of the total correlation: betatcvae
    gamma: float = Field(ge=0)  # weight of the total correlation: factorvae

    @model_validator(mode="after")
    def _known(self) -> "FitParams":
        for name in self.runs:
            Run.of(name)
        return self

    @property
    def jobs(self) -> list[tuple[Run, int]]:
        """Return all trainings, those with the first seed first."""
        return [(Run.of(name), seed) for seed in range(self.seed, self.seed + self.seeds) for name in self.runs]

    @property
    def weights(self) -> Weights:
        """Return the weights of the loss."""
        return Weights(self.noise, self.beta, self.tc, self.gamma)


def fit_all(spectra: Path, params: FitParams, models: Path, workers: int = 0) -> list[dict]:
    """Train all runs with all seeds, write the autoencoders to `models`, return facts on each training.

    An interrupted training resumes from a file beside `models`: DVC removes that folder, an output, before the next run.
    """
    jobs = params.jobs
    return list(track(imap(partial(_job, spectra, params, models), jobs, workers), "trainings", len(jobs)))


def _job(spectra: Path, params: FitParams, models: Path, job: tuple[Run, int]) -> dict:
    run, seed = job
    path = run.path(models, seed)
    state = models.parent / f".{run.data}-{path.stem}.state"
    made, trained = fit(run, Images.load(spectra / f"{run.data}.npz"), params.model_copy(update={"seed": seed}), state)
    made.save(path)
    return {"data": run.data, "model": run.model, "network": run.network, "seed": seed} | trained.facts


def fit(run: Run, images: Images, params: FitParams, state: Path | None = None) -> tuple[Disentangler, Trained]:
    """Train one autoencoder; equal input gives equal weights. With `state`, an interrupted run resumes from that file."""
    if run.model == "adagvae" and len(images.names) < 2:
        raise BadData(f"{run.data}/{run.model}: pairs differ in one of several factors, '{run.data}' has one; take another set")
    device, own, valid = device_of(params.device), images.of("train"), images.of("valid")
    params = params.model_copy(update={"epochs": max(params.epochs, -(-params.steps * params.batch // len(own)))})
    with reproducible(params):
        pixels = images.values().to(device)
        frames, bins = images.pixels.shape[1:]
        network = networks.build(run.network, frames, bins, params.latents, params.hidden)
        objective = Objective(run.model, network, params.latents, params.weights, len(own)).to(device)
        pairing = Pairing(images, own) if run.model == "adagvae" else None

        def batches(epoch: int) -> list[tuple[Tensor, Tensor | None]]:
            rng = random_draws.rng("factors order", params.seed, epoch)
            order = rng.permutation(own)
            partners = torch.from_numpy(pairing.draw(order, rng)).to(device).split(params.batch) if pairing else None
            parts = torch.from_numpy(order).to(device).split(params.batch)
            kept = [number for number, part in enumerate(parts) if len(part) > 1]
            return [(parts[number], partners[number] if partners else None) for number in kept]

        def terms(batch: tuple[Tensor, Tensor | None]) -> Tensor:
            chosen, partners = batch
            with autocast(params, device):
                return objective.terms(pixels[chosen], None if partners is None else pixels[partners]).float()

        def validate() -> float:
            objective.eval()
            return float(combine(sum(_validations(objective, pixels, valid), torch.zeros(2, device=device))))

        trained = descend(
            objective, params, batches=batches, terms=terms, combine=combine, validate=validate, state=state,
            mark=_mark(run, images, params, device),
        )
    made = Disentangler(
        data=run.data, model=run.model, network=run.network, frames=frames, bins=bins, latents=params.latents, hidden=params.hidden,
        weights=network.cpu().eval(), provenance={"origin": "synthetic", "images": str(len(own)), "seed": str(params.seed)},
    )
    return made, trained


class Pairing:
    """Partners of training images: training images that differ in exactly one factor, drawn at random."""

    def __init__(self, images: Images, own: np.ndarray) -> None:
        """Index the training images by their levels."""
        self.levels, self.sizes = images.levels.astype(np.int64), images.sizes
        keys = np.ravel_multi_index(tuple(self.levels[own].T), tuple(self.sizes))
        order = np.argsort(keys)
        self.keys, self.numbers = keys[order], own[order]

    def draw(self, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a partner of each chosen image; the image itself where no other one is found."""
        partners = chosen.copy()
        open_ = np.arange(len(chosen))
        for _ in range(_TRIES):
            levels = self.levels[chosen[open_]]
            factor = rng.integers(levels.shape[1], size=len(open_))
            rows, sizes = np.arange(len(open_)), self.sizes[factor]
            levels[rows, factor] = (levels[rows, factor] + rng.integers(1, sizes)) % sizes
            keys = np.ravel_multi_index(tuple(levels.T), tuple(self.sizes))
            places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            found = self.keys[places] == keys
            partners[open_[found]] = self.numbers[places[found]]
            open_ = open_[~found]
        return partners


def _validations(objective: Objective, pixels: Tensor, valid: Sequence[int] | np.ndarray) -> Iterator[Tensor]:
    """Yield the terms of validation in parts."""
    for part in torch.from_numpy(np.asarray(valid)).to(pixels.device).split(2000):
        yield objective.validation(pixels[part])


def _mark(run: Run, images: Images, params: FitParams, device: torch.device) -> str:
    """Return a hash of everything that a training run depends on."""
    facts = [run.path(Path("run"), params.seed).as_posix(), params.model_dump(exclude={"runs"}), str(device), torch.__version__]
    digest = hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16)
    for array in (images.pixels, images.levels, images.parts):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
