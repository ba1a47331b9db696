"""Score the estimated settings, and the sounds that they make, on test sounds."""

from artinv.core.workspace import Workspace
from artinv.matching.choices import EvaluationParams, FitParams
from artinv.matching.results import scores_table
from artinv.matching.scores import evaluate
from artinv.matching.sounds import SampleParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        workspace = Workspace()
        file, sounds, models = workspace.matching_params, workspace.matching_sounds, workspace.matching_models
        params = EvaluationParams.load(file)
        scores = evaluate(sounds, models, SampleParams.load(file), FitParams.load(file), params)
        scores.write(workspace.matching_scores)
        print(f"{scores_table(scores)}\nwritten:  {workspace.matching_scores}")
