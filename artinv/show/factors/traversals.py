"""Traversals of latents: each latent moves alone through the range of its prior, all others stay at its mean.

For every set: a picture (a row for each latent, strongest first), a GIF, a page, and for sounds a WAV file.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artinv.core.files import replacing, write_text
from artinv.factors.choices import TraverseParams
from artinv.factors.disentanglement.mig import entropies, mutual_information
from artinv.factors.log_frequency import LogFrequency, sound_of
from artinv.factors.model import Disentangler
from artinv.factors.scores import HELD, coded
from artinv.factors.spectra import SOUNDS, Images, SetParams, transform
from artinv.factors.training import FitParams, Run
from artinv.factors.workspace import FactorFiles
from artinv.formats import sound
from artinv.show.colours import INK, PAPER
from artinv.show.factors.page import page

HEARD = 4
"""Latents in the WAV file, the strongest first."""

_CELL, _GAP, _NAME = 96, 4, 190  # pixels: edge of an image, distance, width of the names
_BINS = 20  # of a latent, for its name
_DELAY = 200  # ms, of a picture of the GIF


@dataclass(frozen=True, slots=True)
class Traversal:
    """Images along each latent that is in use."""

    latents: tuple[int, ...]  # their numbers, strongest first
    names: tuple[str, ...]  # the factor that each knows most of, with the share of the factor's entropy
    values: np.ndarray  # (steps,) of the moved latent
    images: np.ndarray  # (latents in use, steps, frames, bins) float32, 0 to 1


def write_all(files: FactorFiles, sets: SetParams, fit: FitParams, params: TraverseParams) -> list[Path]:
    """Write the traversals of the first training on each set; return the files."""
    written = []
    for run in map(Run.of, fit.runs):
        if f"{run.model}/{run.network}" == params.model:
            made = Disentangler.load(run.path(files.models, fit.seed))
            images = Images.load(files.spectra / f"{run.data}.npz")
            spectra = transform(run.data, sets) if run.data in SOUNDS else None
            written += write(files.traversals / run.data, made, images, spectra, params)
    return written


def write(stem: Path, made: Disentangler, images: Images, spectra: LogFrequency | None, params: TraverseParams) -> list[Path]:
    """Write the files of one autoencoder; their names begin with `stem`. Sets that are no sounds have no `spectra`."""
    moved = traverse(made, images, params)
    paths = [stem.with_suffix(ending) for ending in (".png", ".gif", ".html", *([".wav"] if spectra else []))]
    with replacing(paths[0]) as temporary:
        _table(moved, range(len(moved.values))).save(temporary, "PNG")
    with replacing(paths[1]) as temporary:
        steps = range(len(moved.values))
        first, *rest = (_table(moved, [step]) for step in (*steps, *reversed(steps[1:-1])))
        first.save(temporary, "GIF", save_all=True, append_images=rest, duration=_DELAY, loop=0, optimize=False)
    write_text(paths[2], page(made, moved.latents, moved.names, spectra, params.reach))
    if spectra:
        heard = [sound_of(image, spectra) for row in moved.images[:HEARD] for image in row]
        whole = np.concatenate(heard)
        sound.write(paths[3], sound.to_int16(0.9 * whole / max(float(np.abs(whole).max()), 1e-9)), spectra.rate)
    return paths


def traverse(made: Disentangler, images: Images, params: TraverseParams) -> Traversal:
    """Move each latent that is in use; if none is, the first."""
    means, log_variances = made.code(images.values())
    held = (0.5 * (means ** 2 + np.exp(log_variances) - 1 - log_variances)).mean(0)
    order = [int(latent) for latent in np.argsort(-held, kind="stable") if held[latent] > HELD] or [0]
    points = coded(means, images)
    shares = mutual_information(points, _BINS) / entropies(points.levels)
    names = [f"{points.names[int(shares[latent].argmax())]} ({shares[latent].max():.2f})" for latent in order]
    values = np.linspace(-params.reach, params.reach, params.steps)
    latents = np.zeros((len(order), len(values), made.latents))
    for row, latent in enumerate(order):
        latents[row, :, latent] = values
    decoded = made.images(latents.reshape(-1, made.latents))
    return Traversal(tuple(order), tuple(names), values, decoded.reshape(*latents.shape[:2], *decoded.shape[1:]))


def _table(moved: Traversal, steps: range | list[int]) -> Image.Image:
    """Return a picture: a row for each latent with its name, a column for each step."""
    height, width = len(moved.latents) * (_CELL + _GAP) + _GAP, _NAME + len(steps) * (_CELL + _GAP)
    image = Image.new("L", (width, height), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    for row, (latent, name) in enumerate(zip(moved.latents, moved.names, strict=True)):
        top = _GAP + row * (_CELL + _GAP)
        pen.text((_GAP, top + _CELL / 2), f"latent {latent}: {name}", fill=INK, font=font, anchor="lm")
        for column, step in enumerate(steps):
            image.paste(picture(moved.images[row, step]), (_NAME + column * (_CELL + _GAP), top))
    return image


def picture(image: np.ndarray) -> Image.Image:
    """Return an image (frames, bins): dark is loud, time runs to the right and frequency up; digits are shown as they are."""
    rows = image if image.shape[0] == image.shape[1] else image.T[::-1]
    grey = Image.fromarray((255 - np.rint(255 * rows)).astype(np.uint8))
    return grey.resize((_CELL, _CELL), Image.Resampling.NEAREST)
