"""Repair the recordings of one corpus, resample them to a common rate and reject unusable ones."""

from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.clean_corpus import clean_corpus
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        clean_corpus(corpus, CleanParams.load(workspace.params), workspace)
