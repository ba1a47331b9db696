"""Score the universal model on synthetic speakers that were not used in training."""

from artinv.core.workspace import Workspace
from artinv.evaluate.sim2real import files_of, on_synthetic, save, table
from artinv.learn.inverter import Inverter
from artinv.learn.universal import UniversalParams, held_out
from artinv.phones.population import PopulationFeatureParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        inverter = Inverter.load(workspace.universal)
        others = held_out(workspace.people_features, UniversalParams.load(workspace.params))
        kinds = PopulationFeatureParams.load(workspace.params).phones.kinds
        scores = save("synthetic", on_synthetic(inverter, others, kinds), inverter, workspace)
        files = " and ".join(map(str, files_of("synthetic", workspace)))
        print(f"{table(scores)}\nwritten to {files}; `make real` scores real recordings")
