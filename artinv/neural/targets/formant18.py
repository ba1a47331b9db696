"""The 18 parameters of a formant synthesizer, as shares of their ranges, estimated by an encoder that is trained through it.

This is the first of two steps, speech -> parameters -> speech. The second one, brain -> parameters, learns what the encoder gives.
"""

import numpy as np
import torch

from artinv.neural.autoencoder import Encoder, speaker_of, train
from artinv.neural.records import SAMPLES, SOUND_RATE
from artinv.neural.speech import fitted, source_at_rate
from artinv.neural.target import Target
from artinv.neural.targets import Manner, Source
from artinv.synth.synthesizers.kinds import formant18
from artinv.synth.synthesizers.protocol import of_unit

NAMES = tuple(parameter.name for parameter in formant18.spec("woman"))
_AUDIBLE = [name != "loudness" for name in NAMES]


def infer(source: Source) -> Target:
    """Train the encoder on the runs; return its estimate: f0 is known where voiced, formants where anything is said."""
    recording = source.recording
    encoder = train(recording.sound, source.runs, source.params)
    values = encode(encoder, recording.sound, recording.frames)
    _, voiced, loud = source_at_rate(recording.sound, recording.frames)
    known = np.where(_AUDIBLE, loud[:, None], True)
    known[:, NAMES.index("f0")] &= voiced
    return Target("formant18", NAMES, values, known)


def encode(encoder: Encoder, sound: np.ndarray, frames: int) -> np.ndarray:
    """Return shares (frames, 18) float32 of a sound at 16 kHz, in pieces that overlap by more than the encoder sees."""
    piece, margin = 2000, 50
    padded = np.pad(sound, (0, max(0, frames * SAMPLES - len(sound))))
    parts = []
    with torch.inference_mode():
        for start in range(0, frames, piece):
            first, last = max(0, start - margin), min(frames, start + piece + margin)
            shares = encoder(torch.from_numpy(padded[first * SAMPLES:last * SAMPLES])[None])[0].numpy()
            parts.append(shares[start - first:][: min(piece, frames - start)])
    return np.concatenate(parts)


def sound(values: np.ndarray, manner: Manner) -> np.ndarray:
    """Return the sound of shares of the ranges (T, 18)."""
    with torch.inference_mode():
        made = render(torch.from_numpy(values.astype(np.float32))[None], manner)[0].numpy()
    return fitted(made, len(values) * SAMPLES)


def render(values: torch.Tensor, manner: Manner) -> torch.Tensor:
    """Return the sounds (B, 128 T) of shares of the ranges (B, T, 18), with gradients."""
    synth = formant18.build(SOUND_RATE, values.shape[1] * SAMPLES, speaker_of(manner.voice))
    return synth.render(of_unit(synth.spec, torch.cat([values, values[:, -1:]], 1).clamp(0, 1)), 0)
