"""Reader and writer of Carstens position files: golden headers and rows, lost samples, round trip, rejection of broken files."""

import struct

import numpy as np
import pytest

from artinv.formats import ag50x
from artinv.runtime.errors import BadData
from tests.support.damage import readings

HEADER = b"AG50xDATA_V002\n00000069\nNumberOfChannels=2\nSamplingFrequencyHz=250\n\0\x1a"
ROWS = (
    (1.5, -2.5, 3.5, 90.0, -45.0, 0.25, 0.0), (10.0, 20.0, 30.0, 0.0, 180.0, 4.0, 0.0),
    (1.75, -2.75, 3.75, 91.0, -44.0, 0.5, 0.0), (11.0, 21.0, 31.0, 1.0, 179.0, 5.0, 0.0),
)


def packed(rows=ROWS):
    return b"".join(struct.pack("<7f", *row) for row in rows)


def put(path, content):
    path.write_bytes(content)
    return path


def refused(path, words):
    with pytest.raises(BadData, match=words) as caught:
        ag50x.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_reads_a_golden_ag501_file(tmp_path):
    assert len(HEADER) == 69
    got = ag50x.read(put(tmp_path / "a.pos", HEADER + packed()))
    assert (got.rate, got.version, got.facts) == (250.0, "V002", {})
    assert got.positions.tolist() == [[[1.5, -2.5, 3.5], [10, 20, 30]], [[1.75, -2.75, 3.75], [11, 21, 31]]]
    assert got.angles.tolist() == [[[90, -45], [0, 180]], [[91, -44], [1, 179]]]
    assert got.rms.tolist() == [[0.25, 4], [0.5, 5]]
    assert got.positions.dtype == got.angles.dtype == got.rms.dtype == np.float32


def test_reads_further_entries_of_the_header_in_any_order_and_with_carriage_returns(tmp_path):
    lines = b"recorded=2020-01-02 10:00\r\nSamplingFrequencyHz=400\r\nfilter=a=b\r\nNumberOfChannels=1\r\n\0\x1a"
    header = b"AG50xDATA_V003\r\n%08d\r\n" % (26 + len(lines)) + lines
    got = ag50x.read(put(tmp_path / "a.pos", header + packed(ROWS[:3])))
    assert (got.rate, got.version, got.positions.shape) == (400.0, "V003", (3, 1, 3))
    assert got.facts == {"recorded": "2020-01-02 10:00", "filter": "a=b"}


def test_reads_a_golden_ag500_file(tmp_path):
    rows = [(channel, 2 * channel, -channel, 45.0, 30.0, channel / 4, 0.0) for channel in range(24)]
    got = ag50x.read(put(tmp_path / "a.pos", packed(rows)))
    assert (got.rate, got.version, got.positions.shape) == (200.0, "AG500", (2, 12, 3))
    assert got.positions[1, 3].tolist() == [15, 30, -15]
    assert got.rms[1, 3] == 3.75


@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf, 1e30, -1000.1])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_position_that_is_no_number_or_far_away_is_lost_with_its_angles(tmp_path, fault, place):
    row = list(ROWS[1])
    row[place] = fault
    got = ag50x.read(put(tmp_path / "a.pos", HEADER + packed([ROWS[0], row])))
    assert np.isnan(got.positions[0, 1]).all()
    assert np.isnan(got.angles[0, 1]).all()
    assert got.rms[0, 1] == 4
    assert got.positions[0, 0].tolist() == [1.5, -2.5, 3.5]


def test_writes_golden_bytes(tmp_path):
    rows = np.array(ROWS).reshape(2, 2, 7)
    ag50x.write(tmp_path / "a.pos", rows[..., :3], 250, angles=rows[..., 3:5], rms=rows[..., 5])
    assert (tmp_path / "a.pos").read_bytes() == HEADER.replace(b"V002", b"V003") + packed()


def test_round_trip_with_missing_positions_and_facts(tmp_path):
    positions = np.random.default_rng(0).normal(size=(30, 24, 3)).astype(np.float32) * 100
    positions[4:9, 2] = np.nan
    ag50x.write(tmp_path / "a.pos", positions, 100.0, facts={"by": "a program", "speaker": "b"})
    got = ag50x.read(tmp_path / "a.pos")
    np.testing.assert_array_equal(got.positions, positions)
    assert (got.rate, got.version, got.facts) == (100.0, "V003", {"by": "a program", "speaker": "b"})
    assert not np.nan_to_num(got.angles).any()
    assert not got.rms.any()


def test_the_header_has_the_lines_that_praat_expects(tmp_path):
    ag50x.write(tmp_path / "a.pos", np.zeros((3, 7, 3)), 100.0)
    content = (tmp_path / "a.pos").read_bytes()
    lines = content.split(b"\n")
    assert (len(lines[0]), len(lines[1])) == (14, 8)
    assert lines[2:4] == [b"NumberOfChannels=7", b"SamplingFrequencyHz=100"]
    assert len(content) == int(lines[1]) + 3 * 7 * 7 * 4
    assert int(lines[1]) >= 69


@pytest.mark.parametrize(("shape", "rate", "words"), [
    ((3, 25, 3), 100, "1 to 24 channels"), ((3, 0, 3), 100, "1 to 24 channels"), ((3, 14), 100, "cannot be written"),
    ((3, 7, 2), 100, "cannot be written"), ((3, 7, 3), 99.5, "not 99.5"), ((3, 7, 3), 0, "whole number of Hz"),
    ((3, 7, 3), 0.5, "not 0.5"),
])
def test_refuses_to_write_what_the_format_cannot_hold(tmp_path, shape, rate, words):
    with pytest.raises(BadData, match=words):
        ag50x.write(tmp_path / "a.pos", np.zeros(shape), rate)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("content", "words"), [
    (HEADER + packed()[:-1], "111 bytes are not a whole number of samples of 2 channels"), (HEADER, "0 bytes are not"),
    (HEADER + packed(ROWS[:3]), "84 bytes are not a whole number"), (b"", "not a position file"),
    (HEADER[:30], "announces 69 bytes, the file holds 30"),
    (HEADER.replace(b"00000069", b"99999999") + packed(), "announces 99999999 bytes, the file holds"),
    (HEADER.replace(b"00000069", b"00000001") + packed(), "announces 1 bytes"),
    (HEADER.replace(b"00000069", b"x0000069") + packed(), "does not begin with a version and a size"),
    (HEADER.replace(b"Channels=2", b"Channels=0") + packed(), "NumberOfChannels is '0'"),
    (HEADER.replace(b"Hz=250", b"Hz=fst") + packed(), "SamplingFrequencyHz is 'fst'"),
    (HEADER.replace(b"NumberOf", b"NoNumber") + packed(), "NumberOfChannels is ''"),
    (HEADER.replace(b"AG50xDATA", b"AG50xDATB") + packed() * 3, "is not a position file"),
    (b"\0" * 4 + b"NumberOfChannels=2\n" + b"\0" * 313, "is not a position file"),
    (b"\0" * 4 + b"SamplingFrequencyHz=1\n" + b"\0" * 310, "is not a position file"),
    (b"RIFF" + packed(), "not a whole number of samples of 12 channels"),
])
def test_reports_a_broken_file_in_one_line(tmp_path, content, words):
    refused(put(tmp_path / "a.pos", content), words)


def test_reports_amplitudes_and_a_missing_file(tmp_path):
    lines = b"NumberOfChannels=2\nSamplingFrequencyHz=250\nCalf_Channel_0=1.0\n\0\x1a"
    refused(put(tmp_path / "a.amp", b"AG50xDATA_V003\n%08d\n" % (24 + len(lines)) + lines + packed()), "holds amplitudes")
    refused(tmp_path / "b.pos", "cannot be read")


@pytest.mark.parametrize("content", [HEADER + packed(), packed(ROWS * 6)])
def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path, content):
    for got in readings(tmp_path / "a.pos", content, ag50x.read, 500):
        assert np.nanmax(np.abs(got.positions), initial=0) <= ag50x.FARTHEST
