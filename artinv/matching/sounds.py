"""Settings and their sounds: drawn, rendered in parallel, stored in three parts, and given to a network in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from artinv.core import random_draws, store
from artinv.runtime.errors import BadData, expected_content
from artinv.runtime.parallel import imap
from artinv.runtime.params import ProfileParams
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import Parameter, Synthesizer, of_levels

PARTS = ("train", "valid", "test")
JOB = "dvc repro pipelines/matching/dvc.yaml"

_CHUNK = 20  # sounds per job; they have the same noise
_FULL = 32767  # the peak of a stored sound
_SHORTEST = 512  # samples; the window of the log spectrogram


class SampleParams(ProfileParams):
    """Which settings are drawn, and how their sounds are rendered and divided."""

    section: ClassVar[str] = "sample"
    synth: str
    num_examples: int = Field(ge=10)  # sounds of all three parts
    length: float = Field(gt=0, le=60)  # s
    sample_rate: int = Field(ge=4000, le=192_000)  # Hz
    points: int = Field(ge=1, le=1000)  # values of each parameter over time; 1: constant
    sampling_method: Literal["random", "latin"]
    normalise: bool  # scale each sound to the same peak
    stored: bool  # store training sounds, or render them in every epoch
    valid: float = Field(gt=0, lt=0.5)  # share of the sounds
    test: float = Field(gt=0, lt=0.5)  # share of the sounds
    seed: int = Field(ge=0)

    @property
    def samples(self) -> int:
        """Return the length of a sound in samples."""
        return round(self.length * self.sample_rate)

    @model_validator(mode="after")
    def _fits(self) -> "SampleParams":
        if self.samples < _SHORTEST:
            raise ValueError(f"length: a sound needs {_SHORTEST} or more samples; raise length")
        count = self.num_examples
        if min(self.valid, self.test) * count < 1 or round(count * (self.valid + self.test)) >= count:
            raise ValueError("valid, test: each part needs a sound; raise num_examples or change the shares")
        return self


@dataclass(frozen=True, slots=True)
class Part:
    """Settings, and their sounds where they are stored."""

    levels: np.ndarray  # (N, points, P) uint8, numbers of levels
    sounds: np.ndarray  # (N, samples) int16, each with its peak at 32767; (0, samples) where they are rendered when used
    peaks: np.ndarray  # (N,) float32, peak of each sound; (0,) as well

    def __post_init__(self) -> None:
        """Check the shapes."""
        count = len(self.sounds)
        if self.levels.ndim != 3 or count not in (0, len(self.levels)) or self.peaks.shape != (count,):
            raise ValueError(f"levels {self.levels.shape}, sounds {self.sounds.shape}, peaks {self.peaks.shape}")

    def sound(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Return sounds (B, samples) float32."""
        return self.sounds[chosen] * (self.peaks[chosen] / np.float32(_FULL))[:, None]

    def head(self, count: int) -> "Part":
        """Return the first sounds."""
        return Part(self.levels[:count], self.sounds[:count], self.peaks[:count])


def synthesizer(params: SampleParams) -> Synthesizer:
    """Return the synthesizer of the parameters."""
    return kinds.build(params.synth, params.sample_rate, params.samples)


def draw(params: SampleParams, spec: tuple[Parameter, ...]) -> np.ndarray:
    """Return the levels of all sounds (N, points, P) uint8.

    random: each level is equally likely, independently of all others. latin: each level of a parameter occurs equally often.
    Settings that move get `points` such values over time.
    """
    rng = random_draws.rng("matching", params.synth, params.seed)
    shape = params.num_examples, params.points
    columns = []
    for parameter in spec:
        if params.sampling_method == "latin":
            levels = np.arange(shape[0] * shape[1]) % parameter.levels
            columns.append(rng.permutation(levels).reshape(shape))
        else:
            columns.append(rng.integers(parameter.levels, size=shape))
    return np.stack(columns, -1).astype(np.uint8)


def divided(params: SampleParams) -> dict[str, np.ndarray]:
    """Draw the levels of all sounds; return those of each part (N, points, P)."""
    count = params.num_examples
    ends = [count - round(count * (params.valid + params.test)), count - round(count * params.test)]
    return dict(zip(PARTS, np.split(draw(params, synthesizer(params).spec), ends), strict=True))


def sample(params: SampleParams, folder: Path, workers: int = 0) -> dict[str, int]:
    """Draw settings, render them and write a file for each part; return the number of sounds of each part.

    A synthesizer with noise gets another noise for each few sounds, so that no network can learn one noise; no noise occurs in two
    parts, and none has the seed 0, which everything else is rendered with.
    """
    parts = divided(params)
    seed = 1
    for name, own in parts.items():
        sounds = np.zeros((len(own) if params.stored or name != "train" else 0, params.samples), np.int16)
        peaks = np.zeros(len(sounds), np.float32)
        chunks = [(seed + start, own[start:start + _CHUNK]) for start in range(0, len(sounds), _CHUNK)]
        for number, (values, heights) in enumerate(imap(partial(as_stored, params), chunks, workers)):
            place = slice(number * _CHUNK, number * _CHUNK + len(values))
            sounds[place], peaks[place] = values, heights
        store.save_arrays(folder / f"{name}.npz", {"levels": own, "sounds": sounds, "peaks": peaks})
        seed += len(own)
    return {name: len(own) for name, own in parts.items()}


def load(folder: Path, name: str) -> Part:
    """Read a part."""
    path = folder / f"{name}.npz"
    arrays = store.load_arrays(path)
    with expected_content(path, JOB):
        return Part(**arrays)


def render(synth: Synthesizer, levels: Tensor, *, normalise: bool, seed: int = 0) -> Tensor:
    """Return the sounds (B, samples) of levels (B, points, P)."""
    return to_sound(synth, of_levels(synth.spec, levels.long()), normalise=normalise, seed=seed)


def to_sound(synth: Synthesizer, values: Tensor, *, normalise: bool, seed: int = 0) -> Tensor:
    """Return the sounds (B, samples) of physical values (B, points, P) as float32; with `normalise`, each has the peak 1."""
    single = values.to(torch.float32)
    sound = synth.render(single[:, 0] if single.shape[1] == 1 else single, seed)
    return sound / sound.abs().amax(1, keepdim=True).clamp(min=1e-9) if normalise else sound


def as_stored(params: SampleParams, job: tuple[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return sounds (B, samples) int16 and their peaks (B,) as a `Part` holds them, for the seed of a noise and levels."""
    seed, levels = job
    with torch.inference_mode():
        sound = render(synthesizer(params), torch.from_numpy(levels), normalise=params.normalise, seed=seed).numpy()
    if not np.isfinite(sound).all():
        raise BadData(f"{params.synth}: rendered a sound that is not finite; change sample.sample_rate or sample.length")
    peaks = np.abs(sound).max(1)
    scaled = np.rint(sound * (_FULL / np.maximum(peaks, 1e-9))[:, None])
    return scaled.astype(np.int16), peaks.astype(np.float32)


class Pool:
    """The sounds and levels of a part on the device that computes with them."""

    def __init__(self, part: Part, params: SampleParams, device: torch.device) -> None:
        self.device, self.params, self.synth = device, params, synthesizer(params)
        self.levels = torch.from_numpy(part.levels).to(device)
        self._sounds = torch.from_numpy(part.sounds).to(device)
        self._factors = torch.from_numpy(part.peaks / np.float32(_FULL)).to(device)

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.levels)

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return sounds (B, samples) float32 and levels (B, points, P) int64; sounds that are not stored are rendered.

        A batch that is rendered has one noise, which depends on its first sound.
        """
        levels = self.levels.index_select(0, chosen.to(self.device)).long()
        if not len(self._sounds):
            with torch.no_grad():
                return render(self.synth, levels, normalise=self.params.normalise, seed=1 + int(chosen[0])), levels
        places = chosen.to(self.device)
        return self._sounds.index_select(0, places) * self._factors.index_select(0, places)[:, None], levels

    def batches(self, size: int, seed: tuple[int, int] | None = None) -> list[Tensor]:
        """Return the numbers of the sounds of each batch: in order, or in a random order that depends on (seed, epoch) alone."""
        order = np.arange(len(self)) if seed is None else random_draws.rng("order", *seed).permutation(len(self))
        return list(torch.from_numpy(order).split(size))

    def all(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all batches in order."""
        return map(self.batch, self.batches(size))
