"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.neural.choices import SECTIONS, check
from artinv.neural.decoders import DecoderParams
from artinv.neural.training import TrainParams
from artinv.runtime.errors import BadParams
from tests.support.neighbours import explained, file_of_tests, keys, own_file, read, written

FILE = own_file("neural")
TESTS = file_of_tests("neural")


@pytest.mark.parametrize("path", [FILE, TESTS])
def test_the_committed_parameters_are_valid_in_every_profile(path):
    check(path)


def test_the_file_of_the_tests_has_the_keys_of_the_users_file():
    assert keys(FILE) == keys(TESTS)


def test_every_key_is_explained():
    assert explained(FILE) > 25


@pytest.mark.parametrize(("profile", "epochs"), [("smoke", 2), ("full", 40)])
def test_a_profile_replaces_values_of_its_sections(tmp_path, profile, epochs):
    path = written(tmp_path, "neural", {"profile": profile})
    assert TrainParams.load(path).epochs == epochs
    assert TrainParams.load(path).batch == (4 if profile == "smoke" else 32)
    assert TrainParams.load(written(tmp_path, "neural", {"profile": "default"})).choices[0].mode == "causal"


def test_the_full_profile_has_the_sizes_of_the_paper(tmp_path):
    sizes = DecoderParams.load(written(tmp_path, "neural", {"profile": "full"}))
    assert sizes.sizes("resnet").model_dump() == {"width": 16}
    assert sizes.sizes("swin").model_dump() == {
        "dim": 48, "depths": [2, 2, 6, 2], "heads": [3, 6, 12, 24], "frames": 8, "space": 2}
    assert sizes.sizes("lstm").model_dump() == {
        "layers": 3, "width": 128, "dropout": 0.3, "silenced": 0.2, "lags": 16, "step": 4}


@pytest.mark.parametrize(("changes", "message"), [
    ({"profile": "ful"}, r"unknown profile 'ful'; expected one of \['default', 'full', 'smoke'\]; did you mean 'full'"),
    ({"simulat": 1}, "unknown key 'simulat'; .*did you mean 'simulate'"),
    ({"profiles.smoke.trian": {}}, "unknown key 'profiles.smoke.trian'; .*did you mean 'train'"),
    ({"profiles.full.train.epochs": -1}, "profiles.full: bad value -1 for 'train.epochs'"),
    ({"train.sound_terms": ["spectrum"], "train.runs": ["lstm causal truth"]},
     r"train.sound_terms: no run of train.runs has a target of \['formant18', 'tract'\]"),
    ({"train.sound_terms": ["spectra"]}, "train.sound_terms"),
    ({"train.runs": ["lsmt causal truth"]}, "unknown decoder 'lsmt'; .*did you mean 'lstm'"),
    ({"train.runs": ["lstm causal tract"]}, "train.runs: 'tract' is not among targets.kinds; add it there"),
    ({"targets.kinds": ["mouth"]}, "targets.kinds: unknown target 'mouth'"),
    ({"targets.voice": "womn"}, "targets.voice: unknown voice 'womn'; .*did you mean 'woman'"),
    ({"targets.voice": "M01"}, "formant18 has no ranges for 'M01'"),
    ({"decoders.lsmt": {"width": 1}}, "unknown decoder 'lsmt'"),
    ({"decoders.tcn.size": 4}, "decoders: tcn: bad value 4 for 'size'"),
    ({"decoders.swin.frames": 5}, "windows of an even number"),
    ({"simulate.motor": 99}, "the grid has 64 electrodes"),
    ({"split.kind": "words"}, "'split.kind'"),
    ({"occlude.target": "articulatoin"}, "occlude: no run of train.runs has a mode of .'causal'. and the target 'articulatoin'"),
    ({"occlude.modes": ["casual"]}, "bad value 'casual' for 'occlude.modes.0'.*did you mean 'causal'"),
])
def test_a_fault_is_one_line_that_names_the_key(tmp_path, changes, message):
    with pytest.raises(BadParams, match=message) as caught:
        check(written(tmp_path, "neural", changes))
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "params.yaml") in str(caught.value)


def test_sections_are_the_keys_of_the_file():
    assert list(read(FILE)) == ["profile", *(kind.section for kind in SECTIONS), "profiles"]
