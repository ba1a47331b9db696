"""Estimate from the sound of recordings what decoders learn."""

from artinv.neural.inference import infer_all
from artinv.neural.session import SplitParams
from artinv.neural.targets import TargetParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        print("\n".join(infer_all(files, TargetParams.load(files.params), SplitParams.load(files.params))))
