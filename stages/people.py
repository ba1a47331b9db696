"""Synthesize the sentences of a population of synthetic speakers."""

from artinv.core.workspace import Workspace
from artinv.runtime.errors import gate
from artinv.synth.corpus.population import PopulationParams, write_population

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = PopulationParams.load(workspace.params)
        hours = write_population(workspace.people, params)
        print(f"{params.speakers} synthetic speakers, {60 * hours:.0f} minutes")
