"""Compare networks of matching at an equal budget: 5 seeds each, median, spread and a test of each pair of neighbours.

Run as `python -m experiments.matching_order [--networks FC2 C1 C3 C6 E2E] [--seeds 5] [--examples 33000]` after `make matching`,
with the parameters of pipelines/matching/params.yaml. Each network is trained with each seed of weights and order on the same
sounds, for the same number of epochs, and scored on the same test sounds. Runs are spread over all cores, one thread each. Finished
runs are written to metrics/matching/order.json, so that an interrupted comparison resumes.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from scipy import stats

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams
from artinv.matching.sounds import PARTS, Part, SampleParams, load
from artinv.matching.training import fit
from artinv.measure import settings
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

ORDER = ("FC2", "C1", "E2E", "C3", "C6")
"""Networks, from the one that is expected to be the worst to the best."""


def run(folder: Path, sample: SampleParams, params: FitParams, counts: tuple[int, int, int], job: tuple[str, int]) -> dict:
    """Train one network with one seed; return its mean percentile rank and accuracy in %."""
    name, seed = job
    train, valid, test = (load(folder, part).head(count) for part, count in zip(PARTS, counts, strict=True))
    chosen = params.model_copy(update={"seed": seed, "threads": 1, "networks": [name]})
    matcher, trained = fit(name, (train, valid), sample, chosen)
    facts = {"network": name, "seed": seed, "epochs": len(trained.curve), "weights": trained.parameters}
    return facts | scores(matcher.scores, test)


def scores(predict: Callable[[np.ndarray], np.ndarray], test: Part) -> dict[str, float]:
    """Return the mean percentile rank and the accuracy of test sounds in %."""
    predicted, truth = predict(test.sound(slice(None))), test.levels.astype(np.int64)
    shape = (-1, *predicted.shape[2:])
    flat, levels = predicted.reshape(shape), truth.reshape(-1, truth.shape[-1])
    return {"mpr": 100 * float(settings.percentile_rank(flat, levels).mean()),
            "accuracy": 100 * float(settings.within_best(flat, levels, 1).mean())}


def summary(runs: Sequence[dict], order: Sequence[str]) -> dict:
    """Return the median, least and greatest rank of each network, and the p value of each pair of neighbours in the order."""
    ranks = {name: sorted(row["mpr"] for row in runs if row["network"] == name) for name in order}
    networks = {name: {"median": float(np.median(own)), "low": own[0], "high": own[-1], "seeds": len(own)}
                for name, own in ranks.items() if own}
    pairs = [{"worse": worse, "better": better,
              "p": float(stats.mannwhitneyu(ranks[better], ranks[worse], alternative="greater").pvalue)}
             for worse, better in pairwise(name for name in order if ranks[name])]
    return {"networks": networks, "pairs": pairs}


def table(content: dict) -> str:
    """Return the comparison as text."""
    rows = [["network", "median MPR", "least", "greatest", "seeds"]]
    for name, own in content["networks"].items():
        rows.append([name, *(f"{own[key]:.2f}" for key in ("median", "low", "high")), str(own["seeds"])])
    pairs = [f"{pair['better']} above {pair['worse']}: p = {pair['p']:.3f} (Mann-Whitney, one-sided)" for pair in content["pairs"]]
    return "\n".join(["SYNTHETIC sounds", *aligned(rows), *pairs])


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", default=list(ORDER))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=33_000, help="sounds of all parts; the parts shrink alike")
    options, workspace = parser.parse_args(), Workspace()
    sample, params = SampleParams.load(workspace.matching_params), FitParams.load(workspace.matching_params)
    share = min(1.0, options.examples / sample.num_examples)
    own, test = (round(share * sample.num_examples * part) for part in (sample.valid, sample.test))
    counts = round(share * sample.num_examples) - own - test, own, test
    path = workspace.matching_scores.with_name("order.json")
    facts = {"sounds": counts[0], "epochs": params.epochs, "head": params.head, "synth": sample.synth}
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    runs = before["runs"] if before.get("facts") == facts else []
    done = {(row["network"], row["seed"]) for row in runs}
    jobs = [job for job in product(options.networks, range(options.seeds)) if job not in done]
    jobs.sort(key=lambda job: job[1])  # all networks with one seed first
    for row in track(imap(partial(run, workspace.matching_sounds, sample, params, counts), jobs), "runs", len(jobs)):
        runs = [*runs, row]
        write_json(path, {"facts": facts, "runs": runs, **summary(runs, options.networks), **stamp("synthetic", seed=0)})
    print(table(summary(runs, options.networks)))


if __name__ == "__main__":
    with gate():
        main()
