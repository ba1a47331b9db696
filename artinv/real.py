"""The real recordings that a folder holds: corpora in their native formats, and EMU bundles anywhere below."""

from pathlib import Path

import numpy as np

from artinv import corpora
from artinv.channels import COIL_COLUMNS
from artinv.errors import BadData
from artinv.formats import emu, folder
from artinv.utterance import Utterance

TRACKS = {"t_tip": "tt", "t_back": "td", "t_mid": "tb", "jaw": "li", "upper_lip": "ul", "lower_lip": "ll"}
"""File ending of an EMU track -> coil. Positions are in mm: posy grows to the back, posz up, posx to the side."""


def recordings(root: Path) -> list[Utterance]:
    """Every utterance below `root`."""
    found = []
    for name in corpora.names():
        if (root / name).exists():
            corpus = corpora.get(name)
            found += [utterance for source in corpus.find(root / name).sources for utterance in corpus.read(source)]
    return found + [bundled(path, order) for order, path in enumerate(_bundles(root), 1)]


def bundled(path: Path, order: int) -> Utterance:
    """An EMU bundle; a frame at exactly 0 is one that the articulograph did not see.

    Labels are left out: their last segment runs on into silence.
    """
    bundle = emu.read(path)
    tracks = {coil: bundle.tracks[ending] for ending, coil in TRACKS.items() if ending in bundle.tracks}
    shapes = {(track.rate, track.start, len(track.column("posz"))) for track in tracks.values() if track.column("posz") is not None}
    if len(shapes) != 1:
        raise BadData(f"{path}: holds no EMA tracks that start and end together; leave the file out")
    ((rate, start, frames),) = shapes
    coils = np.full((frames, len(COIL_COLUMNS)), np.nan, np.float32)
    for coil, track in tracks.items():
        back, up = track.column("posy"), track.column("posz")
        seen = (back != 0) | (up != 0)
        coils[seen, COIL_COLUMNS.index(f"{coil}_x")], coils[seen, COIL_COLUMNS.index(f"{coil}_y")] = -back[seen], up[seen]
    return Utterance(
        corpus="emu", speaker=bundle.name.rpartition("_")[0] or "speaker", name=bundle.name, order=order, sentence=bundle.name,
        sound=bundle.sound, sound_rate=bundle.sound_rate, coils=coils, coil_rate=rate, coil_start=start,
    )


def _bundles(root: Path) -> list[Path]:
    return [path for path in folder.walk(root) if path.name.endswith("_bndl.json")]
