"""Measure what refinement gains and loses: distances of the sounds and errors of every parameter, before and after."""

import time
from pathlib import Path

import numpy as np

from artinv.core.provenance import made_by, versions
from artinv.matching.choices import FitParams, RefineParams
from artinv.matching.matcher import Matcher
from artinv.matching.refinement import refine
from artinv.matching.results import Change, Gains, MethodGains, ParameterChange
from artinv.matching.scores import compare, rendered
from artinv.matching.sounds import Part, SampleParams, load


def measure(folder: Path, models: Path, sample: SampleParams, fit: FitParams, params: RefineParams) -> Gains:
    """Refine the estimates of the first listed network on test sounds in `folder`."""
    matcher = Matcher.load(models / f"{fit.networks[0]}.safetensors", sample.synth)
    return gains(matcher, load(folder, "test").head(params.sounds), params)


def gains(matcher: Matcher, test: Part, params: RefineParams, workers: int = 0) -> Gains:
    """Refine the estimates of a network on test sounds."""
    sounds, spec = test.sound(slice(None)), matcher.synthesizer.spec
    truth = test.levels / np.array([parameter.levels - 1 for parameter in spec])
    methods: dict[str, MethodGains] = {}
    for method in params.methods:
        start = time.perf_counter()
        guesses, refined = refine(matcher, sounds, method, params, workers)
        seconds = (time.perf_counter() - start) / len(sounds)
        first, second = (
            compare(rendered(matcher.synthesizer, shares, normalise=matcher.normalise, workers=workers), sounds)
            for shares in (guesses, refined)
        )
        errors = [100 * np.abs(shares - truth).mean(1) for shares in (guesses, refined)]
        parameters = {
            parameter.name: ParameterChange(
                float(errors[0][:, number].mean()), float(errors[1][:, number].mean()),
                100 * float((errors[1][:, number] > errors[0][:, number]).mean()))
            for number, parameter in enumerate(spec)
        }
        methods[method] = MethodGains(
            _change(first[0], second[0]), _change(first[1], second[1]), _change(first[2], second[2], higher=True), parameters,
            [name for name, change in parameters.items() if change.after > change.before], round(seconds, 2),
        )
    best = min(methods, key=lambda name: methods[name].log_spectral_distance.after)
    stamp = made_by({**versions(), "seed": params.seed})
    return Gains("synthetic", stamp, matcher.synth, matcher.network, len(sounds), best, methods)


def _change(before: np.ndarray, after: np.ndarray, *, higher: bool = False) -> Change:
    """Compare what is lower, or with `higher` higher, for closer sounds."""
    medians = float(np.median(before)), float(np.median(after))
    fall = 100 * (1 - medians[1] / medians[0]) if medians[0] else np.nan
    return Change(*medians, float(fall), 100 * float((after > before if higher else after < before).mean()))
