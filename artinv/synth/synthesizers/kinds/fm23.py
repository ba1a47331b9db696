"""Synthesizer of InverSynth (Barkan et al. 2019) with all its 23 parameters: four oscillators with FM, envelope, low-pass, gater.

Each oscillator plays its wave at the phase f t + (deviation / (2 pi modulator)) sin(2 pi modulator t), so that its frequency swings
by `deviation` Hz around f. A quarter of the sum, weighted by the amplitudes, passes the envelope, the low-pass and the gater. The
modules `waves` and `bands` keep aliasing below -60 dB. There is no noise.
"""

import math

import torch
from torch import Tensor

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers import waves
from artinv.synth.synthesizers.bands import Band
from artinv.synth.synthesizers.protocol import Parameter, check

WAVES = {"sine": waves.sine, "saw": waves.saw, "triangle": waves.triangle, "square": waves.square}

OVER = 2
"""Oscillators run at this multiple of the sound rate."""

LEAST_RATE = 16000

LONGEST = 0.25
"""Share of the sound that attack, decay or release take at the value 1, so that every sound has a part of each."""

EDGE = 0.0025
"""Half the duration of an edge of the gater, in s."""

SLOWEST = 20.0
"""Frequency in Hz below which jumps are smoothed as at this frequency, since FM may stop and reverse a wave."""

TOGETHER = 4
"""Sounds that a CPU computes at once: more do not fit into its cache, and cost more each."""

SPEC = (
    *(parameter for wave in WAVES for parameter in (
        Parameter(f"{wave}_frequency", "Hz", 440.0, 440.0 * 2 ** (15 / 12), "log"),
        Parameter(f"{wave}_amplitude", "", 0.001, 1.0),
        Parameter(f"{wave}_deviation", "Hz", 0.0, 1500.0),
        Parameter(f"{wave}_modulator", "Hz", 1.0, 30.0),
    )),
    *(Parameter(name, "", 0.001, 1.0) for name in ("attack", "decay", "sustain", "release")),
    Parameter("cutoff", "Hz", 200.0, 4000.0),
    Parameter("quality", "", 0.01, 10.0),
    Parameter("gate", "Hz", 0.5, 30.0),
)


class Fm23:
    """The synthesizer; the settings are static."""

    moving = False

    def __init__(self, sound_rate: int, samples: int, over: int = OVER) -> None:
        self.spec, self.sound_rate, self.samples, self.over = SPEC, sound_rate, samples, over
        self.band = Band(sound_rate, samples, over, tail=sound_rate)

    def render(self, values: Tensor, seed: int) -> Tensor:  # noqa: ARG002 -- there is no noise
        """Return sounds (B, samples) of settings (B, 23)."""
        check("fm23", self, values)
        together = TOGETHER if values.device.type == "cpu" else max(len(values), 1)
        return torch.cat([self._rendered(part) for part in values.split(together)])

    def _rendered(self, values: Tensor) -> Tensor:
        oscillators, (*envelope, cutoff, quality, gate) = values[:, :16].unflatten(1, (4, 4)), values[:, 16:].unbind(1)
        mixed = self.mixed(*oscillators.unbind(2)) * self.envelope(*envelope)
        response = self.band.lowpass(2 * math.pi / self.sound_rate * cutoff, quality)
        return self.band.sound(self.band.spectrum(mixed) * response) * self.gate(gate)

    def mixed(self, frequency: Tensor, amplitude: Tensor, deviation: Tensor, modulator: Tensor) -> Tensor:
        """Return a quarter of the sum of four oscillators (B, over * samples); each argument is (B, 4)."""
        rate, samples = self.over * self.sound_rate, self.over * self.samples
        turn = 2 * math.pi * waves.phase(modulator, rate, samples)
        cycles = waves.phase(frequency, rate, samples)
        cycles = cycles + (deviation / (2 * math.pi * modulator)).unsqueeze(-1) * torch.sin(turn)
        step = (frequency.unsqueeze(-1) + deviation.unsqueeze(-1) * torch.cos(turn)) / rate
        step = step.abs().clamp(min=SLOWEST / rate)
        parts = zip(WAVES.values(), *(part.unbind(1) for part in (amplitude / 4, cycles, step)), strict=True)
        played = [height.unsqueeze(-1) * wave(place, advance) for wave, height, place, advance in parts]
        return played[0] + played[1] + played[2] + played[3]

    def envelope(self, attack: Tensor, decay: Tensor, sustain: Tensor, release: Tensor) -> Tensor:
        """Return envelopes (B, over * samples): linear from 0 to 1, to the sustained level, constant, and to 0 at the very end."""
        samples = self.over * self.samples
        place = torch.arange(samples, dtype=attack.dtype, device=attack.device) / (LONGEST * samples)
        attack, decay, sustain, release = (share.unsqueeze(-1) for share in (attack, decay, sustain, release))
        rising, falling, leaving = (
            part.clamp(0, 1) for part in (place / attack, (place - attack) / decay, (1 / LONGEST - place) / release))
        return rising * (1 - (1 - sustain) * falling) * leaving

    def gate(self, frequency: Tensor) -> Tensor:
        """Return gains (B, samples): open in the first half of each period, closed in the second, with smooth edges."""
        cycles = waves.phase(frequency, self.sound_rate, self.samples)
        inside = (0.25 - waves.wrapped(cycles - 0.25).abs()) / frequency.unsqueeze(-1)  # s from the nearest edge; < 0: closed
        return 0.5 + 0.5 * torch.sin(math.pi / 2 * (inside / EDGE).clamp(-1, 1))


def build(sound_rate: int, samples: int) -> Fm23:
    """Return the synthesizer; InverSynth has 16,384 samples at 16,384 Hz."""
    if sound_rate < LEAST_RATE or samples < 1:
        raise BadParams(f"fm23: {samples} samples at {sound_rate} Hz; expected 1 or more samples at {LEAST_RATE} Hz or more")
    return Fm23(sound_rate, samples)
