"""Folds made anew against committed ones, on folds of which each figure is known."""


import pandas as pd
import pytest

from artinv.evaluate import loso
from tests.support import results_for_tests as results
from tools.refold import differences

SPREAD = {"pearson": {"sd_seeds": 0.001, "most_instructions": 0.0}, "ridge_pearson": {"sd_seeds": 0.0, "most_instructions": 0.0}}


@pytest.fixture(scope="module")
def made():
    """A fold as its stage leaves it, and the committed table that holds it and another."""
    scores = [results.fold(speaker, seed=at)[0].scores for at, speaker in enumerate(results.SPEAKERS[:2])]
    return loso.tidy(scores[:1]), loso.with_means(loso.tidy(scores), results.PARAMS)


def test_the_same_fold_differs_in_nothing(made, tmp_path):
    one, committed = made
    committed.to_csv(tmp_path / "loso.csv", index=False, float_format="%.4f")
    assert list(differences(one, pd.read_csv(tmp_path / "loso.csv"), SPREAD)) == []


@pytest.mark.parametrize(("line", "by", "reported"), [
    ("model", 0.0055, 0), ("model", 0.0065, 1), ("ridge", 0.0009, 0), ("ridge", 0.0011, 1),
])
def test_a_figure_may_be_off_by_what_seeds_make_of_it_and_no_more(made, line, by, reported):
    one, committed = made
    changed = committed.copy()
    chosen = (changed["line"] == line) & (changed["metric"] == "pearson") & (changed["speaker"] == results.SPEAKERS[0])
    changed.loc[chosen, "mean"] += by
    lines = list(differences(one, changed, SPREAD))
    assert len(lines) == reported
    assert all(text.startswith(f"indep tcn {line} pearson {results.SPEAKERS[0]}: ") for text in lines)


def test_a_fold_that_the_table_does_not_hold_is_named(made):
    one, committed = made
    lines = list(differences(one, committed[committed["speaker"] != results.SPEAKERS[0]], SPREAD))
    assert len(lines) == len(one)
    assert lines[0].endswith("committed nothing")
