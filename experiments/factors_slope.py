"""Compare ways to make an autoencoder hold the slope of additive sounds, the factor that the default parameters lose.

Run as `python -m experiments.factors_slope [--ways default 'noise .01' ...] [--count 5000] [--seeds 1]`, with the parameters of
pipelines/factors/params.yaml but those that a way changes (`WAYS`). Each way trains a `vae`, dense unless it names another model or
network, with each seed on `--count` sounds of the grid (0: all), and is scored like the runs of the pipeline. Ways that begin with
`bound` train nothing: boosted trees estimate the factors from the spectrum itself. With the whole grid, the variance that each
factor causes is measured, too. Finished trainings are written to metrics/factors/slope.json, so that an interrupted comparison
resumes; runs of other counts stay beside them.
"""

import argparse
import json
import time
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.factors.disentanglement import MetricParams
from artinv.factors.disentanglement.dci import dci
from artinv.factors.scores import coded, score
from artinv.factors.spectra import Images, SetParams, of_sounds
from artinv.factors.training import FitParams, Run, fit
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

WAYS: dict[str, dict[str, float | str]] = {
    "bound": {"network": "none"},
    "bound, floor 60 dB": {"network": "none", "data.floor": 60.0},
    "bound, floor 80 dB": {"network": "none", "data.floor": 80.0},
    "bound, resolution .2": {"network": "none", "data.resolution": 0.2},
    "default": {},
    "noise .01": {"train.noise": 0.01},
    "noise .003": {"train.noise": 0.003},
    "24 epochs": {"train.epochs": 24},
    "20 latents": {"train.latents": 20},
    "conv": {"network": "conv"},
    "floor 20 dB": {"data.floor": 20.0},
    "floor 60 dB": {"data.floor": 60.0},
    "resolution 1": {"data.resolution": 1.0},
    "noise .01, 24 epochs": {"train.noise": 0.01, "train.epochs": 24},
    "noise .01, 40 epochs": {"train.noise": 0.01, "train.epochs": 40},
    "noise .01, 24 epochs, 512 units": {"train.noise": 0.01, "train.epochs": 24, "train.hidden": 512},
    "noise .01, 24 epochs, conv": {"train.noise": 0.01, "train.epochs": 24, "network": "conv"},
    "noise .01, 24 epochs, floor 20 dB": {"train.noise": 0.01, "train.epochs": 24, "data.floor": 20.0},
    "noise .01, 40 epochs, floor 60 dB": {"train.noise": 0.01, "train.epochs": 40, "data.floor": 60.0},
    "noise .01, 40 epochs, floor 80 dB": {"train.noise": 0.01, "train.epochs": 40, "data.floor": 80.0},
    "noise .01, 40 epochs, resolution .2": {"train.noise": 0.01, "train.epochs": 40, "data.resolution": 0.2},
    "noise .01, 40 epochs, 20 latents": {"train.noise": 0.01, "train.epochs": 40, "train.latents": 20},
    "noise .01, 40 epochs, 20 latents, floor 60 dB": {
        "train.noise": 0.01, "train.epochs": 40, "train.latents": 20, "data.floor": 60.0},
    "adagvae, noise .01, 40 epochs": {"model": "adagvae", "train.noise": 0.01, "train.epochs": 40},
    "adagvae, noise .01, 40 epochs, floor 60 dB": {
        "model": "adagvae", "train.noise": 0.01, "train.epochs": 40, "data.floor": 60.0},
}
"""Ways -> changed parameters of params.yaml, and the model and the network where they are not `vae` and `mlp`."""

GOAL, LIMIT = 0.75, 0.002
"""Least informativeness and greatest MSE of the goal."""


def changed(way: str, section: str) -> dict[str, float | str]:
    """Return what a way changes in one section of params.yaml.

    >>> changed("floor 20 dB", "data"), changed("floor 20 dB", "train")
    ({'floor': 20.0}, {})
    """
    return {name.partition(".")[2]: value for name, value in WAYS[way].items() if name.startswith(f"{section}.")}


def variances(images: Images) -> dict[str, dict[str, float]]:
    """Return the variance of a pixel that each factor causes while all others stay, over a whole grid: mean and median."""
    grid = images.values().numpy().reshape(*images.sizes, -1)
    own = {str(name): grid.var(axis).mean(-1) for axis, name in enumerate(images.names)}
    return {name: {"mean": float(values.mean()), "median": float(np.median(values))} for name, values in own.items()}


def bound(images: Images, params: MetricParams, seed: int) -> dict:
    """Return how well boosted trees estimate the factors from all pixels: what no autoencoder is likely to exceed."""
    points = coded(images.values().flatten(1).numpy(), images)
    order = np.random.default_rng(seed).permutation(len(points.codes))
    found = dci(points.take(order[:params.train]), points.take(order[params.train:params.train + params.test]), params.predictor,
                params.trees, seed)
    return {"mse": 0.0, "active": 0, "informativeness": float(found.informativeness.mean()),
            "informativeness_of": dict(zip(points.names, found.informativeness.tolist(), strict=True))}


def run(way: str, seed: int, images: Images, params: FitParams, metrics: MetricParams) -> dict:
    """Train once; return the scores and the seconds of the training."""
    start = time.perf_counter()
    kind = Run("additive", str(WAYS[way].get("model", "vae")), str(WAYS[way].get("network", "mlp")))
    made, _ = fit(kind, images, params.model_copy(
        update={"seed": seed, "threads": 1, "device": "cpu", **changed(way, "train")}))
    seconds = time.perf_counter() - start
    scores = score(made, images, metrics, seed)
    return {"mse": scores.mse, "active": scores.active, "seconds": seconds, **asdict(scores.metrics)}


def summary(runs: list[dict]) -> dict[str, dict]:
    """Return median and range of each way on each number of sounds, as `WAY, COUNT sounds`."""
    rows: dict[str, list[dict]] = {}
    for row in runs:
        rows.setdefault(f"{row['way']}, {row['sounds']} sounds", []).append(row)
    flat = {name: [{**row, **row["informativeness_of"]} for row in own] for name, own in rows.items()}
    keys = ("informativeness", "mse", "f0", "slope", "inharmonicity", "decay")
    return {
        name: {key: {"median": float(np.median(values)), "low": min(values), "high": max(values)}
               for key in keys for values in [[row[key] for row in own]]} | {"seeds": len(own)}
        for name, own in flat.items()
    }


def text_of(table: dict[str, dict]) -> str:
    """Return the comparison as text."""
    rows = [["", "informativeness", "slope", "MSE", "seeds", "goal"]]
    for name, own in table.items():
        reached = own["informativeness"]["low"] >= GOAL and own["mse"]["high"] <= LIMIT
        rows.append([name, *(f"{own[key]['median']:.{digits}f} [{own[key]['low']:.{digits}f}, {own[key]['high']:.{digits}f}]"
                             for key, digits in (("informativeness", 3), ("slope", 3), ("mse", 5))),
                     str(own["seeds"]), "reached" if reached else "not reached"])
    return "\n".join(["SYNTHETIC sounds, additive, medians [least, greatest]", *aligned(rows)])


def resumed(path: Path, facts: dict) -> dict:
    """Return the content of a file, if its parameters are these; otherwise nothing."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return before if before.get("facts") == facts else {}


def write(path: Path, facts: dict, runs: list[dict], shares: dict) -> None:
    """Write what is finished."""
    write_json(path, {"facts": facts, "runs": runs, "ways": summary(runs), "pixel_variance": shares, **stamp("synthetic", seed=0)})


def images_of(files: FactorFiles, params: SetParams) -> Images:
    """Return the spectra of the pipeline where the parameters are its own; otherwise render them."""
    stored = files.spectra / "additive.npz"
    return Images.load(stored) if params == SetParams.load(files.params) and stored.exists() else of_sounds("additive", params)


def main() -> None:
    """Train what is missing, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=1)
    options, files = parser.parse_args(), FactorFiles(Workspace())
    params, metrics = FitParams.load(files.params), MetricParams.load(files.params)
    sets, path = SetParams.load(files.params).model_copy(update={"count": options.count}), files.beta.with_name("slope.json")
    own = params.model_dump(exclude={"runs", "seeds", "seed", "device", "threads"})
    facts = {"data": sets.model_dump(exclude={"sets", "count"}), "train": own, "metrics": metrics.model_dump()}
    before = resumed(path, facts)
    runs, made = before.get("runs", []), dict[str, Images]()
    shares = before.get("pixel_variance", {}) if options.count else variances(images_of(files, sets))
    write(path, facts, runs, shares)
    done = {(row["way"], row["seed"], row["asked"]) for row in runs}
    for way, seed in product(options.ways, range(options.seeds)):
        if (way, seed, options.count) in done:
            continue
        chosen = sets.model_copy(update=changed(way, "data"))
        key = chosen.model_dump_json()
        if key not in made:
            made = {key: images_of(files, chosen)}
        bare = WAYS[way].get("network") == "none"
        scores = bound(made[key], metrics, seed) if bare else run(way, seed, made[key], params, metrics)
        runs = [*runs, {"way": way, "seed": seed, "asked": options.count, "sounds": len(made[key].levels), **scores}]
        write(path, facts, runs, shares)
        print(f"{way}, seed {seed}: informativeness {scores['informativeness']:.3f}, MSE {scores['mse']:.5f}, "
              f"slope {scores['informativeness_of']['slope']:.3f}", flush=True)
    print(text_of(summary(runs)))


if __name__ == "__main__":
    with gate():
        main()
