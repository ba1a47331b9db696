"""Train the decoders of all recordings of a project, and read them."""

from functools import partial

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.core.records import common_origin
from artinv.neural.decoders import DecoderParams
from artinv.neural.drift import Drift
from artinv.neural.files import JOB, subjects
from artinv.neural.inference import session_of
from artinv.neural.model import NeuralModel
from artinv.neural.session import Session, SplitParams
from artinv.neural.target import Target
from artinv.neural.training import Choice, TrainParams, fit
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadData


def train_all(files: NeuralFiles, params: TrainParams, sizes: DecoderParams, split: SplitParams, voice: str) -> list[str]:
    """Train and write all decoders and the metrics of their training; return a line for each."""
    made, lines, origins = {}, [], set()
    for subject in subjects(files):
        recording = subject.recording
        origins.add(subject.origin)
        for choice in params.choices:
            state = files.models.parent / f".{recording.subject}-{choice.name}.state"  # DVC removes what lies in its outputs
            learn = partial(fit, choice, recording, sizes=sizes, voice=voice, origin=subject.origin, state=state)
            drift = params.drift_of(choice.mode)
            session = session_of(files, recording, choice.target, split, drift)
            if split.kind == "subject":
                model, trained = learn(session.after(_others(files, recording.subject, choice.target, split, drift)), params)
                if params.tune_epochs:
                    tuned = params.model_copy(update={"epochs": params.tune_epochs})
                    model, trained = learn(session, tuned, before=model)
            else:
                model, trained = learn(session, params)
            model.save(files.model(recording.subject, choice.name))
            made[f"{recording.subject}/{choice.name}"] = trained.facts
            best = f"validation error {trained.best.valid:.3f} in epoch {trained.best.epoch} of {len(trained.curve)}"
            lines.append(f"{recording.subject}: {model.title}, {trained.parameters} weights: {best}")
    write_json(files.training, made | stamp(common_origin(origins), seed=params.seed))
    return lines


def _others(files: NeuralFiles, subject: str, kind: str, split: SplitParams, drift: Drift) -> list[Session]:
    """Return the sessions of all other subjects."""
    made = [Session.of(own.recording, Target.load(files.target(own.recording.subject, kind), JOB),
                       split.of_others(own.recording), drift)
            for own in subjects(files) if own.recording.subject != subject]
    if not made:
        raise BadData(f"{files.recordings}: '{subject}' is the only subject; add another one, or use another split.kind")
    return made


def trained_models(files: NeuralFiles, subject: str, choices: tuple[Choice, ...]) -> dict[str, NeuralModel]:
    """Return the trained decoders of a subject by name."""
    return {choice.name: NeuralModel.load(files.model(subject, choice.name)) for choice in choices}
