"""Turn one corpus' features into z-scores per speaker, with the statistics beside them."""

from pathlib import Path

from artinv.dataset import build
from artinv.errors import arguments, gate
from artinv.normalize import NormalizeParams

if __name__ == "__main__":
    with gate():
        build(*arguments("CORPUS"), NormalizeParams.load(), features=Path("data/features"))
