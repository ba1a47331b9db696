"""Turn one corpus' features into z-scores per speaker, with the statistics beside them."""

from pathlib import Path

from artinv.data.dataset import build
from artinv.data.normalize import NormalizeParams
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        build(corpus, NormalizeParams.load(), features=Path("data/features"))
