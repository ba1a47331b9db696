"""Train the decoders of all recordings of a project, and read them."""

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.neural.decoders import DecoderParams
from artinv.neural.files import origin_of, subjects
from artinv.neural.inference import session_of
from artinv.neural.model import NeuralModel
from artinv.neural.session import SplitParams
from artinv.neural.training import Choice, TrainParams, facts, fit
from artinv.neural.workspace import Places


def train_all(places: Places, params: TrainParams, sizes: DecoderParams, split: SplitParams, voice: str) -> list[str]:
    """Train and write all decoders and the metrics of their training; return a line for each."""
    made, lines, origins = {}, [], set()
    for subject in subjects(places):
        recording = subject.recording
        origins.add(subject.origin)
        for choice in params.choices:
            session = session_of(places, recording, choice.target, split)
            state = places.models / recording.subject / f".{choice.name}.state"
            model, trained = fit(choice, recording, session, params, sizes, voice=voice, origin=subject.origin, state=state)
            model.save(places.model(recording.subject, choice.name))
            made[f"{recording.subject}/{choice.name}"] = facts(trained)
            best = f"validation error {trained.best.valid:.3f} in epoch {trained.best.epoch} of {len(trained.curve)}"
            lines.append(f"{recording.subject}: {model.title}, {trained.parameters} weights: {best}")
    write_json(places.training, made | stamp(origin_of(origins), seed=params.seed))
    return lines


def trained_models(places: Places, subject: str, choices: tuple[Choice, ...]) -> dict[str, NeuralModel]:
    """Return the trained decoders of a subject by name."""
    return {choice.name: NeuralModel.load(places.model(subject, choice.name)) for choice in choices}
