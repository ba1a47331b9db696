"""Names of all files and folders of a project folder, relative to a root that the caller passes in."""

from dataclasses import dataclass
from pathlib import Path


class _Below:
    """Path below the root of a workspace."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, workspace: "Workspace", _: type) -> Path:
        """Return the path; it is relative if the root is relative."""
        return workspace.root / self.name


@dataclass(frozen=True)
class Workspace:
    """The files and folders of a project; it only joins paths and reads or writes nothing.

    ::

        params.yaml, dvc.lock
        data/
            demo/CORPUS/                          synthetic corpora in native formats
            ingested, cleaned, features, normalized/CORPUS/SPEAKER.npz
            stats/CORPUS/                         SPEAKER.npz, index.json
            split.json
            loso/models/RUN/SPEAKER/              inverter, ridge, training.json, split.json of a fold
            loso/scores/RUN/SPEAKER.json
            loso/strangers/models/MODEL/GROUP/    inverter, split.json
            loso/strangers/errors/MODEL/GROUP.json
            sim2real/people, features/SPEAKER.npz
            real/                                 the user's real recordings
            abx/CORPUS/
            matching/                             sounds/PART.npz, models/NETWORK.safetensors
        models/                                   inverter, ridge, universal.safetensors
        metrics/                                  scores and summaries as JSON and CSV
        plots/                                    pictures and small tables
        reports/index.html

    >>> str(Workspace().split), str(Workspace(Path("project")).model("ridge"))
    ('data/split.json', 'project/models/ridge.safetensors')
    """

    root: Path = Path()

    params = _Below("params.yaml")
    lock = _Below("dvc.lock")
    matching_params = _Below("pipelines/matching/params.yaml")

    demo = _Below("data/demo")
    ingested = _Below("data/ingested")
    cleaned = _Below("data/cleaned")
    features = _Below("data/features")
    normalized = _Below("data/normalized")
    stats = _Below("data/stats")
    split = _Below("data/split.json")
    fold_models = _Below("data/loso/models")
    fold_scores = _Below("data/loso/scores")
    stranger_models = _Below("data/loso/strangers/models")
    stranger_errors = _Below("data/loso/strangers/errors")
    people = _Below("data/sim2real/people")
    people_features = _Below("data/sim2real/features")
    real = _Below("data/real")
    abx = _Below("data/abx")
    matching_choices = _Below("data/matching/choices.txt")
    matching_sounds = _Below("data/matching/sounds")
    matching_models = _Below("data/matching/models")

    models = _Below("models")
    inverter = _Below("models/inverter.safetensors")
    universal = _Below("models/universal.safetensors")
    universal_state = _Below("models/.universal.state")

    metrics = _Below("metrics")
    ingest_metrics = _Below("metrics/ingest")
    clean_metrics = _Below("metrics/clean")
    rejected = _Below("metrics/rejected")
    frame_metrics = _Below("metrics/frame")
    normalize_metrics = _Below("metrics/normalize")
    training = _Below("metrics/train.json")
    scores = _Below("metrics/scores.json")
    details = _Below("metrics/details.json")
    utterances = _Below("metrics/utterances.csv")
    loso_scores = _Below("metrics/loso.json")
    loso_details = _Below("metrics/loso_details.json")
    loso_table = _Below("metrics/loso.csv")
    abx_scores = _Below("metrics/abx.json")
    abx_details = _Below("metrics/abx_details.json")
    sim2real_scores = _Below("metrics/sim2real.json")
    sim2real_details = _Below("metrics/sim2real_details.json")
    real_scores = _Below("metrics/real.json")
    real_details = _Below("metrics/real_details.json")
    matching_training = _Below("metrics/matching/train.json")
    matching_scores = _Below("metrics/matching/scores.json")
    matching_refinement = _Below("metrics/matching/refine.json")
    stability = _Below("metrics/stability.json")
    bench = _Below("metrics/bench.json")

    plots = _Below("plots")
    loss = _Below("plots/loss.csv")
    articulators = _Below("plots/articulators.csv")
    articulators_plot = _Below("plots/articulators.png")
    trajectories = _Below("plots/trajectories.csv")
    trajectories_plot = _Below("plots/trajectories.png")
    loso_plots = _Below("plots/loso")

    report = _Below("reports/index.html")

    def model(self, file: str) -> Path:
        """Return the file of a trained model, such as `inverter` or `ridge`."""
        return self.models / f"{file}.safetensors"
