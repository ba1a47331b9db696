"""Sections on the run: setting, model and versions; and its parameters."""

from collections.abc import Mapping

from artinv.core.channels import CHANNELS
from artinv.data.splits import SETTINGS
from artinv.evaluate.scores import origin_label
from artinv.runtime.errors import expected_content
from artinv.show.report.parts import Absent, FactList, Fold, Section, Side, count
from artinv.show.report.sources import NAMES, Sources, flat

TITLE, PARAMETERS, JOB = "What was run", "Parameters", "make repro"
_VERSIONS = ("artinv", "python", "torch", "numpy")


def section(sources: Sources) -> Section | Absent:
    """Make the section on the run; some facts need the parameters in dvc.lock."""
    fold, choices = sources.fold, sources.choices()
    if fold is None:
        return Absent.missing(TITLE, NAMES.details, JOB)
    run, counts = fold.run, fold.counts
    tested = f"{count(counts.utterances, 'utterance')}, {count(counts.frames)} frames"
    setting = [
        ("Data", origin_label(run.origin)), ("Setting", SETTINGS[run.split].title if run.split in SETTINGS else run.split),
        ("Test speaker", run.test_speaker),
        ("Tested on", f"{tested}, {counts.articulators} of {len(CHANNELS)} trajectories"),
    ]
    if run.unseen_text:
        setting.append(("Test sentences", "excluded from training"))
    versions = [(name, getattr(run, name)) for name in _VERSIONS if getattr(run, name)]
    if choices:
        setting.insert(1, ("Corpora", ", ".join(map(str, choices.get("corpora", [])))))
    own = _model(sources, run.model, choices or {})
    own.append(("Versions", ", ".join(map(" ".join, versions))))
    return Section.about("run", TITLE, [Side((FactList(tuple(setting)), FactList(tuple(own))))], run.origin)


def _model(sources: Sources, model: str, choices: Mapping) -> list[tuple[str, str]]:
    facts = [("Model", model)]
    training = sources.json(NAMES.training)
    if training is not None:
        with expected_content(NAMES.training, JOB):
            own = training["inverter"]
            trained = f"{count(own['epochs'], 'epoch')}; best epoch: {own['best_epoch']}"
            facts += [("Weights", count(own["parameters"])), ("Trained for", trained)]
    features = choices.get("features", {})
    if "kind" in features:
        facts.append(("Features", str(features["kind"])))
    if features.get("phones", "none") != "none":
        facts.append(("Phones", str(features["phones"])))
    if "seed" in choices.get("train", {}):
        facts.append(("Seed", str(choices["train"]["seed"])))
    if "draws" in choices.get("evaluate", {}):
        facts.append(("Intervals", f"95 %, bootstrap over test utterances, {count(choices['evaluate']['draws'], 'draw')}"))
    return facts


def parameters(sources: Sources) -> Section | Absent:
    """Make the section on all parameters that affect the run; those of other models and features are omitted."""
    fold, choices = sources.fold, sources.choices()
    if fold is None or choices is None:
        reason = "is missing" if fold is None else "is not the one recorded in dvc.lock"
        return Absent(PARAMETERS, f"{NAMES.details} {reason}; `{JOB}` updates both")
    parts = [Fold("All parameters", [FactList(_chosen(choices, fold.run.model), style="fine")])]
    return Section.about("parameters", PARAMETERS, parts, fold.run.origin, "As recorded in dvc.lock for this run.")


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
