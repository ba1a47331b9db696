"""Reader and writer of EST tracks: every binary variant, ASCII, the time column, and rejection of broken files."""

import struct
import tracemalloc

import numpy as np
import pytest

from artinv.formats import est
from artinv.runtime.errors import BadData

NAMES = ["tt_x", "v_x ", "****", "****", "tt_y"]
VALUES = np.arange(20, dtype=np.float32).reshape(4, 5) + 0.5


def header(**changes):
    keys = {
        "DataType": "binary", "NumFrames": "4", "ByteOrder": "01", "NumChannels": "5", "EqualSpace": "1", "BreaksPresent": "true",
        "CommentChar": ";",
    } | changes
    lines = ["EST_File Track", *(f"{key} {value}" for key, value in keys.items() if value is not None), ""]
    return ("\n".join([*lines, *(f"Channel_{i} {name}" for i, name in enumerate(NAMES)), "EST_Header_End"]) + "\n").encode()


def rows(values=VALUES, flags=True, order="<"):
    out = b""
    for index, row in enumerate(values):
        lead = [index / 200, 1.0] if flags else [index / 200]
        out += struct.pack(f"{order}{len(lead) + len(row)}f", *lead, *row)
    return out


def save(folder, content):
    path = folder / "a.ema"
    path.write_bytes(content)
    return path


def test_channel_i_is_column_i_plus_2(tmp_path):
    table = np.arange(4 * 7, dtype="<f4").reshape(4, 7)
    table[:, 0], table[:, 1] = np.arange(4) / 200, 1
    track = est.read(save(tmp_path, header() + table.tobytes()))
    for channel in range(5):
        assert np.array_equal(track.values[:, channel], table[:, channel + 2])
    assert np.array_equal(track.column("tt_x"), table[:, 2])
    assert np.array_equal(track.column("tt_y"), table[:, 6])


def test_trailing_blanks_and_duplicate_names_are_kept(tmp_path):
    track = est.read(save(tmp_path, header() + rows()))
    assert list(track.names) == NAMES
    assert np.array_equal(track.column("v_x"), VALUES[:, 1])
    assert np.array_equal(track.column("****"), VALUES[:, 2])
    assert track.column("ui_x") is None


@pytest.mark.parametrize("breaks", ["true", "false", None])
@pytest.mark.parametrize("order", ["01", "10"])
def test_reads_every_byte_order_and_break_flag(tmp_path, breaks, order):
    content = rows(flags=breaks == "true", order="<" if order == "01" else ">")
    track = est.read(save(tmp_path, header(BreaksPresent=breaks, ByteOrder=order) + content))
    assert np.array_equal(track.values, VALUES)
    assert track.clock(200) == (0.0, 200, ())


def test_header_keys_may_come_in_any_order(tmp_path):
    first, *lines, end, empty = header().decode().split("\n")
    track = est.read(save(tmp_path, "\n".join([first, *lines[::-1], end, empty]).encode() + rows()))
    assert list(track.names) == NAMES
    assert np.array_equal(track.values, VALUES)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_reads_ascii_tracks(tmp_path, line_end):
    text = "".join(f"{i / 200:.6f}\t1 \t{' '.join(map(str, row))} {line_end}" for i, row in enumerate(VALUES.tolist()))
    head = header(DataType="ascii", ByteOrder=None).replace(b"\n", line_end.encode())
    track = est.read(save(tmp_path, head + text.encode()))
    assert np.array_equal(track.values, VALUES)
    assert list(track.names) == NAMES


def test_rows_marked_as_breaks_are_nan(tmp_path):
    table = np.frombuffer(rows(), "<f4").reshape(4, 7).copy()
    table[1, 1] = 0
    track = est.read(save(tmp_path, header() + table.tobytes()))
    assert np.isnan(track.values[1]).all()
    assert np.array_equal(track.values[[0, 2, 3]], VALUES[[0, 2, 3]])


def test_nan_values_are_kept(tmp_path):
    values = VALUES.copy()
    values[2, 3] = np.nan
    track = est.read(save(tmp_path, header() + rows(values)))
    assert np.array_equal(track.values, values, equal_nan=True)


def test_a_written_track_is_read_back_unchanged(tmp_path):
    est.write(tmp_path / "a.ema", NAMES, VALUES, 500)
    assert (tmp_path / "a.ema").read_bytes().startswith(header())
    track = est.read(tmp_path / "a.ema")
    assert list(track.names) == NAMES
    assert np.array_equal(track.values, VALUES)
    assert track.clock(500) == (0.0, 500, ())


def test_a_track_of_one_frame_has_the_nominal_rate(tmp_path):
    table = np.frombuffer(rows(), "<f4").reshape(4, 7)[1:2]
    track = est.read(save(tmp_path, header(NumFrames="1") + table.tobytes()))
    assert track.clock(200) == (pytest.approx(0.005), 200, ())


def test_clock_gives_start_and_rate_or_rejects_uneven_times(tmp_path):
    table = np.frombuffer(rows(), "<f4").reshape(4, 7).copy()

    def clock(times):
        table[:, 0] = times
        return est.read(save(tmp_path, header() + table.tobytes())).clock(200)

    assert clock(0.1 + np.arange(4) / 200) == (pytest.approx(0.1), 200, ())
    assert clock(np.arange(4) / 97.5) == (0.0, pytest.approx(97.5, rel=1e-5), ())
    assert clock(0)[:2] == clock(np.nan)[:2] == (0.0, 200)
    assert len(clock(0)[2]) == 1
    for bad in ([0, 0.005, 0.5, 0.505], [0.3, 0.2, 0.1, 0.05]):
        with pytest.raises(BadData, match="does not increase in equal steps"):
            clock(bad)


HOSTILE = {
    "NumFrames": ["5", "3", "999999999999999", "-1", "0", "nan", "4.0", "1e9", "", "9" * 5000, "४", None],
    "NumChannels": ["4", "6", "999999999999", "-5", "many", None],
    "DataType": ["binary2", "", None],
    "ByteOrder": ["11", "LittleEndian", None],
    "BreaksPresent": ["false", None],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in HOSTILE.items() for value in values])
def test_inconsistent_headers_are_rejected_without_large_allocations(tmp_path, key, value):
    keys = {key: value}
    path = save(tmp_path, header(**keys) + rows())
    tracemalloc.start()
    try:
        with pytest.raises(BadData, match=r"a\.ema: .*restore") as caught:
            est.read(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [
    b"", b"EST_File Track\n", b"RIFF" + b"\0" * 100, header(), header()[:-5], header() + rows()[:-1], header() + rows() + b"\0" * 4,
    header() + rows()[:-4], header(DataType="ascii") + b"0 1 a b c d e\n" * 4, header(DataType="ascii") + b"0 1 2\n",
    header(DataType="ascii") + rows(), b"\n" * 70000 + header() + rows(), np.random.default_rng(0).bytes(3000),
])
def test_broken_files_are_rejected_in_one_line(tmp_path, content):
    with pytest.raises(BadData, match=r"a\.ema: ") as caught:
        est.read(save(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(BadData, match="cannot be read"):
        est.read(tmp_path / "b.ema")
    with pytest.raises(BadData, match="cannot be read"):
        est.read(tmp_path)
