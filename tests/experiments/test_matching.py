"""Experiments on matching: closed forms of hand-made runs, and each command as a whole with the synthesizer `tones`."""

import json
import sys

import numpy as np
import pytest
import soundfile
import torch

from artinv.core.workspace import Workspace
from artinv.matching.match import match
from artinv.matching.matcher import Matcher
from artinv.matching.refinement import quick
from artinv.matching.sounds import SampleParams, draw, render, synthesizer
from artinv.runtime.errors import BadData
from experiments import matching_order, matching_real, matching_tract
from tests.support import matched
from tests.support.matched import sample_params
from tests.support.neighbours import written

pytestmark = pytest.mark.usefixtures("tones_registered")

TONES = {f"sample.{key}": value for key, value in matched.SAMPLE.items()} | {"train.networks": ["C1"]}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a project whose pipeline `matching` has the synthesizer `tones`, for all three commands."""
    made = Workspace(tmp_path)
    made.matching_params.parent.mkdir(parents=True)
    written(made.matching_params.parent, "matching", TONES)
    for module in (matching_order, matching_real, matching_tract):
        monkeypatch.setattr(module, "Workspace", lambda: made)
    return made


def run(module, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", [module.__name__, *words])
    module.main()


def rows(name, *ranks):
    return [{"network": name, "seed": seed, "mpr": rank, "cpu_s": 30.0} for seed, rank in enumerate(ranks)]


def test_the_summary_has_medians_ranges_and_exact_p_values():
    found = matching_order.summary([*rows("FC-lin", 1, 2, 3, 4, 5), *rows("C1", 10, 6, 9, 8, 7), *rows("C3", 0, -1, -2)])
    assert found["networks"]["C1"] == {"median": 8, "low": 6, "high": 10, "seeds": 5}
    assert found["p"]["FC-lin below C1"] == pytest.approx(1 / 252), "one of the 10! / 5! 5! orders"
    assert found["p"]["C1 below C3"] == 1
    assert set(found["p"]) == {"FC-lin below C1", "C1 below C3"}
    assert found["cpu_minutes"] == 6.5
    text = matching_order.table(found)
    assert text.startswith("SYNTHETIC")
    assert "FC-lin below C1: p = 0.004 (Mann-Whitney, one-sided)" in text


def test_an_order_that_ties_has_no_small_p_value():
    assert matching_order.summary([*rows("C3", 1, 1), *rows("C6", 1, 1)])["p"]["C3 below C6"] >= 0.5


def test_a_comparison_keeps_finished_runs_and_other_budgets(workspace, monkeypatch, capsys):
    few = "--networks", "C1", "FC-lin", "--seeds", "0"
    run(matching_order, monkeypatch, *few, "--sounds", "100")
    path = workspace.matching_scores.with_name("order.json")
    first = json.loads(path.read_text())["budgets"]
    assert [row["network"] for row in first["100"]["runs"]] == ["C1", "FC-lin"]
    assert first["100"]["facts"]["num_examples"] == 100
    monkeypatch.setattr(matching_order, "run", lambda *_: pytest.fail("trained again"))
    run(matching_order, monkeypatch, *few, "--sounds", "100")
    monkeypatch.undo()
    monkeypatch.setattr(matching_order, "Workspace", lambda: workspace)
    run(matching_order, monkeypatch, "--networks", "FC-lin", "--seeds", "0", "1", "--sounds", "120")
    second = json.loads(path.read_text())
    assert second["budgets"]["100"] == first["100"]
    assert [row["seed"] for row in second["budgets"]["120"]["runs"]] == [0, 1]
    assert "synthetic" in second["origin"]
    assert "FC-lin" in capsys.readouterr().out
    assert not list(workspace.matching_models.parent.glob(".order*")), "no state of a finished training is left"


def test_runs_with_other_facts_do_not_count(tmp_path):
    path = tmp_path / "order.json"
    path.write_text(json.dumps({"budgets": {"50": {"facts": {"num_examples": 50, "epochs": 2}, "runs": [1]}}}))
    assert matching_order.finished(path, {"num_examples": 50, "epochs": 2})[1] == [1]
    budgets, runs = matching_order.finished(path, {"num_examples": 50, "epochs": 3})
    assert (list(budgets), runs) == (["50"], [])
    assert matching_order.finished(tmp_path / "none.json", {"num_examples": 50, "epochs": 2}) == ({}, [])


def test_each_part_has_noises_of_its_own_and_its_first_sounds_are_the_same():
    params = SampleParams.of(matched.SAMPLE | matching_tract.SAMPLE | {"num_examples": 250, "length": 0.04})
    whole = {name: matching_tract.part(name, params) for name in matching_tract.SEEDS}
    assert [len(part.levels) for part in whole.values()] == [220, 10, 20]
    np.testing.assert_array_equal(np.concatenate([part.levels for part in whole.values()]), draw(params, synthesizer(params).spec))
    first = matching_tract.part("test", params, 5)
    np.testing.assert_array_equal(first.sounds, whole["test"].sounds[:5])
    for part, seed in ((whole["train"], 1 + 200 // matching_tract.TOGETHER), (whole["test"], 200_001)):
        own = part.levels[200:] if len(part.levels) > 200 else part.levels
        expected = render(synthesizer(params), torch.from_numpy(own), normalise=False, seed=seed).numpy()
        np.testing.assert_allclose(part.sound(slice(-len(own), None)), expected, atol=np.abs(expected).max() / 32767)
    known = matching_tract.noisy(whole["test"].levels, params, 0, 20).sounds
    assert (known != whole["test"].sounds).any()
    noises = [matching_tract.noisy(whole["test"].levels[:1].repeat(41, 0), params, 7).sounds[place] for place in (0, 19, 20, 40)]
    assert (noises[0] == noises[1]).all()
    assert (noises[1] != noises[2]).any()
    assert (noises[2] != noises[3]).any()


def test_the_network_of_a_tract_is_kept_and_measured_once(workspace, monkeypatch, capsys):
    monkeypatch.setattr(matching_tract, "SAMPLE", {"synth": "tones", "num_examples": 100})
    monkeypatch.setattr(matching_tract, "REFINE", matched.REFINE | {"sounds": 2, "methods": ["search", "gradient", "cma"]})
    monkeypatch.setattr(matching_tract, "FIT", matched.FIT | {"networks": ["C3"], "epochs": 1})
    run(matching_tract, monkeypatch)
    path, model = workspace.matching_scores.with_name("tract.json"), workspace.matching_models.with_name("tract7.safetensors")
    content = json.loads(path.read_text())
    matcher, test = Matcher.load(model), matching_tract.part("test", sample_params(num_examples=100))
    scores, levels = matcher.scores(test.sound(slice(None)))[:, 0], test.levels[:, 0].astype(int)
    lower = [(own[:count] < own[level]).sum() / (count - 1) for sound, truth in zip(scores, levels, strict=True)
             for own, level, count in zip(sound, truth, (4, 3, 3, 2), strict=True)]
    assert content["mpr"] == pytest.approx(100 * np.mean(lower), abs=1e-4)
    assert np.mean(list(content["parameters"].values())) == pytest.approx(content["mpr"], abs=1e-4)
    assert (content["sounds"], content["trained_on"], content["origin"]) == (10, 80, "synthetic")
    for key in ("refined", "refined_known_noise"):
        assert content[key]["sounds"] == 2
        assert list(content[key]["methods"]) == ["cma", "gradient", "search"]
    assert content["true_settings"]["log_spectral_distance"] < 0.1, "tones have no noise"
    run(matching_tract, monkeypatch, "--one-noise")
    compared = json.loads(path.read_text())
    assert {key: value for key, value in compared.items() if key != "one_noise"} == content
    assert compared["one_noise"]["mpr"] == content["mpr"], "tones have no noise"
    monkeypatch.setattr(matching_tract, "trained", lambda *_: pytest.fail("trained again"))
    run(matching_tract, monkeypatch)
    assert json.loads(path.read_text()) == compared
    assert capsys.readouterr().out.count("SYNTHETIC sounds of tones: MPR ") == 2


def test_recordings_are_matched_and_each_synthesizer_and_folder_has_an_entry(workspace, monkeypatch, capsys, tmp_path):
    folder = tmp_path / "some/recordings"
    folder.mkdir(parents=True)
    for number, pitch in enumerate((300.0, 520.0, 700.0, 900.0, 1200.0)):
        soundfile.write(folder / f"{number}.wav", np.append(matched.tones(0.256, loudness=0.01), matched.tones(0.3, pitch)), 8000)
    (folder / "notes.txt").write_text("no sound")
    matcher, _ = matched.trained(tmp_path / "sounds")
    matcher.save(workspace.matching_models / "C1.safetensors")
    run(matching_real, monkeypatch, str(folder), "--sounds", "3", "--steps", "4")
    path = workspace.matching_scores.with_name("real.json")
    refined = json.loads(path.read_text())["tones"]["some/recordings"]
    assert (refined["sounds"], refined["steps"], refined["origin"]) == (3, 4, "real")
    pieces = np.array([matching_real.strongest_piece(matcher, 4, folder / f"{number}.wav") for number in (0, 2, 4)])
    for key, value in {"distance_before": np.median(pieces[:, 0]), "distance_after": np.median(pieces[:, 1]),
                       "correlation": np.median(pieces[:, 2]), "named": np.mean(pieces[:, 3]),
                       "closer": np.mean(pieces[:, 1] < pieces[:, 0])}.items():
        assert refined[key] == pytest.approx(value, abs=1e-5), key
    second = match(folder / "2.wav", matcher, "gradient", quick(4), workers=1).pieces[1]
    assert tuple(pieces[1]) == (second.before, second.after, second.correlation, second.is_foreign(matcher))
    matched.untrained(tmp_path / "fm23.safetensors")
    words = "--sounds", "1", "--steps", "0", "--model"
    run(matching_real, monkeypatch, str(folder), *words, str(tmp_path / "fm23.safetensors"))
    others = folder.rename(tmp_path / "some/others")
    run(matching_real, monkeypatch, str(others), *words, str(workspace.matching_models / "C1.safetensors"))
    content = json.loads(path.read_text())
    assert content["tones"]["some/recordings"] == refined
    plain = content["fm23"]["some/recordings"]
    assert (plain["distance_before"], plain["closer"]) == (plain["distance_after"], 0)
    assert content["tones"]["some/others"]["sounds"] == 1
    assert "3 REAL recordings of some/recordings" in capsys.readouterr().out
    with pytest.raises(BadData, match=r"pipelines: holds no sound file; name another folder"):
        run(matching_real, monkeypatch, str(tmp_path / "pipelines"))
