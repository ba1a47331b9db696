"""What was run: the setting, the model, what it was made with."""

from collections.abc import Mapping

from artinv.core.channels import CHANNELS
from artinv.evaluate.scores import DETAILS, label
from artinv.runtime.errors import believed
from artinv.show.report.parts import Absent, Facts, Section, Side, count
from artinv.show.report.sources import Sources, flat

TITLE, PARAMETERS, JOB = "What was run", "Parameters", "make repro"
TRAINING = "metrics/train.json"
SETTINGS = {
    "spec": "spec: the test speaker alone is learned from",
    "dep": "dep: everybody is learned from, the test speaker too",
    "indep": "indep: everybody but the test speaker is learned from",
    "unseen": "unseen: the same on the test part, whose sentences nobody says in training",
}
_VERSIONS = ("artinv", "python", "torch", "numpy")


def section(sources: Sources) -> Section | Absent:
    """Facts that stand beside the numbers, and the parameters where dvc.lock tells those of this very run."""
    fold, choices = sources.fold, sources.choices()
    if fold is None:
        return Absent.file(TITLE, DETAILS, JOB)
    run, counts = fold.run, fold.counts
    tested = f"{count(counts.utterances, 'utterance')}, {count(counts.frames)} frames"
    setting = [
        ("Data", label(run.origin)), ("Setting", SETTINGS.get(run.split, run.split)), ("Test speaker", run.test_speaker),
        ("Tested on", f"{tested}, {counts.articulators} of {len(CHANNELS)} trajectories"),
    ]
    if run.unseen_text:
        setting.append(("Test sentences", "taken out of training"))
    versions = [(name, getattr(run, name)) for name in _VERSIONS if getattr(run, name)]
    if choices:
        setting.insert(1, ("Corpora", ", ".join(map(str, choices.get("corpora", [])))))
    own = _model(sources, run.model, choices or {})
    own.append(("Versions", ", ".join(map(" ".join, versions))))
    return Section.about("run", TITLE, [Side((Facts(tuple(setting)), Facts(tuple(own))))], run.origin)


def _model(sources: Sources, model: str, choices: Mapping) -> list[tuple[str, str]]:
    facts = [("Model", model)]
    training = sources.json(TRAINING)
    if training is not None:
        with believed(TRAINING, JOB):
            own = training["inverter"]
            trained = f"{count(own['epochs'], 'epoch')}; the best is number {own['best_epoch']}"
            facts += [("Weights", count(own["parameters"])), ("Trained for", trained)]
    features = choices.get("features", {})
    if "kind" in features:
        facts.append(("Features", str(features["kind"])))
    if "seed" in choices.get("train", {}):
        facts.append(("Seed", str(choices["train"]["seed"])))
    if "draws" in choices.get("evaluate", {}):
        facts.append(("Intervals", f"95 %, bootstrap over test utterances, {count(choices['evaluate']['draws'], 'draw')}"))
    return facts


def parameters(sources: Sources) -> Section | Absent:
    """Every choice that bears on the run, without the sizes of other models and what other features would read."""
    fold, choices = sources.fold, sources.choices()
    if fold is None or choices is None:
        reason = "is not there" if fold is None else "is not the one that dvc.lock records"
        return Absent(PARAMETERS, f"{DETAILS} {reason}; `{JOB}` brings both together")
    parts = [Facts(_chosen(choices, fold.run.model), style="fine")]
    return Section.about("parameters", PARAMETERS, parts, fold.run.origin, "As dvc.lock records them for this run.")


def _chosen(choices: Mapping, model: str) -> tuple[tuple[str, str], ...]:
    kept = {key: value for key, value in choices.items() if key != "models"}
    kept["models"] = {model: choices.get("models", {}).get(model, {})}
    if kept.get("features", {}).get("kind") != "ssl":
        kept["features"] = {key: value for key, value in kept.get("features", {}).items() if key != "ssl"}
    return tuple((key, _spelled(value)) for key, value in flat(kept).items())


def _spelled(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(_spelled, value)) or "none"
    return str(value)
