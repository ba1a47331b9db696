"""Names of the files of the pipelines `factors` and `layers`, below the root of a project."""

from dataclasses import dataclass
from pathlib import Path

from artinv.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FactorFiles:
    """The files and folders; it only joins paths.

    ::

        pipelines/factors/, pipelines/layers/     params.yaml
        data/factors/                             choices.txt, spectra/SET.npz, models/SET/MODEL-NETWORK-SEED.safetensors
        data/layers/SPEAKER.json                  the layers of one fold
        metrics/factors/                          train.json, scores.json
        metrics/layers.json                       the layers over folds
        plots/factors/                            traversals: SET.png, SET.gif, SET.wav, SET.html

    >>> str(FactorFiles(Workspace()).scores)
    'metrics/factors/scores.json'
    """

    workspace: Workspace

    @property
    def params(self) -> Path:
        """Return the parameters of the pipeline `factors`."""
        return self.workspace.root / "pipelines/factors/params.yaml"

    @property
    def choices(self) -> Path:
        """Return the output of the check of the parameters."""
        return self.workspace.root / "data/factors/choices.txt"

    @property
    def spectra(self) -> Path:
        """Return the folder of the spectra."""
        return self.workspace.root / "data/factors/spectra"

    @property
    def models(self) -> Path:
        """Return the folder of the trained autoencoders."""
        return self.workspace.root / "data/factors/models"

    @property
    def training(self) -> Path:
        """Return the facts on training."""
        return self.workspace.root / "metrics/factors/train.json"

    @property
    def scores(self) -> Path:
        """Return the scores of the autoencoders."""
        return self.workspace.root / "metrics/factors/scores.json"

    @property
    def beta(self) -> Path:
        """Return the comparison of two weights of the prior, which experiments/factors_beta.py writes."""
        return self.workspace.root / "metrics/factors/beta.json"

    @property
    def traversals(self) -> Path:
        """Return the folder of pictures, sounds and pages."""
        return self.workspace.root / "plots/factors"

    @property
    def layer_params(self) -> Path:
        """Return the parameters of the pipeline `layers`."""
        return self.workspace.root / "pipelines/layers/params.yaml"

    @property
    def fold_layers(self) -> Path:
        """Return the folder of the layers of each fold."""
        return self.workspace.root / "data/layers"

    @property
    def layers(self) -> Path:
        """Return the summary of the layers over folds."""
        return self.workspace.root / "metrics/layers.json"
