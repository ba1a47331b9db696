"""Parameters of the input of a model in the main pipeline: acoustic features, and what is known of the phones beside them."""

from typing import Literal

from artinv.core.sources import Source
from artinv.phones import evidence
from artinv.signal.features import FeatureParams


class InputParams(FeatureParams):
    """Acoustic features, and the source of the evidence of phones."""

    phones: Literal["none", "labels", "aligned", "recognized"]

    @property
    def acoustics(self) -> FeatureParams:
        """Return the parameters of the acoustic features alone."""
        return FeatureParams(**self.model_dump(exclude={"phones"}))

    @property
    def source(self) -> Source:
        """Return the source of the phones; empty for none."""
        return "" if self.phones == "none" else self.phones

    @property
    def evidence_values(self) -> int:
        """Return the number of values of a frame that are evidence, after the acoustic ones."""
        return evidence.WIDTH if self.source else 0
