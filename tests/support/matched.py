"""Parameters, sounds and networks of the synthesizer `tones`."""

from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest
import torch

from artinv.matching import networks, sounds, training
from artinv.matching.choices import EvaluationParams, FitParams, RefineParams
from artinv.matching.heads import Head
from artinv.matching.matcher import Matcher, Typical
from artinv.matching.sounds import SampleParams
from artinv.synth.synthesizers import kinds
from tools.deps import ROOT

SAMPLE = {"synth": "tones", "num_examples": 300, "length": 0.256, "sample_rate": 8000, "points": 1, "sampling_method": "random",
          "normalise": False, "stored": True, "valid": 0.1, "test": 0.1, "seed": 0}
FIT = {"networks": ["C1"], "head": "softmax", "batch": 20, "epochs": 6, "lr": 2e-3, "schedule": "linear", "halve_after": 2,
       "stop_after": 5, "clip": 1.0, "seed": 0, "threads": 1, "device": "cpu", "precision": "float32"}
REFINE = {"sounds": 4, "methods": ["gradient", "cma"], "draws": 0, "steps": 20, "lr": 0.02, "generations": 8, "population": 8,
          "spread": 0.1, "seed": 0}
EVALUATION = {"top": 2, "reconstructed": 10, "audible": 8, "threshold": 1.0}


@contextmanager
def tones_registered():
    """Let the registry of synthesizers find `tones` inside the block, in this process; work is not spread over others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "__path__", [*kinds.__path__, str(ROOT / "tests/support/synthesizers")])
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        yield


def sample_params(**changes):
    return SampleParams.of(SAMPLE | changes)


def fit_params(**changes):
    return FitParams.of(FIT | changes)


def refine_params(**changes):
    return RefineParams.of(REFINE | changes)


def evaluation_params(**changes):
    return EvaluationParams.of(EVALUATION | changes)


def parts(folder, **changes):
    """Draw and render sounds; return their parts by name."""
    sounds.sample(sample_params(**changes), folder, workers=1)
    return {name: sounds.load(folder, name) for name in sounds.PARTS}


@cache
def trained(folder):
    """Return a network that has learned to set the tones, and the parts of its sounds in a folder."""
    own = parts(folder)
    matcher, _ = training.fit("C1", (own["train"], own["valid"]), sample_params(), fit_params())
    return matcher, own


def untrained(path):
    """Save a small network with random weights for a quarter of a second of fm23."""
    head = Head("softmax", kinds.build("fm23", 16384, 4096).spec)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = networks.build("FC-lin", 4096, head.outputs)
    Matcher(
        synth="fm23", sample_rate=16384, samples=4096, points=1, normalise=False, network="FC-lin", head="softmax", weights=weights,
        typical=Typical(quietest=0.1, loudest=1.0, distance=5.0, farthest=10.0), provenance={"origin": "synthetic"},
    ).save(path)


def tones(seconds, pitch=500.0, rate=8000, loudness=0.4):
    """Return a tone (samples,) float32."""
    return (loudness * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


class Oracle(torch.nn.Module):
    """A network whose raw outputs are given, one row per sound in order of use."""

    def __init__(self, raw):
        super().__init__()
        self.raw, self.used = torch.as_tensor(raw, dtype=torch.float32), 0

    def forward(self, values):
        rows = self.raw[self.used:self.used + len(values)]
        self.used = (self.used + len(values)) % len(self.raw)
        return rows
