"""The committed results are those of the committed code and choices: whoever reads metrics/ need not run anything to trust it."""

import hashlib
from functools import reduce
from itertools import product
from operator import getitem

import pytest
import yaml

from tests import house

FILES = house.PIPELINES


def read(path):
    return yaml.load((house.ROOT / path).read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def params():
    return read("params.yaml")


def test_every_stage_was_run(params):
    for file in FILES:
        run = read(file.replace(".yaml", ".lock"))["stages"]
        for name, stage in house.stages(file).items():
            choices = [reduce(getitem, values.strip("${}").split("."), params) for values in stage.get("matrix", {}).values()]
            wanted = [f"{name}@{'-'.join(picked)}" for picked in product(*choices)] if choices else [name]
            assert set(wanted) <= set(run), f"{file}: run `dvc repro {file}` and commit its lock"


@pytest.mark.parametrize("file", FILES)
def test_code_and_choices_are_those_of_the_lock(file, params):
    for name, stage in read(file.replace(".yaml", ".lock"))["stages"].items():
        for dep in stage["deps"]:
            if house.is_code(dep["path"]):
                now = hashlib.md5((house.ROOT / dep["path"]).read_bytes(), usedforsecurity=False).hexdigest()
                assert now == dep["md5"], f"{name}: {dep['path']} has changed; run `dvc repro {file}` and commit its lock"
        for key, value in stage.get("params", {}).get("params.yaml", {}).items():
            now = reduce(getitem, key.split("."), params)
            assert now == value, f"{name}: '{key}' has changed; run `dvc repro {file}` and commit its lock"


def test_what_a_stage_read_is_what_another_wrote():
    stages = [stage for file in FILES for stage in read(file.replace(".yaml", ".lock"))["stages"].values()]
    written = {out["path"]: out["md5"] for stage in stages for out in stage["outs"]}
    for stage in stages:
        for dep in stage["deps"]:
            if dep["path"] in written:
                assert dep["md5"] == written[dep["path"]], f"{dep['path']} is older than what reads it; run `dvc repro`"


def test_metrics_that_lie_there_are_those_of_the_lock():
    for file in FILES:
        for stage in read(file.replace(".yaml", ".lock"))["stages"].values():
            for out in stage["outs"]:
                path = house.ROOT / out["path"]
                if path.parts[len(house.ROOT.parts)] == "metrics" and path.is_file():
                    now = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
                    assert now == out["md5"], f"{out['path']}: is not what the lock says; run `dvc repro {file}`"
