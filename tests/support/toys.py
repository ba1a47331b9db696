"""Small synthetic records with known properties, for tests of stages."""

import zlib

import numpy as np

from artinv.core.channels import derive
from artinv.core.records import Frames, Label, Utterance


def rng(*key: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(map(str, key)).encode()))


def smooth(generator: np.random.Generator, frames: int, width: int = 12) -> np.ndarray:
    """Return smooth noise (frames,) of unit variance."""
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(generator.standard_normal(frames + width - 1), kernel / np.sqrt(np.square(kernel).sum()), "valid")


def frames(
    speaker: str = "F01", number: int = 1, length: int = 120, *, part: str = "train", corpus: str = "hprc", values: int = 6,
    **facts: object,
) -> Frames:
    """Return frames whose acoustics are a linear function of the motion plus noise, so that a model can learn."""
    generator = rng(corpus, speaker, number)
    coils = np.stack([smooth(generator, length) * 3 + 10 * (k - 6) for k in range(14)], axis=1)
    coils[:, 12:] = np.nan
    mixing = rng("mixing").standard_normal((12, values))
    acoustics = (coils[:, :12] - coils[:, :12].mean(axis=0)) @ mixing + 0.1 * generator.standard_normal((length, values))
    name = f"{speaker}_{number:03d}"
    return Frames(**{
        "corpus": corpus, "speaker": speaker, "name": name, "order": number, "sentence": f"sentence {number}", "part": part,
        "rate": 100.0, "acoustics": acoustics.astype(np.float32), "motion": derive(coils).astype(np.float32),
        "phones": (Label("aa1", 0.1, 0.3), Label("s", 0.3, 0.5)), **facts,
    })


def utterance(speaker: str = "F01", number: int = 1, seconds: float = 1.2, *, corpus: str = "hprc", **facts: object) -> Utterance:
    """Return an utterance with noise as sound at 16 kHz and smooth noise as coils at 200 Hz."""
    generator = rng("utterance", corpus, speaker, number)
    coils = np.stack([smooth(generator, int(seconds * 200), 40) * 3 + 10 * (k - 6) for k in range(14)], axis=1)
    sound = np.rint(generator.standard_normal(int(seconds * 16000)) * 3000).clip(-32768, 32767) / 32768
    return Utterance(**{
        "corpus": corpus, "speaker": speaker, "name": f"{speaker}_{number:03d}", "order": number, "sentence": f"sentence {number}",
        "sound": sound.astype(np.float32), "sound_rate": 16000.0, "coils": coils.astype(np.float32), "coil_rate": 200.0,
        "text": f"Sentence {number}.", "phones": (Label("sil", 0.0, 0.2), Label("aa1", 0.2, 1.0), Label("sil", 1.0, 1.2)), **facts,
    })
