"""The vocal tract behind the face of a synthesizer: controls and voice source in, sound in batches out.

The physics is that of `artinv.synth.tract`; here the glottal pulses are computed in torch, so that pitch and tilt have gradients.
"""

import math
from functools import cached_property, lru_cache

import numpy as np
import torch
from scipy.signal import firwin
from torch import Tensor
from torch.nn.functional import conv1d, fold, interpolate, pad

from artinv.synth.synthesizers.protocol import Parameter, check, over_time
from artinv.synth.tract.aerodynamics import strengths
from artinv.synth.tract.anatomy import MALE, Anatomy
from artinv.synth.tract.controls import BOUNDS, HOP, RATE
from artinv.synth.tract.geometry import Shape
from artinv.synth.tract.render import Synth
from artinv.synth.tract.source import OVERSAMPLING, Voice

UNITS = {"ap_s": "", "tb_s": "", "td_s": "", "vel": "", "lat": ""}
"""Units of the controls that are not in mm."""

CONTROL_SPEC = tuple(Parameter(name, UNITS.get(name, "mm"), low, high) for name, (low, high) in BOUNDS.items())
"""The 13 controls of the tract."""

SOURCE_SPEC = (
    Parameter("f0", "Hz", 60.0, 400.0, "log"),
    Parameter("pressure", "dyn/cm2", 0.0, 12000.0),  # of the lungs: loudness
    Parameter("glottis", "cm2", 0.02, 0.4, "log"),  # voiced below 0.135, breathing above
    Parameter("tilt", "Hz", 800.0, 6000.0, "log"),  # above which the spectrum of the voice falls by a further 6 dB per octave
)
"""The parameters of the voice source."""

SPEC = CONTROL_SPEC + SOURCE_SPEC
"""The 17 parameters of `Articulation.render`."""

GAIN = 1e-3
"""Factor from the unit of the tract to full scale: with all parameters in range, the sound stays within about [-1, 1]."""

_ROWS = 16

_TAPS = 20 * OVERSAMPLING + 1
_HIGHEST = 450.0  # Hz, for the number of random cycles


class Articulation:
    """The synthesizer of one anatomy."""

    name = "tract"
    spec: tuple[Parameter, ...] = SPEC
    moving = True

    def __init__(self, sound_rate: int, samples: int, anatomy: Anatomy = MALE, voice: Voice | None = None) -> None:
        self.sound_rate, self.samples, self.anatomy, self.voice = sound_rate, samples, anatomy, voice or Voice()
        self.inner = math.ceil(samples * RATE / sound_rate)  # samples at the rate of the tract
        self.frames = -(-self.inner // HOP) + 1  # the sound of the last frame fades

    def render(self, values: Tensor, seed: int) -> Tensor:
        """Return sound (B, samples) of values (B, 17), or (B, T, 17) over time, the first at the start and the last at the end."""
        check(self.name, self, values)
        return self._rendered(values, seed)

    def _rendered(self, values: Tensor, seed: int) -> Tensor:
        """Return the sound of the 17 parameters."""
        moving = values if values.dim() == 3 else values.unsqueeze(1)
        sound = GAIN * _Pass(self, moving, seed).sound()[:, : self.inner]
        return sound if self.sound_rate == RATE else _resampled(sound, self.sound_rate, self.samples)

    def at_frames(self, values: Tensor) -> Tensor:
        """Return values (B, T, P) at all frames (B, frames, P), interpolated linearly; a single value stays single."""
        if values.shape[1] == 1:
            return values
        return over_time(values, torch.arange(self.frames, dtype=torch.float64, device=values.device) * (HOP / self.inner))

    @cached_property
    def _decimator(self) -> Tensor:
        return torch.from_numpy(firwin(_TAPS, 1 / OVERSAMPLING, window=("kaiser", 5.0)))

    def flow(self, f0: Tensor, draws: np.random.Generator) -> Tensor:
        """Return glottal pulses of height 1, (B, frames * HOP), for f0 (B, frames or 1) in Hz; no tilt yet."""
        samples = self.frames * HOP * OVERSAMPLING
        cycles = math.ceil(_HIGHEST * self.frames * HOP / RATE) + 2
        jitter, shimmer = torch.from_numpy(draws.standard_normal((2, cycles))).to(f0)
        hertz = per_sample(f0.double(), self.frames, HOP * OVERSAMPLING)
        phase = hertz.cumsum(-1) / (RATE * OVERSAMPLING)
        cycle = phase.detach().long()
        number = cycle % cycles
        faster, higher = (1 + self.voice.jitter * jitter) / self.voice.oq, 6.75 * (1 + self.voice.shimmer * shimmer)
        x = ((phase - cycle).to(f0.dtype) * faster[number]).clamp(max=1.0)
        padded = pad((higher[number] * x * x * (1 - x)).unsqueeze(1), (_TAPS // 2, _TAPS // 2))
        kernel = self._decimator.to(padded).view(1, 1, -1)
        rows = [conv1d(row, kernel, stride=OVERSAMPLING) for row in padded.split(1)]  # one by one: rounded alike in any batch
        return torch.cat(rows)[:, 0, : samples // OVERSAMPLING]


class _Pass:
    """One rendering of a batch: the two steps of `artinv.synth.tract`, shape and sound."""

    def __init__(self, kind: Articulation, values: Tensor, seed: int) -> None:
        self.kind, self.values, draws = kind, kind.at_frames(values), np.random.default_rng(seed)
        self.synth = _synth(kind.anatomy, kind.voice, values.dtype, values.device)
        controls, (f0, self.pressure, glottis, tilt) = self.values[..., :13], self.values[..., 13:].unbind(-1)
        self.glottis = glottis.clamp(min=1e-3)
        self.flow = kind.flow(f0, draws)
        self.white = torch.from_numpy(draws.standard_normal((4, kind.frames * HOP))).to(values)
        self.shape = self.synth.geometry.shape(controls)
        delay = torch.exp(self.synth.tube.jw * (-1 / RATE))
        pole = torch.exp(tilt.unsqueeze(-1) * (-2 * math.pi / RATE))
        self.tilt = (1 - pole) * torch.reciprocal(1 - pole * delay)

    def sound(self) -> Tensor:
        """Return the sound (B, frames * HOP) at the rate of the tract."""
        batch, frames = self.glottis.shape
        flat = Shape(*(_filled(part.flatten(0, 1)) for part in self.shape))
        response = self.synth.tube(flat, _filled(self.glottis.flatten()))
        voice, palate, teeth = (part[: batch * frames].unflatten(0, (batch, frames)) for part in response)
        glottis, breath, *noises = self._spectra(self._excitation())
        synth = self.synth
        spectrum = (voice + synth.through_walls) * self.tilt * glottis + voice * synth.aspiration_colour * breath
        for transfer, noise in zip((palate, teeth, synth.tube.radiation), noises, strict=True):
            spectrum = spectrum + transfer * synth.frication_colour * noise
        return self._joined(spectrum)

    def _excitation(self) -> Tensor:
        """Return the five source signals (5, B, samples), as `Synth.sound` does."""
        strong = torch.func.vmap(strengths)(self.shape, self.glottis, self.pressure)
        voicing, aspiration, palate, teeth, lips = (per_sample(part, self.kind.frames, HOP) for part in strong)
        voice, white = self.kind.voice, self.white
        pulsed = voicing.clamp(max=1.0) * (0.8 * self.flow - 0.4)
        return torch.stack([
            voice.gain * voicing * self.flow,
            voice.asp * aspiration * white[0] * (1 + pulsed),
            5.0 * voice.fric * palate * white[1] * (1 + 0.6 * pulsed),
            14.0 * voice.fric * teeth * white[2] * (1 + 0.6 * pulsed),
            0.10 * voice.fric * lips * white[3],
        ])

    def _spectra(self, signals: Tensor) -> Tensor:
        return torch.fft.rfft(pad(signals, (HOP, 0)).unfold(-1, 2 * HOP, HOP) * self.synth.window, self.synth.tube.size)

    def _joined(self, spectra: Tensor) -> Tensor:
        """Return sound (B, frames * HOP) by overlap-add of spectra (B, frames, frequencies)."""
        frames, size = spectra.shape[1], self.synth.tube.size
        pieces = torch.fft.irfft(spectra, size)
        length = (frames - 1) * HOP + size
        return fold(pieces.mT, (1, length), (1, size), stride=(1, HOP)).flatten(1)[:, HOP:HOP + frames * HOP]


@lru_cache(maxsize=8)
def _synth(anatomy: Anatomy, voice: Voice, dtype: torch.dtype, device: torch.device) -> Synth:
    """Return the constants of a tract on a device."""
    synth = Synth(anatomy, voice, dtype)
    for part in (synth, synth.geometry, synth.geometry.wall, synth.tube, synth.tube.nose, *synth.tube.blocks):
        for name, value in vars(part).items():
            if isinstance(value, Tensor):
                setattr(part, name, value.to(device))
    return synth


def _filled(values: Tensor) -> Tensor:
    """Repeat the last row up to a multiple of _ROWS, so that a matrix product rounds a row in the same way in any batch."""
    missing = -len(values) % _ROWS
    return torch.cat([values, values[-1:].expand(missing, *values.shape[1:])]) if missing else values


def per_sample(values: Tensor, frames: int, hop: int) -> Tensor:
    """Interpolate values per frame (B, frames) linearly to (B, frames * hop); a single value is repeated."""
    if values.shape[1] == 1:
        return values.expand(-1, frames * hop)
    extended = torch.cat([values, values[:, -1:]], 1).unsqueeze(1)
    return interpolate(extended, frames * hop + 1, mode="linear", align_corners=True)[:, 0, :-1]


def _resampled(sound: Tensor, rate: int, samples: int) -> Tensor:
    """Return sound (B, N) at RATE as (B, samples) at `rate`, by its band-limited spectrum."""
    common = math.gcd(RATE, rate)
    down, up = RATE // common, rate // common
    blocks = -(-max(sound.shape[1] + RATE // 50, -(-samples * down // up)) // down)  # 20 ms of silence keep the ends apart
    if blocks * down % 2:
        blocks += 1  # an even length, so that the spectra of both rates have a plain last bin
    spectrum = torch.fft.rfft(sound, blocks * down)
    kept = min(blocks * down, blocks * up) // 2
    return torch.fft.irfft(spectrum[:, :kept], blocks * up)[:, :samples] * (up / down)
