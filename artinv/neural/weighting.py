"""A network whose loss has several terms with learned weights.

Term L with the learned number s counts exp(-s) L + s, the likelihood of an error whose variance exp(s) is unknown (Kendall, Gal and
Cipolla 2018). No weight is tuned by hand.
"""

import torch
from torch import Tensor, nn


class Weighted(nn.Module):
    """A network and a learned logarithm of the variance of each term of its loss."""

    def __init__(self, network: nn.Module, terms: int) -> None:
        """Start from equal weights."""
        super().__init__()
        self.network = network
        self.log_variance = nn.Parameter(torch.zeros(terms))

    def combine(self, sums: Tensor) -> Tensor:
        """Return the loss of summed terms (terms, 2): the sum and the count of each; a term without a count does not count."""
        means = sums[:, 0] / sums[:, 1].clamp(min=1)
        variance = self.log_variance if sums.requires_grad else self.log_variance.detach()
        return (torch.exp(-variance) * means + variance)[sums[:, 1] > 0].sum()
