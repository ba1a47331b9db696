"""Refine estimated settings through the synthesizer, and measure what that changes."""

from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams, RefineParams
from artinv.matching.gains import measure
from artinv.matching.results import gains_table
from artinv.matching.sounds import SampleParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        file, sounds, models = workspace.matching_params, workspace.matching_sounds, workspace.matching_models
        gains = measure(sounds, models, SampleParams.load(file), FitParams.load(file), RefineParams.load(file))
        gains.write(workspace.matching_refinement)
        print(f"{gains_table(gains)}\nwritten:  {workspace.matching_refinement}")
