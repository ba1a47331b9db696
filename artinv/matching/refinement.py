"""Refine estimated settings through the synthesizer, so that its sound comes closer to a given one.

`gradient` follows the gradient of the multi-resolution distance; `cma` (CMA-ES) compares sounds only and needs no gradient. Both
search in shares of the parameters' ranges, from 0 to 1, and return the closest settings that they have seen, the start included.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from cmaes import CMA
from torch import Tensor, nn

from artinv.core import random_draws
from artinv.matching.choices import Method, RefineParams
from artinv.matching.matcher import Matcher
from artinv.matching.sounds import to_sound
from artinv.measure.spectra import multi_resolution
from artinv.runtime.parallel import imap
from artinv.synth.synthesizers.protocol import Synthesizer, of_unit

_CHUNK = 4  # sounds per job

Render = Callable[[Tensor], Tensor]
"""Shares (B, points, P) -> sounds (B, samples)."""


def quick(steps: int) -> RefineParams:
    """Return parameters for single sounds: `steps` gradient steps or generations; the other values are fixed."""
    return RefineParams(sounds=1, methods=["gradient"], draws=30, steps=steps, lr=0.02, generations=steps, population=16,
                        spread=0.1, seed=0)


def refine(
    matcher: Matcher, sounds: np.ndarray, method: Method, params: RefineParams, workers: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimate of a network and its refinement, both as shares of the parameters' ranges (N, points, P)."""
    guesses = matcher.shares(sounds)
    starts = candidates(matcher.scores(sounds), guesses, params) if params.draws else guesses[:, None]
    jobs = [(start, starts[start:start + _CHUNK], sounds[start:start + _CHUNK]) for start in range(0, len(sounds), _CHUNK)]
    work = partial(_refined, replace(matcher, weights=nn.Identity()), method, params)  # the weights stay in this process
    return guesses, np.concatenate(list(imap(work, jobs, workers)))


def candidates(scores: np.ndarray, guesses: np.ndarray, params: RefineParams) -> np.ndarray:
    """Return the guess and further settings, drawn from the softmax of the scores: shares (N, 1 + draws, points, P)."""
    rng = random_draws.rng("candidates", params.seed)
    steps = np.isfinite(scores).sum(-1) - 1  # (N, points, P)
    noise = rng.gumbel(size=(params.draws, *scores.shape))
    drawn = (scores + noise).argmax(-1) / steps
    return np.concatenate([guesses[:, None], np.moveaxis(drawn, 0, 1)], 1)


def _refined(
    matcher: Matcher, method: Method, params: RefineParams, job: tuple[int, np.ndarray, np.ndarray],
) -> np.ndarray:
    """Refine the settings of a few sounds."""
    first, starts, sounds = job
    render = partial(_render, matcher.synthesizer, normalise=matcher.normalise)
    targets = torch.from_numpy(sounds)
    begin = torch.from_numpy(np.stack([closest(render, own, target) for own, target in zip(starts, targets, strict=True)]))
    if method == "gradient":
        return gradient(render, begin, targets, params).numpy()
    return np.stack([
        evolve(render, own.numpy(), target, params, seed=params.seed + first + number)
        for number, (own, target) in enumerate(zip(begin, targets, strict=True))
    ])


def _render(synth: Synthesizer, shares: Tensor, *, normalise: bool) -> Tensor:
    return to_sound(synth, of_unit(synth.spec, shares), normalise=normalise)


@torch.inference_mode()
def closest(render: Render, starts: np.ndarray, target: Tensor) -> np.ndarray:
    """Return the settings (points, P), of several (K, points, P), whose sound is closest to a target (samples,)."""
    if len(starts) == 1:
        return starts[0]
    return starts[int(_distances(render(torch.from_numpy(starts)), target).argmin())]


def gradient(render: Render, start: Tensor, targets: Tensor, params: RefineParams) -> Tensor:
    """Return refined shares (B, points, P): Adam on the distance of each sound, with steps that shrink to 0, within the ranges."""
    shares = start.clone().float().requires_grad_()
    optimizer = torch.optim.Adam([shares], lr=params.lr)
    best, lowest = start.clone().float(), torch.full((len(start),), torch.inf)
    for step in range(params.steps + 1):
        distances = multi_resolution(render(shares), targets)
        closer = distances.detach() < lowest
        best[closer], lowest[closer] = shares.detach()[closer], distances.detach()[closer]
        if step == params.steps:
            break
        optimizer.zero_grad(set_to_none=True)
        distances.sum().backward()
        if shares.grad is None:
            break
        shares.grad.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)
        optimizer.param_groups[0]["lr"] = params.lr * (1 - step / params.steps)
        optimizer.step()
        with torch.no_grad():
            shares.clamp_(0, 1)
    return best


@torch.inference_mode()
def evolve(render: Render, start: np.ndarray, target: Tensor, params: RefineParams, seed: int) -> np.ndarray:
    """Return refined shares (points, P) of one sound by the evolution strategy CMA-ES."""
    begin = start.astype(np.float64).ravel()
    bounds = np.tile([0.0, 1.0], (len(begin), 1))
    search = CMA(mean=begin.clip(0.01, 0.99), sigma=params.spread, bounds=bounds, seed=seed, population_size=params.population)
    best, lowest = start, float(_distances(render(torch.from_numpy(start[None])), target))
    for _ in range(params.generations):
        drawn = [search.ask() for _ in range(params.population)]
        shares = np.stack(drawn).reshape(-1, *start.shape)
        distances = _distances(render(torch.from_numpy(shares)), target).double().nan_to_num(nan=1e9, posinf=1e9).numpy()
        search.tell(list(zip(drawn, distances.tolist(), strict=True)))
        if distances.min() < lowest:
            best, lowest = shares[int(distances.argmin())], float(distances.min())
        if search.should_stop():
            break
    return best.astype(start.dtype)


def _distances(sounds: Tensor, target: Tensor) -> Tensor:
    return multi_resolution(sounds, target.expand(len(sounds), -1))
