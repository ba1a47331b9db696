"""Render sounds from grids of factors and store their log-frequency spectra, with the digits as a set of pictures."""

from artinv.core.workspace import Workspace
from artinv.factors.spectra import SetParams, make
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        counts = make(SetParams.load(files.params), files.spectra)
        print(", ".join(f"{name}: {count} images" for name, count in counts.items()))
