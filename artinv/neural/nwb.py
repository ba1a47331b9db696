"""Read and write BIDS-iEEG with NWB, as the data set SingleWordProductionDutch has it (10.1038/s41597-022-01542-9).

The .nwb file has the acquisitions `iEEG` (samples, channels), `Audio` (samples,) and `Stimulus`, the word on the screen at each
sample of iEEG, "" between words. Tables beside it name the channels, mark bad ones and may give the places of electrodes. The file
is written and read by h5py alone; pynwb reads what is written here and writes what is read here.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np

from artinv.core.files import replacing, write_json
from artinv.core.records import Label
from artinv.neural import bids, h5, hdf5
from artinv.neural.highgamma import SLOWEST, envelopes
from artinv.neural.records import RATE, Recording
from artinv.runtime.errors import BadData
from artinv.signal.resample import at_16_khz

BRAIN, AUDIO, WORDS = "acquisition/iEEG", "acquisition/Audio", "acquisition/Stimulus"
MICROVOLT = 1e6
BRAIN_TYPES = ("ECOG", "SEEG", "DBS")
"""Types in channels.tsv of channels that record the brain; if a table has one of them, other channels are left out."""

_LATEST = 1e9  # s; onset and duration of a word are less
_BLOCK = 1 << 21  # values of the voltage in memory at once
_EPOCH = "2000-01-01T00:00:00.000000+00:00"
_CORE = "2.7.0"  # version of the schema; its part that is used here is the same since 2.0
_GROUPS = ("acquisition", "analysis", "general", "processing", "stimulus/presentation", "stimulus/templates")


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A recording apart from its voltage."""

    subject: str
    rate: float  # Hz, of the voltage
    samples: int  # of the voltage
    channels: tuple[str, ...]
    sound: np.ndarray  # (N,) int16
    sound_rate: float  # Hz
    words: tuple[Label, ...]  # times in s; words that are equal do not touch
    places: np.ndarray | None = None  # (E, 2) int32, row and column on the grid
    bad: tuple[int, ...] = ()
    line: float = 50.0  # Hz, line frequency; 0: none
    volts: float = 1e-7  # V per unit of the voltage


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that record the brain, of a table of channels."""

    names: tuple[str, ...]
    bad: tuple[int, ...]  # numbers within `names` of channels with the status bad
    kept: list[int]  # their rows in the table, which are columns of the voltage
    rows: int  # of the table


def read(folder: Path) -> Recording:
    """Read a subject: high-gamma envelopes in microvolts, sound at 16 kHz, and a trial for each word."""
    path = bids.recording_file(folder)
    table = read_channels(path)
    channels, bad = table.names, table.bad
    with hdf5.opened(path) as file:
        brain = hdf5.dataset(file, path, f"{BRAIN}/data")
        if brain.ndim != 2 or brain.dtype.kind not in "iuf" or not len(brain):
            raise BadData(f"{path}: iEEG has shape {brain.shape} and type {brain.dtype}; expected numbers (samples, channels)")
        if brain.shape[1] != table.rows:
            raise BadData(f"{path}: iEEG has {brain.shape[1]} channels, channels.tsv {table.rows}; correct the table")
        if (rate := rate_of(file, path, BRAIN)) < SLOWEST:
            raise BadData(f"{path}: voltage at {rate:g} Hz has no high gamma; export it at {SLOWEST:g} Hz or more")
        signals = envelopes(voltage(brain, path, table), rate, len(channels), bids.line_frequency(path))
        sound = read_sound(file, path)
        words = read_words(file, path, len(brain), rate)
    signals, sound = h5.common(signals * np.float32(MICROVOLT), sound, path)
    frames = [(word.text, round(word.start * RATE), max(round(word.end * RATE), round(word.start * RATE) + 1)) for word in words]
    kept = [row for row in frames if row[1] < len(signals)]  # a trial may lie in the part that was cut
    texts, starts, ends = [row[0] for row in kept], np.array([row[1] for row in kept]), np.array([row[2] for row in kept])
    trials = h5.numbered(texts, starts, np.minimum(ends, len(signals)), len(signals), path)
    try:
        return Recording(bids.subject_of(path), signals, sound, trials, read_places(path, channels), channels, bad)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def voltage(data: h5py.Dataset, path: Path, table: Channels) -> Iterator[np.ndarray]:
    """Yield blocks (n, channels) float32 in V; bad channels are 0 where they hold no numbers, in others this is a fault."""
    scale, offset = float(data.attrs.get("conversion", 1)), float(data.attrs.get("offset", 0))
    size = max(1, _BLOCK // max(1, data.shape[1]))
    for start in range(0, len(data), size):
        block = (data[start:start + size][:, table.kept] * scale + offset).astype(np.float32)
        h5.check_channels(block, list(table.names), table.bad, path)
        yield block


def read_sound(file: h5py.File, path: Path) -> np.ndarray:
    """Return the sound at 16 kHz, (N,) float32; sound with values beyond 1 is scaled."""
    data = hdf5.dataset(file, path, f"{AUDIO}/data")
    values = hdf5.numbers(data, path, data.ndim if data.shape[1:] == (1,) else 1).ravel()
    scale = float(data.attrs.get("conversion", 1))
    if values.dtype.kind in "iu" and scale == 1:
        scale = 1 / (np.iinfo(values.dtype).max + 1)
    sound = (values * np.float64(scale)).astype(np.float32)
    if not np.isfinite(sound).all():
        raise BadData(f"{path}: Audio holds values that are not numbers; {hdf5.RESTORE}")
    peak = float(np.abs(sound).max(initial=0))
    return at_16_khz(sound if peak <= 1 else sound / np.float32(peak), rate_of(file, path, AUDIO)).astype(np.float32)


def read_words(file: h5py.File, path: Path, samples: int, rate: float) -> list[Label]:
    """Return the words of the acquisition Stimulus or, where it is missing, of events.tsv."""
    if f"{WORDS}/data" in file:
        data = hdf5.dataset(file, path, f"{WORDS}/data")
        if len(data) != samples:
            raise BadData(f"{path}: Stimulus has {len(data)} samples, iEEG {samples}; give each sample of iEEG a word or ''")
        raw = data[:]
        edges = np.flatnonzero(np.r_[True, raw[1:] != raw[:-1], True])
        runs = [Label(hdf5.text(raw[start]).strip(), start / rate, end / rate) for start, end in pairwise(edges)]
        return [run for run in runs if run.text]
    events = bids.beside(path, "events.tsv")
    if events is None:
        raise BadData(f"{path}: has no acquisition Stimulus, and no events.tsv lies beside it; add the words in one of them")
    rows = bids.read_table(events, ("onset", "duration", "value"))
    try:
        timed = [(row["value"], float(row["onset"]), float(row["duration"])) for row in rows if row["value"] != bids.MISSING]
    except ValueError:
        raise BadData(f"{events}: onset or duration is no number; correct the row") from None
    for text, start, duration in timed:
        if not (abs(start) < _LATEST and abs(duration) < _LATEST):
            raise BadData(f"{events}: '{text}' starts at {start:g} s and lasts {duration:g} s; correct onset or duration")
    return [Label(text, start, start + duration) for text, start, duration in timed]


def rate_of(file: h5py.File, path: Path, series: str) -> float:
    """Return the rate of an acquisition, Hz, from its attribute or its time stamps."""
    start = file.get(f"{series}/starting_time")
    if start is not None and "rate" in start.attrs:
        rate = float(start.attrs["rate"])
    else:
        times = hdf5.numbers(hdf5.dataset(file, path, f"{series}/timestamps"), path, 1)
        rate = (len(times) - 1) / float(times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0
    if not 0 < rate < np.inf:
        raise BadData(f"{path}: {series} has a rate of {rate:g} Hz; correct its starting_time")
    return rate


def read_channels(path: Path) -> Channels:
    """Read channels.tsv."""
    file = bids.beside(path, "channels.tsv")
    if file is None:
        raise BadData(f"{path.parent}: has no {path.name.removesuffix(bids.ENDING)}_channels.tsv; add it, one row for each channel")
    rows = bids.read_table(file, ("name",))
    names = [row["name"] for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadData(f"{file}: names the channel {twice[0]} twice; give each its own name")
    of_brain = [number for number, row in enumerate(rows) if row.get("type", "").upper() in BRAIN_TYPES]
    kept = of_brain or list(range(len(rows)))
    bad = tuple(place for place, number in enumerate(kept) if rows[number].get("status", "").casefold() == "bad")
    return Channels(tuple(names[number] for number in kept), bad, kept, len(rows))


def read_places(path: Path, channels: tuple[str, ...]) -> np.ndarray | None:
    """Return the columns grid_row and grid_column of electrodes.tsv, (E, 2) int32; None where they are not given for all."""
    table = bids.beside(path, "electrodes.tsv")
    rows = {row["name"]: row for row in bids.read_table(table, ("name",))} if table else {}
    try:
        return np.array([[int(rows[name]["grid_row"]), int(rows[name]["grid_column"])] for name in channels], np.int32)
    except (KeyError, ValueError):
        return None


def write(root: Path, session: Session, blocks: Iterable[np.ndarray]) -> Path:
    """Write a subject's folder below `root` and return it; `blocks` are the voltage, (n, channels) int16."""
    stem = bids.stem(root, session.subject)
    path = stem.with_name(f"{stem.name}{bids.ENDING}")
    stem.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        write_header(file, session.subject)
        shape = session.samples, len(session.channels)
        brain = series(file, "iEEG", session.rate, "V", session.volts)
        data = brain.create_dataset("data", shape, np.int16, track_times=False)
        start = 0
        for block in blocks:
            data[start:start + len(block)] = block
            start += len(block)
        if start != session.samples:
            raise ValueError(f"{start} of {session.samples} samples")
        describe(data, "V", session.volts)
        audio = series(file, "Audio", session.sound_rate, "a.u.", 1 / 32768)
        describe(audio.create_dataset("data", data=session.sound, track_times=False), "a.u.", 1 / 32768)
        words = series(file, "Stimulus", session.rate, "a.u.", 1.0)
        describe(words.create_dataset("data", data=stimulus(session), compression="gzip", track_times=False), "a.u.", 1.0)
    write_tables(stem, session)
    return stem.parent.parent


def stimulus(session: Session) -> np.ndarray:
    """Return the word at each sample of the voltage, (samples,) bytes."""
    width = max((len(word.text.encode()) for word in session.words), default=1)
    out = np.zeros(session.samples, f"S{max(width, 1)}")
    for word in session.words:
        out[round(word.start * session.rate):round(word.end * session.rate)] = word.text.encode()
    return out


def write_header(file: h5py.File, subject: str) -> None:
    """Write what each NWB file has."""
    for name in _GROUPS:
        file.create_group(name)
    typed(file, "NWBFile", subject)
    file.attrs["nwb_version"] = _CORE
    text = h5py.string_dtype()
    for name, value in (("identifier", f"sub-{bids.label(subject)}"), ("session_description", "single words, simulated"),
                        ("session_start_time", _EPOCH), ("timestamps_reference_time", _EPOCH)):
        file.create_dataset(name, data=value, dtype=text, track_times=False)
    file.create_dataset("file_create_date", data=[_EPOCH], dtype=text, track_times=False)


def typed(group: h5py.Group, kind: str, subject: str) -> None:
    """Mark a group as an object of the schema; its identifier depends on its name alone."""
    group.attrs["namespace"], group.attrs["neurodata_type"] = "core", kind
    group.attrs["object_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"artinv/{subject}{group.name}"))


def series(file: h5py.File, name: str, rate: float, unit: str, scale: float) -> h5py.Group:
    """Create an acquisition without its data."""
    group = file.create_group(f"acquisition/{name}")
    typed(group, "TimeSeries", str(file["identifier"][()]))
    group.attrs["comments"], group.attrs["description"] = "no comments", f"{name}, {scale:g} {unit} per unit"
    start = group.create_dataset("starting_time", data=0.0, track_times=False)
    start.attrs["rate"], start.attrs["unit"] = float(rate), "seconds"
    return group


def describe(data: h5py.Dataset, unit: str, scale: float) -> None:
    """Write the unit of a dataset and its size."""
    data.attrs["conversion"], data.attrs["offset"], data.attrs["resolution"], data.attrs["unit"] = scale, 0.0, -1.0, unit


def write_tables(stem: Path, session: Session) -> None:
    """Write the tables and the JSON file beside a recording."""
    def place(ending: str) -> Path:
        return stem.with_name(f"{stem.name}_{ending}")

    none = bids.MISSING
    columns = "name", "type", "units", "low_cutoff", "high_cutoff", "sampling_frequency", "status"
    bids.write_table(place("channels.tsv"), columns, (
        (name, "ECOG", "V", none, none, f"{session.rate:g}", "bad" if number in session.bad else "good")
        for number, name in enumerate(session.channels)
    ))
    places = session.places if session.places is not None else [(none, none)] * len(session.channels)
    bids.write_table(place("electrodes.tsv"), ("name", "x", "y", "z", "size", "grid_row", "grid_column"), (
        (name, none, none, none, none, *row) for name, row in zip(session.channels, places, strict=True)
    ))
    bids.write_table(place("events.tsv"), ("onset", "duration", "trial_type", "value"), (
        (f"{word.start:.6f}", f"{word.end - word.start:.6f}", "word", word.text) for word in session.words
    ))
    write_json(place("ieeg.json"), {
        "TaskName": bids.TASK, "SamplingFrequency": session.rate, "PowerLineFrequency": session.line or none,
        "SoftwareFilters": none, "iEEGReference": none, "RecordingType": "continuous",
    })
