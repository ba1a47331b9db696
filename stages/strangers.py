"""Train without a group of speakers and keep the errors on them: `python -m stages.strangers WAY GROUP`."""

import tempfile
from pathlib import Path

from artinv.acoustics import FeatureParams
from artinv.dataset import index, load
from artinv.errors import arguments, gate
from artinv.fitting import ExperimentParams, fit
from artinv.intervals import IntervalParams
from artinv.models import ModelParams
from artinv.splits import SETTINGS, PoolParams, SplitParams, speakers_of, split
from artinv.strangers import FOLDER, StrangersParams, errors_of, members, save

if __name__ == "__main__":
    with gate():
        way, group = map(int, arguments("WAY", "GROUP"))
        pool, choice = PoolParams.load(), StrangersParams.load()
        entries = index(pool.corpora)
        first, *others = members(sorted(speakers_of([entry.id for entry in entries])), way, group, len(choice.groups))
        known = [entry for entry in entries if entry.speaker not in others]
        divided = split(known, SplitParams.of(pool.model_dump() | {"test_speaker": first} | SETTINGS["indep"], "strangers"))
        params = ExperimentParams.load().model_copy(update={"model": choice.model, "threads": 1})
        with tempfile.TemporaryDirectory() as states:
            made = fit(divided, params, ModelParams.load(), FeatureParams.load(), Path(states))
        spoken = {name: load([entry.id for entry in entries if entry.speaker == name]) for name in (first, *others)}
        save(FOLDER / f"{way}-{group}.json",
             errors_of(made["inverter"].inverter, load(divided.valid), spoken, IntervalParams.load().level))
