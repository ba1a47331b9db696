"""Sheets of spectrograms of generated digits, and a page on which they are heard beside recorded ones."""

import base64
import html
import io
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image
from torch import Tensor

from artinv.core.files import replacing, write_text
from artinv.digits import articulatory
from artinv.digits.choices import EvaluationParams
from artinv.digits.generators import Kind, Model
from artinv.digits.results import CEILING
from artinv.digits.sounds import Clips, load, prepare, to_float, to_int16
from artinv.digits.spectra import RATE, levels_of
from artinv.digits.speech import FIRST_VOICE
from artinv.digits.words import DIGITS, NAMES
from artinv.evaluate.scores import origin_label
from artinv.show.html import head, part
from artinv.signal.mfcc import SOUND_RATE

ROWS = 6
"""Sounds of each digit on a sheet, at most."""

_GAP, _GREYS = 4, 32  # pixels between pictures
_POLICY = ("img-src data:", "media-src data:")
_TITLES = {
    CEILING: "test set", "cvae": "variational autoencoder", "flow": "flow matching", "cwgan1": "WGAN 1: levels, Griffin-Lim",
    "cwgan2": "WGAN 2: levels and phases", "cwgan3": "WGAN 3: levels for the phases of a real sound",
    "cwgan4": "WGAN 4: as 3, levels suit the phases", "articulatory": "vocal tract, no training",
}


def write(folder: Path, sounds: Path, models: Path, kinds: list[Kind], params: EvaluationParams) -> list[Path]:
    """Write one sheet for each generator and for the test set, and the page; return the paths, the page first."""
    test = load(sounds, "test")
    count = min(ROWS, params.sounds)
    digits = np.tile(np.arange(DIGITS), count)
    rows: dict[str, Tensor] = {CEILING: _chosen(test, count).sound()}
    for kind in kinds:
        rows[kind] = Model.load(models / f"{kind}.safetensors", kind).draw(digits, params.seed).sound(params.iterations)
    rows["articulatory"] = _said(count)
    paths = [folder / "index.html"]
    for name, sound in rows.items():
        paths.append(folder / f"{name.replace(' ', '_')}.png")
        with replacing(paths[-1]) as temporary:
            temporary.write_bytes(_png(sheet(levels_of(sound))))
    write_text(paths[0], page({name: sound[:DIGITS] for name, sound in rows.items()}, test.origin))
    return paths


def page(rows: dict[str, Tensor], origin: str) -> str:
    """Return the page: a row for each set of ten sounds (10, 6048), a column for each digit."""
    style, script = part("artinv.show", "digits.css"), part("artinv.show", "digits.js")
    columns = "".join(f'<th scope="col">{name}</th>' for name in NAMES)
    body = []
    for name, sound in rows.items():
        cells = "".join(_cell(name, number, values, picture) for number, (values, picture) in
                        enumerate(zip(sound, levels_of(sound), strict=True)))
        body.append(f'<tr><th scope="row">{html.escape(_TITLES.get(name, name))}</th>{cells}</tr>')
    return f"""{head("Digits: generated and recorded", style, script, _POLICY)}
<body>
<main>
<h1>Digits, generated and recorded</h1>
<p>Test set and training sounds: {html.escape(origin_label(origin))}. Spectrograms: 0.756 s, 0 to 4 kHz, 60 dB.</p>
<p>Press a spectrogram to hear it.</p>
<noscript><p>This page needs JavaScript to play sounds; allow it for this file.</p></noscript>
<p id="fault" role="alert" hidden></p>
<section id="sounds" class="wide" tabindex="0" aria-label="sounds by generator and digit">
<table><thead><tr><td></td>{columns}</tr></thead><tbody>
{chr(10).join(body)}
</tbody></table></section>
</main>
<script>{script}</script>
</body>
</html>
"""


def sheet(levels: Tensor) -> np.ndarray:
    """Return the spectrograms of levels (N, 128, 64) in rows of ten as grey values (height, width) uint8, low frequencies below."""
    pictures = _greys(levels).reshape(-1, DIGITS, *levels.shape[1:])
    framed = np.pad(pictures, ((0, 0), (0, 0), (_GAP, 0), (_GAP, 0)), constant_values=255)
    return framed.transpose(0, 2, 1, 3).reshape(-1, DIGITS * framed.shape[3])


def _chosen(test: Clips, count: int) -> Clips:
    """Return `count` test sounds of each digit, digits in turn, of different speakers as far as there are."""
    numbers = []
    for digit in range(DIGITS):
        own = np.flatnonzero(test.digits == digit)
        numbers.append(own[np.resize(np.linspace(0, len(own) - 1, count).round().astype(int), count)])
    return test.only(np.stack(numbers, 1).ravel())


def _said(count: int) -> Tensor:
    """Return what the articulatory generator says: one drawn voice for each row."""
    sounds = [
        prepare(articulatory.render(digit, f"{'FM'[row % 2]}{FIRST_VOICE + row:04d}").sound, SOUND_RATE, NAMES[digit])
        for row in range(count) for digit in range(DIGITS)
    ]
    return to_float(np.stack(sounds))


def _cell(name: str, digit: int, sound: Tensor, levels: Tensor) -> str:
    content = io.BytesIO()
    soundfile.write(content, to_int16(sound[None].numpy())[0], RATE, subtype="PCM_16", format="WAV")
    picture, wave = (base64.b64encode(data).decode() for data in (_png(_greys(levels[None])[0]), content.getvalue()))
    label = html.escape(f"{NAMES[digit]}, {name}")
    return (f'<td><button type="button" aria-label="{label}" data-sound="data:audio/wav;base64,{wave}">'
            f'<img src="data:image/png;base64,{picture}" alt="" width="64" height="128"></button></td>')


def _greys(levels: Tensor) -> np.ndarray:
    """Return levels (N, 128, 64) as grey values (N, 128, 64) uint8: loud is black, low frequencies below."""
    shares = (1 - levels.clamp(-1, 1).flip(1).numpy()) / 2
    return np.rint(np.rint(shares * (_GREYS - 1)) * (255 / (_GREYS - 1))).astype(np.uint8)


def _png(greys: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(greys).save(content, "PNG", optimize=True)
    return content.getvalue()
