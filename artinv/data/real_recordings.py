"""The real recordings that a folder holds: corpora in their native formats, and EMU bundles anywhere below."""

import os
from dataclasses import replace
from pathlib import Path

from artinv.corpora import facts, readers
from artinv.corpora.facts.own import BUNDLE
from artinv.corpora.readers import own
from artinv.runtime.errors import BadData
from artinv.corpora.native import folder
from artinv.corpora.native.mapping import Mapping
from artinv.core.records import Utterance

BUNDLES = Mapping(
    motion="emu", x="-posy", y="posz", unit=1.0, lost=0, speaker="(.+)_[^_]*",
    sensors={"tt": "t_tip", "td": "t_back", "tb": "t_mid", "li": "jaw", "ul": "upper_lip", "ll": "lower_lip"},
)
"""EMU-webApp's EMA tracks; a frame at exactly 0 is one that the articulograph did not see.

Labels are left out: their last segment runs on into silence.
"""


def given(place: Path) -> Path:
    """The folder of recordings that a user has put or linked there, after a look for links to folders below.

    What lies behind those is read, but DVC, which follows the place itself, would not see it change.
    """
    for root, names, _ in os.walk(place):
        for link in (Path(root, name) for name in sorted(names)):
            if link.is_symlink():
                cure = f"put the folder itself there, or let {place} be the only link"
                raise BadData(f"{link}: is a link to a folder, behind which DVC sees no change; {cure}")
    return place


def recordings(root: Path) -> list[Utterance]:
    """Every utterance below `root`."""
    found = []
    for name in facts.names():
        if (root / name).exists():
            reader = readers.get(name)
            found += [utterance for source in reader.find(root / name).sources for utterance in reader.read(source)]
    return found + [bundled(path, order) for order, path in enumerate(_bundles(root), 1)]


def bundled(path: Path, order: int) -> Utterance:
    """An EMU bundle."""
    name = path.name.removesuffix(BUNDLE)
    return replace(own.recording(BUNDLES, name, BUNDLES.owner(name) or "speaker", [path]), corpus="emu", order=order)


def _bundles(root: Path) -> list[Path]:
    outside = [path for path in folder.walk(root) if path.name.endswith(BUNDLE)]
    return [path for path in outside if "own" not in path.relative_to(root).parts[:1]]
