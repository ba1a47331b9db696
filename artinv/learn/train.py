"""The training loop, `train`, followed by the functions that it uses."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.core.records import Frames
from artinv.learn import losses, models, training_state
from artinv.learn.batches import Batch, Pool, batch_indices
from artinv.learn.training_state import Epoch
from artinv.runtime.errors import BadData, BadParams
from artinv.runtime.params import Params
from artinv.runtime.progress import track
from artinv.signal.warp import Warp


class TrainParams(Params):
    """Training parameters; the architecture is configured in the section `models`."""

    section: ClassVar[str] = "train"
    model: str
    epochs: int = Field(ge=1)  # at most
    batch_frames: int = Field(ge=1)  # frames per batch, padding included
    lr: float = Field(gt=0)  # initial learning rate
    schedule: Literal["plateau", "linear"]  # plateau: halved when the validation loss stalls; linear: to 0
    halve_after: int = Field(ge=1)  # epochs without a lower validation loss before the learning rate is halved
    stop_after: int = Field(ge=1)  # epochs without a lower validation loss before training stops
    alpha: float = Field(ge=0, le=1)  # weight of 1 - Pearson in the loss; RMSE has the rest
    clip: float = Field(gt=0)  # largest gradient norm
    seed: int = Field(ge=0)
    threads: int = Field(ge=1)  # results are byte-equal for an equal number of threads
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]  # auto: bfloat16 on cuda, float32 elsewhere


@runtime_checkable
class _ClosedForm(Protocol):
    """A model that is solved, not trained."""

    def fit(self, batches: Iterable[Batch]) -> None: ...


@dataclass(frozen=True, slots=True)
class Trained:
    """The network of the best epoch, on the CPU, and its loss curve."""

    network: nn.Module
    curve: tuple[Epoch, ...]

    @property
    def best(self) -> Epoch:
        """Return the epoch with the lowest validation loss, whose weights the network has."""
        return min(self.curve, key=lambda epoch: epoch.valid)

    @property
    def parameters(self) -> int:
        """Return the number of parameters of the network."""
        return sum(value.numel() for value in self.network.state_dict().values())


def train(
    params: TrainParams, sizes: Params, training: Sequence[Frames], valid: Sequence[Frames], state: Path | None = None,
    *, warp: Warp | None = None,
) -> Trained:
    """Train `params.model` until the validation loss stops falling, or to the end of a linear schedule.

    Equal input gives equal weights. With `warp`, the vocal tract length of the speakers of every batch is changed at random.

    With `state`, every epoch writes its state to that file. A second call after an interruption resumes from it and gives
    exactly the result of an uninterrupted run. The file is removed at the end, and ignored if the parameters or the data have
    changed.
    """
    _check(training, valid)
    device = _device(params.device)
    with _settings(params), torch.random.fork_rng():
        torch.manual_seed(params.seed)
        pool, valid_pool = Pool(training, device), Pool(valid, device)
        network = models.build(params.model, sizes, pool.width, training[0].rate).to(device)
        if isinstance(network, _ClosedForm):
            network.fit(pool.batches(params.batch_frames))
            only = Epoch(1, evaluate(network, pool, params), evaluate(network, valid_pool, params), 0.0)
            return Trained(network.cpu().eval(), (only,))

        optimizer = torch.optim.Adam(network.parameters(), lr=params.lr)
        mark = _mark(params, sizes, (pool, valid_pool), warp, device)
        run = training_state.load(state, mark, network, optimizer)
        while len(run.curve) < params.epochs and (params.schedule == "linear" or run.stale < params.stop_after):
            epoch = len(run.curve) + 1
            batches = batch_indices(pool.lengths, params.batch_frames, (params.seed, epoch))
            rates = learning_rates(params, run.curve, len(batches))
            network.train()
            sums = torch.zeros(4, device=device)
            for lr, chosen in track(zip(rates, batches, strict=True), run.title(params.epochs), len(batches)):
                optimizer.param_groups[0]["lr"] = lr
                batch = pool.batch(chosen)
                acoustics = warp(batch.acoustics) if warp else batch.acoustics
                terms = losses.terms(_predict(network, acoustics, batch, params), batch.motion, batch.mask)
                optimizer.zero_grad(set_to_none=True)
                losses.combine(terms, params.alpha).backward()
                nn.utils.clip_grad_norm_(network.parameters(), params.clip)
                optimizer.step()
                sums += terms.detach()
            train_loss, valid_loss = float(losses.combine(sums, params.alpha)), evaluate(network, valid_pool, params)
            if not valid_loss < float("inf"):
                raise BadParams(f"train.lr: training diverged in epoch {epoch} (validation loss {valid_loss}); lower lr or clip")
            run.add(Epoch(epoch, train_loss, valid_loss, rates[0]), network)
            training_state.save(state, mark, run, network, optimizer)
        network.load_state_dict(run.best_weights)
    if state is not None:
        state.unlink(missing_ok=True)
    return Trained(network.cpu().eval(), tuple(run.curve))


@torch.no_grad()
def evaluate(network: nn.Module, pool: Pool, params: TrainParams) -> float:
    """Return the loss over a whole pool; it does not depend on the division into batches."""
    network.eval()
    sums = torch.zeros(4, device=pool.device)
    for batch in pool.batches(params.batch_frames):
        sums += losses.terms(_predict(network, batch.acoustics, batch, params), batch.motion, batch.mask)
    return float(losses.combine(sums, params.alpha))


def _predict(network: nn.Module, acoustics: Tensor, batch: Batch, params: TrainParams) -> Tensor:
    kind = acoustics.device.type
    half = params.precision == "bfloat16" or (params.precision == "auto" and kind == "cuda")
    with torch.autocast(kind, torch.bfloat16, enabled=half):
        return network(acoustics, batch.lengths).float()


def learning_rates(params: TrainParams, curve: list[Epoch], steps: int) -> list[float]:
    """Return the learning rate of each step of the epoch that follows the curve."""
    if params.schedule == "plateau":
        return [params.lr / 2 ** halvings(curve, params.halve_after)] * steps
    return [params.lr * (1 - (len(curve) + step / steps) / params.epochs) for step in range(steps)]


def halvings(curve: list[Epoch], patience: int) -> int:
    """Return how often the validation loss has failed to fall for `patience` epochs."""
    best, stale, halvings = float("inf"), 0, 0
    for epoch in curve:
        best, stale = (epoch.valid, 0) if epoch.valid < best else (best, stale + 1)
        halvings += stale > 0 and stale % patience == 0
    return halvings


def _check(training: Sequence[Frames], valid: Sequence[Frames]) -> None:
    for name, part in (("train", training), ("validate", valid)):
        if not part:
            fault = f"the split contains no utterances to {name} with"
            raise BadData(f"{fault}; check `split` in params.yaml and that its corpora are present")
    rates = sorted({utterance.rate for part in (training, valid) for utterance in part})
    if len(rates) > 1:
        raise BadData(f"utterances have different frame rates {rates} Hz; delete data/features and run `dvc repro`")


def _device(choice: str) -> torch.device:
    if choice == "cuda" and not torch.cuda.is_available():
        raise BadParams("train.device: 'cuda' is not available; use 'auto' or 'cpu' on this machine")
    return torch.device("cuda" if choice != "cpu" and torch.cuda.is_available() else "cpu")


def _mark(params: TrainParams, sizes: Params, pools: tuple[Pool, Pool], warp: Warp | None, device: torch.device) -> str:
    """Return a hash of everything that a training run depends on."""
    inputs = [pool.fingerprint for pool in pools] + [warp.digest if warp else ""]
    facts = [params.model_dump(), sizes.model_dump(), inputs, str(device), torch.__version__]
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


@contextmanager
def _settings(params: TrainParams) -> Iterator[None]:
    """Set the number of threads and deterministic kernels; restore both at the end."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # required for deterministic kernels on CUDA
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic  # torch's annotations lack its properties
    fill = memory.fill_uninitialized_memory
    torch.set_num_threads(params.threads)
    torch.use_deterministic_algorithms(mode=True)
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(mode=deterministic)
        memory.fill_uninitialized_memory = fill
