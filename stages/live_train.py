"""Train the live model on sessions of synthetic speakers."""

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.live.features import FrontParams
from artinv.live.training import LiveFitParams, fit, population
from artinv.live.workspace import LiveWorkspace
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = LiveWorkspace()
        front, params = FrontParams.load(workspace.live_params), LiveFitParams.load(workspace.live_params)
        model, trained = fit(population(workspace.live_frames, front, params), front, params, workspace.live_state)
        model.save(workspace.live_model)
        write_json(workspace.live_training, trained.facts | stamp("synthetic", seed=params.seed))
        print(f"{trained.parameters} weights: validation loss {trained.best.valid:.4f} in epoch {trained.best.epoch}")
