"""Terms of a decoder's loss that compare sounds: the synthesizer of the target is frozen, and its gradients reach the decoder.

The parameters of a window are made into sound and compared with the recorded sound of that window, in frames that are learned from.
This is done on the CPU, where the gradients of all synthesizers are reproducible.
"""

from typing import Literal, get_args

import torch
from torch import Tensor

from artinv.measure.spectra import multi_resolution
from artinv.neural import targets
from artinv.neural.autoencoder import WINDOWS
from artinv.neural.intelligibility import intelligibility
from artinv.neural.records import SAMPLES
from artinv.neural.session import Run, Session
from artinv.neural.targets import Manner

Term = Literal["spectrum", "stoi", "estoi"]
"""The distance of the spectra, as that of the encoder of formant18; what STOI or ESTOI lack to 1."""

TERMS: tuple[Term, ...] = get_args(Term)

_SILENT = 1e-3
"""Root mean square below which a window of the recorded sound is silent and does not count."""


class SoundTerms:
    """Terms for the windows of one session."""

    def __init__(self, target: str, names: tuple[Term, ...], session: Session, voice: str) -> None:
        """Take the target and the names of the terms."""
        self.target, self.names, self.sound = target, names, session.sound
        self.manner = Manner(session.scale, voice)
        self.mean, self.std = torch.from_numpy(session.scale.mean), torch.from_numpy(session.scale.std)

    def sums(self, made: Tensor, windows: list[Run], learned: Tensor) -> Tensor:
        """Return the sum and the count (terms, 2) of each term.

        `made` are standardized parameters (B, T, P) of the windows, `learned` (B, T) the frames that are learned from.
        """
        made, used = made.cpu(), learned.cpu().repeat_interleave(SAMPLES, 1).to(made.dtype)
        original = torch.zeros_like(used)
        for row, (first, last) in enumerate(windows):
            original[row, : (last - first) * SAMPLES] = self.sound[first * SAMPLES:last * SAMPLES]
        original = original * used
        heard = original.square().mean(1).sqrt() > _SILENT
        if not heard.any():
            return made.new_zeros(len(self.names), 2)
        values = made[heard] * self.std + self.mean
        copy = targets.get(self.target).render(values, self.manner) * used[heard]
        return torch.stack([self._term(name, original[heard], copy) for name in self.names])

    @staticmethod
    def _term(name: Term, original: Tensor, copy: Tensor) -> Tensor:
        """Return the sum and the count (2,) of one term."""
        if name == "spectrum":
            values = list(multi_resolution(copy, original, WINDOWS))
        else:
            pairs = zip(original, copy, strict=True)
            scores = [intelligibility(*pair, extended=name == "estoi") for pair in pairs]
            values = [1 - score for score in scores if score is not None]
        total = sum(values, copy.new_zeros(()))
        return torch.stack([total, total.new_tensor(len(values))])
