"""The summary of the measurement with several seeds: medians, limits, and what fails them."""

import pytest

from experiments import neural_gates as gates


def rows(values, row="causal", snr=1.0, **more):
    return [{"seed": seed, "snr": snr, "row": row, "pcc": value, "permuted": 0.001} | more for seed, value in enumerate(values)]


def test_a_row_holds_median_and_range():
    made = gates.summary(rows([0.8, 0.9, 0.7], auc=0.95))["causal at 1"]
    assert (made["median"], made["low"], made["high"], made["seeds"], made["limit"]) == (0.8, 0.7, 0.9, 3, 0.79)
    assert made["reached"]


@pytest.mark.parametrize("made", [
    rows([0.78, 0.78, 0.9], auc=0.95), rows([0.9, 0.9], auc=0.85), rows([0.9, 0.9], auc=0.95, permuted=-0.06),
])
def test_each_limit_can_fail(made):
    summary = gates.summary(made)
    assert not summary["causal at 1"]["reached"]
    assert "NO" in gates.table(summary)


def test_rows_without_a_limit_are_shown():
    assert gates.summary(rows([0.2], "ridge", 0.5))["ridge at 0.5"]["limit"] is None


def test_the_spoken_session_is_read_as_it_was_spoken(tmp_path, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    params = gates.SimulateParams(minutes=0.03, test_minutes=0.02, words=2)
    first, second = (gates.session_of(tmp_path / "a.npz", params) for _ in range(2))
    assert first.words == second.words
    assert (first.trajectories == second.trajectories).all()
