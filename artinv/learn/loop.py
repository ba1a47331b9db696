"""The training loop, `descend`, for any network, followed by the functions that it uses."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from pydantic import Field
from torch import Tensor, nn

from artinv.learn import training_state
from artinv.learn.training_state import Epoch
from artinv.runtime.errors import BadParams
from artinv.runtime.params import Params
from artinv.runtime.progress import track

Batch = TypeVar("Batch")


class LoopParams(Params):
    """Parameters of the training loop, whatever the network learns."""

    epochs: int = Field(ge=1)  # at most
    lr: float = Field(gt=0)  # initial learning rate
    schedule: Literal["plateau", "linear"]  # plateau: halved when the validation loss stalls; linear: to 0
    halve_after: int = Field(ge=1)  # epochs without a lower validation loss before the learning rate is halved
    stop_after: int = Field(ge=1)  # epochs without a lower validation loss before training stops
    clip: float = Field(gt=0)  # largest gradient norm
    seed: int = Field(ge=0)
    threads: int = Field(ge=1)  # results are byte-equal for an equal number of threads
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]  # auto: bfloat16 on cuda, float32 elsewhere


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

    @property
    def facts(self) -> dict[str, float]:
        """Return the training metrics that are written to the metrics file."""
        return {"epochs": len(self.curve), "best_epoch": self.best.epoch, "train_loss": self.best.train,
                "valid_loss": self.best.valid, "parameters": self.parameters}


def descend(
    network: nn.Module,
    params: LoopParams,
    *,
    batches: Callable[[int], Sequence[Batch]],
    terms: Callable[[Batch], Tensor],
    combine: Callable[[Tensor], Tensor],
    validate: Callable[[], float],
    state: Path | None = None,
    mark: str = "",
) -> Trained:
    """Train a network until the validation loss stops falling, or to the end of a linear schedule.

    `batches(epoch)` returns the batches of an epoch, `terms(batch)` the terms of the loss, which are added over batches, and
    `combine` the loss of such a sum. `validate()` returns the validation loss. `mark` is a hash of all that the run depends on.

    With `state`, every epoch writes its state to that file. A second call after an interruption resumes from it and gives
    exactly the result of an uninterrupted run. The file is removed at the end, and ignored if it has another mark.
    """
    optimizer = torch.optim.Adam(network.parameters(), lr=params.lr)
    run = training_state.load(state, mark, network, optimizer)
    while len(run.curve) < params.epochs and (params.schedule == "linear" or run.stale < params.stop_after):
        epoch = len(run.curve) + 1
        chosen = batches(epoch)
        rates = learning_rates(params, run.curve, len(chosen))
        network.train()
        sums: Tensor | float = 0.0
        for lr, batch in track(zip(rates, chosen, strict=True), run.title(params.epochs), len(chosen)):
            optimizer.param_groups[0]["lr"] = lr
            values = terms(batch)
            optimizer.zero_grad(set_to_none=True)
            combine(values).backward()
            nn.utils.clip_grad_norm_(network.parameters(), params.clip)
            optimizer.step()
            sums = sums + values.detach()
        train_loss, valid_loss = float(combine(torch.as_tensor(sums))), validate()
        if not valid_loss < float("inf"):
            raise BadParams(f"train.lr: training diverged in epoch {epoch} (validation loss {valid_loss}); lower lr or clip")
        run.add(Epoch(epoch, train_loss, valid_loss, rates[0]), network)
        training_state.save(state, mark, run, network, optimizer)
    network.load_state_dict(run.best_weights)
    if state is not None:
        state.unlink(missing_ok=True)
    return Trained(network.cpu().eval(), tuple(run.curve))


def autocast(params: LoopParams, device: torch.device) -> torch.autocast:
    """Return the context in which a network computes its prediction; convert that to float32 afterwards."""
    half = params.precision == "bfloat16" or (params.precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, torch.bfloat16, enabled=half)


def learning_rates(params: LoopParams, curve: list[Epoch], steps: int) -> list[float]:
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


def device_of(choice: str) -> torch.device:
    """Return the device that `train.device` names."""
    if choice == "cuda" and not torch.cuda.is_available():
        raise BadParams("train.device: 'cuda' is not available; use 'auto' or 'cpu' on this machine")
    return torch.device("cuda" if choice != "cpu" and torch.cuda.is_available() else "cpu")


@contextmanager
def reproducible(params: LoopParams) -> Iterator[None]:
    """Set the seed, the number of threads and deterministic kernels inside the block; restore the state before it at the end."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # required for deterministic kernels on CUDA
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic  # torch's annotations lack its properties
    fill = memory.fill_uninitialized_memory
    torch.set_num_threads(params.threads)
    torch.use_deterministic_algorithms(mode=True)
    memory.fill_uninitialized_memory = False
    try:
        with torch.random.fork_rng():
            torch.manual_seed(params.seed)
            yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(mode=deterministic)
        memory.fill_uninitialized_memory = fill
