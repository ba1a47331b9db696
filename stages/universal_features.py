"""Augment every sentence of the synthetic population, compute its acoustics and let the recognizer hear it."""

from artinv.core.workspace import Workspace
from artinv.phones.population import PopulationFeatureParams, write_frames
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = PopulationFeatureParams.load(workspace.params)
        count = write_frames(workspace.people, workspace.people_features, params)
        print(f"{count} frames, evidence: {', '.join(params.phones.kinds) or 'none'}")
