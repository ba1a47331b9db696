"""Reader of NDI Wave tables: a golden table, lost sensors, rates, missing rows, headers, rejection of broken files."""

import numpy as np
import pytest

from artinv.formats import ndi
from artinv.runtime.errors import BadData
from tests.support.damage import readings

SENSOR = "\tSensor {0} Id\tSensor {0} Status\tX[mm]\tY[mm]\tZ[mm]\tQ0\tQx\tQy\tQz"
HEAD = "AudioTime[s]\tMeasId\tWavId" + SENSOR.format(1) + SENSOR.format(3)
LOST = "\t2.000000\t119.000000" + "\t" * 7


def row(time, number=0, second=None):
    first = f"\t0.000000\t55.000000\t{number}.5\t-2.25\t-169.453570\t0.5\t-0.5\t0.5\t-0.5"
    return f"{time}\t{number}.000000\t425.000000{first}{LOST if second is None else second}"


def put(path, *rows, head=HEAD, encoding="utf-8", line_end="\n"):
    path.write_bytes(line_end.join([head, *rows, ""]).encode(encoding))
    return path


def test_reads_a_golden_table(tmp_path):
    second = "\t2.000000\t55.000000\t1\t2\t3\t1\t0\t0\t0"
    got = ndi.read(put(tmp_path / "a.tsv", row("0.019300"), row("0.029300", 1, second), row("0.039200", 2)))
    assert (got.rate, got.start, got.sensors, got.notes) == (100.0, 0.0193, ("1", "3"), ())
    assert got.positions.dtype == got.quaternions.dtype == np.float32
    first = [[0.5, -2.25, -169.45357], [1.5, -2.25, -169.45357], [2.5, -2.25, -169.45357]]
    np.testing.assert_array_equal(got.positions[:, 0], np.float32(first))
    np.testing.assert_array_equal(got.quaternions[:, 0], np.tile(np.float32([0.5, -0.5, 0.5, -0.5]), (3, 1)))
    np.testing.assert_array_equal(got.positions[:, 1], np.float32([[np.nan] * 3, [1, 2, 3], [np.nan] * 3]))
    np.testing.assert_array_equal(got.quaternions[:, 1], np.float32([[np.nan] * 4, [1, 0, 0, 0], [np.nan] * 4]))


@pytest.mark.parametrize("changes", [
    {"encoding": "utf-8-sig"}, {"line_end": "\r\n"}, {"head": HEAD.replace("[mm]", " [mm]").replace("[s]", " [s]")},
    {"head": HEAD.replace("[mm]", "").replace("AudioTime[s]", "Time")}, {"head": HEAD.upper()}, {"head": HEAD + "\t"},
    {"head": HEAD.replace("X[", "Sensor X[").replace("\tQ", "\tSensor Q")},
])
def test_reads_variants_of_the_header(tmp_path, changes):
    rows = [row(0.01 * number, number) + "\t" * changes.get("head", "").endswith("\t") for number in range(4)]
    got = ndi.read(put(tmp_path / "a.tsv", *rows, **changes))
    assert (got.rate, got.sensors) == (100.0, ("1", "3"))
    np.testing.assert_array_equal(got.positions[:, 0, 0], [0.5, 1.5, 2.5, 3.5])
    assert np.isfinite(got.quaternions[:, 0]).all()


@pytest.mark.parametrize(("unit", "scale"), [("cm", 10), ("m", 1000), ("mm", 1)])
def test_positions_are_in_millimetres_and_times_in_seconds(tmp_path, unit, scale):
    head = HEAD.replace("mm", unit).replace("[s]", "[ms]")
    rows = [row(10 * number + 5).replace("-169.453570", "0.3").replace("-2.25", "0.1") for number in range(4)]
    got = ndi.read(put(tmp_path / "a.tsv", *rows, head=head))
    assert (got.rate, got.start) == (100.0, 0.005)
    np.testing.assert_allclose(got.positions[0, 0, 2], 0.3 * scale, rtol=1e-6)


@pytest.mark.parametrize(("second", "lost"), [
    ("\t2\t55\t1\t2\t-3.697314e28\t1\t0\t0\t0", True), ("\t2\t55\t1\t\t3\t1\t0\t0\t0", True),
    ("\t2\tOK\t1\t2\t3\t1\t0\t0\t0", False),
    ("\t2\tMissing\t0\t0\t0\t1\t0\t0\t0", True), ("\t2\t\t1\t2\t3\t1\t0\t0\t0", False), ("\t2\t119\t1\t2\t3\t\t\t\t", False),
    ("\t2\t55\t1\t2\t1e999\t1\t0\t0\t0", True),
])
def test_a_sensor_is_lost_without_a_position_or_if_its_status_says_so(tmp_path, second, lost):
    got = ndi.read(put(tmp_path / "a.tsv", *(row(number / 100, 0, second) for number in range(3))))
    assert np.isnan(got.positions[:, 1]).all() == lost
    assert lost or got.positions[0, 1].tolist() == [1, 2, 3]


def test_quaternions_may_be_absent(tmp_path):
    head = "Time\tSensor 2 Id\tX\tY\tZ"
    got = ndi.read(put(tmp_path / "a.tsv", "0.0\t2\t1\t2\t3", "0.0025\t2\t1\t2\t3", "0.005\t2\t1\t2\t3", head=head))
    assert got.rate == 400.0
    assert np.isnan(got.quaternions).all()


@pytest.mark.parametrize("rate", [100, 200, 400, 99.9, 103.7])
def test_rate_is_estimated_from_times_in_tenths_of_milliseconds(tmp_path, rate):
    times = [round(3.0 + number / rate, 4) for number in range(4000)]
    assert ndi.read(put(tmp_path / "a.tsv", *map(row, times))).rate == pytest.approx(rate, rel=1e-5)


def test_missing_rows_become_frames_of_nan(tmp_path):
    numbers = [0, 1, 2, 5, 6, 7]
    got = ndi.read(put(tmp_path / "a.tsv", *(row(f"{number / 200:.4f}", number) for number in numbers)))
    assert (got.rate, len(got.positions)) == (200.0, 8)
    assert got.notes == ("2 missing frames filled with NaN",)
    np.testing.assert_array_equal(got.positions[:, 0, 0], [0.5, 1.5, 2.5, np.nan, np.nan, 5.5, 6.5, 7.5])


def test_a_first_row_with_a_late_time_is_left_out(tmp_path):
    got = ndi.read(put(tmp_path / "a.tsv", row(812.3, 9), *(row(number / 100, number) for number in range(3))))
    assert (got.start, len(got.positions)) == (0.0, 3)
    assert got.notes == ("first row left out: its time is later than that of the next row",)


GOOD = [row(number / 100) for number in range(4)]


@pytest.mark.parametrize(("rows", "head", "words"), [
    (GOOD, "x\ty", "does not name a time and a 'Sensor 1 Id'"), (GOOD, "", "does not name a time"), ([], HEAD, "do not increase"),
    (GOOD, HEAD.replace("AudioTime", "Audio"), "does not name a time"), (GOOD[:1], HEAD, "do not increase"),
    (GOOD, HEAD.replace("[s]", "[h\x1b]"), r"the unit of its time is 'h\\x1b', expected one of"),
    (GOOD, HEAD.replace("Y[mm]", "W[mm]"), "'sensor 1 id' is not followed by X, Y and Z"),
    (GOOD, HEAD.replace("Y[mm]", "Y[in]"), "in one unit of"), (GOOD, HEAD.replace("[mm]", "[in]"), "in one unit of"),
    ([*GOOD, GOOD[0][:40]], HEAD, "row 6 has 5 cells, expected 21"), ([*GOOD, row(0.04) + "\t7"], HEAD, "row 6 has 22 cells"),
    (["", *GOOD, " ", GOOD[0][:40]], HEAD, "row 8 has 5 cells, expected 21"),
    ([*GOOD, row("x")], HEAD, "could not convert string to float: 'x' in column 1"), ([*GOOD, row(0.03)], HEAD, "do not increase"),
    ([*GOOD, row("0.04").replace("-2.25", "2,25")], HEAD, "'2,25' in column 7"), ([*GOOD, row("")], HEAD, "do not increase"),
    ([*GOOD, row(1e12)], HEAD, "its time column leaps"), ([*GOOD, row("inf")], HEAD, "do not increase"),
    ([row(time) for time in (0, 0.01, 0.02, 0.03, 0.045, 0.06, 0.075)], HEAD, "does not increase in equal steps"),
])
def test_reports_a_broken_table_in_one_line(tmp_path, rows, head, words):
    path = put(tmp_path / "a.tsv", *rows, head=head)
    with pytest.raises(BadData, match=words) as caught:
        ndi.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_reports_a_missing_file_and_other_bytes(tmp_path):
    with pytest.raises(BadData, match="cannot be read as text"):
        ndi.read(tmp_path / "a.tsv")
    (tmp_path / "a.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(BadData, match="cannot be read as text"):
        ndi.read(tmp_path / "a.tsv")


def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path):
    put(tmp_path / "a.tsv", *(row(f"{number / 100:.6f}", number, "\t2\t55\t1\t2\t3\t1\t0\t0\t0") for number in range(12)))
    for got in readings(tmp_path / "b.tsv", (tmp_path / "a.tsv").read_bytes(), ndi.read, 600):
        assert 0 < got.rate < np.inf
        assert got.positions.shape[2] == 3
