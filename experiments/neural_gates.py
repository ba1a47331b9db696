"""Measure decoders of the simulated brain with several seeds, at two ratios of signal to noise, against fixed limits.

Run as `python -m experiments.neural_gates [--seeds 5] [--snr 1 0.1] [--rows ridge causal] [--keep-drift]` with the parameters of
pipelines/neural/params.yaml. One synthetic speaker speaks for 20 minutes; each seed draws other electrodes, other noise and other
weights. A row with one seed takes about a minute on one core. Finished runs are written to metrics/neural/gates.json, so that an
interrupted measurement resumes; other parameters begin anew. With `--keep-drift`, drift stays in the signals, and the file is
gates_drift_kept.json. The spoken session is kept in data/neural/gates.
"""

import argparse
import json
import math
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from artinv.core import store
from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import Label
from artinv.core.text import aligned
from artinv.neural.choices import OccludeParams, ScoreParams
from artinv.neural.correlation import Sums
from artinv.neural.decoders import DecoderParams
from artinv.neural.occlusion import Map, areas, importance
from artinv.neural.results import WARNING
from artinv.neural.scores import score
from artinv.neural.session import Session, SplitParams
from artinv.neural.simulator import SimulateParams, with_brain
from artinv.neural.spoken_session import SpokenSession, speak_words
from artinv.neural.target import Target
from artinv.neural.training import Choice, TrainParams, fit
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap
from artinv.runtime.progress import track

ROWS = {"ridge": "ridge non-causal truth", "non-causal": "lstm non-causal truth", "causal": "lstm causal truth",
        "anticausal": "lstm anticausal truth"}

LIMITS = {1.0: {"ridge": 0.75, "non-causal": 0.85, "causal": 0.79, "anticausal": 0.70},
          0.1: {"ridge": 0.46, "non-causal": 0.69, "causal": 0.59, "anticausal": 0.52}}
"""Least median PCC by ratio of signal to noise."""

LEAST_AUC, MOST_PERMUTED = 0.9, 0.05


@dataclass(frozen=True, slots=True)
class Choices:
    """All parameters."""

    simulate: SimulateParams
    split: SplitParams
    decoders: DecoderParams
    train: TrainParams
    score: ScoreParams
    occlude: OccludeParams

    @classmethod
    def load(cls, path: Path) -> "Choices":
        """Read them from a file."""
        kinds = SimulateParams, SplitParams, DecoderParams, TrainParams, ScoreParams, OccludeParams
        return cls(*(kind.load(path) for kind in kinds))

    @property
    def facts(self) -> dict[str, dict]:
        """Return all parameters on which a run depends, apart from its seed, its ratio of signal to noise and its row."""
        names = sorted({row.split()[0] for row in ROWS.values()})
        return {
            "simulate": self.simulate.model_dump(mode="json", exclude={"subjects", "snr"}) | {"speaker": self.simulate.subjects[0]},
            "split": self.split.model_dump(mode="json"),
            "decoders": {name: self.decoders.sizes(name).model_dump(mode="json") for name in names},
            "train": self.train.model_dump(mode="json", exclude={"runs", "seed", "threads", "sound_terms", "sound_windows"}),
            "evaluate": self.score.model_dump(mode="json", exclude={"sounds"}), "occlude": {"seconds": self.occlude.seconds},
        }


def spoken_file(files: NeuralFiles, params: SimulateParams) -> Path:
    """Return the file of what the speaker says, named by all parameters on which it depends.

    >>> spoken_file(NeuralFiles(), SimulateParams(minutes=1.5, test_minutes=0.5, words=10)).as_posix()
    'data/neural/gates/F01_10-words_2-minutes_seed-0.npz'
    """
    minutes = params.minutes + params.test_minutes
    return files.root / f"data/neural/gates/{params.subjects[0]}_{params.words}-words_{minutes:g}-minutes_seed-{params.seed}.npz"


def measured(path: Path, facts: dict) -> list[dict]:
    """Return the finished runs of a file with these parameters; none where it has others."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return before["runs"] if before.get("facts") == facts else []


def session_of(path: Path, params: SimulateParams) -> SpokenSession:
    """Return what the speaker says; it is spoken once and then read."""
    if not path.exists():
        made = speak_words(params.subjects[0], params.words, (params.minutes + params.test_minutes) * 60, params.seed)
        labels = {name: np.array(json.dumps([(own.text, own.start, own.end) for own in getattr(made, name)]))
                  for name in ("words", "phones")}
        store.save_arrays(path, {"sound": made.sound, "trajectories": made.trajectories, **labels})
    arrays = store.load_arrays(path)
    words, phones = (tuple(Label(*row) for row in json.loads(str(arrays[name]))) for name in ("words", "phones"))
    return SpokenSession(arrays["sound"], arrays["trajectories"], words, phones)


def run(choices: Choices, path: Path, job: tuple[int, float, str]) -> dict:
    """Simulate, train and score one row with one seed."""
    seed, snr, row = job
    simulate = choices.simulate.model_copy(update={"seed": seed, "snr": snr})
    made = with_brain(session_of(path, choices.simulate), simulate, simulate.subjects[0])
    target = Target("truth", tuple(map(str, range(18))), made.truth.trajectories, np.ones(made.truth.trajectories.shape, bool))
    choice, train = Choice.of(ROWS[row]), choices.train.model_copy(update={"seed": seed, "threads": 1})
    session = Session.of(made.recording, target, choices.split.divide(made.recording), train.drift_of(choice.mode))
    model, _ = fit(choice, made.recording, session, train, choices.decoders, origin="synthetic")
    own = score(model, made.recording, session, choices.score.model_copy(update={"sounds": 0}))
    facts = {"seed": seed, "snr": snr, "row": row, "pcc": float(np.mean(Sums(own.trials.sum(0)).pearson())),
             "permuted": float(own.chance.mean()), "phase_shuffled": float(np.mean(Sums(own.shuffled).pearson()))}
    if row == "causal":
        values = importance(model, session, choices.occlude.seconds)
        scores = areas([Map("", "", made.recording.channels, model.layout.places, made.truth.role, values)])
        facts["auc"] = scores.motor_rest
    return facts


def summary(runs: list[dict]) -> dict:
    """Return median, least and greatest PCC of each row, and whether the limits hold."""
    rows = {}
    for snr, row in sorted({(own["snr"], own["row"]) for own in runs}):
        same = [own for own in runs if (own["snr"], own["row"]) == (snr, row)]
        values = [own["pcc"] for own in same]
        permuted = max(abs(own["permuted"]) for own in same)
        areas_ = [own["auc"] for own in same if "auc" in own]
        limit = LIMITS.get(snr, {}).get(row)
        reached = (limit is None or float(np.median(values)) >= limit) and permuted < MOST_PERMUTED
        reached = reached and (not areas_ or float(np.median(areas_)) >= LEAST_AUC)
        rows[f"{row}_{10 * math.log10(snr):.0f}dB"] = {
            "median": float(np.median(values)), "low": min(values), "high": max(values), "seeds": len(values), "limit": limit,
            "largest_permuted": permuted, "median_auc": float(np.median(areas_)) if areas_ else None, "reached": reached,
        }
    return rows


def table(rows: dict) -> str:
    """Return the rows as text."""
    lines = [["row at signal / noise", "median PCC", "least", "greatest", "seeds", "limit", "permuted", "AUC", "reached"]]
    for name, own in rows.items():
        auc = "" if own["median_auc"] is None else f"{own['median_auc']:.3f}"
        lines.append([name, *(f"{own[key]:.3f}" for key in ("median", "low", "high")), str(own["seeds"]), str(own["limit"]),
                      f"{own['largest_permuted']:.3f}", auc, "yes" if own["reached"] else "NO"])
    return "\n".join(["SYNTHETIC recordings", *aligned(lines), WARNING])


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--snr", nargs="+", type=float, default=list(LIMITS))
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--keep-drift", action="store_true", help="do not subtract it")
    options, files = parser.parse_args(), NeuralFiles()
    choices, path = Choices.load(files.params), files.scores.with_name("gates.json")
    if options.keep_drift:
        path = path.with_name("gates_drift_kept.json")
        choices = replace(choices, train=choices.train.model_copy(update={"drift": 0.0}))
    runs = measured(path, choices.facts)
    done = {(own["seed"], own["snr"], own["row"]) for own in runs}
    jobs = [job for job in product(range(options.seeds), options.snr, options.rows) if job not in done]
    spoken = spoken_file(files, choices.simulate)
    session_of(spoken, choices.simulate)
    for own in track(imap(partial(run, choices, spoken), jobs), "runs", len(jobs)):
        runs = [*runs, own]
        write_json(path, {"facts": choices.facts, "runs": runs, "rows": summary(runs), **stamp("synthetic", seed=0)})
    print(table(summary(runs)))


if __name__ == "__main__":
    with gate():
        main()
