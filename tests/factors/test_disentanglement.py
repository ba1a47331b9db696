"""Each metric of disentanglement against a slow oracle, and on the identity, a rotation and a constant."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import balanced_accuracy_score, mutual_info_score, r2_score
from sklearn.neighbors import NearestCentroid

from artinv.factors import disentanglement
from artinv.factors.disentanglement import Coded, MetricParams, dci, factor_vae_score, irs, mig, sap, votes
from artinv.factors.disentanglement.dci import completeness
from artinv.factors.disentanglement.dci import disentanglement as one_factor_each
from artinv.factors.disentanglement.irs import QUANTILE
from artinv.factors.disentanglement.mig import mutual_information
from artinv.factors.disentanglement.sap import predictability
from artinv.runtime.errors import BadData

METRICS = {"points": 2000, "bins": 20, "train": 600, "test": 300, "predictor": "boosted", "trees": 40, "votes": 300, "batch": 64,
           "prune": 0.05, "seed": 0}
WHOLE = MetricParams.of(METRICS)
SIZES = (5, 4, 6, 7)
GRID = np.array(list(itertools.product(*map(range, SIZES))))
NAMES = ("pitch", "slope", "decay", "place")


def coded(codes, levels=GRID, ordered=(True,) * 4, names=NAMES):
    return Coded(np.asarray(codes, np.float64), levels, names, ordered)


def standardized(levels=GRID):
    return (levels - levels.mean(0)) / levels.std(0)


def noisy(seed=0, values=6):
    """Return codes that know something of each factor, mixed and noisy; one of them is constant."""
    rng = np.random.default_rng(seed)
    codes = standardized() @ rng.normal(size=(4, values)) + 0.4 * rng.normal(size=(len(GRID), values))
    codes[:, 2] = 7.5
    return codes


def halves(codes, **more):
    order = np.random.default_rng(1).permutation(len(GRID))
    whole = coded(codes, **more)
    return whole.take(order[:500]), whole.take(order[500:])


def test_the_identity_has_the_score_one():
    scores = disentanglement.measure(coded(standardized()), WHOLE)
    assert scores.mig == pytest.approx(1, abs=1e-9)
    assert min(scores.sap, scores.disentanglement, scores.completeness, scores.informativeness) > 0.98
    assert scores.factor_vae == 1
    assert scores.irs == pytest.approx(1)


@pytest.mark.parametrize(("factors", "median", "most"), [(10, 0.06, 0.1), (4, 0.2, 0.4)])
def test_a_random_rotation_hides_the_factors_but_keeps_the_information(factors, median, most):
    """In four dimensions a random rotation may leave an axis almost where it was, so that MIG falls less than in ten."""
    levels = np.random.default_rng(0).integers(10, size=(4000, factors))
    names, gaps = tuple(map(str, range(factors))), []
    for seed in range(15):
        codes = coded(standardized(levels) @ stats.ortho_group.rvs(factors, random_state=seed), levels, (True,) * factors, names)
        gaps.append(mig(codes, 20).mean())
    assert np.median(gaps) < median
    assert max(gaps) < most
    if factors == 4:
        scores = disentanglement.measure(codes, WHOLE)
        assert scores.informativeness > 0.8
        assert scores.disentanglement < 0.6


def test_a_constant_has_the_score_zero():
    scores = disentanglement.measure(coded(np.full((len(GRID), 3), 2.5)), WHOLE)
    assert (scores.mig, scores.sap, scores.disentanglement, scores.completeness, scores.informativeness, scores.factor_vae,
            scores.irs) == (0,) * 7


def test_mutual_information_agrees_with_scikit_learn():
    codes = noisy()
    edges = [np.linspace(column.min(), column.max(), 9)[1:-1] for column in codes.T]
    bins = np.stack([np.searchsorted(edge, column, "right") for edge, column in zip(edges, codes.T, strict=True)], 1)
    expected = [[mutual_info_score(bins[:, value], GRID[:, factor]) for factor in range(4)] for value in (0, 1, 3, 4, 5)]
    np.testing.assert_allclose(mutual_information(coded(codes), 8)[[0, 1, 3, 4, 5]], expected, atol=1e-9)


def test_independent_factors_have_no_mutual_information_and_rounding_makes_none_negative():
    grid = np.array(list(itertools.product(range(7), range(11), range(3))))
    information = mutual_information(coded(grid, grid, (True,) * 3, NAMES[:3]), 20)
    assert (information >= 0).all()
    np.testing.assert_allclose(information, np.diag(np.log([7, 11, 3])), atol=1e-12)


def test_mig_agrees_with_counting():
    codes = noisy()
    information = mutual_information(coded(codes), 20)
    gaps = []
    for factor, size in enumerate(SIZES):
        best, second = sorted((information[value, factor] for value in (0, 1, 3, 4, 5)), reverse=True)[:2]
        gaps.append((best - second) / math.log(size))
    np.testing.assert_allclose(mig(coded(codes), 20), gaps, atol=1e-12)


def test_a_single_code_value_has_no_rival():
    one = coded(standardized()[:, :1])
    np.testing.assert_allclose(mig(one, 20), [1, 0, 0, 0], atol=1e-9)


def test_sap_agrees_with_scikit_learn():
    train, test = halves(noisy(), ordered=(True, False, True, False))
    gaps = []
    for factor, ordered in enumerate(train.ordered):
        scores = []
        for value in (0, 1, 3, 4, 5):
            known, shown = train.codes[:, [value]], test.codes[:, [value]]
            if ordered:
                line = LinearRegression().fit(known, train.levels[:, factor])
                scores.append(max(0, r2_score(test.levels[:, factor], line.predict(shown))))
            else:
                guess = NearestCentroid().fit(known, train.levels[:, factor]).predict(shown)
                chance = 1 / SIZES[factor]
                scores.append(max(0, (balanced_accuracy_score(test.levels[:, factor], guess) - chance) / (1 - chance)))
        best, second = sorted(scores, reverse=True)[:2]
        gaps.append(best - second)
    np.testing.assert_allclose(sap(train, test), gaps, atol=1e-9)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_value_predicts_its_own_factor_and_noise_none(ordered):
    train, test = halves(np.hstack([standardized(), np.random.default_rng(0).normal(size=(len(GRID), 4))]), ordered=(ordered,) * 4)
    found = predictability(train, test)
    np.testing.assert_allclose(found.diagonal(), 1, atol=1e-9)
    assert found[4:].max() < 0.1


def test_dci_of_an_importance_agrees_with_scipy():
    importance = np.random.default_rng(0).random((6, 4)) ** 3
    importance[2] = 0
    importance /= importance.sum(0)
    used = [0, 1, 3, 4, 5]
    rows = [1 - stats.entropy(importance[row], base=4) for row in used]
    columns = [1 - stats.entropy(importance[:, column], base=6) for column in range(4)]
    assert one_factor_each(importance) == pytest.approx(np.average(rows, weights=importance[used].sum(1)))
    assert completeness(importance) == pytest.approx(np.mean(columns))


def test_a_single_code_value_is_complete():
    assert completeness(np.array([[0.2, 0.7]])) == 1


@pytest.mark.parametrize("ordered", [True, False])
def test_noise_is_not_informative(ordered):
    train, test = halves(np.random.default_rng(0).normal(size=(len(GRID), 3)), ordered=(ordered,) * 4)
    assert dci(train, test, "forest", 20, 0).informativeness.max() < 0.1


@pytest.mark.parametrize("predictor", ["boosted", "forest"])
@pytest.mark.parametrize("ordered", [True, False])
def test_the_importance_lies_on_the_values_that_hold_a_factor(predictor, ordered):
    train, test = halves(np.hstack([standardized(), np.random.default_rng(0).normal(size=(len(GRID), 2))]), ordered=(ordered,) * 4)
    found = dci(train, test, predictor, 20, 0)
    np.testing.assert_allclose(found.importance.sum(0), 1)
    assert (found.importance.argmax(0) == range(4)).all()
    assert found.informativeness.min() > 0.75


def test_the_votes_agree_with_a_loop():
    """The votes of the oracle are drawn differently, so that the shares agree within their sampling error."""
    codes, rng, score = noisy(), np.random.default_rng(5), 0
    spread, used, counts = codes.std(0), [0, 1, 3, 4, 5], [{}, {}]
    for count in counts:
        for _ in range(2000):
            factor = int(rng.integers(4))
            level = GRID[rng.integers(len(GRID)), factor]
            rows = rng.choice(np.flatnonzero(GRID[:, factor] == level), 64)
            winner = min(used, key=lambda value: codes[rows, value].var() / spread[value] ** 2)
            count[winner, factor] = count.get((winner, factor), 0) + 1
    for value in used:
        factor = max(range(4), key=lambda factor: counts[0].get((value, factor), 0))
        score += counts[1].get((value, factor), 0) / 2000
    own = factor_vae_score(coded(codes), 2000, 64, 0.05, np.random.default_rng(0))
    assert own == pytest.approx(score, abs=0.05)
    assert own > 0.3


def test_votes_are_tested_on_others_than_they_are_learned_from():
    """A few votes on noise would agree with themselves; with others, one of four factors is right by chance."""
    rng = np.random.default_rng(0)
    scores = [factor_vae_score(coded(rng.normal(size=(len(GRID), 20))), 10, 8, 0, rng) for _ in range(60)]
    assert np.mean(scores) == pytest.approx(0.25, abs=4 * np.std(scores) / np.sqrt(60))


def test_the_number_of_votes_at_a_time_does_not_matter(monkeypatch):
    scores = []
    for numbers in (1, 1000, 2_000_000):
        monkeypatch.setattr(votes, "_CHUNK", numbers)
        scores.append(factor_vae_score(coded(noisy()), 50, 64, 0.05, np.random.default_rng(0)))
    assert scores[0] == scores[1] == scores[2] > 0


def test_small_values_do_not_vote():
    codes = np.hstack([standardized(), 1e-3 * np.ones((len(GRID), 1)) * GRID[:, :1]])
    assert factor_vae_score(coded(codes[:, 1:]), 300, 64, 0.05, np.random.default_rng(0)) < 0.9
    assert factor_vae_score(coded(codes[:, 1:]), 300, 64, 0.0, np.random.default_rng(0)) == 1


def test_irs_agrees_with_a_loop():
    codes, total, weights = noisy(), 0.0, 0.0
    for value in (0, 1, 3, 4, 5):
        column = codes[:, value]
        largest = np.quantile(np.abs(column - column.mean()), QUANTILE)
        robust = []
        for factor, size in enumerate(SIZES):
            parts = [column[GRID[:, factor] == level] for level in range(size)]
            robust.append(1 - np.mean([np.quantile(np.abs(part - part.mean()), QUANTILE) for part in parts]) / largest)
        total, weights = total + max(0, *robust) * largest, weights + largest
    assert irs(coded(codes)) == pytest.approx(total / weights)


def test_equal_input_gives_equal_figures_and_another_seed_others():
    codes = coded(noisy())
    first, second = (disentanglement.measure(codes, WHOLE) for _ in range(2))
    assert first == second
    other = disentanglement.measure(codes, WHOLE.model_copy(update={"seed": 1}))
    assert first.factor_vae != other.factor_vae


@pytest.mark.parametrize(("codes", "levels", "message"), [
    (np.full((8, 2), np.nan), np.tile([[0], [1]], (4, 4)), "not finite"),
    (np.zeros((8, 2)), np.zeros((8, 4), np.int64), "factor 'pitch' has one level among 8 points"),
])
def test_points_without_information_are_refused(codes, levels, message):
    with pytest.raises(BadData, match=message):
        coded(codes, levels)
