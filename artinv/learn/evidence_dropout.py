"""Evidence dropout: zero the evidence of some utterances of a batch, so that the model learns to predict without it."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class EvidenceDropout:
    """Replaces the evidence of some utterances by zeros."""

    values: int  # the last values of a frame, which are evidence
    share: float  # of the utterances

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return inputs (B, T, values) in which each utterance lacks its evidence with this probability, from torch's generator."""
        kept = (torch.rand(len(inputs), 1, 1) >= self.share).to(inputs)
        return torch.cat([inputs[..., :-self.values], inputs[..., -self.values:] * kept], -1)
