"""Small sets of images with known factors, and the parameters of autoencoders, for tests."""

import numpy as np

from artinv.factors.disentanglement import MetricParams
from artinv.factors.spectra import Images, SetParams
from artinv.factors.training import FitParams

SETS = {"sets": ["additive"], "samples": 2000, "frames": 2, "bins": 40, "lowest": 100, "per_octave": 6, "resolution": 1.0,
        "floor": 40, "extra": [],
        "tract_levels": 2, "count": 30, "valid": 0.1, "test": 0.1, "seed": 0}
FIT = {"runs": ["additive/vae/mlp"], "seeds": 1, "latents": 4, "hidden": 32, "batch": 32, "steps": 1, "noise": 0.1, "beta": 2.0,
       "tc": 3.0, "gamma": 5.0, "epochs": 4, "lr": 5e-3, "schedule": "linear", "halve_after": 2, "stop_after": 5, "clip": 1000.0,
       "seed": 0, "threads": 1, "device": "cpu", "precision": "float32"}
METRICS = {"points": 300, "bins": 10, "train": 200, "test": 100, "predictor": "boosted", "trees": 10, "votes": 100, "batch": 16,
           "prune": 0.05, "seed": 0}


def set_params(**changes):
    return SetParams.of(SETS | changes)


def fit_params(**changes):
    return FitParams.of(FIT | changes)


def metric_params(**changes):
    return MetricParams.of(METRICS | changes)


def blobs(size=8, frames=2, bins=12):
    """Return images of a bright spot whose place and width are the factors, on a grid of `size` x 4 x 3 copies in brightness."""
    levels = np.stack(np.meshgrid(np.arange(size), np.arange(4), np.arange(3), indexing="ij"), -1).reshape(-1, 3)
    places = 1 + levels[:, 0] * (bins - 3) / (size - 1)
    widths, heights = 0.6 + 0.5 * levels[:, 1], 0.5 + 0.25 * levels[:, 2]
    shape = np.exp(-(((np.arange(bins) - places[:, None]) / widths[:, None]) ** 2)) * heights[:, None]
    pixels = np.repeat(np.rint(255 * shape).astype(np.uint8)[:, None], frames, 1)
    parts = (np.random.default_rng(0).permutation(len(levels)) % 10 // 8).astype(np.uint8)
    parts[parts == 1] += (np.arange((parts == 1).sum()) % 2).astype(np.uint8)
    return Images(pixels, levels.astype(np.uint8), np.array([size, 4, 3]), np.array(["place", "width", "height"]),
                  np.ones(3, bool), parts)
