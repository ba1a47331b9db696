"""Names and text files of BIDS-iEEG: the folder of a subject, tables separated by tabs, and JSON beside the recording."""

import csv
import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from artinv.core.files import write_json, write_text
from artinv.runtime.errors import BadData, reason

ENDING = "_ieeg.nwb"
FOLDERS = ("", "ieeg/", "ses-*/ieeg/", "sub-*/ieeg/", "sub-*/ses-*/ieeg/")
"""Where the recordings of a subject or of a data set lie below its folder."""

TASK = "words"
VERSION = "1.10.0"
MISSING = "n/a"
USUAL_LINE = 50.0
"""Line frequency in Hz where no JSON file gives it."""

LEAST_LINE = 10.0
"""Line frequencies are above it, Hz; the notches of a lower one would leave no band."""

Row = dict[str, str]


def recording_file(folder: Path) -> Path:
    """Return the .nwb file of a subject's folder, of its folder `ieeg`, or of a data set with one subject."""
    if not folder.is_dir():
        raise BadData(f"{folder}: is no folder; name the folder of a subject, such as sub-01")
    for above in FOLDERS:
        files = sorted(folder.glob(f"{above}*{ENDING}"))
        if len(files) > 1:
            raise BadData(f"{folder}: holds {len(files)} recordings; name the folder of one, such as {files[0].parent}")
        if files:
            return files[0]
    raise BadData(f"{folder}: holds no *{ENDING}; name the folder of a subject of a BIDS-iEEG data set")


def subject_of(file: Path) -> str:
    """Return the label of the subject of a recording's file.

    >>> subject_of(Path("sub-01_task-words_ieeg.nwb"))
    '01'
    """
    return file.name.removeprefix("sub-").partition("_")[0]


def label(subject: str) -> str:
    """Return a subject's name as BIDS allows it: letters and digits.

    >>> label("NY-742")
    'NY742'
    """
    return re.sub(r"[^0-9A-Za-z]", "", subject)


def stem(root: Path, subject: str) -> Path:
    """Return the path of a subject's files without their endings."""
    name = f"sub-{label(subject)}"
    return root / name / "ieeg" / f"{name}_task-{TASK}"


def beside(file: Path, ending: str) -> Path | None:
    """Return the file of the same recording with another ending, such as channels.tsv; None if there is none.

    Electrodes belong to a subject, so that the name of their file may lack the task.
    """
    own = file.with_name(f"{file.name.removesuffix(ENDING)}_{ending}")
    if own.is_file():
        return own
    prefix = f"sub-{subject_of(file)}_"
    return next((path for path in sorted(file.parent.glob(f"{prefix}*_{ending}"))), None) if ending == "electrodes.tsv" else None


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """Read a table; raise BadData if it lacks one of the columns or a row is too short."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, ValueError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read as a table ({reason(error)}); copy the file again") from None
    for column in columns:
        if rows and column not in rows[0]:
            raise BadData(f"{path}: column {column} is missing; add it (docs/neural-data.md)")
    for number, row in enumerate(rows, 2):
        if None in row.values() or None in row:
            raise BadData(f"{path}: line {number} has another number of columns than line 1; correct it")
    return rows


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table."""
    lines = ["\t".join(columns), *("\t".join(map(str, row)) for row in rows)]
    write_text(path, "\n".join(lines) + "\n")


def line_frequency(file: Path) -> float:
    """Return the line frequency that the JSON file beside a recording gives, Hz; 0 for "n/a", which is no line noise."""
    path = beside(file, "ieeg.json")
    if path is None:
        return USUAL_LINE
    try:
        value = json.loads(path.read_text(encoding="utf-8")).get("PowerLineFrequency", USUAL_LINE)
        line = 0.0 if value == MISSING else float(value)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BadData(f"{path}: PowerLineFrequency cannot be read ({reason(error)}); correct it") from None
    if line and not LEAST_LINE < line < math.inf:
        raise BadData(f'{path}: PowerLineFrequency is {line:g} Hz; give 50, 60, or "{MISSING}" for none')
    return line


def write_data_set(root: Path, subjects: Sequence[str]) -> None:
    """Write the files that describe a data set."""
    write_json(root / "dataset_description.json", {
        "Name": "Simulated recordings of the brain", "BIDSVersion": VERSION, "DatasetType": "raw",
        "Authors": [], "GeneratedBy": [{"Name": "artinv"}],
    })
    rows = ((f"sub-{label(subject)}", MISSING, MISSING) for subject in subjects)
    write_table(root / "participants.tsv", ("participant_id", "age", "sex"), rows)
