"""Padded batches of utterances of similar length.

All frames are stored in one tensor, and one gather makes a batch, so that the cost of a batch is negligible beside a training
step. A model that needs context stacks the neighbouring frames of a batch itself, so that no frame is stored several times.
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

_JITTER = 0.05  # relative random change of each length, so that batches differ from epoch to epoch
_ORDER = 0x0B47  # separates the random order of batches from other uses of the seed


@dataclass(frozen=True, slots=True)
class Batch:
    """Utterances, padded at the end to the length of the longest."""

    acoustics: Tensor  # (B, T, D) float32, 0 in padding
    motion: Tensor  # (B, T, 18) float32, 0 where unknown and in padding
    mask: Tensor  # (B, T, 18) bool, True where motion is known
    lengths: Tensor  # (B,) int64, frames


class Pool:
    """The frames of many utterances, concatenated, on the device that computes with them."""

    def __init__(self, utterances: Iterable[Frames], device: str | torch.device = "cpu") -> None:
        """Concatenate the arrays and append one row of zeros, from which padding is gathered."""
        acoustics: list[np.ndarray] = []
        motion: list[np.ndarray] = []
        lengths, digest = [], hashlib.blake2b(digest_size=16)
        for utterance in utterances:
            if not len(utterance.acoustics):
                raise BadData(f"{utterance.id}: has no frames; remove it from the split")
            if acoustics and utterance.acoustics.shape[1] != acoustics[0].shape[1]:
                message = f"{utterance.id}: {utterance.acoustics.shape[1]} values a frame, others have {acoustics[0].shape[1]}"
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
        """Return the number of utterances."""
        return len(self.lengths)

    def batch(self, chosen: Sequence[int] | np.ndarray) -> Batch:
        """Return a batch of the utterances with these numbers, in this order."""
        chosen = np.asarray(chosen)
        lengths, time = self.lengths[chosen], np.arange(self.lengths[chosen].max())
        rows = np.where(time < lengths[:, None], self.starts[chosen, None] + time, len(self._acoustics) - 1)
        index = torch.from_numpy(rows).to(self._acoustics.device)
        flat = index.flatten()

        def take(values: Tensor) -> Tensor:
            return values.index_select(0, flat).view(*index.shape, values.shape[1])

        return Batch(take(self._acoustics), take(self._motion), take(self._mask), torch.from_numpy(lengths).to(index.device))

    def batches(self, frames: int, shuffle: tuple[int, int] | None = None) -> Iterator[Batch]:
        """Return batches that contain every utterance once; `frames` and `shuffle` as in `batch_indices`."""
        return (self.batch(chosen) for chosen in batch_indices(self.lengths, frames, shuffle))


def batch_indices(lengths: np.ndarray, frames: int, shuffle: tuple[int, int] | None = None) -> list[np.ndarray]:
    """Divide utterances into batches of at most `frames` frames, padding included; a longer utterance is a batch of its own.

    With `shuffle = (seed, epoch)`, utterances of similar length are combined at random and the order of batches is random.
    Without it, the shortest utterances come first. Equal arguments give equal batches.
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
    sequence = range(len(batches)) if shuffle is None else random.permutation(len(batches))
    return [np.array(batches[number]) for number in sequence]


def stack_context(acoustics: Tensor, lengths: Tensor, context: int, stride: int = 1) -> Tensor:
    """Concatenate each group of `stride` frames with its neighbours, earliest first.

    (B, T, D) -> (B, ceil(T / stride), (2 context + stride) D). Beyond the ends of an utterance, its first and last frame are
    repeated; padding is not used.
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
