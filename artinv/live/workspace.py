"""Names of the files of the live model in a project folder."""

from dataclasses import dataclass
from pathlib import Path

from artinv.core.workspace import Workspace


@dataclass(frozen=True)
class LiveWorkspace(Workspace):
    """The files and folders of a project, with those of pipelines/live.

    >>> str(LiveWorkspace(Path("project")).live_frames)
    'project/data/live/frames'
    """

    @property
    def live_params(self) -> Path:
        """Return the parameters of the pipeline."""
        return self.root / "pipelines/live/params.yaml"

    @property
    def live_choices(self) -> Path:
        """Return the result of the check of the parameters."""
        return self.root / "data/live/choices.txt"

    @property
    def live_frames(self) -> Path:
        """Return the folder of spectra and motion of all sessions."""
        return self.root / "data/live/frames"

    @property
    def live_model(self) -> Path:
        """Return the trained model."""
        return self.root / "models/live.safetensors"

    @property
    def live_state(self) -> Path:
        """Return the state of an unfinished training."""
        return self.root / "data/live/.train.state"

    @property
    def live_training(self) -> Path:
        """Return the summary of the training."""
        return self.root / "metrics/live/train.json"

    @property
    def live_scores(self) -> Path:
        """Return the scores on synthetic speakers."""
        return self.root / "metrics/live/scores.json"

    @property
    def live_real(self) -> Path:
        """Return the scores on real recordings."""
        return self.root / "metrics/live/real.json"
