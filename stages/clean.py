"""Repair one corpus' recordings, put them on one clock and reject what is unfit."""

from artinv.data.clean import CleanParams
from artinv.data.clean_corpus import clean_corpus
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        clean_corpus(corpus, CleanParams.load())
