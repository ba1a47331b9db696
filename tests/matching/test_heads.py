"""The losses of the three heads equal those of scipy and numpy, also where parameters have different numbers of levels."""

import numpy as np
import pytest
import torch
from scipy import special

from artinv.matching.heads import Head, mean_loss
from artinv.synth.synthesizers.protocol import Parameter

SPEC = tuple(Parameter(name, "", 1.0, 8.0, scale, levels)
             for name, scale, levels in (("a", "linear", 4), ("b", "log", 2), ("c", "linear", 3)))
LEVELS = torch.tensor([[[3, 0, 1]], [[1, 1, 2]]])
STARTS = (0, 4, 6, 9)


def raw(head, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((2, 1, head.outputs)))


def own(values, number):
    return values[..., STARTS[number]:STARTS[number + 1]]


@pytest.mark.parametrize(("kind", "outputs"), [("softmax", 9), ("bce", 9), ("regression", 3)])
def test_the_number_of_outputs_is_that_of_levels_or_parameters(kind, outputs):
    assert Head(kind, SPEC).outputs == outputs


def test_softmax_is_the_cross_entropy_of_each_parameter():
    head = Head("softmax", SPEC)
    values = raw(head)
    expected = [-special.log_softmax(own(values, p)[n, 0].numpy())[LEVELS[n, 0, p]] for n in range(2) for p in range(3)]
    total, count = head.terms(values, LEVELS)
    assert (float(total), float(count)) == (pytest.approx(sum(expected)), 6)


def test_bce_is_the_binary_cross_entropy_of_each_level():
    head = Head("bce", SPEC)
    values, expected = raw(head), []
    for n in range(2):
        for p in range(3):
            for level, logit in enumerate(own(values, p)[n, 0].tolist()):
                share = special.expit(logit)
                expected.append(-np.log(share if level == LEVELS[n, 0, p] else 1 - share))
    assert float(mean_loss(head.terms(values, LEVELS))) == pytest.approx(np.mean(expected))


def test_regression_is_the_squared_error_of_the_shares():
    head = Head("regression", SPEC)
    values, shares = raw(head), np.array([[3 / 3, 0 / 1, 1 / 2], [1 / 3, 1 / 1, 2 / 2]])
    expected = np.square(special.expit(values[:, 0].numpy()) - shares).mean()
    assert float(mean_loss(head.terms(values, LEVELS))) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["softmax", "bce", "regression"])
def test_the_best_score_is_the_estimate_and_no_level_beyond_the_last_has_one(kind):
    head = Head(kind, SPEC)
    values = raw(head, 5)
    scores = head.scores(values)
    assert scores.shape == (2, 1, 3, 4)
    assert torch.isneginf(scores[..., 1, 2:]).all()
    assert torch.isneginf(scores[..., 2, 3:]).all()
    assert torch.isfinite(scores).sum() == 2 * 9
    steps = torch.tensor([3, 1, 2])
    near = (head.shares(values) - scores.argmax(-1) / steps).abs() * steps
    assert (near <= (0.5 if kind == "regression" else 0)).all()


@pytest.mark.parametrize("kind", ["softmax", "bce", "regression"])
def test_outputs_may_have_any_dimensions_before_the_last(kind):
    head = Head(kind, SPEC)
    values, levels = raw(head, 2), LEVELS
    for shape in ((2,), (1, 1, 2)):
        torch.testing.assert_close(head.scores(values.view(*shape, -1)), head.scores(values).view(*shape, 3, 4))
        torch.testing.assert_close(head.shares(values.view(*shape, -1)), head.shares(values).view(*shape, 3))
        torch.testing.assert_close(head.terms(values.view(*shape, -1), levels.view(*shape, 3)), head.terms(values, levels))


@pytest.mark.parametrize("kind", ["softmax", "bce", "regression"])
def test_the_gradient_leads_to_the_true_levels(kind):
    head = Head(kind, SPEC)
    values = raw(head).float().requires_grad_()
    optimizer = torch.optim.Adam([values], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        mean_loss(head.terms(values, LEVELS)).backward()
        optimizer.step()
    assert torch.equal(head.scores(values).argmax(-1), LEVELS)


def test_sums_of_batches_give_the_loss_of_the_whole():
    head = Head("softmax", SPEC)
    values = raw(head)
    parts = head.terms(values[:1], LEVELS[:1]) + head.terms(values[1:], LEVELS[1:])
    assert float(mean_loss(parts)) == pytest.approx(float(mean_loss(head.terms(values, LEVELS))))
