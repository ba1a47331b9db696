"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.matching.choices import FitParams, check
from artinv.matching.sounds import SampleParams
from artinv.runtime.errors import BadParams
from tests.support.neighbours import assert_refused, written


@pytest.mark.parametrize(("profile", "examples"), [("smoke", 40), ("full", 220000)])
def test_a_profile_replaces_values_of_its_sections(tmp_path, profile, examples):
    path = written(tmp_path, "matching", {"profile": profile})
    assert SampleParams.load(path).num_examples == examples
    assert SampleParams.load(path).sample_rate == 16384
    assert FitParams.load(written(tmp_path, "matching", {"profile": "default"})).networks == ["C3"]


@pytest.mark.parametrize(("changes", "message"), [
    ({"profile": "ful"}, r"unknown profile 'ful'; expected one of \['default', 'full', 'smoke'\]; did you mean 'full'"),
    ({"profiles": 3}, "'profiles' does not hold sections by profile"),
    ({"sampel": 1}, "unknown key 'sampel'; .*did you mean 'sample'"),
    ({"profiles.smoke.trian": {}}, "unknown key 'profiles.smoke.trian'; .*did you mean 'train'"),
    ({"profiles.smoke.train.epochs": -1}, "profiles.smoke: bad value -1 for 'train.epochs'"),
    ({"profiles.full.train.lrr": 1}, "profiles.full: unknown key 'train.lrr'"),
    ({"train.networks": ["C8"]}, "train.networks: unknown network 'C8'"),
    ({"train.networks": []}, "'train.networks'"),
    ({"sample.synth": "fm32"}, "unknown synthesizer 'fm32'; .*did you mean 'fm23'"),
    ({"sample.sample_rate": 8000}, "sample.sample_rate, sample.length: fm23: .* at 8000 Hz; expected .* at 16000 Hz or more"),
    ({"sample.points": 4}, "sample.points: the settings of 'fm23' do not move; set it to 1"),
    ({"sample.valid": 0.4999, "sample.test": 0.4999, "sample.num_examples": 2}, "bad value 2 for 'sample.num_examples'"),
    ({"sample.length": 0.01}, "a sound needs 512 or more samples"),
    ({"refine.methods": ["descent"]}, "'refine.methods.0'"),
])
def test_a_fault_is_one_line_that_names_the_key(tmp_path, changes, message):
    assert_refused(tmp_path, "matching", changes, check, message)


def test_settings_that_move_need_a_recurrent_network(tmp_path):
    moving = {"sample.synth": "tones", "sample.points": 4}
    with pytest.raises(BadParams, match="'C3' estimates constant settings only"):
        check(written(tmp_path, "matching", moving))
    recurrent = {"train.networks": ["bilstm"], "profiles.smoke.train": {}, "profiles.full.train": {}}
    check(written(tmp_path, "matching", moving | recurrent))
