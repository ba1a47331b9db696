"""What the layers of an inverter know, on small records with planted differences; the stages as a user runs them."""

import numpy as np
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.factors.disentanglement import MetricParams
from artinv.factors.layers.fold import Material, analyse
from artinv.factors.layers.layer import Layer
from artinv.factors.layers.points import points_of, sex_of
from artinv.factors.layers.results import FoldLayers, Layers, Spread, summarise, table
from artinv.factors.layers.taps import INPUT, OUTPUT, Edit, activations, edited, taps_of
from artinv.runtime.errors import BadData
from tests.support import layered, toys
from tests.support.running import refused, stage

BATTERY = {"points": 300, "bins": 8, "train": 200, "test": 100, "predictor": "forest", "trees": 2, "votes": 50, "batch": 16,
           "prune": 0.05, "seed": 0}


def material(**changes):
    given = {"inverter": layered.inverter(), "seen": layered.utterances(layered.SPEAKERS[:-1]),
             "unseen": layered.utterances(layered.SPEAKERS[-1:]), "speaker": "hprc/M03", "origin": "synthetic"}
    return Material(**given | changes)


@pytest.fixture(scope="module")
def fold():
    return analyse(material(), layered.params(), MetricParams.of(BATTERY))


def test_the_layers_are_those_of_the_network():
    inverter = layered.inverter()
    assert [tap.name for tap in taps_of(inverter)] == [INPUT, "dense 1", "recurrent 1", "recurrent 2", OUTPUT]
    sounds = [frames.acoustics for frames in layered.utterances(("F01",), 2)]
    values = activations(inverter, sounds)
    assert [values[name][0].shape for name in (INPUT, "dense 1", "recurrent 1", OUTPUT)] == [(20, 36), (20, 12), (20, 12), (20, 72)]
    np.testing.assert_allclose(values[OUTPUT][1].reshape(80, 18), inverter.predict(sounds[1]), atol=1e-5)
    np.testing.assert_array_equal(values[INPUT][0][5][6:30].reshape(4, 6), sounds[0][20:24])


@pytest.mark.parametrize("name", [INPUT, "dense 1", "recurrent 1", OUTPUT])
def test_an_edit_changes_the_predictions_inside_its_block_alone(name):
    inverter, sound = layered.inverter(), layered.utterance("F01", 1).acoustics
    width = activations(inverter, [sound])[name][0].shape[1]
    before = inverter.predict(sound)
    with edited(inverter, name, Edit(np.eye(width), np.zeros(width))):
        np.testing.assert_allclose(inverter.predict(sound), before, atol=1e-5)
    with edited(inverter, name, Edit(np.eye(width), np.full(width, 0.5))):
        assert np.abs(inverter.predict(sound) - before).max() > 1e-3
    np.testing.assert_array_equal(inverter.predict(sound), before)


def test_an_edit_of_the_output_is_the_edit_of_the_prediction():
    inverter, sound = layered.inverter(), layered.utterance("F01", 1).acoustics
    with edited(inverter, OUTPUT, Edit(2 * np.eye(72), np.ones(72))):
        changed = inverter.predict(sound)
    np.testing.assert_allclose(changed, 2 * inverter.predict(sound) + 1, atol=1e-5)


def test_a_model_without_layers_is_refused():
    from artinv.learn.models import ridge
    inverter = layered.inverter()
    network = ridge.build(ridge.Sizes.of({"context": 1, "penalty": 0.1}), 6, 100.0)
    object.__setattr__(inverter, "network", network)
    with pytest.raises(BadData, match="take a run of bilstm, strided or mlp"):
        taps_of(inverter)


def test_points_are_the_labelled_middle_frames_of_steps():
    made = toys.frames("F01", 1, 60, phones=(Label("AA1", 0.1, 0.3), Label("sil", 0.3, 0.42), Label("s", 0.42, 0.6)))
    points = points_of([made], 4, 100, np.random.default_rng(0))
    times = np.arange(2, 60, 4)
    spoken = (times >= 10) & ~((times >= 30) & (times < 42))
    np.testing.assert_array_equal(points.steps, np.flatnonzero(spoken))
    assert points.phones.tolist() == ["aa"] * 5 + ["s"] * sum(times >= 42)
    np.testing.assert_allclose(points.motion, made.motion[times[spoken]])
    assert len(points_of([made], 4, 3, np.random.default_rng(0)).steps) == 3
    unlabelled = toys.frames("F01", 1, 60, phones=())
    assert points_of([unlabelled], 4, 100, np.random.default_rng(0)).phones.tolist() == [""] * 15


def test_the_sex_of_other_speakers_is_unknown():
    with pytest.raises(BadData, match="own/anna: the sex of this speaker is unknown"):
        sex_of(next(iter([toys.frames("anna", corpus="own").speaker_id])))


def test_a_speaker_who_is_planted_in_the_input_is_found_there_and_removed(fold):
    layer = fold.layers[INPUT]
    assert layer.probes["speaker"] > 0.9
    assert layer.probes["speaker of an utterance"] == 1
    assert layer.removals["erase 4"].speaker < 0.1
    assert layer.removals["random 4"].speaker > 0.5
    assert set(layer.removals) == {"erase 1", "random 1", "erase 4", "random 4", "centre"}
    assert fold.layers[OUTPUT].width == 72


def test_the_probes_of_trajectories_find_what_the_acoustics_hold(fold):
    """The acoustics hold 6 of 12 dimensions of the coils, beside the much larger place of the speaker."""
    probes = fold.layers[INPUT].probes
    best = max((name for name in CHANNELS if np.isfinite(probes[name])), key=probes.get)
    assert probes[best] > 0.15
    assert np.isnan(probes["v_x"])


def test_centring_gives_the_unseen_speaker_the_mean_of_the_others():
    made = material()
    points = points_of(made.seen, 4, 50, np.random.default_rng(0))
    values = points.of(activations(made.inverter, [frames.acoustics for frames in made.seen])[INPUT])
    layer = Layer(values, points, np.ones(len(values), bool), 0.01)
    own = np.random.default_rng(0).normal(5, 1, (40, 36))
    edit = layer.edits(own, [1], np.random.default_rng(0))["centre"]
    np.testing.assert_allclose(edit(own).mean(0), values.mean(0))


def test_results_survive_the_file_and_are_summarized(fold, tmp_path):
    fold.write(tmp_path / "a.json")
    read = FoldLayers.read(tmp_path / "a.json", "make layers")
    assert read.layers[INPUT].probes["speaker"] == pytest.approx(fold.layers[INPUT].probes["speaker"], abs=1e-6)
    whole = summarise([fold, read])
    assert whole.layers[INPUT].probes["speaker"].count == 2
    change = whole.layers[INPUT].removals["erase 1"]
    assert change.gain.median == pytest.approx(fold.layers[INPUT].removals["erase 1"].pearson - fold.pearson, abs=1e-5)
    text = table(whole)
    assert "SYNTHETIC speakers, 2 folds" in text
    assert "0 of 2" in text or "2 of 2" in text


def test_a_spread_counts_known_values_only():
    assert Spread.of([0.1, np.nan, 0.5, 0.2]) == Spread(0.2, 0.1, 0.5, 3)
    assert Spread.of([np.nan]).text() == "-"
    assert Spread.of([0.25, 0.125]).text(2) == "0.19 [0.12, 0.25]"


def test_too_few_speakers_are_refused():
    with pytest.raises(BadData, match="fewer than three training speakers"):
        analyse(material(seen=layered.utterances(("F01", "M01"))), layered.params(), MetricParams.of(BATTERY))


def test_the_stages_run_as_a_user_runs_them(tmp_path, capsys):
    files = layered.project(tmp_path)
    for speaker in ("F01", "M02"):
        stage(tmp_path, "layers_fold", speaker)
    printed = stage(tmp_path, "layers")
    assert "indep-strided, SYNTHETIC speakers, 2 folds" in printed
    result = Layers.read(files.layers, "make layers")
    assert result.speakers == ["hprc/F01", "hprc/M02"]
    first = files.layers.read_bytes()
    stage(tmp_path, "layers_fold", "F01")
    stage(tmp_path, "layers")
    assert files.layers.read_bytes() == first
    (files.fold_layers / "M02.json").write_text("{}")
    assert "M02.json" in refused(capsys, stage, tmp_path, "layers")
