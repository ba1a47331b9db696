"""Train the autoencoders on MNIST's own files: `python -m experiments.factors_mnist FOLDER [--models betavae vae] [--seeds 5]`.

FOLDER holds train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or as .gz. The parameters are those of
pipelines/factors/params.yaml. The digit is the only known factor. The table is printed; nothing is written.
"""

import argparse
from functools import partial
from itertools import product
from pathlib import Path

from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.factors import idx
from artinv.factors.disentanglement import MetricParams
from artinv.factors.objectives import MODELS
from artinv.factors.results import FactorScores, ModelScores, RunScores, table
from artinv.factors.scores import score
from artinv.factors.spectra import Images, SetParams, of_digits
from artinv.factors.training import FitParams, Run, fit
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track


def run(images: Images, params: FitParams, metrics: MetricParams, job: tuple[str, int]) -> ModelScores:
    """Train once; return the scores."""
    model, seed = job
    made, _ = fit(Run("mnist", model, "mlp"), images, params.model_copy(update={"seed": seed}))
    return score(made, images, metrics, seed)


def main() -> None:
    """Train, score and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", default=["vae", "betavae"], choices=[name for name in MODELS if name != "adagvae"])
    parser.add_argument("--seeds", type=int, default=5)
    options, files = parser.parse_args(), FactorFiles(Workspace())
    params, metrics = FitParams.load(files.params), MetricParams.load(files.params)
    images = of_digits(*idx.digits(options.folder), "mnist", SetParams.load(files.params))
    jobs = list(product(options.models, range(options.seeds)))
    made = list(track(imap(partial(run, images, params, metrics), jobs), "trainings", len(jobs)))
    runs = {}
    for model in options.models:
        own = [each for (other, _), each in zip(jobs, made, strict=True) if other == model]
        runs[f"mnist/{model}/mlp"] = RunScores.of(("mnist", model, "mlp"), own)
    scores = FactorScores(
        **stamp("real", seed=0), seeds=list(range(options.seeds)), origins={"mnist": "real"}, images={"mnist": len(images.levels)},
        factors={"mnist": ["digit"]}, runs=runs,
    )
    print(table(scores))


if __name__ == "__main__":
    with gate():
        main()
