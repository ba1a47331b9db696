"""Read and write records as one .npz file per speaker, with one record in memory at a time.

For each record a speaker's file holds `<name>/<field>.npy` for each array, and `<name>/facts.npy` with all other fields as JSON.
Equal records give equal bytes. The file contains no pickles.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

import numpy as np

from artinv.core.files import ARCHIVE_ERRORS, replacing
from artinv.core.records import Frames, Label, Utterance
from artinv.runtime.errors import BadData, reason

Record = TypeVar("Record", bound=Utterance | Frames)

_EPOCH = (1980, 1, 1, 0, 0, 0)


class Writer:
    """Add records to a folder; speakers may come in any order, and a record is on disk when `add` returns.

    The files get their final names when the `with` block ends; after an error no file appears.
    """

    def __init__(self, folder: Path | str) -> None:
        """Name the folder; `__enter__` creates it."""
        self.folder = Path(folder)
        self._open: dict[str, zipfile.ZipFile] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Writer":
        """Create the folder, so that it exists even for a corpus without usable records."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close and rename every file, or remove unfinished files after an error."""
        self._stack.__exit__(kind, error, trace)

    def add(self, record: Utterance | Frames) -> None:
        """Append one record to its speaker's file."""
        archive = self._open.get(record.speaker)
        if archive is None:
            if not record.speaker or {"/", "\0"} & set(record.speaker):
                raise BadData(f"{record.speaker!r}: is not a valid speaker name; delete the store that holds it, run `dvc repro`")
            temporary = self._stack.enter_context(replacing(self.folder / f"{record.speaker}.npz"))
            archive = self._stack.enter_context(zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED))
            self._open[record.speaker] = archive
        facts = {}
        for field in fields(record):
            value = getattr(record, field.name)
            if isinstance(value, np.ndarray):
                _put(archive, f"{record.name}/{field.name}", _narrow(value) if field.name == "sound" else value)
            else:
                facts[field.name] = value
        _put(archive, f"{record.name}/facts", np.array(json.dumps(facts, default=_label_row, ensure_ascii=False)))


class Reader(Generic[Record]):
    """The records of one speaker's file, read one at a time; `names` lists them in the order of writing."""

    def __init__(self, path: Path | str, record_type: type[Record]) -> None:
        """Open the file; each record is read on access."""
        self.path, self.record_type = Path(path), record_type
        try:
            self._archive = zipfile.ZipFile(self.path)
        except ARCHIVE_ERRORS as error:
            raise BadData(f"{self.path}: is not a store of this project ({reason(error)}); delete it and run `dvc repro`") from None
        self.names = [key.removesuffix("/facts.npy") for key in self._archive.namelist() if key.endswith("/facts.npy")]

    def __getitem__(self, name: str) -> Record:
        """Read one record."""
        try:
            return self._record(name)
        except ARCHIVE_ERRORS as error:
            fault = reason(error)
            raise BadData(f"{self.path}: record {name!r} cannot be read ({fault}); delete the file and run `dvc repro`") from None

    def _record(self, name: str) -> Record:
        facts = json.loads(str(_get(self._archive, f"{name}/facts")))
        keys = [field.name for field in fields(self.record_type) if field.name not in facts]
        arrays: dict[str, Any] = {key: _get(self._archive, f"{name}/{key}") for key in keys}
        if "sound" in arrays and arrays["sound"].dtype == np.int16:
            arrays["sound"] = arrays["sound"].astype(np.float32) / np.float32(32768)
        for key in ("phones", "words"):
            if key in facts:
                facts[key] = tuple(Label(*row) for row in facts[key])
        if "notes" in facts:
            facts["notes"] = tuple(facts["notes"])
        return self.record_type(**facts, **arrays)

    def __iter__(self) -> Iterator[Record]:
        """Iterate over all records in the order of writing."""
        return (self[name] for name in self.names)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.names)


def speakers(folder: Path | str) -> list[str]:
    """Return the sorted names of the speakers in a folder."""
    return sorted(path.stem for path in Path(folder).glob("[!.]*.npz"))


def read(folder: Path | str, record_type: type[Record], keep: Callable[[str], bool] = lambda _: True) -> Iterator[Record]:
    """Read the records of a folder, speaker by speaker, for the speakers for which `keep` returns True."""
    for speaker in filter(keep, speakers(folder)):
        yield from Reader(Path(folder) / f"{speaker}.npz", record_type)


def write(folder: Path | str, records: Iterable[Utterance | Frames]) -> None:
    """Write all records to a folder."""
    with Writer(folder) as writer:
        for record in records:
            writer.add(record)


def save_arrays(path: Path | str, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as an .npz file whose bytes depend only on the arrays."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, value in arrays.items():
            _put(archive, name, value)


def load_arrays(path: Path | str) -> dict[str, np.ndarray]:
    """Read the named arrays that `save_arrays` wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {key.removesuffix(".npy"): _get(archive, key.removesuffix(".npy")) for key in archive.namelist()}
    except ARCHIVE_ERRORS as error:
        raise BadData(f"{path}: is not a store of this project ({reason(error)}); delete it and run `dvc repro`") from None


def _put(archive: zipfile.ZipFile, name: str, value: np.ndarray) -> None:
    with archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True) as member:
        np.lib.format.write_array(member, np.asarray(value, order="C"), allow_pickle=False)


def _get(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(f"{name}.npy") as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _narrow(sound: np.ndarray) -> np.ndarray:
    """Return 16-bit sound where that is lossless, which halves its size on disk; otherwise the float32 sound."""
    scaled = sound * np.float32(32768)
    rounded = np.rint(scaled)
    fits = np.array_equal(rounded, scaled) and (len(rounded) == 0 or (rounded.min() >= -32768 and rounded.max() <= 32767))
    return rounded.astype(np.int16) if fits else sound


def _label_row(value: object) -> list:
    if isinstance(value, Label):
        return [value.text, value.start, value.end]
    raise TypeError(type(value).__name__)
