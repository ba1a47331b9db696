"""Compare the reader of MATLAB 5 files with scipy's, and test it on damaged files."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from artinv.formats import mat5, matlab
from artinv.runtime.errors import BadData


def saved(content, **options):
    file = io.BytesIO()
    savemat(file, content, **options)
    return file.getvalue()


def structs(rows, fields):
    array = np.empty((1, len(rows)), dtype=[(field, object) for field in fields])
    for index, row in enumerate(rows):
        array[0, index] = row
    return array


KINDS = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
RNG = np.random.default_rng(3)
INNER = structs([("sp", np.array([[0.0, 0.5]])), ("AA1", np.array([[0.5, 0.75]]))], ["LABEL", "OFFS"])
SAMPLE = structs(
    [
        ("AUDIO", np.uint16(44100), RNG.normal(size=(50, 1)).astype("f4"), INNER),
        ("TR", np.uint8(100), np.zeros((3, 6)), np.zeros((1, 0))),
    ],
    ["NAME", "SRATE", "SIGNAL", "PHONES"],
)


def value(content, name="a"):
    return next(variable for variable in mat5.variables(content) if variable.name == name).value()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 0), (0, 0), (3, 4), (1, 100), (2, 3, 4)])
def test_numbers_equal_those_of_scipy(kind, shape, compressed):
    array = RNG.integers(0, 120, shape).astype(kind)
    content = saved({"a": array}, do_compression=compressed)
    expected, got = loadmat(io.BytesIO(content))["a"], value(content)
    assert np.array_equal(got, expected)
    assert got.dtype == expected.dtype == np.dtype(kind)


@pytest.mark.parametrize("text", ["AUDIO", "a", "", "The cot, they say, is number 1.", "naïve café", "日本"])
def test_text_is_read_unchanged(text):
    assert value(saved({"a": text})) == text


def test_rows_of_text_are_joined():
    content = saved({"a": np.array(["abc", "def"])})
    assert loadmat(io.BytesIO(content))["a"].tolist() == ["abc", "def"]
    assert value(content) == "abcdef"


@pytest.mark.parametrize("compressed", [False, True])
def test_struct_arrays_are_lists_of_dicts(compressed):
    first, second = value(saved({"b": np.zeros(3), "a": SAMPLE}, do_compression=compressed))
    assert list(first) == ["NAME", "SRATE", "SIGNAL", "PHONES"]
    assert (first["NAME"], first["SRATE"].item(), first["SRATE"].dtype) == ("AUDIO", 44100, np.uint16)
    assert np.array_equal(first["SIGNAL"], SAMPLE[0, 0]["SIGNAL"])
    assert [row["LABEL"] for row in first["PHONES"]] == ["sp", "AA1"]
    assert first["PHONES"][1]["OFFS"].tolist() == [[0.5, 0.75]]
    assert second["PHONES"].shape == (1, 0)


def test_cells_are_lists():
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = "x", np.zeros((1, 2))
    content = saved({"a": structs([("n", cells)], ["NAME", "CELLS"])})
    got = value(content)[0]["CELLS"]
    assert got[0] == "x"
    assert got[1].tolist() == [[0, 0]]


@pytest.mark.parametrize("kind", [3, 5, 16, 17, 99])
def test_objects_functions_and_sparse_arrays_have_no_value(kind, tmp_path):
    """Class numbers of objects, sparse arrays, functions and opaque values, and an undefined one: their value is None."""
    content = bytearray(big_endian("a", [1, 2, 250]))
    flags = content.index(struct.pack(">II", 6, 8)) + 8
    content[flags:flags + 4] = struct.pack(">I", kind)
    assert value(bytes(content)) is None
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(BadData, match="does not hold exactly one struct array"):
        matlab.read_structs(tmp_path / "a.mat")


def big_endian(name, numbers):
    """Return a file of a big-endian machine: one row of doubles, stored as bytes."""

    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    body = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 1, len(numbers)))
    body += element(1, name.encode()) + element(2, bytes(numbers))
    return b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + element(14, body)


def test_reads_big_endian_files_and_numbers_stored_in_a_smaller_type():
    content = big_endian("a", [1, 2, 250])
    expected = loadmat(io.BytesIO(content))["a"]
    assert value(content).tolist() == expected.tolist() == [[1, 2, 250]]
    assert value(content).dtype == np.float64


def test_scipy_reads_written_files_and_equal_content_gives_equal_bytes(tmp_path):
    phones = [{"LABEL": "a", "OFFS": np.ones((1, 2))}]
    rows = [
        {"NAME": "AUDIO", "SRATE": np.uint16(9), "SIGNAL": np.ones((2, 1), np.float32), "PHONES": phones},
        {"NAME": "TT", "SRATE": 99.5, "SIGNAL": np.zeros((2, 3)), "PHONES": np.zeros((1, 0))},
    ]
    matlab.write_structs(tmp_path / "file_1.mat", rows)
    got = loadmat(tmp_path / "file_1.mat")["file_1"]
    assert got.shape == (1, 2)
    assert got.dtype.names == ("NAME", "SRATE", "SIGNAL", "PHONES")
    assert got[0, 1]["SRATE"].item() == 99.5
    assert got[0, 0]["PHONES"][0, 0]["LABEL"].item() == "a"
    again = matlab.read_structs(tmp_path / "file_1.mat")
    assert again[0]["PHONES"][0]["OFFS"].tolist() == [[1, 1]]
    before = (tmp_path / "file_1.mat").read_bytes()
    assert before[:116] == b"MATLAB 5.0 MAT-file".ljust(116)
    matlab.write_structs(tmp_path / "file_1.mat", rows)
    assert (tmp_path / "file_1.mat").read_bytes() == before


def damaged(content, rng):
    content = bytearray(content)
    match rng.integers(4):
        case 0:
            for at in rng.integers(0, len(content), 4):
                content[at] = rng.integers(256)
        case 1:
            at = rng.integers(0, len(content))
            content[at:at + 4] = b"\xff" * 4
        case 2:
            content = content[:rng.integers(0, len(content))]
        case 3:
            at = rng.integers(120, len(content) - 4)
            content[at:at + 4] = struct.pack("<I", rng.integers(1 << 32))
    return bytes(content)


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path, compressed):
    path = tmp_path / "a.mat"
    rng = np.random.default_rng(11)
    content = saved({"a": SAMPLE}, do_compression=compressed)
    messages = []
    tracemalloc.start()
    try:
        for _ in range(500):
            path.write_bytes(damaged(content, rng))
            try:
                matlab.read_structs(path)
            except BadData as error:
                messages.append(str(error))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert len(messages) > 100
    assert not [message for message in messages if "\n" in message]


def test_a_compressed_variable_above_the_limit_is_rejected(tmp_path, monkeypatch):
    monkeypatch.setattr(mat5, "_LARGEST", 10_000)
    bomb = zlib.compress(b"\0" * 100_000)
    (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(bomb)) + bomb)
    with pytest.raises(BadData, match="too large"):
        matlab.read_structs(tmp_path / "a.mat")


def test_deep_nesting_is_rejected(tmp_path):
    inner = structs([(np.zeros((1, 1)),)], ["x"])
    for _ in range(20):
        inner = structs([(inner,)], ["x"])
    (tmp_path / "a.mat").write_bytes(saved({"a": inner}))
    with pytest.raises(BadData, match="nested too deeply"):
        matlab.read_structs(tmp_path / "a.mat")


@pytest.mark.parametrize(("content", "fault"), [
    (b"MATLAB 7.3 MAT-file".ljust(600), "version 7.3"), (b"\x89HDF\r\n\x1a\n".ljust(600), "version 7.3"), (b"", "header"),
    (b"MATLAB 5.0".ljust(200), "header"), (saved({"a": np.zeros(3)}), "exactly one struct"),
    (saved({"c": SAMPLE, "b": SAMPLE}), "exactly one struct"),
])
def test_files_of_other_versions_or_contents_are_rejected(tmp_path, content, fault):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(BadData, match=rf"a\.mat: .*{fault}"):
        matlab.read_structs(tmp_path / "a.mat")


def test_of_two_struct_arrays_the_one_named_as_the_file_is_read(tmp_path):
    (tmp_path / "F01.mat").write_bytes(saved({"b": INNER, "f01": SAMPLE}))
    assert len(matlab.read_structs(tmp_path / "F01.mat")[0]) == 4


@pytest.mark.parametrize(("value", "expected"), [
    (np.array([[3]], np.uint8), 3), (np.array([0.5]), 0.5), (np.array(99.5, np.float32), 99.5), (np.array([[0.0]]), None),
    (np.array([[-1]]), None), (np.array([[np.nan]]), None), (np.array([[1.0, 2.0]]), None), (np.zeros((0, 0)), None),
    (np.array([["x"]]), None), (np.array([[True]]), None), ("3", None), (None, None), ([3.0], None),
])
def test_number_accepts_one_number_above_zero(value, expected):
    if expected is None:
        with pytest.raises(BadData, match=r"a: TT\.SRATE is not a number above 0"):
            matlab.number("a", {"NAME": "TT", "SRATE": value}, "SRATE")
    else:
        assert matlab.number("a", {"SRATE": value}, "SRATE") == expected


@pytest.mark.parametrize(("value", "kind"), [
    (np.zeros((2, 3)), "f4"), (np.zeros((1, 4), "f4"), "f4"), (np.zeros((2, 3), "i2"), "i2"), (np.zeros((2, 3), "u1"), "u1"),
    (np.full((1, 3), 1e300), "f4"), (np.zeros((2, 2)), None), (np.zeros((0, 3)), None), (np.zeros((2, 3, 1)), None),
    (np.zeros(3), None), (np.zeros((2, 3), bool), None), (np.full((2, 3), "x"), None), ("text", None), (None, None),
])
def test_matrix_accepts_numeric_matrices_of_enough_columns(value, kind):
    if kind is None:
        with pytest.raises(BadData, match=r"a: \?\.SIGNAL does not hold 3 columns of numbers"):
            matlab.matrix("a", {"SIGNAL": value}, "SIGNAL", 3)
    else:
        got = matlab.matrix("a", {"SIGNAL": value}, "SIGNAL", 3)
        assert got.dtype == np.dtype(kind)
        np.testing.assert_array_equal(got, np.where(value > 1e38, np.inf, value))


@pytest.mark.parametrize(("levels", "fine"), [(8, True), (9, False)])
def test_arrays_may_be_nested_eight_deep(levels, fine):
    inner = np.ones((1, 1))
    for _ in range(levels):
        inner = structs([(inner,)], ["x"])
    variable = next(mat5.variables(saved({"a": inner})))
    if fine:
        got = variable.value()
        for _ in range(levels):
            got = got[0]["x"]
        assert got.tolist() == [[1]]
    else:
        with pytest.raises(ValueError, match="nested too deeply"):
            variable.value()


def one_text(kind, data, order="<", count=2, inner=b""):
    """Return a file of one row of text in one of the text types of the format."""
    def element(kind, data):
        return struct.pack(f"{order}II", kind, len(data)) + data + b"\0" * (-len(data) % 8)

    body = element(6, struct.pack(f"{order}II", 4, 0)) + element(5, struct.pack(f"{order}ii", 1, count)) + element(1, b"a")
    mark = b"\x00\x01IM" if order == "<" else b"\x01\x00MI"
    return b"MATLAB 5.0".ljust(124) + mark + element(14, body + (inner or element(kind, data)))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "encoding"), [
    (1, "latin-1"), (2, "latin-1"), (4, "utf-16"), (16, "utf-8"), (17, "utf-16"), (18, "utf-32"),
])
def test_reads_every_text_type(kind, encoding, order):
    data = "äb".encode(encoding + {"<": "-le", ">": "-be"}[order] * (encoding in ("utf-16", "utf-32")))
    assert value(one_text(kind, data, order)) == "äb"
    with pytest.raises(ValueError, match="text is of an unknown type"):
        value(one_text(3, data, order))


def test_reads_small_elements_and_empty_fields():
    small = struct.pack("<HH4s", 16, 3, b"abc\0")
    assert value(one_text(0, b"", count=3, inner=small)) == "abc"
    content = saved({"a": structs([(np.ones((1, 1)), "x")], ["n", "t"])})
    whole = next(mat5.variables(content)).value()
    assert whole[0]["n"].tolist() == [[1]]
    at = content.index(struct.pack("<II", 14, 56))  # the first field's array
    emptied = content[:132] + struct.pack("<I", len(content) - 136 - 56) + content[136:at] + struct.pack("<II", 14, 0)
    got = next(mat5.variables(emptied + content[at + 64:])).value()
    assert (got[0]["n"].shape, got[0]["t"]) == ((0, 0), "x")
