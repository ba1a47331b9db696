"""Compare generators of digits over several trainings: median, spread, and a test of neighbours.

Run as `python -m experiments.digits_seeds [--models cvae flow cwgan1 ...] [--seeds 5] [--sounds 600] [--share 0.5]` after
`make digits`. Each generator is trained with each seed on `--sounds` evenly spaced training sounds, with `--share` of the epochs
and steps of pipelines/digits/params.yaml, and judged by the yardstick of the pipeline. Trainings run on all cores, one thread each.
Finished ones are written to data/digits/seeds.json and their models to data/digits/seeds, so that an interrupted comparison of
equal parameters resumes; the summary is metrics/digits/seeds.json.
"""

import argparse
import json
from functools import partial
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from artinv.core.files import write_json
from artinv.core.provenance import made_by, versions
from artinv.core.text import aligned
from artinv.digits.adversarial import AdversarialParams
from artinv.digits.choices import EvaluationParams
from artinv.digits.evaluation import References
from artinv.digits.fitting import Settings, fit
from artinv.digits.generators import KINDS, Kind
from artinv.digits.results import Comparison, SeedScores, Spread
from artinv.digits.sounds import load
from artinv.digits.training import AutoencoderParams, FlowParams
from artinv.digits.words import DIGITS
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import Yardstick
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap

_METRICS = ("accuracy", "inception", "frechet")


def settings_of(files: DigitsFiles, share: float, seed: int) -> Settings:
    """Return the parameters of the pipeline with another seed and a share of the epochs and steps."""
    coding, flow, contest = (kind.load(files.params) for kind in (AutoencoderParams, FlowParams, AdversarialParams))

    def less(count: int) -> int:
        return max(1, round(share * count))

    return (coding.model_copy(update={"seed": seed, "epochs": less(coding.epochs)}),
            flow.model_copy(update={"seed": seed, "epochs": less(flow.epochs)}),
            contest.model_copy(update={"seed": seed, "steps": less(contest.steps)}))


def facts_of(files: DigitsFiles, sounds: int, share: float) -> dict[str, object]:
    """Return all parameters on which scores depend, but the seed."""
    kinds = [*settings_of(files, share, 0), EvaluationParams.load(files.params)]
    parameters = {each.section: each.model_dump(exclude={"seed", "device", "threads"}) for each in kinds}
    return {"sounds": sounds, "share": share, **parameters}


def resumed(content: dict, facts: dict[str, object], mark: str) -> list[dict]:
    """Return the finished trainings of a file, if its parameters and its yardstick are these; otherwise none."""
    return content["rows"] if (content.get("facts"), content.get("yardstick")) == (facts, mark) else []


def model_of(files: DigitsFiles, name: str, sounds: int, share: float, seed: int) -> Path:
    """Return the file of a trained generator; one of other sounds or another share is another file."""
    return files.data / "seeds" / f"{name}-{sounds}-{share}-{seed}.safetensors"


def run(files: DigitsFiles, sounds: int, share: float, job: tuple[Kind, int]) -> dict:
    """Train one generator with one seed, and return its scores."""
    torch.set_num_threads(1)
    kind, seed = job
    train, valid, test = (load(files.sounds, part) for part in ("train", "valid", "test"))
    chosen = train.only(np.linspace(0, len(train) - 1, min(sounds, len(train))).astype(int))
    model, _ = fit(kind, chosen, valid, settings_of(files, share, seed))
    model.save(model_of(files, kind, sounds, share, seed))
    params = EvaluationParams.load(files.params)
    digits = np.tile(np.arange(DIGITS), params.sounds)
    references = References.of(Yardstick.load(files.yardstick), train, test)
    scores = references.scores(model.draw(digits, seed).sound(params.iterations), digits)
    return {"kind": kind, "seed": seed, **{name: getattr(scores, name) for name in _METRICS}}


def summary(rows: list[dict], kinds: list[Kind], facts: dict[str, float], origin: str, mark: str) -> SeedScores:
    """Return median and range of each metric, and the test of each pair of neighbours in the order of median accuracy."""
    spreads: dict[str, dict[str, Spread]] = {name: {} for name in _METRICS}
    for name, kind in product(_METRICS, kinds):
        values = [row[name] for row in sorted(rows, key=lambda row: row["seed"]) if row["kind"] == kind]
        if values:
            spreads[name][kind] = Spread(float(np.median(values)), min(values), max(values), values)
    order = sorted(spreads["accuracy"], key=lambda kind: spreads["accuracy"][kind].median)
    pairs = [
        Comparison(better, worse, float(stats.mannwhitneyu(
            *(spreads["accuracy"][kind].values for kind in (better, worse)), alternative="greater").pvalue))
        for worse, better in pairwise(order)
    ]
    return SeedScores(origin, made_by(versions()), mark, len({row["seed"] for row in rows}), facts, **spreads, pairs=pairs)


def table(scores: SeedScores) -> str:
    """Return the comparison as text."""
    rows = [["", "accuracy", "least", "greatest", "IS", "FID", "seeds"]]
    for kind, own in scores.accuracy.items():
        rows.append([kind, *(f"{value:.3f}" for value in (own.median, own.low, own.high)), f"{scores.inception[kind].median:.2f}",
                     f"{scores.frechet[kind].median:.1f}", str(len(own.values))])
    pairs = [f"{pair.better} above {pair.worse}: p = {pair.p:.3f} (Mann-Whitney, one-sided)" for pair in scores.pairs]
    return "\n".join([f"{scores.origin.upper()} sounds, medians", *aligned(rows), *pairs])


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sounds", type=int, default=600)
    parser.add_argument("--share", type=float, default=0.5)
    options, files = parser.parse_args(), DigitsFiles()
    mark, path = Yardstick.load(files.yardstick).mark, files.data / "seeds.json"
    facts = facts_of(files, options.sounds, options.share)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = resumed(before, facts, mark)
    done = {(row["kind"], row["seed"]) for row in rows}
    jobs = [(kind, seed) for seed, kind in product(range(options.seeds), options.models) if (kind, seed) not in done]
    for row in imap(partial(run, files, options.sounds, options.share), jobs):
        rows = [*rows, row]
        write_json(path, {"facts": facts, "yardstick": mark, "rows": rows})
        print(f"{row['kind']}, seed {row['seed']}: accuracy {row['accuracy']:.3f}", flush=True)
    settings = {"sounds": options.sounds, "share": options.share}
    scores = summary(rows, options.models, settings, load(files.sounds, "train").origin, mark)
    scores.write(files.seeds)
    print(table(scores))


if __name__ == "__main__":
    with gate():
        main()
