"""Parameters of the synthetic population without disturbances."""

from artinv.phones.population import PopulationFeatureParams
from artinv.synth.corpus.population import PopulationParams
from tools.deps import ROOT

PEOPLE = PopulationParams.load(ROOT / "params.yaml").model_copy(update={"speakers": 2})

_NONE = {"snr": (120.0, 120.0), "reverberant": 0.0, "colour": 0.0, "line": 0.0, "breath": 0.0, "gain": 0.0, "speed": 0.0}


def params(**augmentation: object) -> PopulationFeatureParams:
    """Return the parameters of the features, with no augmentation but the given one."""
    usual = PopulationFeatureParams.load(ROOT / "params.yaml")
    return usual.model_copy(update={"augmentation": usual.augmentation.model_copy(update=_NONE | augmentation)})
