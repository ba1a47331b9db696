"""What the outputs of a network mean: three heads, each with its loss and its scores of the levels of every parameter.

- `bce`: the probability of each level on its own, binary cross-entropy, as in InverSynth;
- `softmax`: probabilities of the levels of a parameter that sum to 1, cross-entropy;
- `regression`: one share of the parameter's range, squared error.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from artinv.synth.synthesizers.protocol import Parameter

Kind = Literal["bce", "softmax", "regression"]


@dataclass(frozen=True, slots=True)
class Head:
    """The interpretation of raw outputs (..., outputs) for the parameters of a synthesizer."""

    kind: Kind
    spec: tuple[Parameter, ...]

    @property
    def outputs(self) -> int:
        """Return the number of raw outputs."""
        return len(self.spec) if self.kind == "regression" else sum(parameter.levels for parameter in self.spec)

    def logits(self, raw: Tensor) -> Tensor:
        """Return the raw outputs by parameter and level (..., P, L), -inf beyond the last level of a parameter (bce, softmax)."""
        most = max(parameter.levels for parameter in self.spec)
        parts = raw.split([parameter.levels for parameter in self.spec], -1)
        return torch.stack([functional.pad(part, (0, most - part.shape[-1]), value=-torch.inf) for part in parts], -2)

    def terms(self, raw: Tensor, levels: Tensor) -> Tensor:
        """Return the summed loss and its count, for true levels (..., P); sums of several batches may be added."""
        if self.kind == "regression":
            loss = (torch.sigmoid(raw) - _shares(self.spec, levels)).square()
        elif self.kind == "softmax":
            loss = functional.cross_entropy(self.logits(raw).flatten(0, -2), levels.flatten(), reduction="none")
        else:
            most = max(parameter.levels for parameter in self.spec)
            parts = functional.one_hot(levels, most).to(raw.dtype).unbind(-2)
            sizes = [parameter.levels for parameter in self.spec]
            target = torch.cat([part[..., :size] for part, size in zip(parts, sizes, strict=True)], -1)
            loss = functional.binary_cross_entropy_with_logits(raw, target, reduction="none")
        return torch.stack([loss.sum(), loss.new_tensor(float(loss.numel()))])

    def scores(self, raw: Tensor) -> Tensor:
        """Return a score of each level of each parameter (..., P, L), higher where more likely; -inf beyond the last level."""
        if self.kind != "regression":
            return self.logits(raw)
        most = max(parameter.levels for parameter in self.spec)
        steps = raw.new_tensor([parameter.levels - 1 for parameter in self.spec])
        levels = torch.arange(most, device=raw.device)
        apart = (torch.sigmoid(raw)[..., None] - levels / steps[:, None]).abs()
        return torch.where(levels <= steps[:, None], -apart, -torch.inf)

    def shares(self, raw: Tensor) -> Tensor:
        """Return the estimate as shares of the parameters' ranges (..., P): the likeliest level, or the regressed share."""
        if self.kind == "regression":
            return torch.sigmoid(raw)
        return _shares(self.spec, self.logits(raw).argmax(-1))


def mean_loss(sums: Tensor) -> Tensor:
    """Return the loss from the sum of `Head.terms`."""
    return sums[0] / sums[1]


def _shares(spec: tuple[Parameter, ...], levels: Tensor) -> Tensor:
    """Return levels (..., P) as shares of the range."""
    return levels / torch.tensor([parameter.levels - 1 for parameter in spec], dtype=torch.float32, device=levels.device)
