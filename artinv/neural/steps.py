"""The steps of the pipeline `neural` on the files of a project; each stage calls one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from artinv.core.files import write_json
from artinv.core.provenance import stamp
from artinv.neural import h5, targets
from artinv.neural.decoders import DecoderParams
from artinv.neural.model import NeuralModel
from artinv.neural.places import Places
from artinv.neural.records import Recording, Truth
from artinv.neural.results import JOB
from artinv.neural.session import Session, SplitParams, runs
from artinv.neural.simulator import SimulateParams, load_truth, save_truth, simulate
from artinv.neural.target import Target
from artinv.neural.targets import Source, TargetParams
from artinv.neural.training import Choice, TrainParams, facts, fit
from artinv.runtime.errors import BadData


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The recording of a subject, and its truth if it is simulated."""

    recording: Recording
    truth: Truth | None

    @property
    def origin(self) -> str:
        """Return whether the recording is real or synthetic."""
        return "real" if self.truth is None else "synthetic"


def simulate_all(places: Places, params: SimulateParams) -> list[str]:
    """Simulate and write the recordings of all subjects; return a line for each."""
    lines = []
    for name in params.subjects:
        made = simulate(params, name)
        h5.write(places.recording(name), made.recording)
        save_truth(places.recordings / f"{name}.truth.npz", made.truth)
        recording = made.recording
        minutes = recording.frames / recording.rate / 60
        lines.append(f"{name}: {minutes:.1f} minutes, {len(recording.trials)} trials, {len(recording.channels)} electrodes")
    return lines


def subjects(places: Places) -> Iterator[Subject]:
    """Yield all subjects with a recording."""
    names = places.subjects()
    if not names:
        raise BadData(f"{places.recordings}: holds no recording; run `{JOB}`")
    for name in names:
        path = places.recordings / f"{name}.truth.npz"
        yield Subject(h5.read(places.recording(name)), load_truth(path) if path.is_file() else None)


def infer_all(places: Places, params: TargetParams, split: SplitParams) -> list[str]:
    """Estimate and write all targets; return a line for each."""
    lines = []
    for subject in subjects(places):
        recording = subject.recording
        parts = runs(recording.trials, split.divide(recording).train)
        for kind in params.kinds:
            target = targets.get(kind).infer(Source(recording, subject.truth, parts, params))
            target.save(places.target(recording.subject, kind))
            lines.append(f"{recording.subject}: {kind}, {len(target.names)} parameters, known {target.known.mean():.0%}")
    return lines


def session_of(places: Places, recording: Recording, kind: str, split: SplitParams) -> Session:
    """Return the standardized signals and targets of a subject."""
    return Session.of(recording, Target.load(places.target(recording.subject, kind), JOB), split.divide(recording))


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
    write_json(places.training, made | stamp("/".join(sorted(origins)), seed=params.seed))
    return lines


def trained_models(places: Places, subject: str, choices: tuple[Choice, ...]) -> dict[str, NeuralModel]:
    """Return the trained decoders of a subject by name."""
    return {choice.name: NeuralModel.load(places.model(subject, choice.name)) for choice in choices}
