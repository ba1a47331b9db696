"""Draw settings of a synthesizer and render their sounds."""

from artinv.core.workspace import Workspace
from artinv.matching.sounds import SampleParams, sample
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params = SampleParams.load(workspace.matching_params)
        counts = sample(params, workspace.matching_sounds)
        print(f"{params.synth}: {', '.join(f'{count} sounds to {name}' for name, count in counts.items())}")
