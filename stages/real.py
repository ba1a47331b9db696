"""Score the universal model, trained on synthetic speakers only, on the real recordings in data/real."""

from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.real_recordings import checked_folder
from artinv.evaluate.real import on_real
from artinv.evaluate.sim2real import files_of, save, table
from artinv.learn.inverter import Inverter
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        params, inverter = PopulationFeatureParams.load(workspace.params), Inverter.load(workspace.universal)
        rows, unfit = on_real(inverter, checked_folder(workspace.real), CleanParams.load(workspace.params), params.cutoff)
        scores = save("real", rows, inverter, workspace)
        print("".join(f"{name} is not scored: {reason}\n" for name, reason in unfit.items()), end="")
        print(f"{table(scores)}\nwritten to {' and '.join(map(str, files_of('real', workspace)))}")
