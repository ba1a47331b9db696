"""The summary of the ablations: closed forms of hand-made runs, the file that the command writes, the figures on the pages."""

import json
import sys

import pytest

from artinv.core.workspace import Workspace
from experiments import ablations
from tests.support.figures import pages_without_source
from tools import deps


def run(pearson, rmse_mm=1.0, seconds=10.0, parameters=7):
    return {"pearson": pearson, "rmse_mm": rmse_mm, "seconds": seconds, "parameters": parameters}


RUNS = {
    ("default", "F01", 0): run(0.80), ("default", "F01", 1): run(0.82),
    ("default", "M1", 0): run(0.70), ("default", "M1", 1): run(0.76),
    ("wide", "F01", 0): run(0.81, 1.0, 20.0, 9), ("wide", "F01", 1): run(0.83, 2.0, 30.0, 9),
    ("wide", "M1", 0): run(0.73, 3.0, 40.0, 9), ("wide", "M1", 1): run(0.79, 6.0, 70.0, 9),
}


def test_the_summary_has_means_deviations_and_differences_in_closed_form():
    figures_of = ablations.summary(RUNS)
    assert list(figures_of) == ["default", "wide"]
    assert figures_of["wide"]["pearson_by_speaker"] == pytest.approx({"F01": 0.82, "M1": 0.76})
    assert figures_of["wide"] == {
        "pearson_by_speaker": figures_of["wide"]["pearson_by_speaker"], "pearson": pytest.approx(0.79),
        "pearson_sd": pytest.approx(0.04 / 2**0.5),  # means of the seeds: .77, .81
        "difference": pytest.approx(0.02), "difference_se": pytest.approx(0.01 / 3**0.5),  # differences: .01, .01, .03, .03
        "rmse_mm": pytest.approx(3.0), "seconds": pytest.approx(40.0), "parameters": 9,
    }
    assert figures_of["default"]["difference"] == figures_of["default"]["difference_se"] == 0


def test_the_order_of_the_runs_does_not_matter():
    backwards = ablations.summary(dict(reversed(RUNS.items())))
    for name, expected in ablations.summary(RUNS).items():
        assert backwards[name].pop("pearson_by_speaker") == pytest.approx(expected.pop("pearson_by_speaker"))
        assert backwards[name] == pytest.approx(expected)


def test_a_constant_difference_has_no_standard_error_even_if_speakers_differ():
    runs = {("default", name, 0): run(value) for name, value in (("a", 0.5), ("b", 0.75), ("c", 1.0))}
    runs |= {("other", name, seed): run(figure["pearson"] - 0.25) for (_, name, seed), figure in runs.items()}
    other = ablations.summary(runs)["other"]
    assert (other["difference"], other["difference_se"]) == (-0.25, 0)


def test_figures_that_need_several_runs_are_null_for_a_single_run(tmp_path):
    ablations.write_json(tmp_path / "one.json", ablations.summary({("default", "F01", 0): run(0.8)}))
    figures_of = json.loads((tmp_path / "one.json").read_text())["default"]
    assert (figures_of["pearson"], figures_of["pearson_sd"], figures_of["difference_se"]) == (0.8, None, None)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return a function that runs the command without training; it returns the summary file and the runs that were measured."""
    measured = []

    def measure(work, variants):
        measured.append(work)
        return run(0.5 + 0.01 * len(work[0]) + 0.001 * work[2])

    def run_command(*words):
        measured.clear()
        options = ["--results", str(tmp_path / "runs.json"), "--out", str(tmp_path / "metrics/ablations.json")]
        monkeypatch.setattr(sys, "argv", ["ablations", *words, *options])
        ablations.main()
        return json.loads((tmp_path / "metrics/ablations.json").read_text()), list(measured)

    monkeypatch.setattr(ablations, "Workspace", lambda: Workspace(deps.CHOICES.parent))
    monkeypatch.setattr(ablations, "measure", measure)
    monkeypatch.setattr(ablations, "imap", map)
    utterances = {"ffes0": 60, "M1": 60}
    monkeypatch.setattr(ablations, "facts", lambda speakers, seeds: {
        "demo_seed": 1, "machine": {"cores": 2}, "test_utterances": utterances, "speakers": speakers, "seeds": seeds})
    return run_command


def test_the_command_keeps_finished_runs_and_writes_complete_variants_alone(command, capsys):
    few = "--speakers", "F01", "M1", "--seeds", "0", "1"
    content, measured = command(*few, "--only", "width 120")
    assert list(content["variants"]) == ["default", "width 120"]
    assert len(measured) == 8
    assert "not complete, so not in" in capsys.readouterr().out
    content, measured = command(*few)
    assert set(content["variants"]) == set(ablations.VARIANTS)
    assert len(measured) == 4 * (len(ablations.VARIANTS) - 2)
    assert "not complete" not in capsys.readouterr().out
    assert (content["speakers"], content["seeds"]) == (["F01", "M1"], [0, 1])
    assert command(*few) == (content, [])


def test_each_variant_changes_parameters_that_exist(monkeypatch):
    monkeypatch.setattr(ablations, "Workspace", lambda: Workspace(deps.CHOICES.parent))
    default, contents = keys(ablations.changed({})), [ablations.changed(changes) for changes in ablations.VARIANTS.values()]
    assert all(keys(content) == default for content in contents)
    assert all(contents.count(content) == 1 for content in contents)


def keys(content):
    return {key: keys(value) for key, value in content.items()} if isinstance(content, dict) else None


def test_each_figure_of_the_pages_has_a_key_in_the_summary(command, tmp_path):
    command()
    assert pages_without_source(tmp_path, "ablations") == []
