"""Shape and breath -> sound (step two of two): sources are cut into frames, filtered by the tract's response, and added up."""

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
    """One speaker: `synth(controls, ...)` is `synth.sound(synth.shape(controls), ...)`."""

    def __init__(self, anatomy: Anatomy, voice: Voice | None = None, dtype: torch.dtype = torch.float32) -> None:
        self.anatomy, self.voice, self.dtype = anatomy, voice or Voice(), dtype
        self.geometry, self.tube = Geometry(anatomy, dtype), Tube(anatomy, dtype=dtype)
        self.window = torch.hann_window(2 * HOP, dtype=dtype)
        hertz = self.tube.hertz.to(dtype)
        self.rubbed = 1 / torch.sqrt(1 + (hertz / 5000.0) ** 2)
        self.aspirated = 0.8 * self.rubbed / torch.sqrt(1 + (hertz / 1000.0) ** 2)
        self.through_walls = 0.28j * (hertz / 500.0) / (1 + (hertz / 220.0) ** 2)  # the voice bar of closed stops

    def __call__(
        self, controls: torch.Tensor, ag: torch.Tensor, ps: torch.Tensor, f0: np.ndarray,
        rng: np.random.Generator | None = None, *, sources: Sources | None = None,
    ) -> tuple[torch.Tensor, Shape]:
        """Controls (T, 13), glottal area cm2, lung pressure dyn/cm2, f0 Hz (T,) -> sound (T * HOP,), the shape it came from."""
        shape = self.shape(controls)
        return self.sound(shape, ag, ps, sources or self.sources(f0, len(ag), rng)), shape

    def shape(self, controls: torch.Tensor) -> Shape:
        """Step one."""
        return self.geometry.shape(controls)

    def sources(self, f0: np.ndarray, frames: int, rng: np.random.Generator) -> Sources:
        """Draw pulses and noise."""
        flow = glottal_flow(np.broadcast_to(f0, frames), self.voice, rng)
        white = rng.standard_normal((4, frames * HOP), dtype=np.float32)
        return Sources(torch.from_numpy(flow).to(self.dtype), torch.from_numpy(white).to(self.dtype))

    def sound(self, shape: Shape, ag: torch.Tensor, ps: torch.Tensor, sources: Sources) -> torch.Tensor:
        """Step two."""
        response = self.tube(shape, ag)
        strong = _upsampled(torch.stack(strengths(shape, ag, ps)))
        voicing, aspiration, palate, teeth, lips = strong
        flow, white = sources
        voiced = voicing.clamp(max=1.0)
        pulsed = voiced * (0.8 * flow - 0.4)  # noise comes in pulses where there is voice
        excitation = torch.stack([
            self.voice.gain * voicing * flow,
            self.voice.asp * aspiration * white[0] * (1 + pulsed),
            5.0 * self.voice.fric * palate * white[1] * (1 + 0.6 * pulsed),
            14.0 * self.voice.fric * teeth * white[2] * (1 + 0.6 * pulsed),
            0.10 * self.voice.fric * lips * white[3],
        ])
        glottis, breath, *noises = self._spectra(excitation)
        spectrum = (response.voice + self.through_walls) * glottis + response.voice * self.aspirated * breath
        for heard, noise in zip((response.palate, response.teeth, self.tube.radiation), noises, strict=True):
            spectrum = spectrum + heard * self.rubbed * noise
        return self._joined(spectrum)

    def _spectra(self, signals: torch.Tensor) -> torch.Tensor:
        """(..., T * HOP) -> (..., T, frequencies): a window of 10 ms around each frame's start."""
        return torch.fft.rfft(pad(signals, (HOP, 0)).unfold(-1, 2 * HOP, HOP) * self.window, self.tube.size)

    def _joined(self, spectra: torch.Tensor) -> torch.Tensor:
        """(T, frequencies) -> (T * HOP,): overlap and add."""
        frames, size = len(spectra), self.tube.size
        pieces = torch.fft.irfft(spectra, size)
        length = (frames - 1) * HOP + size
        return fold(pieces.t().unsqueeze(0), (1, length), (1, size), stride=(1, HOP)).view(-1)[HOP:HOP + frames * HOP]


def _upsampled(values: torch.Tensor) -> torch.Tensor:
    """(n, T) per frame -> (n, T * HOP) per sample, in straight lines."""
    frames = values.shape[-1]
    held = torch.cat([values, values[:, -1:]], -1).unsqueeze(0)
    return interpolate(held, frames * HOP + 1, mode="linear", align_corners=True)[0, :, :-1]
