"""Synthesize a demo corpus and write it in the corpus' native format."""

from artinv.runtime.errors import arguments, gate
from artinv.synth.corpus import demo

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        count = demo.write_corpus(corpus, f"data/demo/{corpus}", demo.DemoParams.load())
        print(f"{corpus}: {count} synthetic utterances")
