"""Speech -> 18 parameters -> speech: an encoder that is trained through the formant synthesizer.

The loss has three terms: the distance of the spectra of sound and copy, the error of the pitch where the sound is voiced, and the
error of the voicing. Their weights are learned with the encoder (`artinv.neural.weighting`).
"""

import math
from itertools import pairwise
from typing import get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artinv.core import random_draws
from artinv.learn.loop import LoopParams, descend, reproducible
from artinv.measure.spectra import multi_resolution
from artinv.neural.layers import Convolution
from artinv.neural.records import RATE, SAMPLES, SOUND_RATE
from artinv.neural.speech import source_at_rate
from artinv.neural.targets import TargetParams
from artinv.neural.weighting import Weighted
from artinv.runtime.errors import BadData, BadParams, expected
from artinv.synth.synthesizers.kinds import formant18
from artinv.synth.synthesizers.protocol import of_unit

SPEAKERS: tuple[formant18.Speaker, ...] = get_args(formant18.Speaker)
"""Speakers whose ranges of pitch and formants formant18 knows."""

PIECE = round(RATE)
"""Frames of a piece of sound, one second."""

WINDOWS = (1024, 512, 256)
"""Windows of the spectral distance, samples."""

_SIZE = 512  # samples, window of the encoder's spectrum
_FLOOR = 1e-4
_STEPS = 20  # steps in an epoch of the loop
_VALID = 0.1  # share of the pieces


class Encoder(nn.Module):
    """Convolutions over the log spectrum: sound (B, 128 T) to shares of the parameters' ranges (B, T, 18)."""

    def __init__(self, width: int) -> None:
        """Draw initial weights."""
        super().__init__()
        sizes = [_SIZE // 2 + 1, width, width, width]
        self.layers = nn.ModuleList(Convolution(n_in, n_out, 5, causal=False) for n_in, n_out in pairwise(sizes))
        self.readout = nn.Linear(width, len(formant18.spec("woman")))

    def forward(self, sound: Tensor) -> Tensor:
        """Return the shares of each frame."""
        window = torch.hann_window(_SIZE, device=sound.device)
        spectrum = torch.stft(sound, _SIZE, SAMPLES, window=window, pad_mode="constant", return_complex=True).abs()
        values = torch.log(spectrum[..., : sound.shape[1] // SAMPLES] + _FLOOR) / -math.log(_FLOOR)
        for layer in self.layers:
            values = functional.relu(layer(values))
        return torch.sigmoid(self.readout(values.transpose(1, 2)))


class Pieces:
    """Pieces of sound of one second, and their pitch and voicing."""

    def __init__(self, sound: np.ndarray, runs: list[tuple[int, int]], params: TargetParams) -> None:
        """Cut the runs of frames into pieces; keep at most `seconds` of them, evenly chosen."""
        pitch, voiced, _ = source_at_rate(sound, len(sound) // SAMPLES)
        starts = [start for first, end in runs for start in range(first, end - PIECE + 1, PIECE)]
        if len(starts) < 2:
            raise BadData("formant18 learns from pieces of one second; the training trials have less than two, use longer trials")
        count = min(len(starts), max(2, int(params.seconds)))
        chosen = [starts[place] for place in np.linspace(0, len(starts) - 1, count).round().astype(int)]
        self.sound = torch.from_numpy(np.stack([sound[at * SAMPLES:(at + PIECE) * SAMPLES] for at in chosen]))
        self.pitch = torch.from_numpy(np.stack([pitch[at:at + PIECE] for at in chosen]).astype(np.float32))
        self.voiced = torch.from_numpy(np.stack([voiced[at:at + PIECE] for at in chosen]))


def speaker_of(voice: str) -> formant18.Speaker:
    """Return the speaker of formant18 that a voice names."""
    for speaker in SPEAKERS:
        if speaker == voice:
            return speaker
    raise BadParams(f"targets.voice: formant18 has no ranges for '{voice}'; {expected(voice, SPEAKERS)}")


def train(sound: np.ndarray, runs: list[tuple[int, int]], params: TargetParams) -> Encoder:
    """Train an encoder on the sound (samples,) of runs of frames; equal input gives equal weights."""
    speaker = speaker_of(params.voice)
    pieces = Pieces(sound, runs, params)
    count = len(pieces.sound)
    last = max(1, round(_VALID * count))
    loop = LoopParams(epochs=max(1, params.steps // _STEPS), lr=params.lr, schedule="linear", halve_after=1, stop_after=1, clip=1.0,
                      seed=params.seed, threads=1, device="cpu", precision="float32")
    steps = min(_STEPS, params.steps)
    synth = formant18.build(SOUND_RATE, PIECE * SAMPLES, speaker)
    with reproducible(loop):
        encoder = Encoder(params.width)
        network = Weighted(encoder, terms=3)

        def batches(epoch: int) -> list[Tensor]:
            drawn = random_draws.rng("formant18", params.seed, epoch).integers(count - last, size=(steps, params.batch))
            return list(torch.from_numpy(drawn))

        def terms(chosen: Tensor) -> Tensor:
            return _terms(encoder, synth, pieces, chosen)

        @torch.no_grad()
        def validate() -> float:
            network.eval()
            sums = _terms(encoder, synth, pieces, torch.arange(count - last, count))
            return float((sums[:, 0] / sums[:, 1].clamp(min=1)).sum())

        descend(network, loop, batches=batches, terms=terms, combine=network.combine, validate=validate)
        return encoder


def _terms(encoder: Encoder, synth: formant18.Formant18, pieces: Pieces, chosen: Tensor) -> Tensor:
    """Return the sum and the count of each term (3, 2) for the chosen pieces."""
    sound, voiced = pieces.sound[chosen], pieces.voiced[chosen]
    shares = encoder(sound)
    values = of_unit(synth.spec, torch.cat([shares, shares[:, -1:]], 1))
    spectral = multi_resolution(synth.render(values, 0), sound, WINDOWS)
    octaves = torch.log2(values[:, :-1, 0] / pieces.pitch[chosen].clamp(synth.spec[0].low, synth.spec[0].high)).square()[voiced]
    voicing = functional.binary_cross_entropy(shares[..., 2], voiced.float(), reduction="sum")
    counts = torch.tensor([len(spectral), len(octaves), voiced.numel()], dtype=torch.float32)
    return torch.stack([torch.stack([spectral.sum(), octaves.sum(), voicing]), counts], 1)
