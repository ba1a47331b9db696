"""A program that stands for ffmpeg: it decodes the files that `put` writes, and fails as they ask for."""

import json
import os
import sys
from pathlib import Path

import numpy as np

HEAD = b"\0\0\0\x18ftypM4A "
"""First bytes of an MPEG-4 file."""

_PROGRAM = """#!{python} -IS
import json, os, struct, sys
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "words"), "w") as file:
    json.dump({{"words": sys.argv[1:], "pid": os.getpid()}}, file)
name = sys.argv[sys.argv.index("-i") + 1]
assert name.startswith("file:")
with open(name[5:], "rb") as file:
    facts, samples = file.read()[{head}:].split(b"\\n", 1)
facts = json.loads(facts)
if facts["answers"]:
    start = 24 + len(facts["annotation"])
    header = struct.pack(">4s5I", facts["magic"].encode(), start, 0xffffffff, 6, facts["rate"], facts["channels"])
    sys.stdout.buffer.write(header + facts["annotation"].encode())
    for _ in range(facts["times"]):
        sys.stdout.buffer.write(samples)
sys.stdout.flush()
sys.stderr.write(facts["message"].replace("NAME", name))
if facts["code"] < 0:
    os.kill(os.getpid(), -facts["code"])
sys.exit(facts["code"])
"""


def install(folder: Path, monkeypatch) -> Path:
    """Write the program into a folder, and make that folder the only one on the PATH; return the file that gets its arguments."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "ffmpeg"
    program.write_text(_PROGRAM.format(python=sys.executable, head=len(HEAD)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder / "words"


def remove(folder: Path, monkeypatch) -> None:
    """Make an empty folder the only one on the PATH."""
    (folder / "nothing").mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("PATH", str(folder / "nothing"))


def words(file: Path) -> list[str]:
    """Return the arguments that the program got."""
    return json.loads(file.read_text())["words"]


def is_running(file: Path) -> bool:
    """Return whether the program still runs."""
    try:
        os.kill(json.loads(file.read_text())["pid"], 0)
    except ProcessLookupError:
        return False
    return True


def put(
    path: Path, sound: np.ndarray, rate: int = 16000, *, code: int = 0, message: str = "", cut: int = 0, answers: bool = True,
    magic: str = ".snd", annotation: str = "", times: int = 1,
) -> Path:
    """Write (samples,) or (samples, channels); without the last `cut` bytes, and repeated `times` times."""
    values = np.asarray(sound, ">f4")
    facts = {
        "rate": rate, "channels": values.shape[1] if values.ndim == 2 else 1, "code": code, "message": message, "answers": answers,
        "magic": magic, "annotation": annotation, "times": times,
    }
    content = values.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEAD + json.dumps(facts).encode() + b"\n" + content[: len(content) - cut])
    return path
