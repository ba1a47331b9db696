"""Train the universal model on a population of synthetic speakers, each sentence under its own recording conditions."""

from pathlib import Path

from artinv.learn.universal import UniversalParams, compute_features, fit
from artinv.measure.intervals import IntervalParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        params, level = UniversalParams.load(), IntervalParams.load().level
        population = compute_features(Path("data/sim2real/people"), params)
        inverter, trained = fit(population, params, level, Path("models/.universal.state"))
        inverter.save("models/universal.safetensors")
        for member in trained:
            size = f"{params.train.model}, {member.parameters} weights"
            print(f"{size}: validation loss {member.best.valid:.4f} in epoch {member.best.epoch}")
