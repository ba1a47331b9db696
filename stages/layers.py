"""Combine the folds into one table: what each layer knows, and what the removal of the speaker changes."""

from artinv.core.workspace import Workspace
from artinv.factors.layers.fold import LayerParams
from artinv.factors.layers.results import JOB, FoldLayers, summarise, table
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        params = LayerParams.load(files.layer_params)
        layers = summarise([FoldLayers.read(files.fold_layers / f"{speaker}.json", JOB) for speaker in params.folds])
        layers.write(files.layers)
        print(f"{table(layers)}\nwritten:  {files.layers}")
