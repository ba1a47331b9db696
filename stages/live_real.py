"""Score the live model, trained on synthetic speakers only, on the real recordings in data/real."""

from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.learn.inverter import Inverter
from artinv.live.model import load
from artinv.live.results import table
from artinv.live.scores import on_real
from artinv.live.workspace import LiveWorkspace
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = LiveWorkspace()
        model, full = load(workspace.live_model), Inverter.load(workspace.universal)
        cleaning, cutoff = CleanParams.load(workspace.params), PopulationFeatureParams.load(workspace.params).cutoff
        scores, unfit = on_real(model, full, checked_folder(workspace.real), cleaning, cutoff)
        scores.write(workspace.live_real)
        print("".join(f"{name} is not scored: {reason}\n" for name, reason in unfit.items()), end="")
        print(f"{table(scores)}\nwritten:  {workspace.live_real}")
