"""Words of the page and of the picture in plain language, and what the model card says about the accuracy of the model."""

import hashlib
import re
from functools import cache

import numpy as np

from artinv.core.channels import TITLES
from artinv.inversion.model import BUNDLED

ESTIMATE = "a computer's estimate"

_SPEAKERS = {"synthetic": "artificial speakers", "mixed": "real and artificial speakers", "real": "real speakers"}
_RECORDINGS = {
    "synthetic": "SYNTHETIC recording: made by a computer", "mixed": "partly SYNTHETIC recording", "real": "real recording",
}

_TONGUE = re.compile(r"([\d.]+)<!--real_details:by_source\.acoustics(\+recognized)?\.channels\.t[tbd]_[xy]:")
_DIGITS = 12  # of the hash, in the title of a model

TERMS = {
    "measured": (
        "Small sensors (coils) on the tongue, jaw and lips were recorded together with the sound. Solid lines and filled dots."
    ),
    ESTIMATE: (
        "A program analysed the sound and worked out how the mouth may have moved. Nothing was measured in this mouth. Dashed "
        "lines and open dots."
    ),
    "likely range": (
        "The band shows how far the estimate is usually off. For artificial speakers the true place is inside it as often as the "
        "percentage says; for people it is more often outside."
    ),
    "r": "How well two curves rise and fall together: 1 is perfect, 0 is chance. It says nothing about their distance.",
    "phones": (
        "The sounds of speech, in the letters of the recording's labels, or of a program that recognized them and can be wrong."
    ),
    "curves": (
        "Where each dot is at every moment, in millimetres. Height: up in the curve is up in the mouth. Forward: up in the curve "
        "is towards the lips. Tables call them y and x."
    ),
    "the head": (
        "Only the dots are data. Tongue, lips, jaw and velum are drawn to fit them; parts without a dot are pale. The lips are "
        "drawn closed where the lip dots are nearest in this recording. Blue marks where the tongue touches the roof of the mouth."
    ),
}
"""Terms of the page -> explanations."""


def curve(channel: str) -> str:
    """Return the name of a channel in plain language.

    >>> curve("tt_y"), curve("ll_x"), curve("la")
    ('tongue tip height', 'lower lip forward', 'lip aperture')
    """
    title = TITLES[channel].replace("constriction ", "")
    return re.sub(r" [xy]$", lambda axis: {" x": " forward", " y": " height"}[axis[0]], title)


def recording(origin: str) -> str:
    """Return what is known about a recording: real, synthetic, or of the user if the origin is empty."""
    return _RECORDINGS.get(origin, "your recording")


def estimate(trained_on: str) -> str:
    """Return what made an estimate, from the origin of the training speakers."""
    return f"{ESTIMATE}, learned from {_SPEAKERS.get(trained_on, 'unknown speakers')}"


def accuracy(model: str, phones: str = "") -> str:
    """Return how well a model followed the tongue on real recordings, from the model card; empty where the card has no figure.

    `model` is the title of the model, which ends with digits of the hash of its file. `phones` is how the model knew the phones:
    empty for the sound alone, given, aligned or recognized. The card has figures for the sound alone and for recognized phones.
    """
    digest, alone, recognized = _card()
    tongue = {"": alone, "recognized": recognized}.get(phones, 0.0)
    if not tongue or not model.endswith(digest):
        return ""
    return f"on real recordings it followed the tongue with r = {tongue:.2f} on average (0 is chance, 1 is perfect)"


@cache
def _card() -> tuple[str, float, float]:
    """Return the first digits of the bundled model's hash, and its mean Pearson correlations over the tongue on real recordings.

    The first correlation is that of the sound alone, the second that of the sound with recognized phones; 0 if the card has none.
    """
    figures = _TONGUE.findall(BUNDLED.with_suffix(".md").read_text(encoding="utf-8"))
    alone, recognized = ([float(value) for value, source in figures if bool(source) == kind] or [0.0] for kind in (False, True))
    return hashlib.sha256(BUNDLED.read_bytes()).hexdigest()[:_DIGITS], float(np.mean(alone)), float(np.mean(recognized))
