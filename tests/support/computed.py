"""What the pipeline computes of a few utterances, from recordings to a model's score: `python -m tests.support.computed FILE.npz`.

All is drawn from seeds, so that two processors, or two sets of kernels on one, can be held against each other.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from artinv.data.clean import CleanParams, clean
from artinv.data.frames import features
from artinv.data.normalize import NormalizeParams, estimate
from artinv.learn import models
from artinv.learn.experiment import ExperimentParams
from artinv.learn.inverter import Inverter
from artinv.learn.train import train
from artinv.measure import metrics
from artinv.signal.features import FeatureParams
from tests.support import corpora
from tests.support.inverters import babble
from tests.support.spoken import spoken
from tools.deps import CHOICES

TOLERANCES = {"sound": 1e-6, "motion, mm": 1e-4, "acoustics": 1e-3, "normalized": 1e-4, "predicted": 1e-3, "pearson": 0.01}
"""The largest difference that another processor may make; docs/reliability.md says how large it was."""


def compute() -> dict[str, np.ndarray]:
    """By name, in the units that the name says."""
    corpus = corpora.get("hprc")
    said = [spoken(corpus, number, sound=babble(1.2, seed=number)) for number in range(10)]
    cleaned = [clean(one, CleanParams.load(CHOICES))[0] for one in said]
    heard = [features(one, FeatureParams.load(CHOICES)) for one in cleaned]
    stats = estimate(heard, NormalizeParams.load(CHOICES))
    ready = [stats.normalize(one) for one in heard]
    params = ExperimentParams.load(CHOICES).of_split("spec").model_copy(update={"epochs": 5, "threads": 1, "device": "cpu"})
    sizes = models.get(params.model).Sizes.load(CHOICES)
    trained = train(params, sizes, ready[:6], ready[6:8])
    width = ready[0].acoustics.shape[1]
    inverter = Inverter(model=params.model, sizes=sizes, n_in=width, rate=ready[0].rate, network=trained.network)
    z = inverter.predict_many([one.acoustics for one in ready])
    return {
        "kernels": np.array(torch.backends.cpu.get_cpu_capability()),
        "sound": np.concatenate([one.sound for one in cleaned]),
        "motion, mm": np.concatenate([one.motion for one in heard]),
        "acoustics": np.concatenate([one.acoustics for one in heard]),
        "normalized": np.concatenate([np.hstack([one.acoustics, one.motion]) for one in ready]),
        "predicted": np.concatenate(z),
        "pearson": np.stack([metrics.pearson(one.motion, motion) for one, motion in zip(ready[8:], z[8:], strict=True)]),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    np.savez(Path(sys.argv[1]), **compute())
