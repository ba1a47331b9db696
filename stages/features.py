"""Compute frames of acoustic features and motion, in the common coordinates, from the cleaned utterances of one corpus."""

from artinv.core.workspace import Workspace
from artinv.data.frames import build
from artinv.runtime.errors import arguments, gate
from artinv.signal.features import FeatureParams

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        build(corpus, FeatureParams.load(workspace.params), workspace)
