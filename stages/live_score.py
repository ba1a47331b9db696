"""Score the live model on the synthetic speakers that chose its epoch, beside the universal model."""

from artinv.learn.inverter import Inverter
from artinv.live.model import load
from artinv.live.results import table
from artinv.live.scores import on_synthetic
from artinv.live.sessions import SessionParams
from artinv.live.training import LiveFitParams
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = LiveWorkspace()
        model, full = load(workspace.live_model), Inverter.load(workspace.universal)
        params, speakers = SessionParams.load(workspace.live_params), LiveFitParams.load(workspace.live_params).valid_speakers
        scores = on_synthetic(model, full, workspace.people, params, speakers)
        scores.write(workspace.live_scores)
        print(f"{table(scores)}\nwritten:  {workspace.live_scores}")
