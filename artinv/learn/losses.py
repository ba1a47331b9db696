"""The training loss: root mean square error and 1 - Pearson correlation, per utterance and channel."""

import torch
from torch import Tensor

_TINY = 1e-8  # z^2; keeps the gradient of the square root finite at an error of 0
_STILL = 1e-4  # z^2; a channel with less variance counts as constant and has no correlation


def terms(predicted: Tensor, motion: Tensor, mask: Tensor) -> Tensor:
    """Return four numbers: sum and count of the RMSE (z), sum and count of 1 - Pearson, over all (utterance, channel) pairs.

    Terms of several batches may be added: the result does not depend on the division into batches. A pair without a known frame
    is in neither sum; a pair that is constant, or known in fewer than three frames, is in the RMSE only.
    """
    weight = mask.to(predicted.dtype)
    known = weight.sum(1)
    at_least_1 = known.clamp(min=1)
    squared = ((predicted - motion).square() * weight).sum(1) / at_least_1
    rmse = (squared + _TINY).sqrt()

    def centred(values: Tensor) -> Tensor:
        return (values - (values * weight).sum(1, keepdim=True) / at_least_1[:, None]) * weight

    x, y = centred(predicted), centred(motion)
    variance_x, variance_y = x.square().sum(1) / at_least_1, y.square().sum(1) / at_least_1
    pearson = (x * y).sum(1) / at_least_1 * ((variance_x + _STILL) * (variance_y + _TINY)).rsqrt()
    present, moving = known > 0, (known > 2) & (variance_y > _STILL)
    return torch.stack([(rmse * present).sum(), present.sum(), ((1 - pearson) * moving).sum(), moving.sum()])


def combine(sums: Tensor, alpha: float) -> Tensor:
    """Return (1 - alpha) * mean RMSE + alpha * mean (1 - Pearson); both are 1 for predicting the mean and 0 for no error."""
    rmse, present, uncorrelated, moving = sums
    return (1 - alpha) * rmse / present.clamp(min=1) + alpha * uncorrelated / moving.clamp(min=1)
