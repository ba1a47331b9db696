"""Small recordings of the brain, and faults to plant into their files."""

import json
import shutil

import h5py
import numpy as np

from artinv.core.records import Label
from artinv.formats.sound import to_int16
from artinv.neural import h5, nwb
from artinv.neural.records import RATE, SAMPLES, Recording, Trial
from artinv.neural.spoken_session import SpokenSession

WORDS = ("dog", "key", "boat")


def trials(count=9, length=60, gap=20, words=WORDS):
    """Return trials of words in turn."""
    return tuple(
        Trial(words[k % len(words)], k // len(words), gap + k * (length + gap), (k + 1) * (length + gap)) for k in range(count))


def recording(electrodes=6, count=9, seed=0, subject="S1", places=True):
    """Return a recording of noise."""
    rng = np.random.default_rng(seed)
    own = trials(count)
    frames = own[-1].end + 25
    signals = (10 + rng.standard_normal((frames, electrodes))).astype(np.float32)
    sound = (rng.integers(-3000, 3000, frames * SAMPLES) / 32768).astype(np.float32)
    grid = np.stack(np.divmod(np.arange(electrodes), 3), 1).astype(np.int32) if places else None
    return Recording(subject, signals, sound, own, grid, tuple(f"G{k}" for k in range(electrodes)), (1,))


def session(recorded=None, rate=1000, seed=0, **changes):
    """Return a session and its voltage (samples, E) int16: carriers whose envelopes are those of a recording."""
    recorded = recorded or recording()
    samples = round(recorded.frames * rate / RATE)
    rng = np.random.default_rng(seed)
    time = np.arange(samples) / rate
    carrier = np.cos(2 * np.pi * 125 * time[:, None] + rng.uniform(0, 6, len(recorded.channels)))
    modulation = 1 + 0.1 * np.sin(2 * np.pi * time[:, None] * np.linspace(1, 3, len(recorded.channels)))
    voltage = np.rint(200 * modulation * carrier).astype(np.int16)
    words = tuple(Label(trial.word, trial.start / RATE, trial.end / RATE) for trial in recorded.trials)
    fields = {
        "subject": recorded.subject, "rate": float(rate), "samples": samples, "channels": recorded.channels,
        "sound": to_int16(recorded.sound), "sound_rate": 16000.0, "words": words, "places": recorded.places, "bad": recorded.bad,
    } | changes
    return nwb.Session(**fields), voltage


def write_h5(folder, recorded=None):
    """Write a recording as .h5."""
    path = folder / "S1.h5"
    h5.write(path, recorded or recording())
    return path


def write_bids(folder, recorded=None, rate=1000):
    """Write a recording as BIDS-iEEG."""
    own, voltage = session(recorded, rate)
    return nwb.write(folder, own, np.array_split(voltage, 3))


def spoken(frames=2000, seed=0):
    """Return a session of noise in place of speech, with a word of 60 frames in each 100."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((frames, 18)), 0)
    smooth = np.stack([np.convolve(row, np.hanning(15), "same") for row in walk.T], 1).astype(np.float32)
    loud = np.repeat(np.abs(np.sin(np.arange(frames) / 40)), SAMPLES) * 0.1
    sound = (loud * rng.standard_normal(frames * SAMPLES)).astype(np.float32)
    words = tuple(Label(WORDS[k % 3], (100 * k + 30) / RATE, (100 * k + 70) / RATE) for k in range(frames // 100))
    return SpokenSession(sound, smooth, words, words)


def replaced(path, key, value):
    """Replace a dataset of an HDF5 file; None deletes it."""
    with h5py.File(path, "r+") as file:
        attributes = dict(file[key].attrs)
        del file[key]
        if value is not None:
            file[key] = value
            file[key].attrs.update(attributes)


def changed(path, key, change):
    """Replace a dataset by a function of its content."""
    with h5py.File(path) as file:
        content = file[key][:]
    replaced(path, key, change(content))


def cut(path):
    """Remove the last third of a file."""
    content = path.read_bytes()
    path.write_bytes(content[:len(content) * 2 // 3])


def lost(channel):
    """Return a function that puts values that are not numbers into a channel."""
    def change(signals):
        out = signals.astype(np.float32)
        out[7:9, channel] = np.nan
        return out
    return change


def attribute(path, key, name, value):
    """Set an attribute of an item."""
    with h5py.File(path, "r+") as file:
        file[key].attrs[name] = value


def file_of(folder, ending):
    """Return the file of a subject's folder with this ending."""
    (path,) = (folder / "ieeg").glob(f"*{ending}")
    return path


def edited(path, old, new):
    """Replace text in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def timed(folder, column, value):
    """Remove the stimulus, so that the table of events counts, and replace a time of its first word."""
    replaced(file_of(folder, "_ieeg.nwb"), f"{nwb.WORDS}/data", None)
    table = file_of(folder, "events.tsv")
    head, first, *rest = table.read_text().splitlines()
    cells = first.split("\t")
    cells[head.split("\t").index(column)] = value
    table.write_text("\n".join([head, "\t".join(cells), *rest]) + "\n")


H5_FAULTS = {
    **{f"without {key}": (lambda path, key=key: replaced(path, key, None), f"key {key} is missing") for key in h5.REQUIRED},
    "signals at 100 Hz": (lambda path: attribute(path, h5.SIGNALS, "rate", 100.0), "ecog_alldataset is at 100 Hz, expected 125 Hz"),
    "sound at 44.1 kHz": (lambda path: changed(path, h5.SOUND, lambda x: np.repeat(x, 3)[:len(x) * 441 // 160]), "resample one of"),
    "a channel that is not numbers": (lambda path: changed(path, h5.SIGNALS, lost(3)), "channel G3 holds values"),
    "sound that is not numbers": (lambda path: changed(path, h5.SOUND, lambda x: x * np.float32(np.nan)), "sound holds values"),
    "half of the sound": (lambda path: changed(path, h5.SOUND, lambda x: x[:len(x) // 2]), "cut both to the same time"),
    "a start too few": (lambda path: changed(path, h5.START, lambda x: x[1:]), "9 labels, 8 starts and 9 ends"),
    "a trial after the end": (lambda path: changed(path, h5.END, lambda x: x + 10_000), "correct its indices"),
    "a trial that ends first": (lambda path: changed(path, h5.END, lambda x: x * 0), "correct its indices"),
    "a start that is no number": (lambda path: changed(path, h5.START, lambda x: x * np.nan), "is no number"),
    "signals in one dimension": (lambda path: changed(path, h5.SIGNALS, lambda x: x[:, 0]), "expected numbers in 2 dimensions"),
    "signals as text": (lambda path: replaced(path, h5.SIGNALS, [b"a", b"b"]), "expected numbers"),
    "a bad electrode below 0": (lambda path: replaced(path, h5.BAD, [-99]), "bad names an electrode that is not there"),
    "an unknown bad electrode": (lambda path: replaced(path, h5.BAD, [77]), "bad names an electrode that is not there"),
    "names too few": (lambda path: changed(path, h5.NAMES, lambda x: x[1:]), "channels are not one name for each electrode"),
    "a cut": (cut, "truncated or foreign"),
    "other content": (lambda path: path.write_text("no HDF5"), "truncated or foreign"),
    "nothing": (lambda path: path.write_bytes(b""), "truncated or foreign"),
}
"""Fault of an .h5 file -> how to plant it, and words of the message."""


def _nwb(change, *words):
    return lambda folder: change(file_of(folder, "_ieeg.nwb"), *words)


NWB_FAULTS = {
    "without iEEG": (_nwb(replaced, f"{nwb.BRAIN}/data", None), "key acquisition/iEEG/data is missing"),
    "without Audio": (_nwb(replaced, f"{nwb.AUDIO}/data", None), "key acquisition/Audio/data is missing"),
    "voltage at 200 Hz": (_nwb(attribute, f"{nwb.BRAIN}/starting_time", "rate", 200.0), "voltage at 200 Hz has no high gamma"),
    "a rate of 0 Hz": (_nwb(attribute, f"{nwb.BRAIN}/starting_time", "rate", 0.0), "has a rate of 0 Hz"),
    "sound at another rate": (_nwb(attribute, f"{nwb.AUDIO}/starting_time", "rate", 48000.0), "resample one of them"),
    "a channel that is not numbers": (_nwb(changed, f"{nwb.BRAIN}/data", lost(3)), "channel G3 holds values that are not numbers"),
    "sound that is not numbers": (_nwb(changed, f"{nwb.AUDIO}/data", lambda x: x * np.nan), "Audio holds values that are not"),
    "half of the words": (_nwb(changed, f"{nwb.WORDS}/data", lambda x: x[:len(x) // 2]), "give each sample of iEEG a word or ''"),
    "voltage in one dimension": (_nwb(changed, f"{nwb.BRAIN}/data", lambda x: x[:, 0]), "expected numbers (samples, channels)"),
    "a cut": (_nwb(cut), "truncated or foreign"),
    "no words at all": (lambda folder: (_nwb(replaced, f"{nwb.WORDS}/data", None)(folder), file_of(folder, "events.tsv").unlink()),
                        "add the words in one of them"),
    "no channels.tsv": (lambda folder: file_of(folder, "channels.tsv").unlink(), "_channels.tsv; add it"),
    "a row too few": (lambda folder: edited(file_of(folder, "channels.tsv"), "G5\t", "\n"), "has another number of columns"),
    "a channel too few": (lambda folder: edited(file_of(folder, "channels.tsv"), "G5\tECOG\tV\tn/a\tn/a\t1000\tgood\n", ""),
                          "iEEG has 6 channels, channels.tsv 5"),
    "a channel twice": (lambda folder: edited(file_of(folder, "channels.tsv"), "G5", "G4"), "names the channel G4 twice"),
    "a table that is no text": (lambda folder: file_of(folder, "channels.tsv").write_bytes(b"name\xff\n"),
                                "cannot be read as a table"),
    "a word with an onset in words": (lambda folder: timed(folder, "onset", "soon"), "onset or duration is no number"),
    "no column name": (lambda folder: edited(file_of(folder, "channels.tsv"), "name", "label"), "column name is missing"),
    "a line frequency in words": (lambda folder: edited(file_of(folder, "ieeg.json"), "50.0", '"some"'), "PowerLineFrequency"),
    **{f"a line frequency of {value}": (lambda folder, value=value: edited(file_of(folder, "ieeg.json"), "50.0", value),
                                        f"PowerLineFrequency is {shown} Hz")
       for value, shown in (("NaN", "nan"), ("-50", "-50"), ("Infinity", "inf"), ("10", "10"), ("0.5", "0.5"))},
    **{f"a word with the {column} {value}": (lambda folder, column=column, value=value: timed(folder, column, value),
                                             "correct onset or duration")
       for column in ("onset", "duration") for value in ("nan", "inf", "-1e300")},
    "broken JSON": (lambda folder: file_of(folder, "ieeg.json").write_text("{"), "PowerLineFrequency cannot be read"),
    "two recordings": (lambda folder: shutil.copy(file_of(folder, "ieeg.nwb"), folder / "ieeg/sub-S1_task-more_ieeg.nwb"),
                       "holds 2 recordings"),
}
"""Fault of a folder of BIDS-iEEG -> how to plant it, and words of the message."""


def json_of(folder):
    """Return the content of the JSON file beside a recording."""
    return json.loads(file_of(folder, "ieeg.json").read_text())
