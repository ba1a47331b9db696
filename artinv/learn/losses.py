"""What training minimises: root mean square error and lack of correlation, per utterance and channel."""

import torch
from torch import Tensor

_TINY = 1e-8  # z^2; keeps the slope of a root finite where the error is 0
_STILL = 1e-4  # z^2; a channel that varies less does not move, and has no correlation


def terms(predicted: Tensor, motion: Tensor, mask: Tensor) -> Tensor:
    """Sum and count of the RMSE (z) and of 1 - Pearson over all (utterance, channel) pairs: four numbers.

    Terms of several batches may be added: the result does not depend on how utterances are divided into batches. A pair
    without a known frame enters neither part; one that is still, or known in fewer than three frames, only the RMSE.
    """
    weight = mask.to(predicted.dtype)
    known = weight.sum(1)
    some = known.clamp(min=1)
    squared = ((predicted - motion).square() * weight).sum(1) / some
    rmse = (squared + _TINY).sqrt()

    def centred(values: Tensor) -> Tensor:
        return (values - (values * weight).sum(1, keepdim=True) / some[:, None]) * weight

    x, y = centred(predicted), centred(motion)
    spread_x, spread_y = x.square().sum(1) / some, y.square().sum(1) / some
    pearson = (x * y).sum(1) / some * ((spread_x + _STILL) * (spread_y + _TINY)).rsqrt()
    present, moving = known > 0, (known > 2) & (spread_y > _STILL)
    return torch.stack([(rmse * present).sum(), present.sum(), ((1 - pearson) * moving).sum(), moving.sum()])


def combine(sums: Tensor, alpha: float) -> Tensor:
    """(1 - alpha) mean RMSE + alpha mean (1 - Pearson); both are 1 for predicting the mean, and 0 at best."""
    rmse, present, dissent, moving = sums
    return (1 - alpha) * rmse / present.clamp(min=1) + alpha * dissent / moving.clamp(min=1)
