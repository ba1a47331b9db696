"""An independent reader of the four native formats, written from their description; it shares no code with the project's readers.

It checks the layout while reading and returns plain values in the units of the files.
"""

import struct
from pathlib import Path

import numpy as np
import soundfile
from scipy.io import loadmat

MOCHA_HEADER = """\
EST_File Track
DataType binary
NumFrames {frames}
ByteOrder 01
NumChannels 20
EqualSpace 1
BreaksPresent true
CommentChar ;

Channel_0 ui_x
Channel_1 li_x
Channel_2 ul_x
Channel_3 ll_x
Channel_4 tt_x
Channel_5 ui_y
Channel_6 li_y
Channel_7 ul_y
Channel_8 ll_y
Channel_9 tt_y
Channel_10 tb_x
Channel_11 td_x
Channel_12 v_x\x20
Channel_13 ****
Channel_14 bn_x
Channel_15 tb_y
Channel_16 td_y
Channel_17 v_y\x20
Channel_18 ****
Channel_19 bn_y
EST_Header_End
"""


def est_rows(path: Path, channels: int) -> tuple[str, list[tuple[float, ...]]]:
    """Read an EST file; return its header and its rows (time, flag, channels ...)."""
    content = path.read_bytes()
    mark = b"EST_Header_End\n"
    at = content.index(mark) + len(mark)
    row = struct.Struct(f"<{channels + 2}f")
    assert (len(content) - at) % row.size == 0
    return content[:at].decode("ascii"), list(row.iter_unpack(content[at:]))


def mocha(folder: Path, name: str) -> dict:
    """Read a MOCHA utterance: sound as int16, coils in 1/100 mm by channel, label rows."""
    speaker = name.split("_", maxsplit=1)[0]
    base = folder / speaker / name
    head = base.with_suffix(".wav").read_bytes()[:1024]
    assert head.startswith(b"NIST_1A\n   1024\n")
    assert b"sample_rate -i 16000" in head
    assert b"channel_count -i 1" in head
    sound, rate = soundfile.read(base.with_suffix(".wav"), dtype="int16")
    header, rows = est_rows(base.with_suffix(".ema"), 20)
    assert header == MOCHA_HEADER.format(frames=len(rows))
    assert all(row[1] == 1.0 for row in rows)
    assert np.allclose([row[0] for row in rows], np.arange(len(rows)) / 500, atol=1e-5)
    names = [line.split(" ", 1)[1] for line in header.splitlines() if line.startswith("Channel_")]
    assert names.count("****") == 2
    channels = {name.strip(): [row[i + 2] for row in rows] for i, name in enumerate(names)}
    lab = base.with_suffix(".lab")
    labels = [line.split() for line in lab.read_text().splitlines()] if lab.exists() else None
    return {"sound": sound, "rate": rate, "channels": channels, "labels": labels, "frames": len(rows)}


def mocha_list(folder: Path) -> dict[str, str]:
    """Read the MOCHA sentence list, whose entries are separated by blank lines; return number -> sentence."""
    blocks = (folder / "mocha-timit.txt").read_text().strip().split("\n\n")
    return dict(block.split(". ", 1) for block in blocks)


def mngu0(folder: Path, name: str) -> dict:
    """Read an mngu0 utterance: sound as int16, coils in cm by channel, (start, end, phone) rows."""
    sound, rate = soundfile.read(folder / "wav" / f"{name}.wav", dtype="int16")
    assert (folder / "wav" / f"{name}.wav").read_bytes()[:4] == b"RIFF"
    header, rows = est_rows(folder / "ema" / f"{name}.ema", 87)
    names = [line.split(" ", 1)[1] for line in header.splitlines() if line.startswith("Channel_")]
    assert len(names) == len(set(names)) == 87
    assert (names[0], names[-1]) == ("T3_px", "taxdist")
    lines = (folder / "phone_labels" / f"{name}.lab").read_text().split("\n")
    rest = lines[lines.index("#") + 1:]
    labels, start = [], 0.0
    for line in rest:
        if line:
            assert line.startswith("\t ")
            end, colour, phone = line.split()
            assert colour == "26"
            labels.append((start, float(end), phone))
            start = float(end)
    times = [row[0] for row in rows]
    return {"sound": sound, "rate": rate, "times": times, "labels": labels,
            "channels": {name: np.array([row[i + 2] for row in rows]) for i, name in enumerate(names)}}


def usc(folder: Path, speaker: str, stem: str) -> dict:
    """Read a USC-TIMIT file: sound as int16, sensors in order with rate and (T, 3) mm, transcript rows of six fields."""
    sound, rate = soundfile.read(folder / speaker / "wav" / f"{stem}.wav", dtype="int16")
    raw = (folder / speaker / "mat" / f"{stem}.mat").read_bytes()
    assert raw[126:128] == b"IM"
    content = loadmat(folder / speaker / "mat" / f"{stem}.mat", squeeze_me=False, struct_as_record=False)
    array = content[stem]
    assert array.shape == (1, 7)
    assert array[0, 0]._fieldnames[:3] == ["NAME", "SRATE", "SIGNAL"]
    assert str(array[0, 0].NAME[0]) == "AUDIO"
    sensors = [(str(item.NAME[0]), float(item.SRATE[0, 0]), item.SIGNAL) for item in array[0, 1:]]
    rows = []
    for line in (folder / speaker / "trans" / f"{stem}.trans").read_text().splitlines():
        first = line.split(",", 4)
        text, index = first[4].rsplit(",", 1)
        rows.append((float(first[0]), float(first[1]), first[2], first[3], text, index))
    return {"sound": sound, "rate": rate, "audio": array[0, 0], "sensors": sensors, "rows": rows}


def hprc(folder: Path, speaker: str, stem: str) -> dict:
    """Read an HPRC file: sound, sensors in order, phones and words as (text, start, end)."""
    raw = (folder / speaker / "data" / f"{stem}.mat").read_bytes()
    assert struct.unpack("<I", raw[128:132])[0] == 15, "the file is not compressed, as MATLAB does by default"
    array = loadmat(folder / speaker / "data" / f"{stem}.mat", squeeze_me=False, struct_as_record=False)[stem]
    assert array.shape == (1, 9)
    fields = ["NAME", "SRATE", "SIGNAL", "SOURCE", "SENTENCE", "WORDS", "PHONES", "LABELS"]
    assert array[0, 0]._fieldnames == fields
    assert [str(item.NAME[0]) for item in array[0]] == ["AUDIO", "TR", "TB", "TT", "UL", "LL", "ML", "JAW", "JAWL"]
    audio = array[0, 0]
    assert audio.SRATE.dtype == np.uint16
    assert audio.SIGNAL.dtype == np.float32
    assert audio.SIGNAL.shape[1] == 1
    for item in array[0, 1:]:
        assert item.SRATE.dtype == np.uint8
        assert item.SRATE[0, 0] == 100
        assert item.SIGNAL.dtype == np.float32
        assert item.SIGNAL.shape == (100 * len(audio.SIGNAL) // 44100 + 2, 6)
        for field in fields[3:]:
            value = getattr(item, field)
            assert value.shape == (1, 0)
            assert value.dtype == np.float64
    rows = {
        kind: [(str(item.LABEL[0]), *item.OFFS[0]) for item in getattr(audio, kind)[0]] for kind in ("WORDS", "PHONES")
    }
    return {"sound": audio.SIGNAL[:, 0], "rate": int(audio.SRATE[0, 0]), "text": str(audio.SENTENCE[0]),
            "sensors": {str(item.NAME[0]): item.SIGNAL for item in array[0, 1:]}, **rows}
