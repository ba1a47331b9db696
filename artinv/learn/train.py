"""Train a model that maps acoustics to trajectories, with the loop of `artinv.learn.loop`."""

import copy
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.core.records import Frames
from artinv.learn import losses, models, network_file
from artinv.learn.batches import Batch, Pool, batch_indices
from artinv.learn.evidence_dropout import EvidenceDropout
from artinv.learn.loop import LoopParams, Trained, autocast, descend, device_of, reproducible
from artinv.learn.training_state import Epoch
from artinv.runtime.errors import BadData
from artinv.runtime.params import Params
from artinv.signal.warp import Warp


class TrainParams(LoopParams):
    """Training parameters; the architecture is configured in the section `models`."""

    section: ClassVar[str] = "train"
    model: str
    batch_frames: int = Field(ge=1)  # frames per batch, padding included
    alpha: float = Field(ge=0, le=1)  # weight of 1 - Pearson in the loss; RMSE has the rest


@runtime_checkable
class _ClosedForm(Protocol):
    """A model that is solved, not trained."""

    def fit(self, batches: Iterable[Batch]) -> None: ...


def train(
    params: TrainParams, sizes: Params, training: Sequence[Frames], valid: Sequence[Frames], state: Path | None = None,
    *, warp: Warp | None = None, dropout: EvidenceDropout | None = None, start: nn.Module | None = None,
) -> Trained:
    """Train `params.model` until the validation loss stops falling, or to the end of a linear schedule.

    Equal input gives equal weights. With `warp`, the vocal tract length of the speakers of every batch is changed at random;
    with `dropout`, some utterances of every batch lack their evidence. Validation uses all evidence. A model in closed form uses
    neither. With `start`, a copy of that network is trained further. With `state`, an interrupted run resumes from that file (see
    `descend`) unless the parameters or the data have changed.
    """
    _check(training, valid)
    device = device_of(params.device)
    with reproducible(params):
        pool, valid_pool = Pool(training, device), Pool(valid, device)
        network = models.build(params.model, sizes, pool.width, training[0].rate) if start is None else copy.deepcopy(start)
        network.to(device)
        if isinstance(network, _ClosedForm):
            network.fit(pool.batches(params.batch_frames))
            only = Epoch(1, evaluate(network, pool, params), evaluate(network, valid_pool, params), 0.0)
            return Trained(network.cpu().eval(), (only,))

        def batches(epoch: int) -> Sequence:
            return batch_indices(pool.lengths, params.batch_frames, (params.seed, epoch))

        def terms(chosen: Sequence[int]) -> Tensor:
            batch = pool.batch(chosen)
            acoustics = warp(batch.acoustics) if warp else batch.acoustics
            acoustics = dropout(acoustics) if dropout else acoustics
            return losses.terms(_predict(network, acoustics, batch, params), batch.motion, batch.mask)

        inputs = [pool.fingerprint, valid_pool.fingerprint, warp.digest if warp else "", *([repr(dropout)] if dropout else []),
                  *([] if start is None else [_digest(start)])]
        return descend(
            network, params, batches=batches, terms=terms, combine=partial(losses.combine, alpha=params.alpha),
            validate=partial(evaluate, network, valid_pool, params), state=state, mark=_mark(params, sizes, inputs, device),
        )


@torch.no_grad()
def evaluate(network: nn.Module, pool: Pool, params: TrainParams) -> float:
    """Return the loss over a whole pool; it does not depend on the division into batches."""
    network.eval()
    sums = torch.zeros(4, device=pool.device)
    for batch in pool.batches(params.batch_frames):
        sums += losses.terms(_predict(network, batch.acoustics, batch, params), batch.motion, batch.mask)
    return float(losses.combine(sums, params.alpha))


def _predict(network: nn.Module, acoustics: Tensor, batch: Batch, params: TrainParams) -> Tensor:
    with autocast(params, acoustics.device):
        return network(acoustics, batch.lengths).float()


def _check(training: Sequence[Frames], valid: Sequence[Frames]) -> None:
    for name, part in (("train", training), ("validate", valid)):
        if not part:
            fault = f"the split contains no utterances to {name} with"
            raise BadData(f"{fault}; check `split` in params.yaml and that its corpora are present")
    rates = sorted({utterance.rate for part in (training, valid) for utterance in part})
    if len(rates) > 1:
        raise BadData(f"utterances have different frame rates {rates} Hz; delete data/features and run `dvc repro`")


def _digest(network: nn.Module) -> str:
    """Return a hash of the weights of a network."""
    weights = network_file.weights_of(network)
    return hashlib.blake2b(b"".join(values.tobytes() for values in weights.values()), digest_size=16).hexdigest()


def _mark(params: TrainParams, sizes: Params, inputs: list[str], device: torch.device) -> str:
    """Return a hash of everything that a training run depends on; `inputs` identify the data and their augmentation."""
    facts = [params.model_dump(), sizes.model_dump(), inputs, str(device), torch.__version__]
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()
