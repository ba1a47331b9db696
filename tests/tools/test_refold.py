"""tools.refold compares new folds with committed ones; the folds are synthetic, with known figures."""


import pandas as pd
import pytest

from artinv.evaluate import loso
from tests.support import results_for_tests as results
from tools.refold import differences

SPREAD = {"pearson": {"sd_seeds": 0.001, "most_instructions": 0.0}, "ridge_pearson": {"sd_seeds": 0.0, "most_instructions": 0.0}}


@pytest.fixture(scope="module")
def made():
    """Return the scores of one fold, and a committed table of two folds that contains it."""
    scores = [results.fold(speaker, seed=at)[0].scores for at, speaker in enumerate(results.SPEAKERS[:2])]
    return loso.tidy(scores[:1]), loso.with_means(loso.tidy(scores), results.PARAMS)


def test_an_identical_fold_gives_no_difference(made, tmp_path):
    fold, committed = made
    committed.to_csv(tmp_path / "loso.csv", index=False, float_format="%.4f")
    assert list(differences(fold, pd.read_csv(tmp_path / "loso.csv"), SPREAD)) == []


@pytest.mark.parametrize(("line", "by", "reported"), [
    ("model", 0.0055, 0), ("model", 0.0065, 1), ("ridge", 0.0009, 0), ("ridge", 0.0011, 1),
])
def test_differences_above_the_variation_between_seeds_are_reported(made, line, by, reported):
    fold, committed = made
    changed = committed.copy()
    chosen = (changed["line"] == line) & (changed["metric"] == "pearson") & (changed["speaker"] == results.SPEAKERS[0])
    changed.loc[chosen, "mean"] += by
    lines = list(differences(fold, changed, SPREAD))
    assert len(lines) == reported
    assert all(text.startswith(f"indep tcn {line} pearson {results.SPEAKERS[0]}: ") for text in lines)


def test_a_fold_that_is_missing_in_the_table_is_reported(made):
    fold, committed = made
    lines = list(differences(fold, committed[committed["speaker"] != results.SPEAKERS[0]], SPREAD))
    assert len(lines) == len(fold)
    assert lines[0].endswith("committed nothing")
