"""Faults of pipelines/live/params.yaml are found in every profile, in one line."""

import pytest

from artinv.live.choices import check
from tests.project.test_choices import paths
from tests.support.neighbours import assert_refused, file_of_tests, own_file, read


def test_both_files_have_the_same_keys_at_every_depth():
    own, tests = (set(paths(read(file("live")))) for file in (own_file, file_of_tests))
    assert own == tests


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
    assert_refused(tmp_path, "live", changes, check, words)
