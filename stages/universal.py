"""Fit one network to a crowd of synthetic speakers, each sentence heard under conditions of its own."""

from pathlib import Path

from artinv.errors import gate
from artinv.universal import UniversalParams, fit, gather

if __name__ == "__main__":
    with gate():
        params = UniversalParams.load()
        inverter, trained = fit(gather(Path("data/sim2real/people"), params), params, Path("models/.universal.state"))
        inverter.save("models/universal.safetensors")
        best = trained.best
        print(f"{inverter.model}, {trained.parameters} weights: validation loss {best.valid:.4f} in epoch {best.epoch}")
