"""Score the autoencoders: reconstruction of test images, and metrics of disentanglement."""

from artinv.core.workspace import Workspace
from artinv.factors.disentanglement import MetricParams
from artinv.factors.results import table
from artinv.factors.scores import evaluate
from artinv.factors.training import FitParams
from artinv.factors.workspace import FactorFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = FactorFiles(Workspace())
        scores = evaluate(files.spectra, files.models, FitParams.load(files.params), MetricParams.load(files.params))
        scores.write(files.scores)
        print(f"{table(scores)}\nwritten:  {files.scores}")
