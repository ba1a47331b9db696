"""Formant synthesizer with 18 parameters, static or over time: pulses and noise, filtered by six formants and a band of noise.

Sound = loudness (voicing V pulses + (1 - voicing) U noise). The filter V is the sum of six formants; the filter U is V and the band
of noise. Both filters are real, so they delay nothing. Pulses and noise have the same power in each Hz, at every f0.
"""

import math
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import fold, pad

from artinv.runtime.errors import BadParams
from artinv.synth.synthesizers import waves
from artinv.synth.synthesizers.bands import Band, even_size, white
from artinv.synth.synthesizers.protocol import Parameter, check, over_time

Speaker = Literal["woman", "man"]

F0 = {"woman": (88.0, 420.0), "man": (60.0, 260.0)}  # Hz

FORMANTS = {
    "woman": ((300.0, 950.0), (700.0, 3400.0), (1800.0, 3800.0), (3400.0, 5000.0), (5000.0, 6000.0), (6000.0, 7000.0)),
    "man": ((200.0, 850.0), (500.0, 3000.0), (1400.0, 3400.0), (3000.0, 4600.0), (4000.0, 6000.0), (4500.0, 7500.0)),
}
"""Ranges of the six formants in Hz."""

LEAST_RATE = 16000

OVER = 4
"""Pulses are made at this multiple of the sound rate."""

HOP = 0.005
"""Seconds between filters; filters between are interpolated by windows of twice this length."""

RING = 0.011
"""Seconds on either side of a window for the response of a filter."""


def spec(speaker: Speaker) -> tuple[Parameter, ...]:
    """Return the parameters; the ranges of f0 and of the formants depend on the speaker."""
    return (
        Parameter("f0", "Hz", *F0[speaker]),
        Parameter("loudness", "", 0.0, 1.0),
        Parameter("voicing", "", 0.0, 1.0),
        *(Parameter(f"f{number}", "Hz", *ends) for number, ends in enumerate(FORMANTS[speaker], 1)),
        *(Parameter(f"a{number}", "", 0.0, 1.0) for number in range(1, 7)),
        Parameter("noise_centre", "Hz", 3000.0, 8000.0),
        Parameter("noise_bandwidth", "Hz", 586.0, 6000.0, "log"),
        Parameter("noise_amplitude", "", 0.0, 1.0),
    )


def bandwidth(frequency: Tensor) -> Tensor:
    """Return the bandwidth of a formant in Hz, between the half-power points."""
    return 0.65 * (0.00625 * frequency + 375)


def peak(hertz: Tensor, centre: Tensor, width: Tensor) -> Tensor:
    """Return gains: 1 at the centre, half the power at half the width from it; far off, 12 dB less per doubling of the distance."""
    return 1 / (1 + (math.sqrt(2) - 1) * (2 * (hertz - centre) / width).square())


class Formant18:
    """The synthesizer; frames of 5 ms are filtered by Fourier transforms and overlap-added."""

    moving = True

    def __init__(self, sound_rate: int, samples: int, speaker: Speaker = "woman") -> None:
        self.spec, self.sound_rate, self.samples = spec(speaker), sound_rate, samples
        self.band = Band(sound_rate, samples, OVER, tail=sound_rate // 16)
        self.hop, self.ring = round(HOP * sound_rate), round(RING * sound_rate)
        self.size = even_size(2 * (self.hop + self.ring))
        self.hertz = torch.fft.rfftfreq(self.size, 1 / sound_rate, dtype=torch.float64)
        self.frames = 1 - (-samples // self.hop)

    def render(self, values: Tensor, seed: int) -> Tensor:
        """Return sounds (B, samples) of parameters (B, 18) or (B, T, 18)."""
        check("formant18", self, values)
        values = values if values.ndim == 3 else values.unsqueeze(1)
        loudness, voicing = over_time(values[..., 1:3], self._places(self.samples, values)).unbind(-1)
        voiced = self.pulses(values[..., :1]) * (loudness * voicing)
        breathed = white(seed, self.samples, values) * (loudness * (1 - voicing))
        times = self.hop * torch.arange(self.frames, device=values.device) / self.samples
        formants, band = self.filters(over_time(values[..., 3:], times))
        spectrum = formants * self._spectra(voiced + breathed) + band * self._spectra(breathed)
        return self._joined(spectrum)

    def pulses(self, f0: Tensor) -> Tensor:
        """Return pulses (B, samples) at f0 (B, T, 1) in Hz, with as much power in each Hz as white noise of variance 1."""
        frequency = over_time(f0, self._places(OVER * self.samples, f0)).squeeze(-1)
        step = frequency / (OVER * self.sound_rate)
        cycles = step.double().cumsum(-1) + 0.5
        pulses = waves.pulses(waves.wrapped(cycles).to(f0.dtype), step) * torch.sqrt(frequency / self.sound_rate)
        return self.band.sound(self.band.spectrum(pulses))

    def filters(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gains (B, frames, frequencies) of formants and of the band of noise, for parameters 3 to 17 of each frame."""
        hertz = self.hertz.to(values)
        frequency, amplitude, (centre, width, strength) = values[..., :6], values[..., 6:12], values[..., 12:, None].unbind(-2)
        formants = torch.zeros((), dtype=values.dtype, device=values.device)
        for number in range(6):
            place, height = frequency[..., number, None], amplitude[..., number, None]
            formants = formants + height * peak(hertz, place, bandwidth(place))
        return formants, strength * peak(hertz, centre, width)

    def _places(self, samples: int, values: Tensor) -> Tensor:
        return torch.arange(samples, device=values.device) / samples

    def _spectra(self, sound: Tensor) -> Tensor:
        """Return spectra (B, frames, frequencies) of windows around every `hop`th sample."""
        window = torch.hann_window(2 * self.hop, dtype=sound.dtype, device=sound.device)
        after = self.frames * self.hop - self.samples
        windows = pad(sound, (self.hop, after)).unfold(-1, 2 * self.hop, self.hop) * window
        return torch.fft.rfft(pad(windows, (self.ring, self.size - 2 * self.hop - self.ring)))

    def _joined(self, spectra: Tensor) -> Tensor:
        """Return sounds (B, samples) of the spectra of all windows by overlap-add."""
        pieces = torch.fft.irfft(spectra, self.size).transpose(1, 2)
        length = (self.frames - 1) * self.hop + self.size
        sound = fold(pieces, (1, length), (1, self.size), stride=(1, self.hop)).flatten(1)
        return sound[:, self.ring + self.hop :][:, : self.samples]


def build(sound_rate: int, samples: int, speaker: Speaker = "woman") -> Formant18:
    """Return the synthesizer of a woman or a man."""
    if sound_rate < LEAST_RATE or samples < 1:
        raise BadParams(f"formant18: {samples} samples at {sound_rate} Hz; expected 1 or more samples at {LEAST_RATE} Hz or more")
    if speaker not in get_args(Speaker):
        raise BadParams(f"formant18: speaker '{speaker}'; expected one of {list(get_args(Speaker))}")
    return Formant18(sound_rate, samples, speaker)
