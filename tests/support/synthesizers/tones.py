"""Two tones: a synthesizer so small that networks learn to set it in seconds; `tests.matching.conftest` registers it."""

import torch
from torch import Tensor

from artinv.synth.synthesizers.protocol import Parameter, check


class Tones:
    """A loud tone, and a second one whose frequency cannot be heard where its amplitude is 0."""

    spec = (
        Parameter("pitch", "Hz", 250.0, 2000.0, "log", 4),
        Parameter("loudness", "", 0.2, 0.5, "linear", 3),
        Parameter("second_pitch", "Hz", 2500.0, 3500.0, "linear", 3),
        Parameter("second_loudness", "", 0.0, 0.4, "linear", 2),
    )
    moving = True

    def __init__(self, sound_rate: int, samples: int) -> None:
        self.sound_rate, self.samples = sound_rate, samples

    def render(self, values: Tensor, seed: int) -> Tensor:  # noqa: ARG002 -- there is no noise
        check("tones", self, values)
        own = values if values.ndim == 3 else values[:, None]
        pieces = own.repeat_interleave(-(-self.samples // own.shape[1]), 1)[:, :self.samples]
        pitch, loudness, second, second_loudness = pieces.unbind(-1)
        phases = [2 * torch.pi * (hertz / self.sound_rate).cumsum(1) for hertz in (pitch, second)]
        return loudness * torch.sin(phases[0]) + second_loudness * torch.sin(phases[1])


def build(sound_rate: int, samples: int) -> Tones:
    return Tones(sound_rate, samples)
