"""Measure the start-up time of commands: `python -m benchmarks.start`, after `make repro`.

Requirements: help below 0.5 s, inversion of one sentence below 3 s, `dvc repro` with nothing to do at most 5 s longer than the
start of DVC itself.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

ROUNDS = 5


def measure() -> dict[str, float]:
    """Return the seconds of each command: the median of five rounds, after one that fills the caches."""
    artinv = [sys.executable, "-m", "artinv"]
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "a.wav"
        noise = np.random.default_rng(0).standard_normal(48000)
        soundfile.write(sound, 0.1 * noise * np.hanning(len(noise)), 16000)
        commands = {
            "python": [sys.executable, "-c", ""], "help": [*artinv, "--help"], "dvc": ["dvc", "--version"],
            "repro_with_nothing_to_do": ["dvc", "repro"],
        }
        seconds = {name: float(np.median([_seconds(command) for _ in range(ROUNDS + 1)][1:])) for name, command in commands.items()}
        invert = [[*artinv, "invert", str(sound), "-o", f"{folder}/{number}"] for number in range(ROUNDS + 1)]
        return seconds | {"invert_3_s_of_sound": float(np.median([_seconds(command) for command in invert][1:]))}


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    for title, value in measure().items():
        print(f"{title:28}{value:6.2f} s")
