"""Compare the training loss with a slow oracle, and test its gradients."""

import numpy as np
import pytest
import torch

from artinv.learn import losses


def oracle(predicted, motion, mask, alpha):
    """Compute the loss with numpy, one utterance and channel at a time."""
    rmse, uncorrelated = [], []
    for p, y, known in zip(predicted, motion, mask, strict=True):
        for channel in range(y.shape[1]):
            frames = known[:, channel]
            a, b = p[frames, channel], y[frames, channel]
            if len(b):
                rmse.append(np.sqrt(np.mean((a - b) ** 2)))
            if len(b) > 2 and b.std() > 0.01:
                uncorrelated.append(1 - (np.corrcoef(a, b)[0, 1] if a.std() > 0 else 0))
    return (1 - alpha) * np.mean(rmse) + alpha * (np.mean(uncorrelated) if uncorrelated else 0)


def toy(seed=0):
    random = np.random.default_rng(seed)
    motion = random.standard_normal((4, 30, 18))
    mask = random.random((4, 30, 18)) > 0.2
    mask[1, 20:] = mask[2, 2:] = False
    mask[:, :, 5] = False
    motion[0, :, 7] = 0.3
    return 0.5 * motion + random.standard_normal(motion.shape), np.where(mask, motion, 0), mask


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_loss_agrees_with_a_slow_oracle(alpha):
    predicted, motion, mask = toy()
    predicted[3, :, 2] = 1.0
    expected = oracle(predicted, motion, mask, alpha)
    loss = losses.combine(losses.terms(*map(torch.from_numpy, (predicted, motion, mask))), alpha)
    assert float(loss) == pytest.approx(expected, rel=1e-3)


def test_terms_of_batches_add_up():
    predicted, motion, mask = map(torch.from_numpy, toy())
    whole = losses.terms(predicted, motion, mask)
    parts = losses.terms(predicted[:1], motion[:1], mask[:1]) + losses.terms(predicted[1:], motion[1:], mask[1:])
    assert torch.allclose(whole, parts)


def test_unknown_frames_have_no_influence():
    predicted, motion, mask = map(torch.from_numpy, toy())
    before = losses.terms(predicted, motion, mask)
    assert torch.equal(before, losses.terms(torch.where(mask, predicted, 99.0), torch.where(mask, motion, -99.0), mask))


def test_both_terms_are_about_1_for_predicting_the_mean():
    motion = torch.randn(8, 400, 18, generator=torch.Generator().manual_seed(0))
    sums = losses.terms(torch.zeros_like(motion), motion, torch.ones_like(motion, dtype=torch.bool))
    assert float(losses.combine(sums, 0.0)) == pytest.approx(1, abs=0.02)
    assert float(losses.combine(sums, 1.0)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("case", ["constant prediction", "exact", "one frame", "nothing known", "still truth"])
def test_gradients_are_finite(case):
    motion = torch.randn(2, 10, 18, generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(motion, dtype=torch.bool)
    predicted = torch.zeros_like(motion)
    if case == "exact":
        predicted = motion.clone()
    elif case == "one frame":
        mask[:, 1:] = False
    elif case == "nothing known":
        mask[:] = False
    elif case == "still truth":
        motion = torch.full_like(motion, 0.5)
    predicted.requires_grad_()
    loss = losses.combine(losses.terms(predicted, motion * mask, mask), 0.5)
    loss.backward()
    assert loss.isfinite()
    assert predicted.grad.isfinite().all()
    assert predicted.grad.abs().max() < 100
