"""Shape, glottis and lung pressure -> sound. This is the second step of synthesis; `geometry` is the first.

The source signals are cut into frames, filtered by the response of the tract, and overlap-added.
"""

import numpy as np
import torch
from torch.nn.functional import fold, interpolate, pad

from artinv.synth.tract.aerodynamics import strengths
from artinv.synth.tract.anatomy import Anatomy
from artinv.synth.tract.controls import HOP
from artinv.synth.tract.geometry import Geometry, Shape
from artinv.synth.tract.source import Sources, Voice, glottal_flow
from artinv.synth.tract.tube import Tube


class Synth:
    """Synthesizer of one speaker: `synth(controls, ...)` equals `synth.sound(synth.shape(controls), ...)`."""

    def __init__(self, anatomy: Anatomy, voice: Voice | None = None, dtype: torch.dtype = torch.float32) -> None:
        self.anatomy, self.voice, self.dtype = anatomy, voice or Voice(), dtype
        self.geometry, self.tube = Geometry(anatomy, dtype), Tube(anatomy, dtype=dtype)
        self.window = torch.hann_window(2 * HOP, dtype=dtype)
        hertz = self.tube.hertz.to(dtype)
        self.frication_colour = 1 / torch.sqrt(1 + (hertz / 5000.0) ** 2)
        self.aspiration_colour = 0.8 * self.frication_colour / torch.sqrt(1 + (hertz / 1000.0) ** 2)
        self.through_walls = 0.28j * (hertz / 500.0) / (1 + (hertz / 220.0) ** 2)  # the voice bar of voiced stops

    def __call__(
        self, controls: torch.Tensor, ag: torch.Tensor, ps: torch.Tensor, f0: np.ndarray,
        rng: np.random.Generator | None = None, *, sources: Sources | None = None,
    ) -> tuple[torch.Tensor, Shape]:
        """Return the sound (T * HOP,) and the shape of the tract.

        Input: controls (T, 13), glottal area `ag` in cm2, lung pressure `ps` in dyn/cm2 and `f0` in Hz, (T,) each.
        """
        shape = self.shape(controls)
        if sources is None:
            assert rng is not None  # one of `rng` and `sources` is given
            sources = self.sources(f0, len(ag), rng)
        return self.sound(shape, ag, ps, sources), shape

    def shape(self, controls: torch.Tensor) -> Shape:
        """Return the shape of the tract for controls (T, 13): the first step."""
        return self.geometry.shape(controls)

    def sources(self, f0: np.ndarray, frames: int, rng: np.random.Generator) -> Sources:
        """Draw glottal pulses and noise for `frames` frames."""
        flow = glottal_flow(np.broadcast_to(f0, frames), self.voice, rng)
        white = rng.standard_normal((4, frames * HOP), dtype=np.float32)
        return Sources(torch.from_numpy(flow).to(self.dtype), torch.from_numpy(white).to(self.dtype))

    def sound(self, shape: Shape, ag: torch.Tensor, ps: torch.Tensor, sources: Sources) -> torch.Tensor:
        """Return the sound (T * HOP,) of a shape and its sources: the second step."""
        response = self.tube(shape, ag)
        strong = _upsampled(torch.stack(strengths(shape, ag, ps)))
        voicing, aspiration, palate, teeth, lips = strong
        flow, white = sources
        voiced = voicing.clamp(max=1.0)
        pulsed = voiced * (0.8 * flow - 0.4)  # voicing modulates the noise
        excitation = torch.stack([
            self.voice.gain * voicing * flow,
            self.voice.asp * aspiration * white[0] * (1 + pulsed),
            5.0 * self.voice.fric * palate * white[1] * (1 + 0.6 * pulsed),
            14.0 * self.voice.fric * teeth * white[2] * (1 + 0.6 * pulsed),
            0.10 * self.voice.fric * lips * white[3],
        ])
        glottis, breath, *noises = self._spectra(excitation)
        spectrum = (response.voice + self.through_walls) * glottis + response.voice * self.aspiration_colour * breath
        for transfer, noise in zip((response.palate, response.teeth, self.tube.radiation), noises, strict=True):
            spectrum = spectrum + transfer * self.frication_colour * noise
        return self._joined(spectrum)

    def _spectra(self, signals: torch.Tensor) -> torch.Tensor:
        """Return the spectra (..., T, frequencies) of signals (..., T * HOP), in 10 ms windows around the start of each frame."""
        return torch.fft.rfft(pad(signals, (HOP, 0)).unfold(-1, 2 * HOP, HOP) * self.window, self.tube.size)

    def _joined(self, spectra: torch.Tensor) -> torch.Tensor:
        """Return the sound (T * HOP,) of spectra (T, frequencies) by overlap-add."""
        frames, size = len(spectra), self.tube.size
        pieces = torch.fft.irfft(spectra, size)
        length = (frames - 1) * HOP + size
        return fold(pieces.t().unsqueeze(0), (1, length), (1, size), stride=(1, HOP)).view(-1)[HOP:HOP + frames * HOP]


def _upsampled(values: torch.Tensor) -> torch.Tensor:
    """Interpolate values per frame (n, T) linearly to values per sample (n, T * HOP)."""
    frames = values.shape[-1]
    extended = torch.cat([values, values[:, -1:]], -1).unsqueeze(0)
    return interpolate(extended, frames * HOP + 1, mode="linear", align_corners=True)[0, :, :-1]
