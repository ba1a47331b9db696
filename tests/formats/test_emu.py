"""Readers of SSFF tracks and EMU bundles: values, types, byte orders, and error messages for broken files."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile

from artinv.core.records import Label
from artinv.formats import emu, ssff
from artinv.runtime.errors import BadData
from tests.support import recordings

TABLE = np.arange(12, dtype=np.float32).reshape(4, 3) + 0.25


def track(table=TABLE, *, order="<", machine="IBM-PC", rate="200.0", lines=("Column a FLOAT 1", "Column b     FLOAT 2")):
    head = ["SSFF -- (c) SHLRC", f"Machine {machine}", f"Record_Freq {rate}", "Start_Time 0.0025", *lines,
            "Original_Freq DOUBLE 24000.0", "-" * 17]
    return ("\n".join(head) + "\n").encode() + table.astype(f"{order}f4").tobytes()


@pytest.mark.parametrize(("order", "machine"), [("<", "IBM-PC"), (">", "SPARC")])
def test_ssff_reads_columns_in_both_byte_orders(order, machine):
    read = ssff.parse(track(order=order, machine=machine), "x")
    assert (read.rate, read.start) == (200.0, 0.0025)
    assert np.array_equal(read.columns["a"], TABLE[:, :1])
    assert np.array_equal(read.columns["b"], TABLE[:, 1:])
    assert np.array_equal(read.column("b"), TABLE[:, 1])
    assert read.column("c") is None


def test_ssff_rejects_two_columns_of_the_same_name():
    with pytest.raises(BadData, match="two columns have the same name"):
        ssff.parse(track(lines=("Column a FLOAT 1", "Column a FLOAT 2")), "x")


def test_ssff_reads_columns_of_different_types():
    frames = np.array([(7, (1.5, 2.5)), (-8, (3.5, 4.5))], [("fm", "<i2"), ("x", "<f8", 2)])
    content = track(np.zeros(0), lines=("Column fm SHORT 1", "Column x DOUBLE 2")) + frames.tobytes()
    read = ssff.parse(content, "x")
    assert read.columns["fm"].ravel().tolist() == [7, -8]
    assert np.array_equal(read.columns["x"], frames["x"])


@pytest.mark.parametrize(("content", "words"), [
    (b"RIFF" + track(), "not an SSFF track"), (track().replace(b"-" * 17, b"--"), "header is not complete"),
    (track(machine="VAX"), "Machine is 'VAX'"), (track(rate="fast"), "Record_Freq is 'fast'"),
    (track(rate="0"), "expected a finite rate above 0"),
    (track() + b"x", "not a multiple of the frame size"), (track(lines=("Column a FLOAT x",)), "is not 'Column name type count'"),
    (track(lines=()), "not a multiple of the frame size"),
])
def test_ssff_reports_a_broken_track_in_one_line(content, words):
    with pytest.raises(BadData, match=words) as caught:
        ssff.parse(content, "a/b.tip")
    assert str(caught.value).startswith("a/b.tip: ")
    assert "\n" not in str(caught.value)


def test_ssff_reads_a_file_and_reports_a_missing_one(tmp_path):
    (tmp_path / "a.tip").write_bytes(track())
    assert np.array_equal(ssff.read(tmp_path / "a.tip").columns["a"], TABLE[:, :1])
    with pytest.raises(BadData, match="cannot be read"):
        ssff.read(tmp_path / "b.tip")


def bundle(**changes):
    wave = io.BytesIO()
    soundfile.write(wave, np.arange(240, dtype=np.int16), 24000, format="WAV", subtype="PCM_16")
    media = {"encoding": "BASE64", "data": base64.b64encode(wave.getvalue()).decode()}
    file = {"fileExtension": "t_tip", "encoding": "BASE64", "data": base64.b64encode(track()).decode()}
    item = {"id": 0, "sampleStart": 24, "sampleDur": 120, "labels": [{"name": "Segment", "value": "b"}]}
    levels = [{"name": "Segment", "type": "SEGMENT", "items": [item]}, {"name": "Word", "type": "ITEM", "items": []}]
    annotation = {"name": "one", "sampleRate": 24000, "levels": levels, "links": []}
    return {"ssffFiles": [file], "mediaFile": media, "annotation": annotation} | changes


def save(folder, content):
    path = folder / "one_bndl.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_emu_reads_sound_tracks_and_segment_levels(tmp_path):
    read = emu.read(save(tmp_path, bundle()))
    assert (read.name, read.sound_rate, len(read.sound)) == ("one", 24000.0, 240)
    assert np.array_equal(np.rint(read.sound * 32768), np.arange(240))
    assert np.array_equal(read.tracks["t_tip"].column("a"), TABLE[:, 0])
    assert read.levels == {"Segment": (Label("b", 0.001, 0.006),)}


@pytest.mark.parametrize("changes", [
    {"mediaFile": {"encoding": "BASE64", "data": "*"}}, {"mediaFile": {"encoding": "NONE", "data": ""}}, {"annotation": {}},
    {"ssffFiles": 3}, {"mediaFile": {"encoding": "BASE64", "data": ""}},
])
def test_emu_reports_a_broken_bundle_in_one_line(tmp_path, changes):
    with pytest.raises(BadData) as caught:
        emu.read(save(tmp_path, bundle(**changes)))
    assert "one_bndl.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@recordings.needed
def test_emu_reads_a_real_bundle():
    read = emu.read(recordings.EMU / "dfgspp_mo1_prosody_0024_bndl.json")
    assert (read.sound_rate, len(read.sound)) == (24000.0, 96002)
    assert {ending: track.rate for ending, track in read.tracks.items()} == dict.fromkeys(
        ("fms", "jaw", "lower_lip", "t_back", "t_mid", "t_tip", "upper_lip"), 200.0)
    assert read.levels["Segment"][1] == Label("m", 0.36, 0.62)
    assert len(read.tracks["t_tip"].column("posz")) == 800
    upper, lower = (read.tracks[lip].column("posz") for lip in ("upper_lip", "lower_lip"))
    closed = slice(80, 120)  # within the long /m/ at the start
    assert (upper - lower)[closed].min() == pytest.approx(15.7, abs=0.1)
