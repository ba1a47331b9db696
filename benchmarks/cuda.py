"""Compare training on CUDA with training on the CPU: accuracy, time, and agreement of predictions.

Run `python -m benchmarks.cuda [--speaker F01]` after `make repro`, on a machine with an NVIDIA GPU. For each kind of network in
`loso.runs` it trains one fold of leave one speaker out on CUDA, in float32 and in the default precision there, and on one thread of
the CPU, and scores all on the same test utterances. The network of CUDA in float32 then predicts these utterances on both devices.

`--loso 10` instead trains all folds of `loso.runs` on the GPU, in 10 processes side by side, and compares their mean scores with
those of the same speakers in metrics/loso_details.json. Finished folds of the same parameters and machine are not trained again,
except with `--again`. Each result is written to metrics/cuda.json at once.
"""

import argparse
import copy
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Self

import numpy as np
import torch

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.text import aligned
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import PoolParams, Split, fold_choice, split
from artinv.evaluate.loso import LosoParams
from artinv.evaluate.results import MODEL
from artinv.evaluate.score_split import EvaluationSet, ScoreParams, score
from artinv.evaluate.scores import EvaluateParams
from artinv.learn.adapt import AdaptParams
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.inverter import Inverter
from artinv.learn.models import ModelParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import BadParams, gate
from artinv.runtime.parallel import imap
from benchmarks.machine import machine

PRECISIONS = {"float32": "float32", "default": "auto"}
"""Name of a training on the GPU -> `train.precision`."""

TOLERANCES = {"float32": 1e-4, "tf32": 1e-2}
"""Greatest ‖CUDA - CPU‖ / ‖CPU‖ of all predictions: with float32 throughout; with TF32 in cuDNN, which is what users get."""

FEW_DRAWS = 100
"""Bootstrap draws, of which only the means are used."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold with its data."""

    divided: Split
    material: TrainData
    tested: EvaluationSet

    @classmethod
    def of(cls, workspace: Workspace, run: str, speaker: str) -> Self:
        """Read the fold of a run, as setting-model, without one speaker."""
        data, choice = Dataset(workspace), fold_choice(PoolParams.load(workspace.params), run.partition("-")[0], speaker)
        divided = split(data.index(choice.corpora), choice)
        return cls(divided, TrainData.of(divided, data), EvaluationSet.of(divided, data))


def trained(
    workspace: Workspace, fold: Fold, model: str, device: str, precision: str,
) -> tuple[dict[str, Inverter], dict[str, float]]:
    """Train the model and ridge regression of a fold; return both by file, and wall and processor time in s of both together."""
    file = workspace.params
    params = ExperimentParams.load(file).model_copy(
        update={"model": model, "threads": 1, "device": device, "precision": precision})
    with tempfile.TemporaryDirectory() as states:
        wall, cpu = time.perf_counter(), time.process_time()
        fits = fit(fold.divided, fold.material, params, ModelParams.load(file), InputParams.load(file), states=Path(states))
        times = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    return {name: made.inverter for name, made in fits.items()}, times


def scored(workspace: Workspace, fold: Fold, inverters: Mapping[str, Inverter]) -> dict[str, float]:
    """Return Pearson correlation and RMSE of a fold on its test utterances, without adaptation."""
    evaluation = EvaluateParams.load(workspace.params).model_copy(update={"draws": FEW_DRAWS})
    adaptation = AdaptParams.load(workspace.params).model_copy(update={"utterances": []})
    means = score(fold.divided, fold.tested, inverters, ScoreParams(evaluation, adaptation)).result.scores.predictors[MODEL].means
    return {metric: means[metric].mean for metric in ("pearson", "rmse_mm")}


def predicted(inverter: Inverter, device: str, acoustics: Sequence[np.ndarray], *, tf32: bool) -> tuple[np.ndarray, float]:
    """Return the predictions (frames, 18) of all utterances on a device, and the time in s of a second pass over them."""
    moved, before = replace(inverter, network=copy.deepcopy(inverter.network).to(device)), torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        moved.predict_many(acoustics)
        begun = time.perf_counter()
        made = moved.predict_many(acoustics)
        return np.concatenate(made), time.perf_counter() - begun
    finally:
        torch.backends.cudnn.allow_tf32 = before


def agreement(inverter: Inverter, device: str, acoustics: Sequence[np.ndarray]) -> dict[str, object]:
    """Return how closely a device predicts what the CPU predicts, with and without TF32, and how long both take."""
    reference, cpu_seconds = predicted(inverter, "cpu", acoustics, tf32=False)
    frames: dict[str, object] = {"frames": len(reference), "cpu_seconds": cpu_seconds}
    for name, tolerance in TOLERANCES.items():
        values, seconds = predicted(inverter, device, acoustics, tf32=name == "tf32")
        apart = float(np.linalg.norm(values - reference) / np.linalg.norm(reference))
        frames[name] = {
            "relative_difference": apart, "largest_difference": float(np.abs(values - reference).max()), "tolerance": tolerance,
            "within": apart <= tolerance, "seconds": seconds, "times_faster": cpu_seconds / seconds,
        }
    return frames


def compare(workspace: Workspace, speaker: str, device: str) -> Iterator[tuple[str, dict]]:
    """Yield, by model and after each step, its figures: on the GPU for all models first, which then is free for other work."""
    runs: dict[str, str] = {}
    for run in LosoParams.load(workspace.params).runs:
        runs.setdefault(run.partition("-")[2], run)
    folds = {model: Fold.of(workspace, run, speaker) for model, run in runs.items()}
    made: dict[str, dict] = {
        model: {"run": runs[model], "origin": fold.divided.origin, "test_utterances": len(fold.divided.test)}
        for model, fold in folds.items()
    }
    torch.set_num_threads(1)
    for model, fold in folds.items():
        trained(workspace, fold, "ridge", device, "float32")  # the first training also loads libraries
        for name, precision in PRECISIONS.items():
            inverters, times = trained(workspace, fold, model, device, precision)
            made[model][f"{device}_{name}"] = times | scored(workspace, fold, inverters)
            if name == "float32":
                acoustics = [frames.acoustics for frames in fold.tested.truths]
                made[model]["predictions"] = agreement(inverters["inverter"], device, acoustics)
            yield model, made[model]
    print(f"{device} done", flush=True)
    for model, fold in folds.items():
        inverters, times = trained(workspace, fold, model, "cpu", "float32")
        made[model]["one_thread"] = times | scored(workspace, fold, inverters)
        for name in PRECISIONS:
            own = made[model][f"{device}_{name}"]
            own["times_faster"] = times["cpu_seconds"] / own["seconds"]
            own |= {f"{metric}_difference": own[metric] - made[model]["one_thread"][metric] for metric in ("pearson", "rmse_mm")}
        yield model, made[model]


def fold_of(workspace: Workspace, device: str, job: tuple[str, str]) -> dict:
    """Train and score one fold (speaker, run) in the default precision."""
    speaker, run = job
    fold = Fold.of(workspace, run, speaker)
    inverters, times = trained(workspace, fold, run.partition("-")[2], device, "auto")
    names = {"run": run, "job": speaker, "speaker": fold.divided.test_speaker, "origin": fold.divided.origin}
    return names | times | scored(workspace, fold, inverters)


def summary(folds: Sequence[dict], committed: Mapping) -> dict[str, dict]:
    """Return, for each run, mean scores over its finished folds, and those of the same speakers in the committed summary."""
    result = {}
    for run in dict.fromkeys(fold["run"] for fold in folds):
        own = [fold for fold in folds if fold["run"] == run]
        setting, _, model = run.partition("-")
        known = committed["settings"][setting][model]["predictors"][MODEL]["speakers"]
        result[run] = {"folds": len(own), "seconds_each": float(np.mean([fold["seconds"] for fold in own]))}
        for metric in ("pearson", "rmse_mm"):
            pairs = np.array([(fold[metric], known[fold["speaker"]][metric]) for fold in own])
            result[run] |= {metric: float(pairs[:, 0].mean()), f"{metric}_committed": float(pairs[:, 1].mean()),
                            f"{metric}_largest_difference": float(np.abs(pairs[:, 0] - pairs[:, 1]).max())}
    return result


def table(content: Mapping) -> list[str]:
    """Return all results as lines of text."""
    rows = [["model", "device", "Pearson", "RMSE mm", "s", "CPU s", "times faster"]]
    for model, own in content.get("folds", {}).get("models", {}).items():
        for device, figures in own.items():
            if isinstance(figures, dict) and "pearson" in figures:
                faster = f"{figures['times_faster']:.1f}" if "times_faster" in figures else ""
                scores = f"{figures['pearson']:.4f}", f"{figures['rmse_mm']:.4f}"
                rows.append([model, device, *scores, f"{figures['seconds']:.1f}", f"{figures['cpu_seconds']:.1f}", faster])
    origin = next(part["origin"] for part in content.values())
    lines = [f"{origin.upper()} speakers", *(aligned(rows) if len(rows) > 1 else [])]
    for run, own in content.get("loso", {}).get("runs", {}).items():
        lines.append(f"{run}: {own['folds']} folds, Pearson {own['pearson']:.4f}, committed {own['pearson_committed']:.4f}")
    return lines


def checked(device: str, name: str) -> None:
    """Raise BadParams where CUDA is asked for and there is none."""
    if device == "cuda" and not torch.cuda.is_available():
        raise BadParams(f"benchmarks.{name}: no CUDA device is available; run it on a machine with an NVIDIA GPU")


def facts(params: Path, device: str) -> dict[str, object]:
    """Return what the figures depend on besides the data: parameters, devices and their names."""
    name = torch.cuda.get_device_name() if device == "cuda" else ""
    parameters = hashlib.sha256(params.read_bytes()).hexdigest()[:16]
    return {"device": name, "cuda": torch.version.cuda or "", "machine": machine(), "parameters": parameters}


def measure_folds(workspace: Workspace, speaker: str, device: str) -> Iterator[dict]:
    """Yield the comparison of single folds after each step."""
    part: dict = {"facts": facts(workspace.params, device), "speaker": speaker, "models": {}}
    for model, figures in compare(workspace, speaker, device):
        part["models"][model] = figures
        yield part | stamp(figures["origin"], seed=ExperimentParams.load(workspace.params).seed)


def measure_loso(workspace: Workspace, speakers: Sequence[str], device: str, processes: int, known: Mapping) -> Iterator[dict]:
    """Yield the comparison of all folds after each one; those in `known` of the same facts are not trained again."""
    begun, chosen = time.perf_counter(), LosoParams.load(workspace.params)
    committed = json.loads(workspace.loso_details.read_text(encoding="utf-8"))
    own = {"facts": facts(workspace.params, device), "processes": processes}
    same = all(known.get(key) == value for key, value in own.items())
    folds, before = (list(known["folds"]), known["minutes"]) if same else ([], 0.0)
    done = {(fold["job"], fold["run"]) for fold in folds}
    jobs = [job for job in product(speakers or chosen.speakers, chosen.runs) if job not in done]
    for fold in imap(partial(fold_of, workspace, device), jobs, processes):
        folds = sorted([*folds, fold], key=lambda each: (each["run"], each["speaker"]))
        print(fold["run"], fold["speaker"], f"{fold['pearson']:.4f} {fold['seconds']:.1f} s", flush=True)
        yield own | {
            "minutes": before + (time.perf_counter() - begun) / 60, "runs": summary(folds, committed), "folds": folds,
        } | stamp(fold["origin"], seed=ExperimentParams.load(workspace.params).seed)


def main() -> None:
    """Measure, write the file after each step, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speaker", default="F01", help="test speaker of the fold (default: F01)")
    parser.add_argument("--loso", type=int, default=0, metavar="PROCESSES", help="train all folds, so many side by side")
    parser.add_argument("--speakers", nargs="+", help="test speakers of --loso (default: those of params.yaml)")
    parser.add_argument("--again", action="store_true", help="train finished folds of --loso again")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="cpu: to try this benchmark without a GPU")
    options, workspace = parser.parse_args(), Workspace()
    checked(options.device, "cuda")
    path = workspace.root / f"metrics/{options.device}.json"
    made = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if options.loso:
        known = {} if options.again else made.get("loso", {})
        parts = (("loso", part) for part in measure_loso(workspace, options.speakers, options.device, options.loso, known))
    else:
        parts = (("folds", part) for part in measure_folds(workspace, options.speaker, options.device))
    for name, part in parts:
        made[name] = part
        write_json(path, made)
    print("\n".join(table(made)))


if __name__ == "__main__":
    with gate():
        main()
