"""Test trajectory files in all formats: reading back, headers, other readers, and damaged files."""

import io
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from artinv.core.channels import CHANNELS, COIL_COLUMNS, derive
from artinv.core.trajectory import Trajectory
from artinv.formats import est, ssff
from artinv.inversion import export
from artinv.runtime.errors import ArtinvError, BadData

SOUND = np.rint(np.random.default_rng(0).normal(0, 3000, 6000)).clip(-32768, 32767).astype(np.float32) / np.float32(32768)
READABLE = [kind for kind in export.FORMATS if kind != "TextGrid"]
NAMES = ["a", "Zürich 01", "it's \"b\" # c: d", "-x", "new\nline\ttab\r", "\udcff\u2028\\n", "Machine SPARC", "EST_Header_End"]


def trajectory(frames=37, margin=False, **changes):
    rng = np.random.default_rng(frames)
    motion = rng.normal(0, 30, (frames, 18)).astype(np.float32)
    motion[:, -2:] = np.nan  # a channel that the model has not learned
    margins = np.abs(rng.normal(0, 2, (frames, 18))).astype(np.float32) if margin else None
    return Trajectory(**{
        "name": "sentence", "rate": 100.0, "motion": motion, "margin": margins, "level": 0.8 if margin else 0.9,
        "model": "ensemble 0123456789ab", "trained_on": "synthetic", "speaker": "average training speaker", **changes,
    })


def assert_equal(actual, expected, tolerance=0.0):
    assert (actual.name, actual.rate, actual.level, actual.model, actual.trained_on, actual.speaker) == (
        expected.name, expected.rate, expected.level, expected.model, expected.trained_on, expected.speaker)
    assert actual.motion.shape == expected.motion.shape
    assert np.allclose(actual.motion, expected.motion, rtol=0, atol=tolerance, equal_nan=True)
    assert (actual.margin is None) == (expected.margin is None)
    assert actual.margin is None or np.allclose(actual.margin, expected.margin, rtol=0, atol=tolerance)


def kept(kind, original):
    """Return what a format keeps: pos and mat have no margins, a pos has coils only."""
    if kind not in ("pos", "mat"):
        return original
    motion = original.motion
    if kind == "pos":
        motion = derive(np.ascontiguousarray(motion[:, [CHANNELS.index(column) for column in COIL_COLUMNS]]))
    return replace(original, motion=motion, margin=None, level=0.9)


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("margin", [False, True])
@pytest.mark.parametrize("frames", [1, 37])
def test_a_written_trajectory_is_read_back(tmp_path, kind, margin, frames):
    path, original = tmp_path / f"a.{kind}", trajectory(frames, margin)
    export.write(path, original, "abc", SOUND)
    assert_equal(export.read(path), kept(kind, original), 6e-5 if kind == "csv" else 0.0)
    known = export.facts(path)
    assert (known["made"], known["frames"], known["trained_on"]) == ("abc", str(frames), "SYNTHETIC speakers")
    again = tmp_path / f"again/a.{kind}"
    export.write(again, original, "abc", SOUND)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("name", NAMES)
def test_a_header_keeps_any_name(tmp_path, kind, name):
    original = trajectory(3, name=name, speaker=f"data/{name}.npz", trained_on="")
    export.write(tmp_path / f"a.{kind}", original, sound=SOUND)
    assert_equal(export.read(tmp_path / f"a.{kind}"), kept(kind, original), 6e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("margin", [False, True])
def test_csv_opens_in_pandas(tmp_path, name, margin):
    original = trajectory(37, margin, name=name)
    export.write(tmp_path / "a.csv", original)
    table = pd.read_csv(tmp_path / "a.csv", comment="#")
    assert list(table) == ["time", *CHANNELS, *([f"{channel}_margin" for channel in CHANNELS] if margin else [])]
    assert np.allclose(table["time"], original.times, atol=1e-9)
    assert np.allclose(table[list(CHANNELS)], original.motion, atol=6e-5, equal_nan=True)
    assert {str(kind) for kind in table.dtypes} == {"float64"}


def test_csv_states_its_origin(tmp_path):
    export.write(tmp_path / "a.csv", trajectory())
    head = [line for line in (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    for words in ("SYNTHETIC speakers", "ensemble 0123456789ab", "average training speaker", "mm", "rate: 100"):
        assert any(words in line for line in head), words


def test_npz_needs_no_pickle(tmp_path):
    original = trajectory(margin=True)
    export.write(tmp_path / "a.npz", original)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert np.array_equal(archive["motion"], original.motion, equal_nan=True)
        assert np.array_equal(archive["margin"], original.margin)
        assert np.allclose(archive["time"], np.arange(37) / 100)
        assert archive["channels"].tolist() == list(CHANNELS)
        assert archive["units"].tolist() == ["" if channel in ("ttcl", "tbcl") else "mm" for channel in CHANNELS]
        assert json.loads(str(archive["facts"]))["trained_on"] == "SYNTHETIC speakers"


def test_est_is_read_back_with_its_times(tmp_path):
    original = trajectory()
    export.write(tmp_path / "a.est", original)
    track = est.read(tmp_path / "a.est")
    assert track.names == CHANNELS
    assert track.clock(100.0) == (0.0, 100.0, ())
    assert np.array_equal(track.values, original.motion, equal_nan=True)
    head = (tmp_path / "a.est").read_bytes().partition(b"EST_Header_End\n")[0].decode("ascii").splitlines()
    assert head[0] == "EST_File Track"
    assert head.index("artinv_trained_on SYNTHETIC speakers") > head.index("Channel_17 v_y")


def read_as_emu(content: bytes) -> tuple[dict, dict[str, list[float]]]:
    """Read an SSFF file as strictly as EMU's viewer: fixed first lines, a separator of 17 dashes, typed columns."""
    head, separator, body = content.partition(b"-" * 17 + b"\n")
    lines = head.decode("ascii").split("\n")
    assert separator
    assert lines[:2] == ["SSFF -- (c) SHLRC", "Machine IBM-PC"]
    keys, columns = {}, []
    for line in lines[2:-1]:
        words = line.split(" ")
        if words[0] == "Column":
            assert words[2:] == ["FLOAT", "1"]
            columns.append(words[1])
        elif words[0] in ("Record_Freq", "Start_Time"):
            keys[words[0]] = float(words[1])
        else:
            assert words[1] == "CHAR"
            keys[words[0]] = " ".join(words[2:])
    stream, values = io.BytesIO(body), {name: [] for name in columns}
    while row := stream.read(4 * len(columns)):
        for name, value in zip(columns, struct.unpack(f"<{len(columns)}f", row), strict=True):
            values[name].append(value)
    return keys, values


@pytest.mark.parametrize("margin", [False, True])
def test_ssff_is_readable_by_emu(tmp_path, margin):
    original = trajectory(margin=margin, name="Zürich")
    export.write(tmp_path / "a.ssff", original)
    keys, values = read_as_emu((tmp_path / "a.ssff").read_bytes())
    assert (keys["Record_Freq"], keys["Start_Time"]) == (100.0, 0.0)
    assert keys["artinv_trained_on"] == "SYNTHETIC speakers"
    assert list(values)[:18] == list(CHANNELS)
    assert np.array_equal(np.float32([values[channel] for channel in CHANNELS]).T, original.motion, equal_nan=True)
    assert not margin or np.array_equal(np.float32([values[f"{name}_margin"] for name in CHANNELS]).T, original.margin)
    track = ssff.read(tmp_path / "a.ssff")
    assert (track.rate, track.start, list(track.columns)) == (100.0, 0.0, list(values))


@pytest.mark.parametrize("kind", export.FORMATS)
def test_damaged_files_give_one_line(tmp_path, kind):
    path, rng = tmp_path / f"a.{kind}", np.random.default_rng(0)
    export.write(path, trajectory(200), sound=SOUND)
    whole = path.read_bytes()
    for length in (0, 3, 40, *rng.integers(41, len(whole), 25)):
        path.write_bytes(whole[: int(length)])
        assert_one_line_if_rejected(path)
    for at in rng.integers(0, min(len(whole), 1500), 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << int(rng.integers(8)))]) + whole[at + 1:])
        assert_one_line_if_rejected(path)


INVALID_TEXT = np.frombuffer(b"\xff\xff\xff\x7f" * 4, "<U4")[0:1].reshape(())
"""A text with a code point above the largest of Unicode."""


@pytest.mark.parametrize(("facts", "known"), [
    (INVALID_TEXT, {}), (np.array('{"by": 3, "name": "a"}'), {"name": "a"}), (np.array("[]"), {}), (np.array("3"), {}),
    (np.arange(3), {}),
])
def test_invalid_facts_are_ignored(tmp_path, facts, known):
    export.write(tmp_path / "a.npz", trajectory(200))
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "a.npz", **arrays | {"facts": facts})
    assert export.facts(tmp_path / "a.npz") == known
    assert_one_line_if_rejected(tmp_path / "a.npz")


def test_invalid_channel_names_are_rejected(tmp_path):
    export.write(tmp_path / "a.npz", trajectory(200))
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "a.npz", **arrays | {"channels": np.repeat(INVALID_TEXT, 18)})
    with pytest.raises(BadData, match="is not a complete trajectory"):
        export.read(tmp_path / "a.npz")


def assert_one_line_if_rejected(path: Path) -> None:
    """Assert that a file is read, or rejected with a message of one line."""
    export.facts(path)
    try:
        export.read(path)
    except ArtinvError as error:
        message = str(error)
    else:
        message = str(path)
    assert str(path) in message
    assert "\n" not in message


@pytest.mark.parametrize("kind", ["csv", "ssff", "pos"])
def test_missing_frames_are_reported(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    export.write(path, trajectory(200))
    whole = path.read_bytes()
    path.write_bytes(whole[:{"ssff": -72, "pos": -196}[kind]] if kind != "csv" else whole.rpartition(b"\n1.990")[0] + b"\n")
    with pytest.raises(BadData, match="199 frames, its header says 200"):
        export.read(path)


def test_a_damaged_archive_has_no_facts(tmp_path):
    path = tmp_path / "a.npz"
    export.write(path, trajectory(400))
    content = bytearray(path.read_bytes())
    at = content.index(b"facts.npy") + len(b"facts.npy")
    content[at:at + 200] = bytes(200)
    path.write_bytes(content)
    assert export.facts(path) == {}


def test_other_files_are_rejected(tmp_path):
    for name, content in (("a.csv", b"time,a\n0,1\n"), ("b.csv", bytes(range(256)) * 9), ("c.npz", b"PK\x03\x04"), ("d.est", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadData, match="not a trajectory of artinv"):
            export.read(tmp_path / name)
        assert export.facts(tmp_path / name) == {}
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadData, match=f"{path}: is no file; check its name"):
            export.read(path)
    with pytest.raises(ArtinvError, match=r"expected one of \['csv', 'npz', 'est', 'ssff', 'pos', 'mat', 'TextGrid'\]"):
        export.write(tmp_path / "a.txt", trajectory())


@pytest.mark.parametrize(("changes", "message"), [
    ({"motion": np.zeros((4, 17), np.float32)}, "a trajectory is"), ({"motion": np.zeros((4, 18))}, "a trajectory is"),
    ({"motion": np.zeros(18, np.float32)}, "a trajectory is"), ({"rate": 0.0}, "a trajectory is"),
    ({"rate": np.nan}, "a trajectory is"), ({"margin": np.zeros((3, 18), np.float32)}, "an interval has"),
    ({"margin": np.full((4, 18), -1.0)}, "an interval has"), ({"margin": np.full((4, 18), np.nan)}, "an interval has"),
])
def test_an_invalid_trajectory_is_rejected(changes, message):
    with pytest.raises(BadData, match=f"sentence: {message}"):
        Trajectory(**{"name": "sentence", "rate": 100.0, "motion": np.zeros((4, 18), np.float32), **changes})
