"""Test the probabilities of phones against the sum over all paths."""

from itertools import pairwise, product

import numpy as np
import pytest

from artinv.phones.posteriors import posteriors

SCALE, STAY = 0.1, 0.7  # as the documentation says


def by_enumeration(states):
    """Return the probabilities from all sequences of (phone, state)."""
    frames, phones, _ = states.shape
    scaled = SCALE * (states - states.max(axis=(1, 2), keepdims=True)).astype(float)
    weights = np.zeros((frames, phones))
    places = list(product(range(phones), range(3)))
    for path in product(places, repeat=frames):
        if path[0][1] != 0:
            continue
        score = scaled[0][path[0]] - np.log(phones)
        for frame, (before, now) in enumerate(pairwise(path), 1):
            if now == before:
                score += np.log(STAY)
            elif now == (before[0], before[1] + 1):
                score += np.log1p(-STAY)
            elif before[1] == 2 and now[1] == 0:
                score += np.log1p(-STAY) - np.log(phones)
            else:
                break
            score += scaled[frame][now]
        else:
            for frame, (phone, _) in enumerate(path):
                weights[frame, phone] += np.exp(score)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_probabilities_equal_the_sum_over_all_paths(seed):
    states = np.random.default_rng(seed).normal(0, 4, (6, 2, 3)).astype(np.float32)
    assert np.allclose(posteriors(states), by_enumeration(states), atol=1e-6)


def test_a_clear_phone_is_certain():
    states = np.full((30, 4, 3), -50.0, np.float32)
    states[:15, 2], states[15:, 1] = 0, 0
    found = posteriors(states)
    assert (found[:14, 2] > 0.99).all()
    assert (found[16:, 1] > 0.99).all()
    assert np.allclose(found.sum(axis=1), 1)
