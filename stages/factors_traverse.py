"""Move the latents one by one: pictures, films, sounds, and a page on which a latent is moved and heard."""

from artinv.core.workspace import Workspace
from artinv.factors.choices import TraverseParams
from artinv.factors.spectra import SetParams
from artinv.factors.training import FitParams
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate
from artinv.show.factors.traversals import write_all

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        sets, fit = SetParams.load(files.params), FitParams.load(files.params)
        for path in write_all(files, sets, fit, TraverseParams.load(files.params)):
            print(f"written:  {path}")
