"""Learned weights of the terms of a loss."""

import torch
from torch import nn

from artinv.neural.weighting import Weighted


def test_weights_of_the_loss_follow_the_size_of_its_terms():
    """With uncertainty weighting, the best number of a term is the logarithm of its mean."""
    weighted = Weighted(nn.Identity(), 3)
    sums = torch.tensor([[8.0, 2.0], [3.0, 30.0], [5.0, 5.0]], requires_grad=True)
    optimizer = torch.optim.Adam([weighted.log_variance], lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        weighted.combine(sums).backward()
        optimizer.step()
    assert torch.allclose(weighted.log_variance.detach(), torch.log(torch.tensor([4.0, 0.1, 1.0])), atol=1e-2)


def test_a_term_without_a_count_changes_nothing():
    weighted = Weighted(nn.Identity(), 2)
    sums = torch.tensor([[8.0, 2.0], [0.0, 0.0]], requires_grad=True)
    weighted.combine(sums).backward()
    assert weighted.log_variance.grad[1] == 0
    assert weighted.log_variance.grad[0] == 1 - 4
    assert weighted.combine(sums.detach()) == 4
