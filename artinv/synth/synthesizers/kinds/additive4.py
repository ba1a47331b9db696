"""Additive synthesizer of ten decaying modes with four factors; two more, `snr` and `presence`, on request.

Mode k has the frequency k f0 sqrt(1 + inharmonicity k^2), the amplitude 1 + slope (k - 1) / 10, and decays by exp(-decay t). Modes
fade out from 90 % of the Nyquist frequency on, so that none aliases. All begin at phase 0.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers import waves
from artinv.synth.synthesizers.bands import fade, white
from artinv.synth.synthesizers.protocol import Parameter, check

MODES = 10

LEAST_RATE = 8000

SPEC = (
    Parameter("f0", "Hz", 100.0, 1000.0, levels=19),
    Parameter("slope", "", -0.9, -0.1, levels=9),
    Parameter("inharmonicity", "", 0.0, 1.0, levels=11),
    Parameter("decay", "1/s", 0.0, 10.0, levels=11),
)

EXTRA = {
    "snr": Parameter("snr", "dB", 0.0, 50.0, levels=11),  # power of the modes relative to that of white noise
    "presence": Parameter("presence", "", -1.0, 1.0, levels=3),  # -1: odd modes; 0: all; 1: the first and the even modes
}


class Additive4:
    """The synthesizer; the factors are static."""

    moving = False

    def __init__(self, sound_rate: int, samples: int, extra: Sequence[str] = ()) -> None:
        self.spec, self.sound_rate, self.samples = (*SPEC, *(EXTRA[name] for name in extra)), sound_rate, samples

    def render(self, values: Tensor, seed: int) -> Tensor:
        """Return sounds (B, samples) of factors (B, P); only the factor `snr` adds noise."""
        check("additive4", self, values)
        factors = {parameter.name: values[:, number] for number, parameter in enumerate(self.spec)}
        frequency, amplitude = self.modes(**{name: factor for name, factor in factors.items() if name not in ("decay", "snr")})
        seconds = torch.arange(self.samples, dtype=values.dtype, device=values.device) / self.sound_rate
        sines = torch.sin(2 * math.pi * waves.phase(frequency, self.sound_rate, self.samples))
        sound = torch.einsum("bk,bkn->bn", amplitude, sines) * torch.exp(-factors["decay"].unsqueeze(1) * seconds)
        if "snr" in factors:
            ratio = torch.pow(10, -factors["snr"] / 20)
            level = (sound.square().mean(1) + torch.finfo(sound.dtype).tiny).sqrt()
            sound = sound + (ratio * level).unsqueeze(1) * white(seed, self.samples, sound)
        return sound

    def modes(self, f0: Tensor, slope: Tensor, inharmonicity: Tensor, presence: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return frequencies in Hz and amplitudes (B, MODES); each argument is (B,)."""
        number = torch.arange(1, MODES + 1, dtype=f0.dtype, device=f0.device)
        f0, slope, inharmonicity = (factor.unsqueeze(1) for factor in (f0, slope, inharmonicity))
        frequency = number * f0 * torch.sqrt(1 + inharmonicity * number.square())
        amplitude = (1 + slope * (number - 1) / MODES) / MODES * fade(frequency / (self.sound_rate / 2))
        if presence is not None:
            odd = (number % 2 == 1) & (number > 1)
            even = number % 2 == 0
            lost = odd * presence.clamp(min=0).unsqueeze(1) + even * (-presence).clamp(min=0).unsqueeze(1)
            amplitude = amplitude * (1 - lost)
        return frequency, amplitude


def build(sound_rate: int, samples: int, extra: Sequence[str] = ()) -> Additive4:
    """Return the synthesizer; `extra` names further factors, some of `EXTRA`."""
    if sound_rate < LEAST_RATE or samples < 1:
        raise BadParams(f"additive4: {samples} samples at {sound_rate} Hz; expected 1 or more samples at {LEAST_RATE} Hz or more")
    if len(set(extra) & set(EXTRA)) < len(extra):
        raise BadParams(f"additive4: extra factors {list(extra)}; expected some of {list(EXTRA)}, each once")
    return Additive4(sound_rate, samples, extra)
