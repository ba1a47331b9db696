"""Read and write a recording as <SUBJECT>.h5, the format of neural speech decoding (10.1038/s42256-024-00824-8).

| key | content |
|---|---|
| ecog_alldataset | (T, E) high-gamma envelopes at 125 Hz |
| wave_re_alldataset | (N,) sound at 16 kHz, or (N, 1) |
| label_alldataset | word of each trial |
| start_ind_re_valid_alldataset, end_ind_re_valid_alldataset | first frame of each trial, and the frame after its last one |
| wave_re_spec_amp_alldataset, wave_re_spec_alldataset | (T, 256) magnitude of the spectrum of the sound, and its level in dB |
| noisesample_re_alldataset | sound without speech |

The last three keys follow from the sound: they are written for other programs and not read. Further keys of this project, without
which a recording is read as well: electrode_name, electrode_place (row and column), electrode_bad, and the attribute `subject`.
"""

from pathlib import Path

import h5py
import numpy as np
from scipy.signal import stft

from artinv.core.files import replacing
from artinv.neural import hdf5
from artinv.neural.records import RATE, SAMPLES, SOUND_RATE, Recording, Trial
from artinv.runtime.errors import BadData

SIGNALS, SOUND, LABEL = "ecog_alldataset", "wave_re_alldataset", "label_alldataset"
START, END = "start_ind_re_valid_alldataset", "end_ind_re_valid_alldataset"
REQUIRED = (SIGNALS, SOUND, LABEL, START, END)
"""Keys that a file needs."""

SPECTRUM, LEVEL, NOISE = "wave_re_spec_amp_alldataset", "wave_re_spec_alldataset", "noisesample_re_alldataset"
NAMES, PLACES, BAD = "electrode_name", "electrode_place", "electrode_bad"

BINS = 256
"""Bins of the spectra."""

GRIDS = {64: (8, 8)}
"""Number of electrodes -> rows and columns of a grid that is filled row by row, where a file does not give the places."""

SLACK = 2
"""Accepted difference between signals and sound, in frames."""

_FLOOR_DB = -100.0


def read(path: Path) -> Recording:
    """Read a recording; raise BadData for a file with a fault."""
    with hdf5.opened(path) as file:
        items = {key: hdf5.dataset(file, path, key) for key in REQUIRED}
        check_rate(items[SIGNALS], path, RATE)
        check_rate(items[SOUND], path, SOUND_RATE)
        signals = hdf5.numbers(items[SIGNALS], path, 2).astype(np.float32)
        sound = hdf5.numbers(items[SOUND], path, items[SOUND].ndim if items[SOUND].shape[1:] == (1,) else 1)
        words = hdf5.texts(items[LABEL])
        starts, ends = (hdf5.numbers(items[key], path, 1) for key in (START, END))
        names = hdf5.texts(file[NAMES]) if NAMES in file else [f"e{number:03d}" for number in range(signals.shape[1])]
        places = hdf5.numbers(file[PLACES], path, 2).astype(np.int32) if PLACES in file else usual_places(signals.shape[1])
        bad = tuple(int(number) for number in hdf5.numbers(file[BAD], path, 1)) if BAD in file else ()
        subject = hdf5.text_attribute(file, "subject") or path.stem
    if not len(words) == len(starts) == len(ends):
        fault = f"{len(words)} labels, {len(starts)} starts and {len(ends)} ends of trials"
        raise BadData(f"{path}: has {fault}; give one of each for every trial")
    check_channels(signals, names, bad, path)
    signals, sound = common(signals, np.ravel(sound).astype(np.float32), path)
    trials = numbered(words, starts, ends, len(signals), path)
    try:
        return Recording(subject, signals, sound, trials, places, tuple(names), bad)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def write(path: Path, recording: Recording) -> None:
    """Write a recording; equal recordings give equal bytes."""
    magnitude = spectrum(recording.sound, recording.frames)
    level = 20 * np.log10(np.maximum(magnitude, 10 ** (_FLOOR_DB / 20)))
    trials = recording.trials
    content: dict[str, np.ndarray] = {
        SIGNALS: recording.signals, SOUND: recording.sound, SPECTRUM: magnitude, LEVEL: level.astype(np.float32),
        NOISE: silence(recording), START: np.array([trial.start for trial in trials], np.int64),
        END: np.array([trial.end for trial in trials], np.int64), BAD: np.array(recording.bad, np.int64),
    }
    if recording.places is not None:
        content[PLACES] = recording.places
    with replacing(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        file.attrs["subject"] = recording.subject
        for key, value in content.items():
            file.create_dataset(key, data=value, track_times=False)
        for key, rate in ((SIGNALS, RATE), (SOUND, float(SOUND_RATE))):
            file[key].attrs["rate"] = rate
        for key, words in ((LABEL, [trial.word for trial in trials]), (NAMES, list(recording.channels))):
            file.create_dataset(key, data=np.array([word.encode() for word in words], "S"), track_times=False)


def spectrum(sound: np.ndarray, frames: int) -> np.ndarray:
    """Return the magnitudes (frames, BINS) float32 of the spectrum: a window of 32 ms around the time of each frame."""
    _, _, values = stft(sound, SOUND_RATE, "hann", 2 * BINS, 2 * BINS - SAMPLES)
    magnitude = np.abs(values[:BINS].T[:frames]).astype(np.float32)
    return np.pad(magnitude, ((0, frames - len(magnitude)), (0, 0)))


def silence(recording: Recording) -> np.ndarray:
    """Return the sound of the longest time without a trial."""
    edges = [0, *(frame for trial in recording.trials for frame in (trial.start, trial.end)), recording.frames]
    start, end = max(zip(edges[::2], edges[1::2], strict=True), key=lambda pair: pair[1] - pair[0])
    return recording.sound[start * SAMPLES:max(end, start) * SAMPLES]


def usual_places(electrodes: int) -> np.ndarray | None:
    """Return the places of a known grid, (E, 2) int32; None for other numbers of electrodes."""
    if electrodes not in GRIDS:
        return None
    return np.stack(np.divmod(np.arange(electrodes), GRIDS[electrodes][1]), 1).astype(np.int32)


def check_rate(item: h5py.Dataset, path: Path, rate: float) -> None:
    """Reject a dataset whose attribute `rate` is another one."""
    stated = item.attrs.get("rate", rate)
    if float(stated) != rate:
        raise BadData(f"{path}: {item.name[1:]} is at {float(stated):g} Hz, expected {rate:g} Hz; resample it")


def check_channels(signals: np.ndarray, names: list[str], bad: tuple[int, ...], path: Path) -> None:
    """Reject values that are not numbers in an electrode that is not marked as bad; replace those of bad electrodes by 0."""
    lost = [channel for channel in np.flatnonzero(~np.isfinite(signals).all(0)) if channel not in bad]
    if lost:
        many = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        name = names[lost[0]] if lost[0] < len(names) else lost[0]
        raise BadData(f"{path}: channel {name}{many} holds values that are not numbers; mark it as bad, or repair it")
    usable = [channel for channel in bad if 0 <= channel < signals.shape[1]]
    signals[:, usable] = np.nan_to_num(signals[:, usable], nan=0, posinf=0, neginf=0)


def common(signals: np.ndarray, sound: np.ndarray, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return signals and sound of the same length, cut by at most SLACK frames; reject a greater difference."""
    frames, heard = len(signals), len(sound) / SAMPLES
    if abs(frames - heard) > SLACK:
        lengths = f"signals of {frames / RATE:.2f} s at {RATE:g} Hz and sound of {len(sound) / SOUND_RATE:.2f} s at {SOUND_RATE} Hz"
        raise BadData(f"{path}: has {lengths}; resample one of them, or cut both to the same time")
    shared = min(frames, int(heard))
    return signals[:shared], sound[:shared * SAMPLES]


def numbered(words: list[str], starts: np.ndarray, ends: np.ndarray, frames: int, path: Path) -> tuple[Trial, ...]:
    """Return the trials in order of time with the number of each take."""
    takes: dict[str, int] = {}
    trials = []
    if not (np.isfinite(starts).all() and np.isfinite(ends).all()):
        raise BadData(f"{path}: a start or end of a trial is no number; correct its indices")
    for place in np.argsort(starts, kind="stable"):
        word, start, end = words[place], int(starts[place]), int(ends[place])
        if not 0 <= start < end <= frames + SLACK:
            raise BadData(f"{path}: trial '{word}' lasts from frame {start} to {end} of {frames}; correct its indices")
        trials.append(Trial(word, takes.get(word, 0), start, min(end, frames)))
        takes[word] = takes.get(word, 0) + 1
    return tuple(trials)
