"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import re

import pytest
import yaml

from artinv.digits.choices import SECTIONS, TrainParams, check
from artinv.digits.speech import SpeakParams
from artinv.runtime.errors import BadParams
from tests.conftest import change
from tests.support import toy_digits
from tools.deps import ROOT

FILE = ROOT / "pipelines/digits/params.yaml"


def written(tmp_path, changes):
    content = toy_digits.yaml_of()
    change(content, changes)
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.mark.parametrize("path", [FILE, toy_digits.FILE])
def test_the_committed_parameters_are_valid_in_every_profile(path):
    check(path)


def test_the_file_of_the_tests_has_the_keys_of_the_users_file():
    own, tests = toy_digits.yaml_of(FILE), toy_digits.yaml_of()
    assert {key: list(value) for key, value in own.items() if isinstance(value, dict)} == {
        key: list(value) for key, value in tests.items() if isinstance(value, dict)}
    assert list(own) == ["profile", "recordings", *(kind.section for kind in SECTIONS), "profiles"]


def test_every_key_is_explained():
    """A comment stands before each key; keys that follow one another share it, and names that another section explains."""
    text = FILE.read_text(encoding="utf-8").split("\nprofiles:")[0]
    groups = re.findall(r"((?:^ *#.*\n)*)((?:^  \w+:.*\n)+)", text, re.MULTILINE)
    assert sum(keys.count(":") for _, keys in groups) > 40
    assert all(comment for comment, _ in groups)


def test_a_profile_replaces_values_of_its_sections(tmp_path):
    assert SpeakParams.load(written(tmp_path, {"profile": "full"})).speakers == 200
    assert SpeakParams.load(written(tmp_path, {"profile": "smoke"})).takes == 1
    assert len(TrainParams.load(written(tmp_path, {"profile": "default"})).models) == 6


@pytest.mark.parametrize(("changes", "message"), [
    ({"profile": "smok"}, "unknown profile 'smok'.*did you mean 'smoke'"),
    ({"speek": 1}, "unknown key 'speek'; .*did you mean 'speak'"),
    ({"profiles.smoke.trian": {}}, "unknown key 'profiles.smoke.trian'; .*did you mean 'train'"),
    ({"profiles.full.adversarial.stepps": 1}, "profiles.full: unknown key 'adversarial.stepps'"),
    ({"train.models": ["cwgan5"]}, "'train.models.0': Input should be 'cvae', 'flow', .*; did you mean 'cwgan"),
    ({"profiles.smoke.train.models": ["cvae", "cvae"]}, "profiles.smoke: train.models: 'cvae' is listed twice"),
    ({"speak.speakers": 9001}, "less than or equal to 9000"),
    ({"speak.speakers": 10}, "speak.speakers: no speaker is left for training"),
    ({"recordings": "/home/fsdd"}, "recordings: '/home/fsdd' is not a folder of this project"),
    ({"recordings": "../fsdd"}, "recordings: '../fsdd' is not a folder of this project"),
    ({"recordings": 3}, "recordings: '3' is not a folder"),
    ({"adversarial.average": 1.0}, "bad value 1.0 for 'adversarial.average'"),
])
def test_a_fault_is_one_line_that_names_the_key(tmp_path, changes, message):
    with pytest.raises(BadParams, match=message) as caught:
        check(written(tmp_path, changes))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "params.yaml") in str(caught.value)
