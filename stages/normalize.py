"""Convert the features of one corpus to z-scores per speaker, and save the statistics."""

from artinv.core.workspace import Workspace
from artinv.data.dataset import build
from artinv.data.normalize import NormalizeParams
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        build(corpus, NormalizeParams.load(workspace.params), workspace, InputParams.load(workspace.params).evidence_values)
