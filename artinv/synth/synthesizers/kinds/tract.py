"""The vocal tract of an adult male: 13 controls of the articulators and 4 parameters of the voice source."""

from artinv.synth.synthesizers.articulation import Articulation
from artinv.synth.synthesizers.protocol import Synthesizer


def build(sound_rate: int, samples: int) -> Synthesizer:
    """Return the synthesizer; its values may be static or move."""
    return Articulation(sound_rate, samples)
