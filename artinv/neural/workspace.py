"""Names of the files and folders of the pipeline `neural`, relative to the root of a project."""

from dataclasses import dataclass
from pathlib import Path

from artinv.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NeuralFiles:
    """The files of the pipeline in a project; it only joins paths.

    >>> str(NeuralFiles().recording("sim1")), str(NeuralFiles(Path("project")).scores)
    ('data/neural/recordings/sim1.h5', 'project/metrics/neural/scores.json')
    """

    root: Path = Workspace.root

    @property
    def params(self) -> Path:
        """Return the parameters of the pipeline."""
        return self.root / "pipelines/neural/params.yaml"

    @property
    def choices(self) -> Path:
        """Return the file that says that the parameters have been checked."""
        return self.root / "data/neural/choices.txt"

    @property
    def recordings(self) -> Path:
        """Return the folder of the recordings: SUBJECT.h5, and SUBJECT.truth.npz of a simulated one."""
        return self.root / "data/neural/recordings"

    @property
    def own(self) -> Path:
        """Return the folder of the user's own recordings: .h5 files, and subjects' folders of BIDS-iEEG."""
        return self.root / "data/recordings"

    @property
    def targets(self) -> Path:
        """Return the folder of the targets: SUBJECT/KIND.npz."""
        return self.root / "data/neural/targets"

    @property
    def models(self) -> Path:
        """Return the folder of the trained decoders: SUBJECT/RUN.safetensors."""
        return self.root / "data/neural/models"

    @property
    def training(self) -> Path:
        """Return the metrics of training."""
        return self.root / "metrics/neural/train.json"

    @property
    def scores(self) -> Path:
        """Return the scores of the decoders."""
        return self.root / "metrics/neural/scores.json"

    @property
    def occlusion(self) -> Path:
        """Return the figures of occlusion."""
        return self.root / "metrics/neural/occlusion.json"

    @property
    def map_table(self) -> Path:
        """Return the table of occlusion by electrode."""
        return self.root / "plots/neural/occlusion.csv"

    @property
    def map_picture(self) -> Path:
        """Return the picture of occlusion on the grid."""
        return self.root / "plots/neural/occlusion.png"

    def recording(self, subject: str) -> Path:
        """Return the file of a recording."""
        return self.recordings / f"{subject}.h5"

    def target(self, subject: str, kind: str) -> Path:
        """Return the file of a target."""
        return self.targets / subject / f"{kind}.npz"

    def model(self, subject: str, run: str) -> Path:
        """Return the file of a trained decoder."""
        return self.models / subject / f"{run}.safetensors"

    def subjects(self) -> list[str]:
        """Return the names of all subjects with a recording."""
        return sorted(path.stem for path in self.recordings.glob("[!.]*.h5"))
