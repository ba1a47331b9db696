"""Names of the files of the pipeline `digits`, relative to a root that the caller passes in."""

from dataclasses import dataclass
from pathlib import Path

from artinv.core.workspace import Workspace


@dataclass(frozen=True)
class DigitsFiles:
    """The files of the pipeline; it only joins paths.

    ::

        pipelines/digits/params.yaml
        data/digits/
            choices.txt
            spoken/SPEAKER.npz                    synthetic speakers who say digits, sound and articulation
            sounds/PART.npz                       train, valid, test
            yardstick.safetensors
            models/KIND.safetensors
            page/                                 index.html, KIND.png
        metrics/digits/                           yardstick, train, scores, and what experiments measure

    >>> str(DigitsFiles().model("cvae"))
    'data/digits/models/cvae.safetensors'
    """

    root: Path = Workspace.root

    @property
    def params(self) -> Path:
        """Return the parameters of the pipeline."""
        return self.root / "pipelines/digits/params.yaml"

    @property
    def data(self) -> Path:
        """Return the folder of everything that is not a metric."""
        return self.root / "data/digits"

    @property
    def choices(self) -> Path:
        """Return the file that says that the parameters have been checked."""
        return self.data / "choices.txt"

    @property
    def spoken(self) -> Path:
        """Return the folder of what synthetic speakers say."""
        return self.data / "spoken"

    @property
    def sounds(self) -> Path:
        """Return the folder of the prepared sounds, one file per part."""
        return self.data / "sounds"

    @property
    def yardstick(self) -> Path:
        """Return the classifier by which all sounds are judged."""
        return self.data / "yardstick.safetensors"

    @property
    def models(self) -> Path:
        """Return the folder of the trained generators."""
        return self.data / "models"

    @property
    def page(self) -> Path:
        """Return the folder of the page and the sheets of spectrograms."""
        return self.data / "page"

    @property
    def metrics(self) -> Path:
        """Return the folder of the metrics."""
        return self.root / "metrics/digits"

    @property
    def scores(self) -> Path:
        """Return the scores of all generators."""
        return self.metrics / "scores.json"

    @property
    def yardstick_scores(self) -> Path:
        """Return the accuracy of the classifier."""
        return self.metrics / "yardstick.json"

    @property
    def training(self) -> Path:
        """Return the facts about the training of the generators."""
        return self.metrics / "train.json"

    @property
    def recordings_scores(self) -> Path:
        """Return what `experiments.digits_fsdd` measured on real recordings."""
        return self.metrics / "fsdd.json"

    @property
    def seeds(self) -> Path:
        """Return what `experiments.digits_seeds` measured over several trainings."""
        return self.metrics / "seeds.json"

    @property
    def probe(self) -> Path:
        """Return what `experiments.digits_probe` measured on inverted digits."""
        return self.metrics / "probe.json"

    def model(self, kind: str) -> Path:
        """Return the file of a trained generator."""
        return self.models / f"{kind}.safetensors"
