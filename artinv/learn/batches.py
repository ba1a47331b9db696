"""Utterances of all speakers -> padded batches of like lengths.

All frames lie in one tensor and a batch is one gather from it, so that preparing a batch costs next to nothing beside the
step that uses it. Neighbouring frames as context are stacked on the batch, where the model asks for it: nothing on disk
or in memory is kept eleven times.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from artinv.core.channels import CHANNELS
from artinv.core.records import Frames
from artinv.runtime.errors import BadData

_JITTER = 0.05  # of a length, so that utterances meet other company in every epoch
_ORDER = 0x0B47  # keeps the draws for the order of batches apart from other uses of the seed


@dataclass(frozen=True, slots=True)
class Batch:
    """Some utterances, padded behind their last frame to the longest of them."""

    acoustics: Tensor  # (B, T, D) float32, 0 in padding
    motion: Tensor  # (B, T, 18) float32, 0 where unknown and in padding
    mask: Tensor  # (B, T, 18) bool, True where motion is known
    lengths: Tensor  # (B,) int64, frames


class Pool:
    """The frames of many utterances, one behind the other, on the device that computes with them."""

    def __init__(self, utterances: Iterable[Frames], device: str | torch.device = "cpu") -> None:
        """Take over the arrays; one row of zeros behind all others is what padding is gathered from."""
        acoustics, motion, lengths, digest = [], [], [], hashlib.blake2b(digest_size=16)
        for utterance in utterances:
            if not len(utterance.acoustics):
                raise BadData(f"{utterance.id}: has no frames; leave it out of the split")
            if acoustics and utterance.acoustics.shape[1] != acoustics[0].shape[1]:
                message = f"{utterance.id}: {utterance.acoustics.shape[1]} values a frame where others have {acoustics[0].shape[1]}"
                raise BadData(f"{message}; delete data/features and run `dvc repro`")
            acoustics.append(utterance.acoustics)
            motion.append(utterance.motion)
            lengths.append(len(utterance.acoustics))
            digest.update(f"{utterance.id} {utterance.rate} {utterance.acoustics.shape}".encode())
            digest.update(np.ascontiguousarray(utterance.acoustics).tobytes())
            digest.update(np.ascontiguousarray(utterance.motion).tobytes())
        self.device = torch.device(device)
        self.lengths = np.array(lengths, dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])[:-1].astype(np.int64)
        self.width = acoustics[0].shape[1] if acoustics else 0
        self.fingerprint = digest.hexdigest()  # equal for equal utterances in equal order
        self._acoustics = torch.from_numpy(_stacked(acoustics, self.width)).to(device)
        known = torch.from_numpy(_stacked(motion, len(CHANNELS))).to(device)
        self._mask = ~known.isnan()
        self._mask[-1] = False
        self._motion = known.nan_to_num_(0.0)

    def __len__(self) -> int:
        """Number of utterances."""
        return len(self.lengths)

    def batch(self, chosen: Sequence[int] | np.ndarray) -> Batch:
        """Some utterances by number, in the order given."""
        chosen = np.asarray(chosen)
        lengths, time = self.lengths[chosen], np.arange(self.lengths[chosen].max())
        rows = np.where(time < lengths[:, None], self.starts[chosen, None] + time, len(self._acoustics) - 1)
        index = torch.from_numpy(rows).to(self._acoustics.device)
        flat = index.flatten()

        def take(values: Tensor) -> Tensor:
            return values.index_select(0, flat).view(*index.shape, values.shape[1])

        return Batch(take(self._acoustics), take(self._motion), take(self._mask), torch.from_numpy(lengths).to(index.device))

    def batches(self, frames: int, shuffle: tuple[int, int] | None = None) -> Iterator[Batch]:
        """All utterances once; `frames` and `shuffle` as in `plan`."""
        return (self.batch(chosen) for chosen in plan(self.lengths, frames, shuffle))


def plan(lengths: np.ndarray, frames: int, shuffle: tuple[int, int] | None = None) -> list[np.ndarray]:
    """Divide utterances into batches of at most `frames` frames, padding included, or of one utterance.

    With `shuffle = (seed, epoch)` utterances of nearly the same length meet at random and batches come in random order;
    without it the shortest come first. Equal arguments give equal plans.
    """
    if shuffle is None:
        order = np.argsort(lengths, kind="stable")
    else:
        random = np.random.default_rng((_ORDER, *shuffle))
        order = np.argsort(lengths * random.uniform(1 - _JITTER, 1 + _JITTER, len(lengths)), kind="stable")
    batches: list[list[int]] = []
    longest = 0
    for number in order:
        longest = max(longest, int(lengths[number]))
        if not batches or longest * (len(batches[-1]) + 1) > frames:
            batches.append([])
            longest = int(lengths[number])
        batches[-1].append(int(number))
    turns = range(len(batches)) if shuffle is None else random.permutation(len(batches))
    return [np.array(batches[turn]) for turn in turns]


def stack_context(acoustics: Tensor, lengths: Tensor, context: int, stride: int = 1) -> Tensor:
    """(B, T, D) -> (B, ceil(T / stride), (2 context + stride) D): each `stride` frames beside their neighbours, oldest first.

    Beyond the ends of an utterance its first and last frame are repeated; padding is never looked at.
    """
    if context == 0 and stride == 1:
        return acoustics
    count, frames = acoustics.shape[:2]
    device = acoustics.device
    windows = torch.arange(0, frames, stride, device=device)[:, None] + torch.arange(-context, stride + context, device=device)
    windows = torch.minimum(windows.clamp(min=0).expand(count, -1, -1), (lengths - 1)[:, None, None])
    rows = (windows + frames * torch.arange(count, device=device)[:, None, None]).flatten()
    return acoustics.flatten(0, 1).index_select(0, rows).view(count, windows.shape[1], -1)


def _stacked(arrays: list[np.ndarray], width: int) -> np.ndarray:
    return np.concatenate([*arrays, np.zeros((1, width), dtype=np.float32)])
