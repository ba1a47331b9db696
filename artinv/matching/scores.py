"""Score estimated settings on test sounds: levels of each parameter, and the sound that the estimate makes."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch

from artinv.core.provenance import made_by, versions
from artinv.matching.choices import EvaluationParams, FitParams
from artinv.matching.matcher import Matcher
from artinv.matching.results import Closeness, MatchingRun, MatchingScores, NetworkScores, ParameterScores
from artinv.matching.sounds import Part, SampleParams, load, to_sound
from artinv.measure import settings, spectra
from artinv.runtime.parallel import imap
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import Synthesizer, of_unit

_CHUNK = 50  # sounds per job


def evaluate(folder: Path, models: Path, sample: SampleParams, fit: FitParams, params: EvaluationParams) -> MatchingScores:
    """Score the listed networks on the test sounds in `folder`."""
    matchers = {name: Matcher.load(models / f"{name}.safetensors", sample.synth) for name in fit.networks}
    return score(matchers, load(folder, "test"), sample, fit, params)


def score(
    matchers: Mapping[str, Matcher], test: Part, sample: SampleParams, fit: FitParams, params: EvaluationParams,
    *, workers: int = 0,
) -> MatchingScores:
    """Score networks on test sounds."""
    sounds, again = test.sound(slice(None)), min(params.reconstructed, len(test.levels))
    heard = audible(test.head(params.audible), sample, params.threshold, workers)
    scored = {name: _score(matcher, test, heard, params, workers) for name, matcher in matchers.items()}
    trained_on = next(iter(matchers.values())).provenance["sounds"]
    run = MatchingRun(
        origin="synthetic", made_by=made_by({**versions(), "seed": fit.seed}), synth=sample.synth, head=fit.head,
        sounds=len(sounds), trained_on=int(trained_on), reconstructed=again, audible=len(heard), top=params.top, seeds=1,
    )
    others = np.roll(np.arange(again), 1)
    return MatchingScores(run, scored, median(*compare(sounds[:again][others], sounds[:again])))


def compare(sounds: np.ndarray, references: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log-spectral distance in dB, multi-resolution distance and correlation (N,) of sounds (N, samples) to references."""
    results: list[list[np.ndarray]] = []
    with torch.inference_mode():
        for start in range(0, len(sounds), _CHUNK):
            first, second = (torch.from_numpy(values[start:start + _CHUNK]) for values in (sounds, references))
            measures = spectra.log_spectral_distance, spectra.multi_resolution, spectra.correlation
            results.append([measure(first, second).numpy() for measure in measures])
    distances, multi, correlations = (np.concatenate(parts) for parts in zip(*results, strict=True))
    return distances, multi, correlations


def median(distances: np.ndarray, multi: np.ndarray, correlations: np.ndarray) -> Closeness:
    """Return the medians of what `compare` returned."""
    return Closeness(float(np.median(distances)), float(np.median(multi)), float(np.median(correlations)))


def rendered(synth: Synthesizer, shares: np.ndarray, *, normalise: bool, workers: int = 0) -> np.ndarray:
    """Return the sounds (N, samples) of shares of the parameters' ranges (N, points, P), rendered in parallel."""
    chunks = [shares[start:start + _CHUNK] for start in range(0, len(shares), _CHUNK)]
    return np.concatenate(list(imap(partial(_render, synth, normalise), chunks, workers)))


def audible(part: Part, sample: SampleParams, threshold: float, workers: int = 0) -> np.ndarray:
    """Return whether a change of each parameter is audible in each sound (N, P).

    A parameter is set to the level half of its range away, at all times, with all other parameters unchanged. The change is audible
    if the log-spectral distance between the two sounds exceeds `threshold` in dB. So a parameter that another one hides, such as
    the frequency of an oscillator without amplitude, is found for any synthesizer, without knowledge of its structure.
    """
    work = partial(_audible, sample, threshold)
    chunks = [part.levels[start:start + 1] for start in range(len(part.levels))]
    return np.concatenate(list(imap(work, chunks, workers)))


def _audible(sample: SampleParams, threshold: float, levels: np.ndarray) -> np.ndarray:
    synth = kinds.build(sample.synth, sample.sample_rate, sample.samples)
    steps = np.array([parameter.levels - 1 for parameter in synth.spec])
    shares = levels / steps
    changed = np.repeat(shares, len(steps) + 1, 0)
    for number in range(len(steps)):
        own = changed[number, :, number]
        changed[number, :, number] = np.where(own >= 0.5, own - 0.5, own + 0.5)
    sounds = torch.from_numpy(_render(synth, sample.normalise, changed))
    distances = spectra.log_spectral_distance(sounds[:-1], sounds[-1:].expand(len(steps), -1))
    return (distances > threshold).numpy()[None]


def _render(synth: Synthesizer, normalise: bool, shares: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return to_sound(synth, of_unit(synth.spec, torch.from_numpy(shares)), normalise=normalise).numpy()


def _score(matcher: Matcher, test: Part, heard: np.ndarray, params: EvaluationParams, workers: int) -> NetworkScores:
    spec, points, sounds, again = matcher.synthesizer.spec, test.levels.shape[1], test.sound(slice(None)), params.reconstructed
    scores, shares = matcher.scores(sounds), matcher.shares(sounds)
    steps = np.array([parameter.levels - 1 for parameter in spec])
    flat, truth = scores.reshape(-1, *scores.shape[2:]), test.levels.reshape(-1, len(spec)).astype(np.int64)
    rank, first, best = (100.0 * values for values in (
        settings.percentile_rank(flat, truth), settings.within_best(flat, truth, 1), settings.within_best(flat, truth, params.top)))
    error = 100 * np.abs(shares - test.levels / steps).mean((0, 1))
    mask = np.repeat(heard, points, 0)
    audible_rank, audible_first = (settings.masked_mean(values[:len(mask)], mask) for values in (rank, first))
    parameters = {
        parameter.name: ParameterScores(
            *(float(values[number]) for values in (rank.mean(0), first.mean(0), best.mean(0), error, 100 * heard.mean(0),
                                                   audible_rank, audible_first)))
        for number, parameter in enumerate(spec)
    }
    estimate = rendered(matcher.synthesizer, shares[:again], normalise=matcher.normalise, workers=workers)
    return NetworkScores(
        sum(value.numel() for value in matcher.weights.parameters()), float(rank.mean()), float(first.mean()), float(best.mean()),
        float(np.nanmean(audible_rank)), float(np.nanmean(audible_first)), parameters, median(*compare(estimate, sounds[:again])),
    )
