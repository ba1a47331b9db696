"""Disentanglement, completeness and informativeness, from the importance of each code value for the prediction of each factor."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from artinv.factors.disentanglement.coded import Coded

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

Predictor = Literal["boosted", "forest"]

_SHARE = 1 / 3  # of the code values that each split of a forest considers


@dataclass(frozen=True, slots=True)
class Dci:
    """The three scores, 0 to 1, and what they are made from."""

    disentanglement: float  # each code value matters for one factor only
    completeness: float  # each factor needs one code value only
    informativeness: np.ndarray  # (factors,) on test points: R2 of an ordered factor, accuracy above chance of another
    importance: np.ndarray  # (values, factors), each column has the sum 1, or 0 where nothing predicts the factor


def dci(train: Coded, test: Coded, predictor: Predictor, trees: int, seed: int) -> Dci:
    """Fit a predictor of each factor from the whole code on `train`, and score it on `test`.

    boosted: `trees` gradient-boosted trees of depth 3. forest: `trees` deep random trees, faster for hundreds of code values.
    """
    models = [_model(predictor, trees, seed, ordered=ordered) for ordered in train.ordered]
    fits = [_fit(train, test, factor, model) for factor, model in enumerate(models)]
    importance = np.stack([weights for weights, _ in fits], 1)
    return Dci(disentanglement(importance), completeness(importance), np.array([score for _, score in fits]), importance)


def disentanglement(importance: np.ndarray) -> float:
    """Return 1 - entropy over factors of each code value, weighted by its importance; 0 where no value matters."""
    rows = importance.sum(1)
    scores = 1 - _entropies(importance.T, importance.shape[1])
    return float((scores * rows).sum() / rows.sum()) if rows.sum() > 0 else 0.0


def completeness(importance: np.ndarray) -> float:
    """Return 1 - entropy over code values of each factor, weighted by its importance: 1, or 0 where nothing predicts it."""
    columns = importance.sum(0)
    scores = 1 - _entropies(importance, importance.shape[0])
    return float((scores * columns).sum() / columns.sum()) if columns.sum() > 0 else 0.0


def _entropies(weights: np.ndarray, base: int) -> np.ndarray:
    """Return the entropy of each column, in units of the logarithm of `base`."""
    total = weights.sum(0)
    shares = weights / np.where(total > 0, total, 1)
    logs = np.log(np.where(shares > 0, shares, 1))
    return -(shares * logs).sum(0) / (np.log(base) if base > 1 else 1)


def _model(predictor: Predictor, trees: int, seed: int, *, ordered: bool) -> "BaseEstimator":
    from sklearn import ensemble  # noqa: PLC0415 -- an extra; the report reads results without it

    if predictor == "boosted":
        kind = ensemble.GradientBoostingRegressor if ordered else ensemble.GradientBoostingClassifier
        return kind(n_estimators=trees, max_depth=3, random_state=seed)
    kind = ensemble.RandomForestRegressor if ordered else ensemble.RandomForestClassifier
    return kind(n_estimators=trees, max_features=_SHARE, min_samples_leaf=2, random_state=seed)


def _fit(train: Coded, test: Coded, factor: int, model: "BaseEstimator") -> tuple[np.ndarray, float]:
    """Return the importance of each code value for a factor, and the score on the test points."""
    levels, truth, use = train.levels[:, factor], test.levels[:, factor], train.moving
    importance = np.zeros(train.codes.shape[1])
    if not use.any():
        return importance, 0.0
    mean, scale = train.codes[:, use].mean(0), train.codes[:, use].std(0)
    model.fit((train.codes[:, use] - mean) / scale, levels)
    importance[use] = model.feature_importances_
    guess = model.predict((test.codes[:, use] - mean) / scale)
    if train.ordered[factor]:
        score = 1 - np.square(truth - guess).sum() / np.square(truth - truth.mean()).sum()
    else:
        chance = np.bincount(truth).max() / len(truth)
        score = ((guess == truth).mean() - chance) / (1 - chance)
    return importance, float(np.clip(score, 0, 1))
