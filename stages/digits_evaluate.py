"""Judge the generated digits, the test set and noise."""

from artinv.digits.choices import EvaluationParams, TrainParams
from artinv.digits.evaluation import evaluate
from artinv.digits.results import scores_table
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        params, kinds = EvaluationParams.load(files.params), TrainParams.load(files.params).models
        scores = evaluate(files.sounds, files.yardstick, files.models, kinds, params)
        scores.write(files.scores)
        print(f"{scores_table(scores)}\nwritten:  {files.scores}")
