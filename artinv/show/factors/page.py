"""A page with one slider for each latent: it decodes in the browser, draws the spectrum, and plays the sound."""

import base64
import html
import json
from collections.abc import Sequence

import numpy as np
from torch import nn

from artinv.factors.log_frequency import LogFrequency
from artinv.factors.model import Disentangler
from artinv.runtime.errors import BadParams
from artinv.show.html import head, part
from artinv.show.view.page import filled

SCRIPTS = ("decode.js", "page.js")

_FULL = 32767  # the largest of the 16-bit numbers that hold a weight
_PACKAGE = "artinv.show.factors"


def page(made: Disentangler, latents: Sequence[int], names: Sequence[str], spectra: LogFrequency | None, reach: float) -> str:
    """Return the page; it needs neither network nor other files."""
    script = "\n".join(part(_PACKAGE, name) for name in SCRIPTS)
    title = f"{made.data}: {made.model}, {made.network}, seed {made.provenance.get('seed', '')}"
    content = json.dumps(facts(made, latents, names, spectra, reach), sort_keys=True).replace("<", "\\u003c")
    return filled(part(_PACKAGE, "page.html"), {
        "head": head(title, part(_PACKAGE, "page.css"), script), "title": html.escape(title), "script": script, "data": content,
    })


def facts(
    made: Disentangler, latents: Sequence[int], names: Sequence[str], spectra: LogFrequency | None, reach: float,
) -> dict:
    """Return what the scripts need: the decoder, its weights in 16 bits, and the frequencies of the bins."""
    if made.network != "mlp":
        raise BadParams(f"traverse.model: the page decodes networks of the kind mlp, not '{made.network}'; choose such a run")
    linear = [layer for layer in made.weights.decoder.modules() if isinstance(layer, nn.Linear)]
    layers = [{"weight": _packed(layer.weight.numpy(force=True)), "bias": _packed(layer.bias.numpy(force=True)),
               "inputs": layer.in_features, "outputs": layer.out_features} for layer in linear]
    heard = None if spectra is None else {
        "rate": spectra.rate, "samples": spectra.samples, "hertz": spectra.hertz.tolist(), "centres": spectra.centres.tolist(),
        "floor": spectra.floor, "reference": spectra.reference,
    }
    sliders = [{"latent": latent, "name": name} for latent, name in zip(latents, names, strict=True)]
    return {"layers": layers, "latents": made.latents, "frames": made.frames, "bins": made.bins, "sliders": sliders,
            "sound": heard, "reach": reach}


def _packed(values: np.ndarray) -> dict:
    """Return numbers as 16-bit integers, little-endian in base64, with the factor that restores them."""
    scale = max(float(np.abs(values).max()), 1e-12) / _FULL
    whole = np.rint(values / scale).astype("<i2")
    return {"scale": scale, "text": base64.b64encode(whole.tobytes()).decode()}
