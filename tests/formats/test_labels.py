"""Reader of label files: golden files of MOCHA, xwaves and HTK, recognition of the format, rejection of broken files."""

import pytest

from artinv.core.records import Label
from artinv.formats import labels
from artinv.runtime.errors import BadData
from tests.support.damage import readings

EXPECTED = (Label("sil", 0.0, 0.12), Label("ah", 0.12, 0.3))
SECONDS = "0 0.12 sil\n0.12 0.3 ah\n"
XWAVES = "signal utt_1\ntype 0\ncolor 121\nseparator ;\nnfields 1\n#\n    0.12 121 sil\n    0.3 121 ah\n"
HTK = "0 1200000 sil -72.3\n1200000 3000000 ah -41.1 word\n"


def put(path, text):
    path.write_text(text, encoding="latin-1")
    return path


@pytest.mark.parametrize(("text", "own"), [
    (SECONDS, labels.spans), (XWAVES, labels.ends), (HTK, labels.htk), (HTK.replace("\n", "\r\n"), labels.htk),
    (HTK + "///\n0 3000000 x\n", labels.htk),
])
def test_each_format_is_read_and_recognized(tmp_path, text, own):
    path = put(tmp_path / "a.lab", text)
    assert own(path) == EXPECTED
    assert labels.read(path) == EXPECTED


def test_whole_seconds_are_not_units_of_htk(tmp_path):
    assert labels.read(put(tmp_path / "a.lab", "0 1 a\n1 2000 b\n")) == (Label("a", 0, 1), Label("b", 1, 2000))
    assert labels.read(put(tmp_path / "a.lab", "0 10000 a\n")) == (Label("a", 0, 0.001),)


def test_a_file_without_rows_holds_no_labels(tmp_path):
    assert labels.read(put(tmp_path / "a.lab", "")) == ()
    assert labels.read(put(tmp_path / "a.lab", "#\n")) == ()


@pytest.mark.parametrize(("text", "words"), [
    ("0 1200000\n", "does not hold times and a phone"), ("0 x a\n", "does not hold times and a phone"),
    ("3000000 1200000 a\n", "negative or decreasing times"), ("ah\n", "does not hold times and a phone"),
    ("0 1" + "0" * 400 + " a\n", "negative or decreasing times"), ("#\n0.2 121 a\n0.1 121 b\n", "negative or decreasing times"),
])
def test_reports_a_broken_file_in_one_line(tmp_path, text, words):
    with pytest.raises(BadData, match=words) as caught:
        labels.read(put(tmp_path / "a.lab", text))
    assert "\n" not in str(caught.value)


def test_reports_a_missing_file(tmp_path):
    with pytest.raises(BadData, match="cannot be read"):
        labels.read(tmp_path / "a.lab")


@pytest.mark.parametrize("text", [SECONDS, XWAVES, HTK])
def test_damaged_files_are_read_or_rejected_in_one_line(tmp_path, text):
    for got in readings(tmp_path / "a.lab", text.encode(), labels.read, 400):
        assert all(0 <= label.start <= label.end for label in got)
