"""Train the universal model on a population of synthetic speakers, each sentence under its own recording conditions."""

from artinv.core.workspace import Workspace
from artinv.learn.universal import UniversalParams, fit, population
from artinv.measure.intervals import IntervalParams
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params, level = UniversalParams.load(workspace.params), IntervalParams.load(workspace.params).level
        features = PopulationFeatureParams.load(workspace.params)
        frames = population(workspace.people_features, features, params)
        inverter, trained = fit(frames, features, params, level, workspace.universal_state)
        inverter.save(workspace.universal)
        for member in trained:
            size = f"{params.train.model}, {member.parameters} weights"
            print(f"{size}: validation loss {member.best.valid:.4f} in epoch {member.best.epoch}")
