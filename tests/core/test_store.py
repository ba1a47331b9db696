import errno
import json
import os
import pickle
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from artinv.core import store
from artinv.core.files import abandoned_name, replacing, temporary_path, write_json
from artinv.core.records import Frames, Utterance
from artinv.runtime.errors import BadData
from tests.support import toys


def assert_same(actual, expected):
    for field in fields(actual):
        a, b = getattr(actual, field.name), getattr(expected, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype
        else:
            assert a == b, field.name


def test_records_are_read_unchanged_in_the_order_of_writing(tmp_path):
    with_notes = replace(toys.utterance("M01", 2), notes=("no labels", "zwölf"), sound=toys.utterance().sound * np.float32(0.3))
    records = [toys.utterance("F01", 2), with_notes, toys.utterance("F01", 1)]
    store.write(tmp_path, records)
    assert store.speakers(tmp_path) == ["F01", "M01"]
    for actual, expected in zip(store.read(tmp_path, Utterance), [records[0], records[2], with_notes], strict=True):
        assert_same(actual, expected)
    frames = [toys.frames("F01", k) for k in range(3)]
    store.write(tmp_path / "frames", frames)
    for actual, expected in zip(store.read(tmp_path / "frames", Frames), frames, strict=True):
        assert_same(actual, expected)


def test_sound_is_stored_with_16_bits_where_that_is_lossless(tmp_path):
    store.write(tmp_path, [toys.utterance(seconds=10)])
    exact = (tmp_path / "F01.npz").stat().st_size
    store.write(tmp_path, [replace(toys.utterance(seconds=10), sound=toys.utterance(seconds=10).sound * np.float32(0.37))])
    assert exact < (tmp_path / "F01.npz").stat().st_size * 0.6
    assert zipfile.ZipFile(tmp_path / "F01.npz").testzip() is None


def test_equal_records_give_equal_bytes(tmp_path):
    for folder in "ab":
        store.write(tmp_path / folder, [toys.utterance("F01", k) for k in range(3)])
    assert (tmp_path / "a/F01.npz").read_bytes() == (tmp_path / "b/F01.npz").read_bytes()


def test_after_a_failure_the_old_file_remains_and_no_temporary_file(tmp_path):
    store.write(tmp_path, [toys.utterance("F01", 1)])
    before = (tmp_path / "F01.npz").read_bytes()

    def broken():
        yield toys.utterance("F01", 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(tmp_path, broken())
    assert [path.name for path in tmp_path.iterdir()] == ["F01.npz"]
    assert (tmp_path / "F01.npz").read_bytes() == before


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda _: b"not a zip", lambda _: b""])
def test_a_damaged_file_gives_a_one_line_error(tmp_path, damage):
    store.write(tmp_path, [toys.utterance("F01", 1)])
    path = tmp_path / "F01.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BadData, match=r"F01.npz: is not a store of this project .*run `dvc repro`"):
        store.Reader(path, Utterance)


def overwritten(data, entry, offset, value):
    """Return the archive with two bytes of the first entry `entry` (b"PK..") overwritten."""
    start = data.index(entry) + offset
    return data[:start] + value + data[start + 2:]


@pytest.mark.parametrize(
    ("local", "central", "value"), [(6, 8, b"\x01\x00"), (8, 10, b"\x63\x00")], ids=["encrypted", "unknown compression"],
)
def test_an_unreadable_zip_member_gives_a_one_line_error(tmp_path, local, central, value):
    store.write(tmp_path, [toys.utterance("F01", 1)])
    path = tmp_path / "F01.npz"
    data = overwritten(path.read_bytes(), b"PK\x03\x04", local, value)
    path.write_bytes(overwritten(data, b"PK\x01\x02", central, value))
    with pytest.raises(BadData, match=r"F01\.npz"):
        list(store.read(tmp_path, Utterance))


@pytest.mark.parametrize("header", [
    b"{'descr': '<f4', 'shape': (L, ", b"{'descr': ',U3', 'fortran_order': False, 'shape': (), }",
])
def test_an_invalid_array_header_gives_a_one_line_error(tmp_path, header):
    """Numpy passes headers and types to Python's tokenizer and parser, which raise exceptions of their own."""
    with zipfile.ZipFile(tmp_path / "F01.npz", "w") as archive:
        header = header.ljust(118)
        archive.writestr("u/facts.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(BadData, match="record 'u' cannot be read"):
        store.Reader(tmp_path / "F01.npz", Utterance)["u"]


@pytest.mark.parametrize("facts", [
    '{"phones": 3}', '{"phones": [["a"]]}', '{"more": 1}', "[]", "3", '{"notes": null}', '{"name": "v"',
])
def test_facts_of_the_wrong_form_give_a_one_line_error(tmp_path, facts):
    store.write(tmp_path, [toys.utterance("F01", 1)])
    with np.load(tmp_path / "F01.npz") as archive:
        arrays = dict(archive)
    changed = json.loads(str(arrays["F01_001/facts"])) | json.loads(facts) if facts[-1] == "}" else None
    arrays["F01_001/facts"] = np.array(facts if changed is None else json.dumps(changed))
    np.savez(tmp_path / "F01.npz", **arrays)
    with pytest.raises(BadData, match="record 'F01_001' cannot be read"):
        list(store.read(tmp_path, Utterance))


def test_a_line_feed_in_the_name_of_a_record_is_escaped(tmp_path):
    np.savez(tmp_path / "F01.npz", **{"a\nb/facts": np.array("{")})
    with pytest.raises(BadData, match=r"record 'a\\nb' cannot be read") as caught:
        list(store.read(tmp_path, Utterance))
    assert "\n" not in str(caught.value)


def test_pickles_are_rejected(tmp_path):
    np.savez(tmp_path / "F01.npz", **{"u/facts": np.array([{}], dtype=object)})
    with pytest.raises(BadData, match="record 'u' cannot be read"):
        store.Reader(tmp_path / "F01.npz", Utterance)["u"]


def test_json_has_sorted_keys_and_rounded_figures(tmp_path):
    write_json(tmp_path / "a.json", {"b": np.float32(0.1), "a": (1, np.nan), "c": np.bool_(True), "d": np.int64(3)})
    assert (tmp_path / "a.json").read_text().replace("\n", "").replace(" ", "") == '{"a":[1,null],"b":0.1,"c":true,"d":3}'
    assert json.loads((tmp_path / "a.json").read_text())["a"] == [1, None]


@pytest.mark.parametrize(("named", "expected"), [
    ((), "whole.txt"), ((".whole.txt.7.part",), "whole.txt"), (("source.wav",), "source.wav"),
])
def test_a_system_error_names_the_target_file(tmp_path, monkeypatch, named, expected):
    monkeypatch.setattr(os, "getpid", lambda: 7)
    with pytest.raises(OSError, match="No space") as caught, replacing(tmp_path / "whole.txt"):
        raise OSError(errno.ENOSPC, "No space left on device", *(str(tmp_path / name) for name in named))
    assert caught.value.filename == str(tmp_path / expected)
    assert pickle.loads(pickle.dumps(caught.value)).filename == str(tmp_path / expected)  # noqa: S301 -- as from a worker


@pytest.mark.parametrize(("name", "fault", "expected"), [
    (".a.b\nc.csv.7.part", ProcessLookupError, "a.b\nc.csv"), (".a.csv.7.part", PermissionError, ""), (".a.csv.7.part", None, ""),
    (".a.csv.99999999999999999999.part", OverflowError, ""), ("a.csv.7.part", ProcessLookupError, ""),
    (".a.csv.7.part.bak", ProcessLookupError, ""), (".a.csv.x.part", ProcessLookupError, ""),
])
def test_only_temporary_files_of_ended_processes_are_left_over(name, fault, expected, monkeypatch):
    """A process of another user counts as running; a number that no process can have does not count as an ended process."""
    def kill(*_):
        if fault:
            raise fault

    monkeypatch.setattr(os, "kill", kill)
    assert abandoned_name(Path("folder") / name) == expected
    assert abandoned_name(temporary_path(Path("folder/x"))) == ("x" if fault is ProcessLookupError else "")


def test_an_error_without_relation_to_the_disk_names_no_file(tmp_path):
    with pytest.raises(OSError, match="malformed") as caught, replacing(tmp_path / "whole.txt"):
        raise OSError("malformed")
    assert caught.value.filename is None


def test_replacing_keeps_the_old_file_on_error(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
