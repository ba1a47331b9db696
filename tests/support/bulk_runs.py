"""Write recordings into folders, and run `artinv invert` on them in this process."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support import running


def put(path: Path, sound: np.ndarray, **choices) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, sound, 16000, format="FLAC" if path.suffix == ".flac" else "WAV", **choices)
    return path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def invert(capsys, *words: object, fails: bool = False, place: Path = Path()) -> tuple[dict, str]:
    """Run the command in this process; return its JSON and its stderr; relative paths start from `place`."""
    capsys.readouterr()
    arguments = ["invert", "--json", *map(str, words)]
    if fails:
        with pytest.raises(SystemExit) as caught:
            running.command(place, *arguments)
        assert caught.value.code == 2
    else:
        running.command(place, *arguments)
    out, errors = capsys.readouterr()
    return json.loads(out) if out else {}, errors
