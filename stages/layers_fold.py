"""Analyse the hidden layers of the inverter of one fold: `python -m stages.layers_fold SPEAKER`."""

from artinv.core.workspace import Workspace
from artinv.data.dataset import Dataset
from artinv.factors.disentanglement import MetricParams
from artinv.factors.layers.fold import LayerParams, Material, analyse
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (speaker,), workspace = arguments("SPEAKER"), Workspace()
        files = FactorFiles(workspace)
        params, metrics = LayerParams.load(files.layer_params), MetricParams.load(files.layer_params)
        material = Material.read(workspace.fold_models / params.run / speaker, Dataset(workspace), params)
        analyse(material, params, metrics).write(files.fold_layers / f"{speaker}.json")
