"""Score decoders of brain signals on test trials, with intervals and controls."""

from artinv.neural.choices import ScoreParams
from artinv.neural.results import scores_table
from artinv.neural.scores import evaluate
from artinv.neural.session import SplitParams
from artinv.neural.simulator import SimulateParams
from artinv.neural.training import TrainParams
from artinv.neural.workspace import Places
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        places = Places()
        file, snr = places.params, SimulateParams.load(places.params).snr
        scores = evaluate(places, TrainParams.load(file), SplitParams.load(file), ScoreParams.load(file), snr)
        scores.write(places.scores)
        print(f"{scores_table(scores)}\nwritten:  {places.scores}")
