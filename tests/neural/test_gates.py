"""The summary of the measurement with several seeds: medians, limits, and what fails them."""

import json
from dataclasses import replace

import pytest

from artinv.core.files import write_json
from artinv.neural.workspace import NeuralFiles
from experiments import neural_gates as gates
from tests.support.neighbours import file_of_tests


def rows(values, row="causal", snr=1.0, **more):
    return [{"seed": seed, "snr": snr, "row": row, "pcc": value, "permuted": 0.001} | more for seed, value in enumerate(values)]


def test_a_row_holds_median_and_range():
    made = gates.summary(rows([0.8, 0.9, 0.7], auc=0.95))["causal_0dB"]
    assert (made["median"], made["low"], made["high"], made["seeds"], made["limit"]) == (0.8, 0.7, 0.9, 3, 0.79)
    assert made["reached"]


@pytest.mark.parametrize("made", [
    rows([0.78, 0.78, 0.9], auc=0.95), rows([0.9, 0.9], auc=0.85), rows([0.9, 0.9], auc=0.95, permuted=-0.06),
])
def test_each_limit_can_fail(made):
    summary = gates.summary(made)
    assert not summary["causal_0dB"]["reached"]
    assert "NO" in gates.table(summary)


def test_rows_without_a_limit_are_shown():
    assert gates.summary(rows([0.2], "ridge", 0.5))["ridge_-3dB"]["limit"] is None


@pytest.mark.parametrize(("section", "changes"), [
    ("simulate", {"minutes": 3}), ("simulate", {"words": 5}), ("simulate", {"motor": 3}), ("simulate", {"seed": 1}),
    ("simulate", {"subjects": ["M01"]}), ("split", {"valid": 0.3}), ("train", {"lr": 0.5}), ("train", {"latency": 2}),
    ("train", {"drift": 9.0}),
    ("score", {"shifts": 11}), ("occlude", {"seconds": 3.0}), ("decoders", {"ridge": {"lags": 2, "step": 1}}),
])
def test_runs_with_other_parameters_are_measured_again(section, changes, tmp_path):
    choices, path = gates.Choices.load(file_of_tests("neural")), tmp_path / "gates.json"
    write_json(path, {"facts": choices.facts, "runs": rows([0.9])})
    other = replace(choices, **{section: getattr(choices, section).model_copy(update=changes)})
    assert gates.measured(path, choices.facts) == rows([0.9])
    assert gates.measured(path, other.facts) == []
    assert gates.measured(tmp_path / "absent.json", choices.facts) == []
    assert json.loads(json.dumps(choices.facts)) == choices.facts


def test_parameters_that_a_run_sets_itself_do_not_matter():
    choices = gates.Choices.load(file_of_tests("neural"))
    other = replace(choices, simulate=choices.simulate.model_copy(update={"snr": 5.0}),
                    train=choices.train.model_copy(update={"seed": 3, "runs": []}))
    assert other.facts == choices.facts


@pytest.mark.parametrize("changes", [{"words": 5}, {"minutes": 3}, {"test_minutes": 3}, {"seed": 1}, {"subjects": ["M01"]}])
def test_another_session_has_another_file(changes):
    params = gates.SimulateParams()
    assert gates.spoken_file(NeuralFiles(), params) != gates.spoken_file(NeuralFiles(), params.model_copy(update=changes))


def test_the_spoken_session_is_read_as_it_was_spoken(tmp_path, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    params = gates.SimulateParams(minutes=0.03, test_minutes=0.02, words=2)
    first, second = (gates.session_of(tmp_path / "a.npz", params) for _ in range(2))
    assert first.words == second.words
    assert (first.trajectories == second.trajectories).all()
