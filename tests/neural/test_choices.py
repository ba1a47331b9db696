"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.neural.choices import check
from artinv.neural.decoders import DecoderParams
from artinv.neural.training import TrainParams
from tests.support.neighbours import assert_refused, written


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
    ({"train.drift": 0.01}, "train.drift.*0.01 s is too short for a mean; set 0, or at least 0.1"),
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
    assert_refused(tmp_path, "neural", changes, check, message)
