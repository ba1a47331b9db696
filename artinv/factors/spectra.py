"""Sets of images with the factors that made them: log-frequency spectra of a grid of sounds, and digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from sklearn.datasets import load_digits

from artinv.core import random_draws, store
from artinv.factors.log_frequency import LogFrequency
from artinv.runtime.errors import BadData, expected_content
from artinv.runtime.parallel import imap
from artinv.runtime.params import ProfileParams
from artinv.synth.synthesizers import kinds
from artinv.synth.synthesizers.protocol import Parameter, Synthesizer, of_levels

PARTS = ("train", "valid", "test")
JOB = "make factors"

SetName = Literal["additive", "tract", "digits"]
SOUNDS: dict[str, tuple[str, float]] = {"additive": ("additive4", 0.1), "tract": ("tract7", 0.2)}
"""Sets of sounds -> synthesizer, and the amplitude that has the level 1."""

FIXED = {"velum": 0.3}
"""Parameters of a synthesizer that do not change: the port to the nose is closed."""

_CHUNK = 200  # sounds that are rendered at once
_FULL = 255  # the highest level of a stored image
_RATE = 16_000  # Hz


class SetParams(ProfileParams):
    """Which images are made."""

    section: ClassVar[str] = "data"
    sets: list[SetName] = Field(min_length=1)
    samples: int = Field(ge=1000, le=160_000)  # of a sound, at 16 kHz
    frames: int = Field(ge=1, le=64)  # spectra of a sound
    bins: int = Field(ge=8, le=512)  # of a spectrum
    lowest: float = Field(ge=20, le=4000)  # Hz, of the first bin
    per_octave: int = Field(ge=1, le=96)  # bins
    resolution: float = Field(ge=0.1, le=2)  # length of windows relative to those that separate neighbouring bins
    floor: float = Field(gt=0, le=200)  # dB below the reference that have the level 0
    extra: list[Literal["snr", "presence"]]  # further factors of `additive`
    tract_levels: int = Field(ge=2, le=16)  # of each factor of `tract`
    count: int = Field(ge=0)  # sounds of a set, drawn from its grid; 0: the whole grid
    valid: float = Field(gt=0, lt=0.5)  # share of the images
    test: float = Field(gt=0, lt=0.5)  # share of the images
    seed: int = Field(ge=0)

    @property
    def transform(self) -> dict:
        """Return the arguments of `LogFrequency` but the reference."""
        sizes = {"frames": self.frames, "bins": self.bins, "lowest": self.lowest, "per_octave": self.per_octave}
        return {"rate": _RATE, "samples": self.samples, "resolution": self.resolution, "floor": self.floor} | sizes


@dataclass(frozen=True, slots=True)
class Images:
    """Images with their factors."""

    pixels: np.ndarray  # (N, frames, bins) uint8
    levels: np.ndarray  # (N, factors) uint8, from 0
    sizes: np.ndarray  # (factors,) int64, levels of each factor
    names: np.ndarray  # (factors,) text
    ordered: np.ndarray  # (factors,) bool
    parts: np.ndarray  # (N,) uint8: 0 train, 1 valid, 2 test

    def __post_init__(self) -> None:
        """Check the shapes."""
        count, factors = self.levels.shape
        if self.pixels.ndim != 3 or len(self.pixels) != count or self.parts.shape != (count,) or not (
            len(self.sizes) == len(self.names) == len(self.ordered) == factors
        ):
            raise ValueError(f"pixels {self.pixels.shape}, levels {self.levels.shape}, factors {self.names}")

    def values(self) -> torch.Tensor:
        """Return all pixels (N, frames, bins) float32 from 0 to 1."""
        return torch.from_numpy(self.pixels).float() / _FULL

    def of(self, part: str) -> np.ndarray:
        """Return the numbers of the images of a part."""
        return np.flatnonzero(self.parts == PARTS.index(part))

    def save(self, path: Path) -> None:
        """Write one file."""
        store.save_arrays(path, {name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> "Images":
        """Read the file that `save` wrote."""
        arrays = store.load_arrays(path)
        with expected_content(path, JOB):
            return cls(**arrays)


def origin_of(name: str) -> str:
    """Return the origin of a set: sounds are synthetic, digits are scanned.

    >>> origin_of("tract"), origin_of("digits")
    ('synthetic', 'real')
    """
    return "synthetic" if name in SOUNDS else "real"


def make(params: SetParams, folder: Path, workers: int = 0) -> dict[str, int]:
    """Make all sets and write a file for each; return the numbers of images."""
    counts: dict[str, int] = {}
    for name in params.sets:
        images = of_digits(*_digits(), name, params) if name == "digits" else of_sounds(name, params, workers)
        images.save(folder / f"{name}.npz")
        counts[name] = len(images.levels)
    return counts


def of_sounds(name: str, params: SetParams, workers: int = 0) -> Images:
    """Render a grid of factors and return the spectra; only a chunk of sounds is in memory at once."""
    spec = factors_of(name, params)
    sizes = np.array([parameter.levels for parameter in spec])
    levels = grid(sizes, params.count, random_draws.rng("factors", name, params.seed))
    chunks = [(start, levels[start:start + _CHUNK]) for start in range(0, len(levels), _CHUNK)]
    pixels = np.concatenate(list(imap(partial(_spectra, name, params), chunks, workers)))
    return Images(pixels, levels, sizes, np.array([parameter.name for parameter in spec]), np.ones(len(spec), bool),
                  _parts(name, len(levels), params))


def of_digits(pixels: np.ndarray, digits: np.ndarray, name: str, params: SetParams) -> Images:
    """Return images of digits (N, rows, columns) uint8; the digit is the only known factor."""
    chosen = np.arange(len(digits))[:params.count or None]
    return Images(pixels[chosen], digits[chosen, None].astype(np.uint8), np.array([10]), np.array(["digit"]), np.zeros(1, bool),
                  _parts(name, len(chosen), params))


def factors_of(name: str, params: SetParams) -> tuple[Parameter, ...]:
    """Return the factors of a set of sounds with their levels."""
    spec = [parameter for parameter in _synthesizer(name, params).spec if parameter.name not in FIXED]
    if name == "additive":
        return tuple(spec)
    return tuple(Parameter(each.name, each.unit, each.low, each.high, each.scale, params.tract_levels) for each in spec)


def transform(name: str, params: SetParams) -> LogFrequency:
    """Return the spectra of a set of sounds."""
    return LogFrequency(**params.transform, reference=SOUNDS[name][1])


def grid(sizes: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return all combinations of levels (N, factors) uint8 in order; with `count`, that many of them, drawn at random."""
    total = int(np.prod(sizes))
    chosen = np.arange(total) if count in (0, total) or count > total else np.sort(rng.choice(total, count, replace=False))
    return np.stack(np.unravel_index(chosen, sizes), 1).astype(np.uint8)


def _synthesizer(name: str, params: SetParams) -> Synthesizer:
    options = {"extra": params.extra} if name == "additive" else {}
    return kinds.build(SOUNDS[name][0], _RATE, params.samples, **options)


def _spectra(name: str, params: SetParams, chunk: tuple[int, np.ndarray]) -> np.ndarray:
    """Return the pixels of a chunk of levels; its number is the seed of the noise."""
    start, levels = chunk
    synthesizer = _synthesizer(name, params)
    known = of_levels(factors_of(name, params), torch.from_numpy(levels.astype(np.int64)))
    values = _with_fixed([parameter.name for parameter in synthesizer.spec], known)
    with torch.inference_mode():
        images = _cached_transform(name, params)(synthesizer.render(values.float(), start)).numpy()
    if not np.isfinite(images).all():
        raise BadData(f"{name}: rendered a sound that is not finite; change data.samples")
    return np.rint(_FULL * images).astype(np.uint8)


_TRANSFORMS: dict[str, LogFrequency] = {}


def _cached_transform(name: str, params: SetParams) -> LogFrequency:
    """Return the transform, which a worker computes once."""
    key = f"{name} {params.model_dump_json()}"
    if key not in _TRANSFORMS:
        _TRANSFORMS.clear()
        _TRANSFORMS[key] = transform(name, params)
    return _TRANSFORMS[key]


def _with_fixed(names: Sequence[str], known: torch.Tensor) -> torch.Tensor:
    """Return the values of all parameters, the fixed ones included."""
    columns = iter(known.unbind(1))
    return torch.stack([torch.full_like(known[:, 0], FIXED[name]) if name in FIXED else next(columns) for name in names], 1)


def _parts(name: str, count: int, params: SetParams) -> np.ndarray:
    """Return the part of each image, drawn at random."""
    order = random_draws.rng("factors parts", name, params.seed).permutation(count)
    ends = round(params.test * count), round((params.test + params.valid) * count)
    parts = np.zeros(count, np.uint8)
    parts[order[:ends[0]]], parts[order[ends[0]:ends[1]]] = 2, 1
    return parts


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits, of 8 x 8 pixels, in the range of bytes."""
    content = load_digits()
    return np.rint(content.images * (_FULL / 16)).astype(np.uint8), content.target
