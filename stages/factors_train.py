"""Train autoencoders, each with several seeds."""

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import common_origin
from artinv.core.workspace import Workspace
from artinv.factors.spectra import origin_of
from artinv.factors.training import FitParams, fit_all
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        params = FitParams.load(files.params)
        fits = fit_all(files.spectra, params, files.models)
        origin = common_origin(origin_of(run.data) for run, _ in params.jobs)
        write_json(files.training, {"trainings": fits, **stamp(origin, seed=params.seed)})
        print(f"{len(params.runs)} runs, {params.seeds} seeds each: {len(fits)} trainings")
