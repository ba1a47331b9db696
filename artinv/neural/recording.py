"""Read a recording of the brain, whatever its format; the records of the neighbour `neural` under one name."""

from pathlib import Path

from artinv.neural.records import RATE, ROLES, SAMPLES, SOUND_RATE, Recording, Trial, Truth
from artinv.runtime.errors import BadData

__all__ = ["ENDINGS", "RATE", "ROLES", "SAMPLES", "SOUND_RATE", "Recording", "Trial", "Truth", "read"]

ENDINGS = (".h5", ".hdf5")


def read(path: Path | str) -> Recording:
    """Read an .h5 file with the keys of the forerunner, or a subject's folder of BIDS-iEEG with an .nwb file."""
    from artinv.neural import h5, nwb  # noqa: PLC0415 -- h5py is an extra

    place = Path(path)
    if place.is_dir():
        return nwb.read(place)
    if place.suffix.lower() in ENDINGS:
        return h5.read(place)
    raise BadData(f"{place}: is neither an .h5 file nor a folder with an .nwb file; name one of these")
