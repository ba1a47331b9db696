"""Compute frames of acoustic features and motion, in the common coordinates, from the cleaned utterances of one corpus."""

from artinv.core.workspace import Workspace
from artinv.data.frames import build
from artinv.phones.inputs import InputParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        build(corpus, InputParams.load(workspace.params), workspace)
