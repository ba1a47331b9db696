"""Measure the processor time to train one fold of leave one speaker out, for every run of params.yaml and ridge regression.

Run `python -m benchmarks.folds [--speaker F01]` after `make repro`; it writes metrics/cost.json, which the report shows. Each model
is trained once on one thread, and no model is kept. The figures are those of this processor.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.data.splits import PoolParams, Split, fold_choice, split
from artinv.evaluate.loso import LosoParams
from artinv.evaluate.results import RIDGE
from artinv.learn.experiment import ExperimentParams, TrainData, fit
from artinv.learn.inverter import FILES
from artinv.learn.models import ModelParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import gate
from artinv.show.report.costs import FILE, FoldCosts
from benchmarks.machine import processor


def measure(workspace: Workspace, speaker: str) -> FoldCosts:
    """Train each run of `loso.runs` without one speaker; return the processor times in s, reading the data excluded."""
    file, data = workspace.params, Dataset(workspace)
    params, sizes, features = ExperimentParams.load(file), ModelParams.load(file), InputParams.load(file)
    seconds: dict[str, dict[str, float]] = defaultdict(dict)
    facts = {}
    for run in LosoParams.load(file).runs:
        setting, _, model = run.partition("-")
        choice = fold_choice(PoolParams.load(file), setting, speaker)
        divided = split(data.index(choice.corpora), choice)
        material = TrainData.of(divided, data)

        def spent(name: str, divided: Split = divided, material: TrainData = material) -> float:
            own = params.model_copy(update={"model": name, "threads": 1})
            with tempfile.TemporaryDirectory() as states:
                begun = time.process_time()
                fit(divided, material, own, sizes, features, states=Path(states))
                return time.process_time() - begun

        if not seconds:
            spent(RIDGE)  # the first training also loads libraries
        if RIDGE not in seconds[setting]:
            seconds[setting][RIDGE] = spent(RIDGE) / len(FILES)  # it is trained as the chosen model and as the baseline
        seconds[setting][model] = spent(model) - seconds[setting][RIDGE]
        facts = stamp(divided.origin, seed=params.seed)
        print(f"{run:20}{seconds[setting][model]:8.1f} s, ridge regression {seconds[setting][RIDGE]:.1f} s", flush=True)
    return FoldCosts(**facts, machine=processor(), speaker=speaker, cpu_seconds=dict(seconds))


def main() -> None:
    """Measure and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speaker", default="F01", help="test speaker of the fold (default: F01)")
    arguments, workspace = parser.parse_args(), Workspace()
    write_json(workspace.root / FILE, measure(workspace, arguments.speaker).to_json())


if __name__ == "__main__":
    with gate():
        main()
