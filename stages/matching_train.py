"""Train networks that estimate settings from sounds."""

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.workspace import Workspace
from artinv.matching.choices import FitParams
from artinv.matching.sounds import SampleParams
from artinv.matching.training import fit_all
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        sample, params = SampleParams.load(workspace.matching_params), FitParams.load(workspace.matching_params)
        fits = fit_all(workspace.matching_sounds, sample, params, workspace.matching_models)
        facts = {name: trained.facts for name, trained in fits.items()}
        write_json(workspace.matching_training, facts | stamp("synthetic", seed=params.seed))
        for name, trained in fits.items():
            best = f"validation loss {trained.best.valid:.4f} in epoch {trained.best.epoch} of {len(trained.curve)}"
            print(f"{name}, {trained.parameters} weights: {best}")
