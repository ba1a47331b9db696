"""The progress of a training run, and the file from which an interrupted run resumes."""

import copy
import io
from dataclasses import astuple, dataclass, field
from pathlib import Path

import torch
from torch import nn

from artinv.core.files import replacing
from artinv.runtime.errors import BadData


@dataclass(frozen=True, slots=True)
class Epoch:
    """One point of the loss curve."""

    epoch: int
    train: float
    valid: float
    lr: float


@dataclass(slots=True)
class Progress:
    """The epochs so far and the weights of the best one."""

    curve: list[Epoch] = field(default_factory=list)
    best: float = float("inf")  # validation loss
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    stale: int = 0  # epochs since the best

    def add(self, epoch: Epoch, network: nn.Module) -> None:
        """Record an epoch, and copy the network's weights if they are the best so far."""
        self.curve.append(epoch)
        if epoch.valid < self.best:
            self.best, self.best_weights, self.stale = epoch.valid, copy.deepcopy(network.state_dict()), 0
        else:
            self.stale += 1

    def title(self, epochs: int) -> str:
        """Return the label of the progress bar of the next epoch."""
        last = self.curve[-1:]
        losses = "".join(f", train {epoch.train:.3f}, valid {epoch.valid:.3f}, best {self.best:.3f}" for epoch in last)
        return f"epoch {len(self.curve) + 1} of at most {epochs}{losses}"


def save(path: Path | None, mark: str, run: Progress, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write the state that the next epoch depends on; `mark` is a hash of the parameters and the data."""
    if path is None:
        return
    content = io.BytesIO()  # not straight to disk: on a full disk torch raises a misleading error
    torch.save({
        "mark": mark, "network": network.state_dict(), "optimizer": optimizer.state_dict(), "random": _random_states(),
        "curve": [astuple(epoch) for epoch in run.curve],
        "best": run.best, "best_weights": run.best_weights, "stale": run.stale,
    }, content)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def load(path: Path | None, mark: str, network: nn.Module, optimizer: torch.optim.Optimizer) -> Progress:
    """Resume from the file if it has the same mark; otherwise return a new run."""
    if path is None or not path.exists():
        return Progress()
    device = next(network.parameters()).device
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        if saved["mark"] != mark:
            return Progress()
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["random"][0].cpu())
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all([state.cpu() for state in saved["random"][1:]])
        return Progress([Epoch(*line) for line in saved["curve"]], saved["best"], saved["best_weights"], saved["stale"])
    except (MemoryError, torch.OutOfMemoryError):
        raise BadData(f"{path}: needs more memory than is available; free memory, or delete the file to restart training") from None
    except Exception as error:  # noqa: BLE001 -- torch may raise any exception on a damaged file
        raise BadData(f"{path}: is not a training state ({type(error).__name__}); delete it to restart training") from None


def _random_states() -> list[torch.Tensor]:
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]
