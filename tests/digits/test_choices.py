"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.digits.choices import SECTIONS, TrainParams, check
from artinv.digits.speech import SpeakParams
from artinv.runtime.errors import BadParams
from tests.support.neighbours import explained, file_of_tests, keys, own_file, read, written

FILE, TESTS = own_file("digits"), file_of_tests("digits")


@pytest.mark.parametrize("path", [FILE, TESTS])
def test_the_committed_parameters_are_valid_in_every_profile(path):
    check(path)


def test_the_file_of_the_tests_has_the_keys_of_the_users_file():
    assert keys(FILE) == keys(TESTS)
    assert list(read(FILE)) == ["profile", "recordings", *(kind.section for kind in SECTIONS), "profiles"]


def test_every_key_is_explained():
    assert explained(FILE) > 40


def test_a_profile_replaces_values_of_its_sections(tmp_path):
    assert SpeakParams.load(written(tmp_path, "digits", {"profile": "full"})).speakers == 200
    assert SpeakParams.load(written(tmp_path, "digits", {"profile": "smoke"})).takes == 1
    assert len(TrainParams.load(written(tmp_path, "digits", {"profile": "default"})).models) == 6


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
        check(written(tmp_path, "digits", changes))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "params.yaml") in str(caught.value)
