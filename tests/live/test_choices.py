"""Faults of pipelines/live/params.yaml are found in every profile, in one line."""

import re

import pytest

from artinv.live import choices
from artinv.runtime.errors import BadParams
from tests.project.test_choices import paths
from tests.support.neighbours import file_of_tests, own_file, read, written

OWN, TESTS = own_file("live"), file_of_tests("live")


def test_the_parameters_of_the_project_and_of_the_tests_are_valid():
    choices.check(OWN)
    choices.check(TESTS)
    assert set(paths(read(OWN))) == set(paths(read(TESTS)))


@pytest.mark.parametrize(("changes", "words"), [
    ({"speed": 1}, "unknown key 'speed'; expected one of"),
    ({"profile": "fast"}, "profile: unknown profile 'fast'"),
    ({"train.lr": 0}, "bad value 0 for 'train.lr'"),
    ({"profiles.full": {"trian": {}}}, "unknown key 'profiles.full.trian'; .*did you mean 'train'"),
    ({"profiles.full": {"train": {"epochs": 0}}}, "profiles.full: bad value 0 for 'train.epochs'"),
    ({"sessions.speakers": 6}, "profiles.default: sessions.speakers: 6 leave none for training beside 6 for validation"),
    ({"train.sizes.delay": 12}, "train.sizes: a latency of 0.31 s is above 0.25 s; lower `delay` or `smooth`"),
    ({"front.rate": 60}, "rate must divide 16000"),
])
def test_a_fault_is_reported_in_one_line(changes, words, tmp_path):
    path = written(tmp_path, "live", changes)
    with pytest.raises(BadParams, match=words) as fault:
        choices.check(path)
    assert re.match(re.escape(str(path)), str(fault.value))
    assert "\n" not in str(fault.value)
