"""Estimate the targets of all recordings of a project."""

from artinv.neural import targets
from artinv.neural.drift import Drift
from artinv.neural.files import JOB, subjects
from artinv.neural.records import Recording
from artinv.neural.session import Session, SplitParams, runs
from artinv.neural.target import Target
from artinv.neural.targets import Source, TargetParams
from artinv.neural.workspace import NeuralFiles


def infer_all(files: NeuralFiles, params: TargetParams, split: SplitParams) -> list[str]:
    """Estimate and write all targets; return a line for each."""
    lines = []
    for subject in subjects(files):
        recording = subject.recording
        parts = runs(recording.trials, split.divide(recording).train)
        source = Source(recording, subject.truth, parts, params)
        for kind in params.kinds:
            target = targets.get(kind).infer(source)
            target.save(files.target(recording.subject, kind))
            lines.append(f"{recording.subject}: {kind}, {len(target.names)} parameters, known {target.known.mean():.0%}")
    return lines


def session_of(files: NeuralFiles, recording: Recording, kind: str, split: SplitParams, drift: Drift) -> Session:
    """Return the standardized signals and targets of a subject."""
    return Session.of(recording, Target.load(files.target(recording.subject, kind), JOB), split.divide(recording), drift)
