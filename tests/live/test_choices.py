"""Faults of pipelines/live/params.yaml are found in every profile, in one line."""

import re

import pytest
import yaml

from artinv.live import choices
from artinv.runtime.errors import BadParams
from tests.conftest import change
from tests.project.test_choices import paths
from tools.deps import ROOT

OWN, TESTS = ROOT / "pipelines/live/params.yaml", ROOT / "tests/live_params.yaml"


def written(tmp_path, **changes):
    content = yaml.safe_load(TESTS.read_text(encoding="utf-8"))
    change(content, {key.replace("__", "."): value for key, value in changes.items()})
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_parameters_of_the_project_and_of_the_tests_are_valid():
    choices.check(OWN)
    choices.check(TESTS)
    assert set(paths(yaml.safe_load(OWN.read_text()))) == set(paths(yaml.safe_load(TESTS.read_text())))


@pytest.mark.parametrize(("changes", "words"), [
    ({"speed": 1}, "unknown key 'speed'; expected one of"),
    ({"profile": "fast"}, "profile: unknown profile 'fast'"),
    ({"train__lr": 0}, "bad value 0 for 'train.lr'"),
    ({"profiles__full": {"trian": {}}}, "unknown key 'profiles.full.trian'; .*did you mean 'train'"),
    ({"profiles__full": {"train": {"epochs": 0}}}, "profiles.full: bad value 0 for 'train.epochs'"),
    ({"sessions__speakers": 6}, "profiles.default: sessions.speakers: 6 leave none for training beside 6 for validation"),
    ({"train__sizes__delay": 12}, "train.sizes: a latency of 0.31 s is above 0.25 s; lower `delay` or `smooth`"),
    ({"front__rate": 60}, "rate must divide 16000"),
])
def test_a_fault_is_reported_in_one_line(changes, words, tmp_path):
    path = written(tmp_path, **changes)
    with pytest.raises(BadParams, match=words) as fault:
        choices.check(path)
    assert re.match(re.escape(str(path)), str(fault.value))
    assert "\n" not in str(fault.value)
