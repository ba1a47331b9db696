"""Score decoders of brain signals on test trials, with intervals and controls."""

from artinv.neural.choices import ScoreParams
from artinv.neural.results import scores_table
from artinv.neural.scores import evaluate
from artinv.neural.session import SplitParams
from artinv.neural.training import TrainParams
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        file = files.params
        scores = evaluate(files, TrainParams.load(file), SplitParams.load(file), ScoreParams.load(file))
        scores.write(files.scores)
        print(f"{scores_table(scores)}\nwritten:  {files.scores}")
