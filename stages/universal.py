"""Fit one network to a crowd of synthetic speakers, each sentence heard under conditions of its own."""

from pathlib import Path

from artinv.learn.universal import UniversalParams, fit, gather
from artinv.measure.intervals import IntervalParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        params, level = UniversalParams.load(), IntervalParams.load().level
        inverter, trained = fit(gather(Path("data/sim2real/people"), params), params, level, Path("models/.universal.state"))
        inverter.save("models/universal.safetensors")
        for one in trained:
            print(f"{params.train.model}, {one.parameters} weights: validation loss {one.best.valid:.4f} in epoch {one.best.epoch}")
