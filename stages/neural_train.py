"""Train decoders of brain signals."""

from artinv.neural.decoders import DecoderParams
from artinv.neural.session import SplitParams
from artinv.neural.targets import TargetParams
from artinv.neural.training import TrainParams
from artinv.neural.trainings import train_all
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        file = files.params
        voice = TargetParams.load(file).voice
        print("\n".join(train_all(files, TrainParams.load(file), DecoderParams.load(file), SplitParams.load(file), voice)))
