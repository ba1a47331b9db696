"""Turn one corpus' features into z-scores per speaker, with the statistics beside them."""

import sys
from pathlib import Path

from artinv.dataset import build
from artinv.errors import gate
from artinv.normalize import NormalizeParams

if __name__ == "__main__":
    with gate():
        build(sys.argv[1], NormalizeParams.load(), features=Path("data/features"))
