"""Run the pipeline on a few utterances, from recordings to a score: `python -m tests.support.computed FILE.npz`.

All data are drawn from seeds, so that results of two processors, or of two sets of kernels, are comparable.
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
from artinv.phones.inputs import InputParams
from tests.support import corpora
from tests.support.inverters import babble
from tests.support.spoken import spoken
from tools.deps import CHOICES

TOLERANCES = {"sound": 1e-6, "motion, mm": 1e-4, "acoustics": 1e-3, "normalized": 1e-4, "predicted": 1e-3, "pearson": 0.01}
"""Largest permitted difference between processors; docs/reliability.md gives the measured differences."""


def compute() -> dict[str, np.ndarray]:
    """Return the results by name; the name gives the unit."""
    corpus = corpora.get("hprc")
    utterances = [spoken(corpus, number, sound=babble(1.2, seed=number)) for number in range(10)]
    cleaned = [clean(utterance, CleanParams.load(CHOICES))[0] for utterance in utterances]
    records = [features(utterance, InputParams.load(CHOICES)) for utterance in cleaned]
    stats = estimate(records, NormalizeParams.load(CHOICES))
    normalized = [stats.normalize(frames) for frames in records]
    params = ExperimentParams.load(CHOICES).of_split("spec").model_copy(update={"epochs": 5, "threads": 1, "device": "cpu"})
    sizes = models.get(params.model).Sizes.load(CHOICES)
    trained = train(params, sizes, normalized[:6], normalized[6:8])
    width = normalized[0].acoustics.shape[1]
    inverter = Inverter(model=params.model, sizes=sizes, n_in=width, rate=normalized[0].rate, network=trained.network)
    z = inverter.predict_many([frames.acoustics for frames in normalized])
    return {
        "kernels": np.array(torch.backends.cpu.get_cpu_capability()),
        "sound": np.concatenate([utterance.sound for utterance in cleaned]),
        "motion, mm": np.concatenate([frames.motion for frames in records]),
        "acoustics": np.concatenate([frames.acoustics for frames in records]),
        "normalized": np.concatenate([np.hstack([frames.acoustics, frames.motion]) for frames in normalized]),
        "predicted": np.concatenate(z),
        "pearson": np.stack([metrics.pearson(frames.motion, motion) for frames, motion in zip(normalized[8:], z[8:], strict=True)]),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    np.savez(Path(sys.argv[1]), **compute())
