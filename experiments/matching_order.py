"""Compare networks of matching at equal budgets: 5 seeds each, median, spread and a test of each expected order.

Run as `python -m experiments.matching_order [--sounds 5000] [--epochs 2] [--networks FC-lin C1 E2E C3 C6] [--seeds 0 1 2 3 4]`. It
draws sounds of the synthesizer in pipelines/matching/params.yaml; their number and the epochs are the budget. Each network is
trained with each seed of weights and order on the same sounds, and scored on the same test sounds. Runs are spread over all cores,
one thread each; with 5,000 sounds, one takes 6 s (FC-lin) to 3 minutes (E2E). `--device cuda --workers 4` trains on a GPU that 4
processes share. Each finished run is written to metrics/matching/order.json with its CPU time, and each epoch to a file below
data/matching, so that an interrupted comparison resumes.
"""

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import stats

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.learn.loop import device_of
from artinv.matching.choices import FitParams
from artinv.matching.matcher import Matcher
from artinv.matching.sounds import PARTS, Part, SampleParams, load
from artinv.matching.sounds import sample as draw
from artinv.matching.training import fit
from artinv.measure import settings
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

NETWORKS = ("FC-lin", "C1", "E2E", "C3", "C6")

PAIRS = (("FC-lin", "C1"), ("FC-lin", "E2E"), ("C1", "C3"), ("E2E", "C3"), ("C3", "C6"))
"""Orders that are expected from the published table, the worse network first; fixed before the first run."""

SAMPLE = {"valid": 0.04, "test": 0.12, "stored": True}
FIT = {"epochs": 2, "batch": 16, "threads": 1}


def run(folder: Path, states: Path, sample: SampleParams, params: FitParams, job: tuple[str, int]) -> dict:
    """Train one network with one seed; return its mean percentile rank and accuracy in %, and its CPU and wall time in s."""
    name, seed = job
    start, begun = time.process_time(), time.perf_counter()
    train, valid, test = (load(folder, part) for part in PARTS)
    own = params.model_copy(update={"seed": seed, "networks": [name]})
    state = states / f".order-{name}-{seed}-{len(train.levels)}-{params.epochs}.state"
    matcher, trained = fit(name, (train, valid), sample, own, state)
    facts = {"network": name, "seed": seed, "weights": trained.parameters, "valid_loss": trained.best.valid}
    times = {"cpu_s": round(time.process_time() - start, 1), "wall_s": round(time.perf_counter() - begun, 1)}
    return facts | scores(matcher, test) | times


def scores(matcher: Matcher, test: Part) -> dict[str, float]:
    """Return the mean percentile rank and the accuracy of test sounds in %."""
    predicted, levels = matcher.scores(test.sound(slice(None)))[:, 0], test.levels[:, 0].astype(np.int64)
    return {"mpr": 100 * float(settings.percentile_rank(predicted, levels).mean()),
            "accuracy": 100 * float(settings.within_best(predicted, levels, 1).mean())}


def summary(runs: Sequence[dict]) -> dict:
    """Return the median, least and greatest rank of each network, and the p value of each expected order."""
    ranks = {name: sorted(row["mpr"] for row in runs if row["network"] == name) for name in NETWORKS}
    networks = {name: {"median": float(np.median(own)), "low": own[0], "high": own[-1], "seeds": len(own)}
                for name, own in ranks.items() if own}
    pairs = {f"{worse} below {better}": float(stats.mannwhitneyu(ranks[better], ranks[worse], alternative="greater").pvalue)
             for worse, better in PAIRS if ranks[worse] and ranks[better]}
    return {"networks": networks, "p": pairs, "cpu_minutes": round(sum(row["cpu_s"] for row in runs) / 60, 1)}


def key(facts: dict) -> str:
    """Return the name of a budget: its number of sounds, its epochs if they are not 2, and the device if it is not the CPU.

    >>> key({"num_examples": 5000, "epochs": 2}), key({"num_examples": 5000, "epochs": 6, "device": "cuda"})
    ('5000', '5000 6-epochs cuda')
    """
    epochs = [f"{facts['epochs']}-epochs"] if facts["epochs"] != FIT["epochs"] else []
    return " ".join([str(facts["num_examples"]), *epochs, *([facts["device"]] if "device" in facts else [])])


def finished(path: Path, facts: dict) -> tuple[dict[str, dict], list[dict]]:
    """Return the results of all budgets by name, and the finished runs of the budget with these facts."""
    budgets = json.loads(path.read_text(encoding="utf-8"))["budgets"] if path.exists() else {}
    own = budgets.get(key(facts), {})
    return budgets, own["runs"] if own.get("facts") == facts else []


def table(content: dict) -> str:
    """Return the comparison as text."""
    rows = [["network", "median MPR", "least", "greatest", "seeds"]]
    for name, own in content["networks"].items():
        rows.append([name, *(f"{own[key]:.2f}" for key in ("median", "low", "high")), str(own["seeds"])])
    pairs = [f"{pair}: p = {p:.3f} (Mann-Whitney, one-sided)" for pair, p in content["p"].items()]
    return "\n".join(["SYNTHETIC sounds", *aligned(rows), *pairs, f"{content['cpu_minutes']} CPU minutes"])


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sounds", type=int, default=5000, help="for training, validation and test")
    parser.add_argument("--epochs", type=int, default=FIT["epochs"], help="of each network; another number is another budget")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(5)))
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="runs of the two devices are never mixed")
    parser.add_argument("--workers", type=int, default=0, help="processes (default: one for every core)")
    options, workspace = parser.parse_args(), Workspace()
    sample, params = SampleParams.load(workspace.matching_params), FitParams.load(workspace.matching_params)
    sample = sample.model_copy(update=SAMPLE | {"num_examples": options.sounds})
    fitting = FIT | {"epochs": options.epochs}
    params = FitParams.of(params.model_dump() | fitting | {"device": device_of(options.device).type}, "--epochs")
    path = workspace.matching_scores.with_name("order.json")
    facts = {"synth": sample.synth, "head": params.head, "precision": params.precision, "num_examples": options.sounds}
    facts |= SAMPLE | fitting | ({"device": params.device} if params.device != "cpu" else {})
    done = {(row["network"], row["seed"]) for row in finished(path, facts)[1]}
    jobs = sorted((job for job in product(options.networks, options.seeds) if job not in done), key=lambda job: job[1])
    with TemporaryDirectory() as folder:
        if jobs:
            draw(sample, Path(folder))
        work = partial(run, Path(folder), workspace.matching_models.parent, sample, params)
        for row in track(imap(work, jobs, options.workers), "runs", len(jobs)):
            budgets, runs = finished(path, facts)
            runs = sorted([*runs, row], key=lambda row: (row["network"], row["seed"]))
            budgets[key(facts)] = {"facts": facts, "runs": runs, **summary(runs)}
            write_json(path, {"budgets": budgets, **stamp("synthetic", seed=0)})
    print(table(summary(finished(path, facts)[1])))


if __name__ == "__main__":
    with gate():
        main()
