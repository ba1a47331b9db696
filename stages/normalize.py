"""Convert the features of one corpus to z-scores per speaker, and save the statistics."""

from artinv.data.dataset import build
from artinv.data.normalize import NormalizeParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        build(corpus, NormalizeParams.load())
