"""The recordings and targets of a project as the stages write and read them."""

from collections.abc import Iterator
from dataclasses import dataclass

from artinv.neural import h5
from artinv.neural.places import Places
from artinv.neural.records import Recording, Truth
from artinv.neural.simulator import SimulateParams, load_truth, save_truth, simulate
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
