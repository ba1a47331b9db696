"""Refine estimated settings through the synthesizer, so that its sound comes closer to a given one.

`search` renders settings that the network finds probable, and draws some of their parameters anew, round by round. The other
methods begin with its result: `gradient` follows the gradient of the multi-resolution distance, `cma` (CMA-ES) compares sounds only
and needs no gradient. All work in shares of the parameters' ranges, from 0 to 1, and keep the closest settings that they have seen,
the estimate included.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from cmaes import CMA
from torch import Tensor

from artinv.core import random_draws
from artinv.matching.choices import Method, RefineParams
from artinv.matching.heads import Kind
from artinv.matching.matcher import Matcher
from artinv.matching.sounds import to_sound
from artinv.matching.target import Target
from artinv.runtime.parallel import imap
from artinv.synth.synthesizers.protocol import Synthesizer, of_unit

_CHUNK = 4  # sounds per job

Render = Callable[[Tensor], Tensor]
"""Shares (B, points, P) -> sounds (B, samples)."""

Work = Callable[[Render, tuple[np.ndarray, ...]], np.ndarray]
"""What is done with a few sounds: one array for each fact about them -> settings (N, points, P)."""


def quick(steps: int) -> RefineParams:
    """Return parameters for single sounds: `steps` gradient steps or generations; the other values are fixed."""
    return RefineParams(sounds=1, methods=["gradient"], rounds=20, draws=10, redrawn=0.15, steps=steps, lr=0.01, generations=steps,
                        population=16, spread=0.05, seed=0)


def refine(
    matcher: Matcher, sounds: np.ndarray, method: Method, params: RefineParams, workers: int = 0, *,
    found: np.ndarray | None = None,
) -> np.ndarray:
    """Return refined shares of the parameters' ranges (N, points, P) for sounds (N, samples); `found` is the result of a search."""
    if found is None:
        guesses = matcher.shares(sounds)
        proposals = drawn(matcher.head, matcher.scores(sounds), guesses, params)
        found = _spread(_searched, matcher, (guesses, proposals, sounds), workers)
    if method == "search":
        return found
    return _spread(partial(_refined, method, params), matcher, (np.arange(len(sounds)), found, sounds), workers)


def _spread(work: Work, matcher: Matcher, items: tuple[np.ndarray, ...], workers: int) -> np.ndarray:
    """Return the results of `work` on items, a few sounds at a time, spread over processes; the weights stay in this process."""
    render = partial(_render, matcher.synthesizer, normalise=matcher.normalise)
    jobs = [tuple(values[start:start + _CHUNK] for values in items) for start in range(0, len(items[0]), _CHUNK)]
    return np.concatenate(list(imap(partial(work, render), jobs, workers)))


def drawn(head: Kind, scores: np.ndarray, guesses: np.ndarray, params: RefineParams) -> np.ndarray:
    """Return settings to be tried, shares (N, rounds, draws, points, P); NaN where a parameter keeps its value.

    Settings are drawn from the softmax of the scores. The head `regression` has no probabilities: its settings are drawn from a
    normal distribution around the guess, with the standard deviation with which CMA-ES starts. The first round draws all
    parameters, each later one a share of them.
    """
    rng = random_draws.rng("candidates", params.seed)
    return np.stack([_drawn(head, *own, params, rng) for own in zip(scores, guesses, strict=True)])  # one by one: less memory


def _drawn(head: Kind, scores: np.ndarray, guess: np.ndarray, params: RefineParams, rng: np.random.Generator) -> np.ndarray:
    """Return settings to be tried for one sound (rounds, draws, points, P)."""
    rounds = (params.rounds, params.draws)
    if head == "regression":
        values = np.clip(guess + params.spread * rng.standard_normal((*rounds, *guess.shape)), 0, 1)
    else:
        values = (scores + rng.gumbel(size=(*rounds, *scores.shape))).argmax(-1) / (np.isfinite(scores).sum(-1) - 1)
    kept = rng.random(values.shape) >= params.redrawn
    kept[0] = False
    return np.where(kept, np.nan, values)


def _searched(render: Render, job: tuple[np.ndarray, ...]) -> np.ndarray:
    """Search settings for a few sounds: their estimates, proposals and samples."""
    guesses, proposals, sounds = job
    return np.stack([search(render, *own) for own in zip(guesses, proposals, torch.from_numpy(sounds), strict=True)])


def _refined(method: Method, params: RefineParams, render: Render, job: tuple[np.ndarray, ...]) -> np.ndarray:
    """Refine settings of a few sounds: their numbers, settings and samples."""
    numbers, starts, sounds = job
    targets = torch.from_numpy(sounds)
    if method == "gradient":
        return gradient(render, torch.from_numpy(starts), targets, params).numpy()
    return np.stack([
        evolve(render, own, target, params, seed=params.seed + int(number))
        for number, own, target in zip(numbers, starts, targets, strict=True)
    ])


def _render(synth: Synthesizer, shares: Tensor, *, normalise: bool) -> Tensor:
    return to_sound(synth, of_unit(synth.spec, shares), normalise=normalise)


@torch.inference_mode()
def search(render: Render, guess: np.ndarray, proposals: np.ndarray, target: Tensor) -> np.ndarray:
    """Return the settings (points, P) whose sound is closest to a target (samples,): the guess, or one that was tried.

    `proposals` (rounds, draws, points, P) are tried round by round; NaN stands for the value in the closest settings so far.
    """
    goal, best = Target(target[None]), guess
    lowest = float(goal.distances(render(torch.from_numpy(guess[None]))))
    for own in proposals if proposals.size else ():
        tried = np.where(np.isnan(own), best, own).astype(guess.dtype)
        distances = goal.distances(render(torch.from_numpy(tried)))
        if float(distances.min()) < lowest:
            best, lowest = tried[int(distances.argmin())], float(distances.min())
    return best


def gradient(render: Render, start: Tensor, targets: Tensor, params: RefineParams) -> Tensor:
    """Return refined shares (B, points, P): Adam on the distance of each sound, with steps that shrink to 0, within the ranges."""
    shares, target = start.clone().float().requires_grad_(), Target(targets)
    optimizer = torch.optim.Adam([shares], lr=params.lr)
    best, lowest = start.clone().float(), torch.full((len(start),), torch.inf)
    for step in range(params.steps + 1):
        distances = target.distances(render(shares))
        closer = distances.detach() < lowest
        best[closer], lowest[closer] = shares.detach()[closer], distances.detach()[closer]
        if step == params.steps:
            break
        (slopes,) = torch.autograd.grad(distances.sum(), [shares])
        shares.grad = slopes.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        optimizer.param_groups[0]["lr"] = params.lr * (1 - step / params.steps)
        optimizer.step()
        with torch.no_grad():
            shares.clamp_(0, 1)
    return best


@torch.inference_mode()
def evolve(render: Render, start: np.ndarray, target: Tensor, params: RefineParams, seed: int) -> np.ndarray:
    """Return refined shares (points, P) of one sound by the evolution strategy CMA-ES."""
    begin = start.astype(np.float64).ravel()
    bounds, goal = np.tile([0.0, 1.0], (len(begin), 1)), Target(target[None])
    search = CMA(mean=begin.clip(0.01, 0.99), sigma=params.spread, bounds=bounds, seed=seed, population_size=params.population)
    best, lowest = start, float(goal.distances(render(torch.from_numpy(start[None]))))
    for _ in range(params.generations):
        drawn = [search.ask() for _ in range(params.population)]
        shares = np.stack(drawn).reshape(-1, *start.shape)
        distances = goal.distances(render(torch.from_numpy(shares))).double().numpy()
        search.tell(list(zip(drawn, distances.tolist(), strict=True)))
        if distances.min() < lowest:
            best, lowest = shares[int(distances.argmin())], float(distances.min())
        if search.should_stop():
            break
    return best.astype(start.dtype)
