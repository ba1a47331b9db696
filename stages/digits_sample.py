"""Prepare the recordings of a folder, and divide them into training, validation and test."""

from pathlib import Path

from artinv.digits.sounds import SampleParams, divide, read, save
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        files, (folder,) = DigitsFiles(), arguments("FOLDER")
        parts = divide(*read(Path(folder)), SampleParams.load(files.params))
        save(files.sounds, parts)
        print(f"{parts['test'].origin.upper()}: {', '.join(f'{len(clips)} sounds to {part}' for part, clips in parts.items())}")
