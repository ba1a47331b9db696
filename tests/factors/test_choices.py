"""The parameters of the pipeline are checked as a whole, in every profile, and a fault is one line."""

import pytest

from artinv.factors.choices import check
from artinv.factors.disentanglement import MetricParams
from artinv.factors.layers.fold import LayerParams
from artinv.factors.spectra import SetParams
from artinv.factors.training import FitParams
from tests.support.neighbours import assert_refused, own_file, read, written


@pytest.mark.parametrize(("profile", "seeds"), [("smoke", 2), ("default", 5), ("full", 10)])
def test_a_profile_replaces_values_of_its_sections(tmp_path, profile, seeds):
    path = written(tmp_path, "factors", {"profile": profile})
    assert FitParams.load(path).seeds == seeds
    assert SetParams.load(path).samples == 8000


@pytest.mark.parametrize("profile", ["smoke", "default", "full"])
def test_the_parameters_of_the_layers_are_valid_in_every_profile(profile):
    content = read(own_file("layers")) | {"profile": profile}
    params = LayerParams.within(content, "params")
    assert params.folds == ["F01", "M02", "fsew0", "maps0", "F1"]
    assert MetricParams.within(content, "params").predictor == "forest"


@pytest.mark.parametrize(("changes", "message"), [
    ({"profile": "ful"}, r"unknown profile 'ful'; expected one of \['default', 'full', 'smoke'\]; did you mean 'full'"),
    ({"dat": 1}, "unknown key 'dat'; .*did you mean 'data'"),
    ({"profiles.smoke.trian": {}}, "unknown key 'profiles.smoke.trian'; .*did you mean 'train'"),
    ({"profiles.smoke.train.epochs": -1}, "profiles.smoke: bad value -1 for 'train.epochs'"),
    ({"train.runs": ["additive/gan/mlp"]}, "unknown model 'gan' in 'additive/gan/mlp'"),
    ({"train.runs": ["digits/adagvae/mlp"]}, "'digits/adagvae/mlp' needs pairs that differ in one of several factors"),
    ({"data.sets": ["additive"]}, "'tract/betavae/mlp' needs a set that data.sets does not name"),
    ({"data.sets": ["adative"]}, "bad value 'adative' for 'data.sets.0'.*did you mean 'additive'"),
    ({"data.bins": 200}, "data.bins: the last bin is at"),
    ({"data.extra": ["snr"], "data.count": 0, "data.tract_levels": 12}, "data.count: the grid of 'tract' has 2985984 sounds"),
    ({"traverse.model": "vae/conv"}, "traverse.model: 'vae/conv' is not trained"),
    ({"traverse.model": "betavae/conv"}, "take a run of the network mlp"),
    ({"metrics.predictor": "boost"}, "bad value 'boost' for 'metrics.predictor'.*did you mean 'boosted'"),
])
def test_a_fault_is_one_line_that_names_the_key(tmp_path, changes, message):
    assert_refused(tmp_path, "factors", changes, check, message)
