"""Train the live model on sessions of synthetic speakers, with the loop of `artinv.learn.loop`.

`LiveNetwork` is the counterpart of `artinv.live.network.Network` in torch: whole sequences at once, with gradients.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from artinv.core import store
from artinv.core.channels import CHANNELS
from artinv.core.ids import by_number
from artinv.core.records import Frames
from artinv.learn import losses
from artinv.learn.batches import Batch, Pool, batch_indices
from artinv.learn.loop import LoopParams, Trained, descend, device_of, reproducible
from artinv.live.features import FrontParams, Normalizer, Typical
from artinv.live.model import LiveFacts, LiveModel
from artinv.live.network import SizeParams, window
from artinv.live.sessions import sentences
from artinv.runtime.errors import BadParams
from artinv.runtime.params import ProfileParams

_POSES = 400  # frames of usual motion in the file
_PEAK = 95  # percentile of the loudest band over a session that is its peak level, dB


class LiveFitParams(LoopParams, ProfileParams):
    """Parameters of the training."""

    section: ClassVar[str] = "train"
    valid_speakers: int = Field(ge=1)  # the last ones by number, used for validation and scores only
    together: int = Field(ge=1)  # sentences of a training sequence; the network starts each at rest
    batch_frames: int = Field(ge=1)  # frames per batch, padding included
    alpha: float = Field(ge=0, le=1)  # weight of 1 - Pearson in the loss; RMSE has the rest
    level: float = Field(gt=0, lt=1)  # share of true values that the interval of each trajectory contains
    sizes: SizeParams


class LiveNetwork(nn.Module):
    """The network of a live model."""

    window: Tensor

    def __init__(self, n_in: int, sizes: SizeParams) -> None:
        """Make the layers for `n_in` features a frame."""
        super().__init__()
        self.sizes = sizes
        self.dense = nn.Linear(n_in * (sizes.context + 1), sizes.dense)
        self.gru = nn.GRU(sizes.dense, sizes.width, batch_first=True)
        self.readout = nn.Linear(sizes.width, len(CHANNELS))
        self.register_buffer("window", torch.from_numpy(window(sizes.smooth)).float(), persistent=False)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Map features (B, T, n_in) to motion (B, T, 18); after its last frame, an utterance repeats it."""
        count, frames = features.shape[:2]
        sizes, device = self.sizes, features.device
        times = torch.arange(frames + sizes.ahead, device=device)[:, None] + torch.arange(-sizes.context, 1, device=device)
        places = torch.minimum(times.clamp(min=0).expand(count, -1, -1), (lengths - 1)[:, None, None])
        rows = (places + frames * torch.arange(count, device=device)[:, None, None]).flatten()
        values = features.flatten(0, 1).index_select(0, rows).view(count, len(times), -1)
        raw = self.readout(self.gru(torch.relu(self.dense(values)))[0])[:, sizes.delay:]
        padded = torch.cat([raw[:, :1].expand(-1, sizes.smooth, -1), raw], 1).transpose(1, 2)
        kernel = self.window.expand(len(CHANNELS), 1, -1)
        return functional.conv1d(padded, kernel, groups=len(CHANNELS)).transpose(1, 2)


@dataclass(frozen=True)
class Population:
    """Training and validation speakers: normalized features, and motion in standard deviations of each speaker."""

    training: list[Frames]  # sequences of `together` sentences
    valid: list[Frames]  # whole sessions
    typical: Typical
    mean: np.ndarray  # (18,) mm, over the training speakers
    std: np.ndarray  # (18,) mm


def population(folder: Path, front: FrontParams, params: LiveFitParams) -> Population:
    """Read all sessions, estimate the statistics of the training speakers, and normalize features and motion."""
    speakers = {speaker: list(own) for speaker, own in groupby(store.read(folder, Frames), lambda frames: frames.speaker)}
    valid = by_number(speakers)[-params.valid_speakers:]
    training = {speaker: own for speaker, own in speakers.items() if speaker not in valid}
    if not training:
        fault = f"{params.valid_speakers} of {len(speakers)} speakers leave none for training"
        raise BadParams(f"train.valid_speakers: {fault}; generate more speakers")
    typical = typical_of([session.acoustics for own in training.values() for session in own], front)
    scales = {speaker: _scale(own) for speaker, own in speakers.items()}
    normalized = {speaker: [_normalized(session, front, typical, scales[speaker]) for session in own]
                  for speaker, own in speakers.items()}
    means, stds = zip(*(scales[speaker] for speaker in training), strict=True)
    return Population(
        [part for speaker in training for session in normalized[speaker] for part in sequences(session, params.together)],
        [session for speaker in valid for session in normalized[speaker]], typical,
        np.mean(means, axis=0), np.mean(stds, axis=0),
    )


def typical_of(spectra: Sequence[np.ndarray], front: FrontParams) -> Typical:
    """Return the statistics of speech in spectra (frames, bands) in dB: peak level, mean and variance of the loud frames."""
    peak = float(np.median([np.percentile(spectrum.max(axis=1), _PEAK) for spectrum in spectra]))
    start = Typical(peak, np.zeros(front.cepstra), np.ones(front.cepstra))
    loud = []
    for spectrum in spectra:
        normalizer = Normalizer(front, start)
        frames = map(normalizer.levelled, spectrum.astype(float))
        loud += [cepstra for cepstra, is_loud in frames if is_loud]
    values = np.stack(loud)
    return Typical(peak, _single(values.mean(axis=0)), _single(values.var(axis=0)))


def _single(values: np.ndarray) -> np.ndarray:
    """Return the values as the file of a model holds them, so that training and use have equal features."""
    return values.astype(np.float32).astype(float)


def sequences(session: Frames, count: int) -> list[Frames]:
    """Return stretches of `count` sentences; the first one begins with the session."""
    parts = sentences(session)
    edges = [0, *(parts[first].start for first in range(count, len(parts), count)), len(session.acoustics)]
    return [replace(session, name=f"{session.name}_{start}", acoustics=session.acoustics[start:end],
                    motion=session.motion[start:end], phones=()) for start, end in pairwise(edges)]


def fit(people: Population, front: FrontParams, params: LiveFitParams, state: Path | None = None) -> tuple[LiveModel, Trained]:
    """Train the network, and return it with all that is needed to use it; equal input gives equal bytes."""
    device = device_of(params.device)
    with reproducible(params):
        pool, valid = Pool(people.training, device), Pool(people.valid, device)
        network = LiveNetwork(pool.width, params.sizes).to(device)

        def batches(epoch: int) -> Sequence:
            return batch_indices(pool.lengths, params.batch_frames, (params.seed, epoch))

        def terms(chosen: Sequence[int]) -> Tensor:
            return _terms(network, pool.batch(chosen))

        trained = descend(
            network, params, batches=batches, terms=terms, combine=partial(losses.combine, alpha=params.alpha),
            validate=partial(_loss, network, valid, params), state=state, mark=_mark(front, params, (pool, valid), device),
        )
        errors, poses = _on(trained.network, people)
    facts = LiveFacts(channels=list(CHANNELS), front=front, sizes=params.sizes, peak=people.typical.peak, level=params.level,
                      provenance={"origin": "synthetic", "seed": str(params.seed)})
    weights = {name: value.numpy().astype(np.float32) for name, value in trained.network.state_dict().items()}
    mean, std = people.mean.astype(np.float32), people.std.astype(np.float32)
    margin = np.nanquantile(np.abs(errors), params.level, axis=0) * std
    chosen = poses[np.linspace(0, len(poses) - 1, min(_POSES, len(poses))).astype(int)]
    margin, usual = margin.astype(np.float32), (chosen * std + mean).astype(np.float32)
    model = LiveModel(facts, weights, people.typical, mean, std, margin, usual)
    return LiveModel.of(model.to_bytes(), "the trained model"), trained


def _terms(network: nn.Module, batch: Batch) -> Tensor:
    return losses.terms(network(batch.acoustics, batch.lengths), batch.motion, batch.mask)


@torch.no_grad()
def _loss(network: nn.Module, pool: Pool, params: LiveFitParams) -> float:
    network.eval()
    sums = torch.stack([_terms(network, batch) for batch in pool.batches(params.batch_frames)]).sum(0)
    return float(losses.combine(sums, params.alpha))


@torch.no_grad()
def _on(network: nn.Module, people: Population) -> tuple[np.ndarray, np.ndarray]:
    """Return errors (n, 18) where motion is known, and all predictions there, on the validation speakers."""
    network = network.cpu().eval()
    errors, poses = [], []
    for session in people.valid:
        motion = network(torch.from_numpy(session.acoustics)[None], torch.tensor([len(session.acoustics)]))[0].numpy()
        known = np.isfinite(session.motion).any(axis=1)
        errors.append((session.motion - motion)[known])
        poses.append(motion[known])
    return np.concatenate(errors), np.concatenate(poses)


def _scale(sessions: Iterable[Frames]) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and standard deviation (18,) in mm of a speaker's motion."""
    motion = np.concatenate([session.motion for session in sessions])
    return np.nanmean(motion, axis=0), np.nanstd(motion, axis=0)


def _normalized(session: Frames, front: FrontParams, typical: Typical, scale: tuple[np.ndarray, np.ndarray]) -> Frames:
    features = Normalizer(front, typical).add(session.acoustics.astype(float)).astype(np.float32)
    return replace(session, acoustics=features, motion=((session.motion - scale[0]) / scale[1]).astype(np.float32))


def _mark(front: FrontParams, params: LiveFitParams, pools: tuple[Pool, Pool], device: torch.device) -> str:
    """Return a hash of everything that a training run depends on."""
    facts = [front.model_dump(), params.model_dump(), [pool.fingerprint for pool in pools], str(device), torch.__version__]
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()
