"""Measure what each training choice gains for unseen speakers, and its cost in CPU time.

Run as `python -m experiments.ablations [--speakers ffes0 M1] [--seeds 0 1] [--only NAME ...]` in a separate
clone in which `dvc exp run -S demo.seed=1 normalize` has run. These are other synthetic speakers under the same names, so that no
choice is made on speakers that `make loso` tests. Each variant differs from the default only in what its name says, and is
trained on all other speakers with one thread. Each finished run is kept in the file `--results`, so that an interrupted measurement
resumes; delete this file after a change of the code or of a library. The summary of all complete variants is written to
metrics/ablations.json, from which docs/ablations.md takes its figures.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import common_origin
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import PoolParams, Split, SplitParams, speakers_of, split
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.models import ModelParams
from artinv.measure import metrics
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.params import read_yaml
from benchmarks.machine import machine
from tests.conftest import change

DEFAULT = "default"

VARIANTS = {
    DEFAULT: {},
    "4 epochs": {"train.pooled_epochs.strided": 4},
    "6 epochs": {"train.pooled_epochs.strided": 6},
    "width 300": {"models.strided.dense": 300, "models.strided.width": 300},
    "width 200, 4 epochs": {"models.strided.dense": 200, "models.strided.width": 200, "train.pooled_epochs.strided": 4},
    "width 120": {"models.strided.dense": 120, "models.strided.width": 120},
    "steps of 5 frames": {"models.strided.stride": 5, "models.strided.context": 5},
    "batches of 3000": {"train.batch_frames": 3000},
    "no dropout": {"models.strided.dropout": 0.0},
    "no warp": {"train.warp": 0.0},
    "bilstm, as many epochs": {"train.model": "bilstm", "train.pooled_epochs.bilstm": 5},
    "bilstm, as much CPU time": {"train.model": "bilstm"},
    "mlp": {"train.model": "mlp"},
    "mlp over every frame": {"train.model": "mlp", "models.mlp.stride": 1, "models.mlp.context": 5},
}
"""Name of a variant -> its changes to params.yaml."""


def changed(changes: Mapping[str, object]) -> dict:
    """Return params.yaml with some values replaced."""
    content = read_yaml(Workspace().params)
    change(content, changes)
    return content


def divided_for(speaker: str, data: Dataset) -> Split:
    """Return the split that tests one speaker and trains on all others."""
    choice = SplitParams.of(PoolParams.load(Workspace().params).model_dump() | {"test_speaker": speaker, "split": "indep"})
    return split(data.index(choice.corpora), choice)


def measure(work: tuple[str, str, int], variants: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """Train and score one variant for one unseen speaker and one seed."""
    name, speaker, seed = work
    content = changed(variants[name])
    data = Dataset(Workspace())
    divided = divided_for(speaker, data)
    params = ExperimentParams.of(content["train"] | {"threads": 1, "seed": seed})
    sizes, features = ModelParams.of(content["models"]), InputParams.of(content["features"])
    train_data = TrainData.of(divided, data)
    start = time.process_time()
    with tempfile.TemporaryDirectory() as states:
        fitted = fit(divided, train_data, params, sizes, features, states=Path(states))["inverter"]
    seconds = time.process_time() - start
    truths, stats = data.load(divided.test), data.stats(speakers_of(divided.test))[divided.test_speaker]
    predictions = fitted.inverter.predict_many([frames.acoustics for frames in truths])
    pairs = [(frames.motion, motion) for frames, motion in zip(truths, predictions, strict=True)]
    pearson = metrics.average(np.stack([metrics.pearson(*pair) for pair in pairs]))
    millimetres = metrics.average(np.stack([metrics.rmse_mm(*pair, stats.motion_std) for pair in pairs]))
    return {"pearson": float(metrics.mean_over(pearson, "pearson")), "rmse_mm": float(metrics.mean_over(millimetres, "rmse_mm")),
            "seconds": seconds, "parameters": fitted.trained.parameters}


def summary(runs: Mapping[tuple[str, str, int], Mapping[str, float]]) -> dict[str, dict[str, object]]:
    """Return the figures of each variant from its runs by (variant, speaker, seed); each variant has the same speakers and seeds.

    `pearson_sd` is the standard deviation, over seeds, of the mean over speakers. `difference` is the mean over all pairs of
    (speaker, seed) of the Pearson correlation less that of the default; `difference_se` is its standard error.
    """
    names, speakers, seeds = (list(dict.fromkeys(part)) for part in zip(*runs, strict=True))
    tables = {
        figure: {name: np.array([[runs[name, speaker, seed][figure] for seed in seeds] for speaker in speakers]) for name in names}
        for figure in ("pearson", "rmse_mm", "seconds", "parameters")
    }
    result: dict[str, dict[str, object]] = {}
    for name, pearson in tables["pearson"].items():
        differences = (pearson - tables["pearson"][DEFAULT]).ravel()
        result[name] = {
            "pearson_by_speaker": dict(zip(speakers, pearson.mean(axis=1).tolist(), strict=True)),
            "pearson": float(pearson.mean()), "pearson_sd": deviation(pearson.mean(axis=0)),
            "difference": float(differences.mean()), "difference_se": deviation(differences) / len(differences) ** 0.5,
            "rmse_mm": float(tables["rmse_mm"][name].mean()), "seconds": float(tables["seconds"][name].mean()),
            "parameters": int(tables["parameters"][name].max()),
        }
    return result


def deviation(values: np.ndarray) -> float:
    """Return the standard deviation of a sample; NaN if there is a single value.

    >>> deviation(np.array([1.0, 3.0])), deviation(np.array([1.0]))
    (1.4142135623730951, nan)
    """
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def facts(speakers: Sequence[str], seeds: Sequence[int]) -> dict[str, object]:
    """Return what the figures depend on besides the variant: data, speakers, seeds, versions and machine."""
    data = Dataset(Workspace())
    splits = {speaker: divided_for(speaker, data) for speaker in speakers}
    return {
        "demo_seed": changed({})["demo"]["seed"], "speakers": list(speakers), "seeds": list(seeds),
        "test_utterances": {speaker: len(divided.test) for speaker, divided in splits.items()},
        "machine": machine(),
    } | stamp(common_origin(divided.origin for divided in splits.values()), seed=" ".join(map(str, seeds)))


def table(variants: Mapping[str, Mapping[str, object]], speakers: Sequence[str]) -> list[str]:
    """Return the summary as the lines of a table."""
    rows = [["", *(f"Pearson {speaker}" for speaker in speakers), "mean", "sd", "difference", "se", "mm", "CPU s", "parameters"]]
    for name, figures in variants.items():
        keys = ("pearson", "pearson_sd", "difference", "difference_se")
        correlations = [*figures["pearson_by_speaker"].values(), *(figures[key] for key in keys)]
        rest = f"{figures['rmse_mm']:.3f}", f"{figures['seconds']:.0f}", f"{figures['parameters']:,}"
        rows.append([name, *(f"{value:.4f}" for value in correlations), *rest])
    return aligned(rows)


def main() -> None:
    """Measure what the results file lacks, write the summary and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speakers", nargs="+", default=["ffes0", "M1"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="variants besides the default")
    parser.add_argument("--results", type=Path, default=Path("experiments/.ablations.json"), help="file of finished runs")
    parser.add_argument("--out", type=Path, default=Path("metrics/ablations.json"), help="file of the summary")
    options = parser.parse_args()
    made_from = facts(options.speakers, options.seeds)
    known = json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    contents = {name: changed(changes) for name, changes in VARIANTS.items()}
    keys = {
        (name, speaker, seed): hashlib.sha256(repr((contents[name], speaker, seed)).encode()).hexdigest()[:16]
        for name, speaker, seed in product(VARIANTS, options.speakers, options.seeds)
    }
    waiting = [work for work, key in keys.items() if key not in known and work[0] in (DEFAULT, *options.only)]
    for work, figures in zip(waiting, imap(partial(measure, variants=VARIANTS), waiting), strict=True):
        known[keys[work]] = figures
        write_json(options.results, known)
        print(*work, f"{figures['pearson']:.4f}", flush=True)
    missing = list(dict.fromkeys(name for (name, _, _), key in keys.items() if key not in known))
    variants = summary({work: known[key] for work, key in keys.items() if work[0] not in missing})
    write_json(options.out, {"variants": variants} | made_from)
    print("\n".join(table(variants, options.speakers)))
    if missing:
        print(f"not complete, so not in {options.out}: {'; '.join(missing)}")


if __name__ == "__main__":
    with gate():
        main()
