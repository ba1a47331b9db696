"""How far a training has come, and the file from which an interrupted one goes on."""

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
    """One line of the loss curve."""

    epoch: int
    train: float
    valid: float
    lr: float


@dataclass(slots=True)
class Run:
    """The epochs so far and the best of them."""

    curve: list[Epoch] = field(default_factory=list)
    best: float = float("inf")  # validation loss
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    stale: int = 0  # epochs since

    def add(self, epoch: Epoch, network: nn.Module) -> None:
        """Note an epoch, and keep the network's weights if they are the best so far."""
        self.curve.append(epoch)
        if epoch.valid < self.best:
            self.best, self.best_weights, self.stale = epoch.valid, copy.deepcopy(network.state_dict()), 0
        else:
            self.stale += 1

    def title(self, epochs: int) -> str:
        """What a progress bar says beside the epoch that comes next."""
        last = self.curve[-1:]
        losses = "".join(f", train {epoch.train:.3f}, valid {epoch.valid:.3f}, best {self.best:.3f}" for epoch in last)
        return f"epoch {len(self.curve) + 1} of at most {epochs}{losses}"


def save(path: Path | None, mark: str, run: Run, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write all that the next epoch depends on; `mark` stands for the parameters and the data."""
    if path is None:
        return
    content = io.BytesIO()  # torch tells of a full disk as if something in it were broken
    torch.save({
        "mark": mark, "network": network.state_dict(), "optimizer": optimizer.state_dict(), "random": _random_states(),
        "curve": [astuple(epoch) for epoch in run.curve],
        "best": run.best, "best_weights": run.best_weights, "stale": run.stale,
    }, content)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def load(path: Path | None, mark: str, network: nn.Module, optimizer: torch.optim.Optimizer) -> Run:
    """Go on where a file of the same mark left off, else begin."""
    if path is None or not path.exists():
        return Run()
    device = next(network.parameters()).device
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        if saved["mark"] != mark:
            return Run()
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["random"][0].cpu())
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all([state.cpu() for state in saved["random"][1:]])
        return Run([Epoch(*line) for line in saved["curve"]], saved["best"], saved["best_weights"], saved["stale"])
    except (MemoryError, torch.OutOfMemoryError):
        raise BadData(f"{path}: takes more memory than there is; free some, or delete it to begin anew") from None
    except Exception as error:  # noqa: BLE001 -- what torch makes of such a file ends in any of them
        raise BadData(f"{path}: is not the state of a training ({type(error).__name__}); delete it to begin anew") from None


def _random_states() -> list[torch.Tensor]:
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]
