"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.digits.choices import TrainParams, check
from artinv.digits.speech import SpeakParams
from tests.support.neighbours import assert_refused, written


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
    assert_refused(tmp_path, "digits", changes, check, message)
