"""The recordings of a project as the stages write and read them."""

from collections.abc import Iterator
from dataclasses import dataclass

from artinv.neural import h5
from artinv.neural.recording import ENDINGS, read
from artinv.neural.records import Recording, Truth
from artinv.neural.simulator import SimulateParams, load_truth, save_truth, simulate
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import BadData

JOB = "make neural"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The recording of a subject, and its truth if it is simulated."""

    recording: Recording
    truth: Truth | None

    @property
    def origin(self) -> str:
        """Return whether the recording is real or synthetic."""
        return "real" if self.truth is None else "synthetic"


def record_all(files: NeuralFiles, params: SimulateParams) -> list[str]:
    """Simulate the recordings of all synthetic speakers, read the user's own ones, and write them; return a line for each."""
    lines = []
    for name in params.subjects:
        made = simulate(params, name)
        save_truth(files.recordings / f"{name}.truth.npz", made.truth)
        lines.append(_written(files, made.recording, "simulated"))
    own = [path for path in sorted(files.own.glob("[!.]*")) if path.is_dir() or path.suffix.lower() in ENDINGS]
    for path in own:
        recording = read(path)
        if files.recording(recording.subject).exists():
            raise BadData(f"{path}: its subject '{recording.subject}' has a recording already; rename one of them")
        lines.append(_written(files, recording, str(path)))
    if not lines:
        raise BadData(f"{files.own}: holds no recording, and simulate.subjects names none; add one of them")
    return lines


def _written(files: NeuralFiles, recording: Recording, source: str) -> str:
    """Write a recording; return a line about it."""
    h5.write(files.recording(recording.subject), recording)
    minutes = recording.frames / recording.rate / 60
    counts = f"{minutes:.1f} minutes, {len(recording.trials)} trials, {len(recording.channels)} electrodes"
    return f"{recording.subject} ({source}): {counts}"


def subjects(files: NeuralFiles) -> Iterator[Subject]:
    """Yield all subjects with a recording."""
    names = files.subjects()
    if not names:
        raise BadData(f"{files.recordings}: holds no recording; run `{JOB}`")
    for name in names:
        path = files.recordings / f"{name}.truth.npz"
        yield Subject(h5.read(files.recording(name)), load_truth(path) if path.is_file() else None)
