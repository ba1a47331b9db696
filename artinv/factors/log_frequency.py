"""Log-frequency spectra of short sounds, a constant-Q transform: the same resolution in semitones at every frequency."""

import numpy as np
import torch
from torch import Tensor


class LogFrequency:
    """Levels (frames, bins) of sounds of one length, 0 for `floor` dB below the amplitude `reference`, 1 for the reference.

    Bin k has the frequency lowest * 2 ** (k / per_octave). Its Hann window has as many periods as neighbouring bins need to differ,
    times `resolution`: shorter windows follow time better and give wider peaks. It is cut where the sound begins and ends. A sine
    at the frequency of a bin has its amplitude there.
    """

    def __init__(
        self, rate: int, samples: int, *, frames: int, bins: int, lowest: float, per_octave: int, resolution: float, floor: float,
        reference: float,
    ) -> None:
        """Compute the transform; `rate` and `lowest` in Hz."""
        self.frames, self.bins, self.floor, self.reference, self.rate, self.samples = frames, bins, floor, reference, rate, samples
        self.hertz = lowest * 2 ** (np.arange(bins) / per_octave)
        self.centres = (np.arange(frames) + 0.5) / frames * samples
        self.lengths = np.minimum(resolution * rate / self.hertz / (2 ** (1 / per_octave) - 1), 2 * samples)
        self._map = torch.from_numpy(self._kernel())

    def __call__(self, sounds: Tensor) -> Tensor:
        """Map sounds (B, samples) to levels (B, frames, bins), 0 to 1."""
        return self.levels(self.amplitudes(sounds))

    def amplitudes(self, sounds: Tensor) -> Tensor:
        """Map sounds (B, samples) to amplitudes (B, frames, bins)."""
        real, imaginary = (sounds.float() @ self._map).unflatten(1, (2, self.frames, self.bins)).unbind(1)
        return torch.hypot(real, imaginary)

    def levels(self, amplitudes: Tensor) -> Tensor:
        """Map amplitudes to levels from 0 to 1."""
        smallest = self.reference * 10 ** (-self.floor / 20)
        return (1 + 20 / self.floor * torch.log10(amplitudes.clamp(min=smallest) / self.reference)).clamp(0, 1)

    def _kernel(self) -> np.ndarray:
        """Return the map (samples, 2 frames bins) float32: real parts, then imaginary parts."""
        time = np.arange(self.samples)
        columns = np.empty((2, self.frames, self.bins, self.samples), np.float32)
        for frame, centre in enumerate(self.centres):
            for number, (hertz, length) in enumerate(zip(self.hertz, self.lengths, strict=True)):
                place = np.clip((time - centre) / length, -0.5, 0.5)
                window = np.cos(np.pi * place) ** 2
                turn = 2 * np.pi * hertz / self.rate * (time - centre)
                columns[0, frame, number] = 2 / window.sum() * window * np.cos(turn)
                columns[1, frame, number] = -2 / window.sum() * window * np.sin(turn)
        return columns.reshape(-1, self.samples).T.copy()


def sound_of(levels: np.ndarray, spectra: LogFrequency) -> np.ndarray:
    """Return a sound (samples,) float32 that has about these levels (frames, bins): one sine for each bin that is a local maximum.

    The amplitude of a sine moves linearly between the centres of the frames. Phases are golden-ratio multiples, so that no click
    appears at the start. Bins on the slopes of a maximum belong to it and stay silent.
    """
    amplitudes = np.where(levels > 0, spectra.reference * 10 ** (spectra.floor / 20 * (levels - 1)), 0)
    padded = np.pad(amplitudes, ((0, 0), (1, 1)))
    amplitudes = np.where((amplitudes >= padded[:, :-2]) & (amplitudes >= padded[:, 2:]), amplitudes, 0)
    time, sound = np.arange(spectra.samples), np.zeros(spectra.samples)
    for number, hertz in enumerate(spectra.hertz):
        if amplitudes[:, number].any():
            envelope = np.interp(time, spectra.centres, amplitudes[:, number])
            sound += envelope * np.sin(2 * np.pi * (hertz / spectra.rate * time + 0.618034 * number))
    edge = np.minimum(1, np.minimum(time + 1, spectra.samples - time) / (0.005 * spectra.rate))
    return (sound * edge).astype(np.float32)
