"""Synthesize a demo corpus and write it in the corpus' native format."""

from artinv.core.workspace import Workspace
from artinv.runtime.errors import arguments, gate
from artinv.synth.corpus import demo

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        count = demo.write_corpus(corpus, workspace.demo / corpus, demo.DemoParams.load(workspace.params))
        print(f"{corpus}: {count} synthetic utterances")
