"""Read the real recordings in a folder: corpora in their native formats, and EMU bundles in any subfolder."""

import os
from dataclasses import replace
from pathlib import Path

from artinv.core.records import Utterance
from artinv.corpora import facts, readers
from artinv.corpora.facts.own import BUNDLE
from artinv.corpora.native import folder
from artinv.corpora.native.mapping import Mapping
from artinv.corpora.readers import own
from artinv.runtime.errors import BadData

BUNDLES = Mapping(
    motion="emu", x="-posy", y="posz", unit=1.0, lost=0, speaker="(.+)_[^_]*",
    sensors={"tt": "t_tip", "td": "t_back", "tb": "t_mid", "li": "jaw", "ul": "upper_lip", "ll": "lower_lip"},
)
"""Mapping for EMA tracks of the EMU-webApp; a frame at exactly 0 is a lost frame.

Labels are ignored because their last segment extends into silence.
"""


def checked_folder(place: Path) -> Path:
    """Return the user's folder of recordings, which may itself be a link; reject links to folders inside it.

    DVC follows a link at the folder itself, but does not detect changes behind links inside it.
    """
    for root, names, _ in os.walk(place):
        for link in (Path(root, name) for name in sorted(names)):
            if link.is_symlink():
                cure = f"put the folder itself there, or let {place} be the only link"
                raise BadData(f"{link}: is a link to a folder, behind which DVC detects no change; {cure}")
    return place


def recordings(root: Path) -> list[Utterance]:
    """Read every utterance in `root` and its subfolders."""
    utterances = []
    for name in facts.names():
        if (root / name).exists():
            reader = readers.get(name)
            utterances += [utterance for source in reader.find(root / name).sources for utterance in reader.read(source)]
    return utterances + [bundled(path, order) for order, path in enumerate(_bundles(root), 1)]


def bundled(path: Path, order: int) -> Utterance:
    """Read an EMU bundle."""
    name = path.name.removesuffix(BUNDLE)
    return replace(own.recording(BUNDLES, name, BUNDLES.owner(name) or "speaker", [path]), corpus="emu", order=order)


def _bundles(root: Path) -> list[Path]:
    bundles = [path for path in folder.walk(root) if path.name.endswith(BUNDLE)]
    return [path for path in bundles if "own" not in path.relative_to(root).parts[:1]]
