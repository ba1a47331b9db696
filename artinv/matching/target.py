"""Sounds that many others are compared with, one after another, while settings are refined."""

from torch import Tensor

from artinv.measure.spectra import References

FARTHEST = 1e9
"""Distance of a sound that is not finite."""


class Target(References):
    """Given sounds (B, samples), or (1, samples) for any batch.

    `distances` equals `multi_resolution` of `artinv.measure.spectra`, but is `FARTHEST` where that is not finite, so that a sound
    that cannot be compared is never the closest.
    """

    def distances(self, sounds: Tensor) -> Tensor:
        """Return the multi-resolution distance (B,) of sounds (B, samples) to the given ones."""
        return super().distances(sounds).nan_to_num(nan=FARTHEST, posinf=FARTHEST)
