"""The model that inverts: the bundled one, or one from a file."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from artinv.predict.facts import Facts
from artinv.predict.predictor import Predictor
from artinv.runtime.errors import BadData, reason
from artinv.signal.features import FeatureParams

BUNDLED = Path(__file__).parents[1] / "bundled/universal.onnx"
"""The model that artinv comes with: for any speaker, trained on synthetic speech."""

TRAINED = ".safetensors"
"""Ending of a model as training writes it; it is converted when it is loaded, which needs torch."""


@dataclass(frozen=True, slots=True)
class Model:
    """A network and the file it was read from."""

    predictor: Predictor
    path: Path
    digest: str  # SHA-256 of the file, hexadecimal

    @property
    def facts(self) -> Facts:
        """Return what the file states about the network."""
        return self.predictor.facts

    @property
    def trained_on(self) -> str:
        """Return the origin of the training speakers: real, synthetic or mixed; empty if unknown."""
        return self.facts.provenance.get("origin", "")

    @property
    def title(self) -> str:
        """Return the kind of network, the first 12 digits of the digest, and the sound that it was adapted to."""
        adapted_to = self.facts.provenance.get("adapted_to", "")
        return f"{self.facts.model} {self.digest[:12]}" + (f", adapted to the sound of {adapted_to}" if adapted_to else "")

    @property
    def features(self) -> FeatureParams:
        """Return the parameters of its acoustic features."""
        return FeatureParams.of(self.facts.features, f"{self.path}: metadata")


def load(path: Path | None = None) -> Model:
    """Load a model from its file, or the bundled model."""
    path, cure = path or BUNDLED, "name another model, or none for the model that artinv comes with"
    if not path.is_file():
        raise BadData(f"{path}: is no file; {cure}")
    if path.suffix == TRAINED and not all(map(find_spec, ("onnx", "safetensors", "torch"))):
        raise BadData(f"{path}: a model in the format of training needs torch; install artinv[train], or use its .onnx file")
    try:
        content = path.read_bytes()
        predictor = _converted(path) if path.suffix == TRAINED else Predictor.of(content, str(path))
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); {cure}") from None
    except BadData as error:
        raise BadData(f"{str(error).partition('; ')[0]}; {cure}") from None
    return Model(predictor, path, hashlib.sha256(content).hexdigest())


def _converted(path: Path) -> Predictor:
    """Convert a model as training writes it."""
    from artinv.learn import export, inverter  # noqa: PLC0415 -- needs torch, which inversion alone does not

    return Predictor.of(export.graph_of(inverter.Inverter.load(path)), str(path))
