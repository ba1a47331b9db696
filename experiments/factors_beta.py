"""Compare beta 4 with beta 1 over ten seeds each, by a test that docs/factors.md announces.

Run as `python -m experiments.factors_beta [--seeds 10] [--epochs 12]` after the stage `data` of pipelines/factors, with the other
parameters of its params.yaml. Each seed trains the dense beta-VAE on the additive grid with beta 1 and with beta 4, from the same
initial weights and in the same order of images. Trainings are spread over all cores, one thread each. Finished ones are written to
metrics/factors/beta.json, so that an interrupted comparison resumes.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import product

import numpy as np
from scipy import stats

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.factors.disentanglement import MetricParams
from artinv.factors.disentanglement.metrics import NAMES
from artinv.factors.scores import score
from artinv.factors.spectra import Images
from artinv.factors.training import FitParams, Run, fit
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

BETAS = (1.0, 4.0)
RUN = Run("additive", "betavae", "mlp")
PRIMARY = "mig"
"""The metric of the announced test; all others are described only."""


def run(files: FactorFiles, params: FitParams, metrics: MetricParams, job: tuple[int, float]) -> dict:
    """Train once; return the scores."""
    seed, beta = job
    images = Images.load(files.spectra / f"{RUN.data}.npz")
    made, _ = fit(RUN, images, params.model_copy(update={"seed": seed, "beta": beta, "threads": 1, "device": "cpu"}))
    scores = score(made, images, metrics, seed)
    return {"seed": seed, "beta": beta, "mse": scores.mse, "active": scores.active, **asdict(scores.metrics)}


def summary(runs: Sequence[dict]) -> dict:
    """Return median and range of each metric, and the two-sided Mann-Whitney test of the primary one."""
    values = {beta: [row for row in runs if row["beta"] == beta] for beta in BETAS}
    table = {
        metric: {f"beta {beta:g}": {"median": float(np.median(own)), "low": min(own), "high": max(own), "seeds": len(own)}
                 for beta in BETAS if (own := [row[metric] for row in values[beta]])}
        for metric in ("mse", "active", *NAMES)
    }
    low, high = ([row[PRIMARY] for row in values[beta]] for beta in BETAS)
    test = stats.mannwhitneyu(high, low, alternative="two-sided") if low and high else None
    return {"metrics": table, "primary": PRIMARY, "p": None if test is None else float(test.pvalue),
            "higher_in_pairs": None if test is None else float(test.statistic / (len(low) * len(high)))}


def text_of(content: dict) -> str:
    """Return the comparison as text."""
    rows = [["metric", *(f"beta {beta:g}: median [least, greatest]" for beta in BETAS)]]
    for metric, own in content["metrics"].items():
        digits = 4 if metric == "mse" else 3
        rows.append([metric, *(f"{each['median']:.{digits}f} [{each['low']:.{digits}f}, {each['high']:.{digits}f}]"
                               for each in own.values())])
    seeds = min(each["seeds"] for each in content["metrics"][PRIMARY].values())
    verdict = "no difference shown" if content["p"] is None or content["p"] >= 0.05 else "a difference"
    share = f"beta 4 higher in {content['higher_in_pairs']:.0%} of the pairs" if content["p"] is not None else "no pair"
    p = float("nan") if content["p"] is None else content["p"]
    head, foot = f"SYNTHETIC sounds, {RUN.data}, {seeds} seeds each", f"{PRIMARY}, Mann-Whitney, two-sided: p = {p:.4f}"
    return "\n".join([head, *aligned(rows), f"{foot}, {verdict}; {share}"])


def main() -> None:
    """Train what is missing, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=0, help="0: those of params.yaml")
    options, files = parser.parse_args(), FactorFiles(Workspace())
    params, metrics = FitParams.load(files.params), MetricParams.load(files.params)
    params = params.model_copy(update={"epochs": options.epochs or params.epochs})
    facts = params.model_dump(exclude={"runs", "seeds", "seed", "beta", "device", "threads"}) | {"metrics": metrics.model_dump()}
    before = json.loads(files.beta.read_text(encoding="utf-8")) if files.beta.exists() else {}
    runs = before["runs"] if before.get("facts") == facts else []
    done = {(row["seed"], row["beta"]) for row in runs}
    jobs = [job for job in product(range(options.seeds), BETAS) if job not in done]
    for row in track(imap(partial(run, files, params, metrics), jobs), "trainings", len(jobs)):
        runs = sorted([*runs, row], key=lambda each: (each["seed"], each["beta"]))
        write_json(files.beta, {"facts": facts, "runs": runs, **summary(runs), **stamp("synthetic", seed=0)})
    print(text_of(summary(runs)))


if __name__ == "__main__":
    with gate():
        main()
