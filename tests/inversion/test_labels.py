"""Test labels beside sounds, and TextGrids that artinv writes: what is read, what is written, and whose file it is."""

import json

import numpy as np
import pytest

from artinv.core.records import Label
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.inversion import labels
from artinv.runtime.errors import BadData
from tests.support.inverters import babble

KNOWN = {"by": "artinv 0, articulation inferred from sound", "name": 'a "b"\n', "made": "abc", "frames": "101", "rate": "100"}
PHONES = Tier("phones", (Label("AH", 0.1, 0.3), Label('"T"', 0.3, 0.6)))
CLICKS = Tier("clicks", (Label("x", 0.25, 0.25),), points=True)


def put(path, *tiers, end=1.0):
    textgrid.write(path, TextGrid(0.0, end, tiers))
    return path


def spoken(tier):
    return [label for label in tier.labels if label.text]


def test_a_textgrid_is_preferred_to_rows_and_neither_is_needed(tmp_path):
    sound = tmp_path / "a.b.wav"
    assert labels.find(sound) is None
    assert labels.read(None) == labels.NONE
    (tmp_path / "a.b.lab").write_text("0 0.1 sil\n0.1 0.3 ah\n")
    assert labels.read(labels.find(sound)).tiers == (Tier("phones", (Label("sil", 0.0, 0.1), Label("ah", 0.1, 0.3))),)
    put(tmp_path / "a.b.TextGrid", PHONES, CLICKS)
    read = labels.read(labels.find(sound))
    assert read.path == tmp_path / "a.b.TextGrid"
    assert [(tier.name, spoken(tier)) for tier in read.tiers] == [("phones", list(PHONES.labels)), ("clicks", list(CLICKS.labels))]


@pytest.mark.parametrize(("name", "content"), [
    ("a.lab", b"0 0.1 sil\n0.1 0.3 ah\n"), ("a.LAB", b"0 1000000 sil\n1000000 3000000 ah\n"),
    ("a.lab", b"#\n0.1 121 sil\n0.3 121 ah\n"),
])
def test_label_files_of_each_format_are_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (tier,) = labels.read(labels.find(tmp_path / "a.wav")).tiers
    assert [(label.text, label.start, label.end) for label in tier.labels] == [("sil", 0.0, 0.1), ("ah", 0.1, 0.3)]


def test_a_written_textgrid_has_the_labels_and_the_header_entries(tmp_path):
    sound = np.zeros(16160, np.float32)
    labels.write(tmp_path / "a.TextGrid", labels.Labels(tmp_path / "b.lab", (PHONES, CLICKS)), sound, KNOWN)
    grid = textgrid.read(tmp_path / "a.TextGrid")
    assert (grid.start, grid.end) == (0.0, 1.01)
    assert [tier.name for tier in grid.tiers] == ["phones", "clicks", "artinv"]
    assert spoken(grid.tiers[0]) == list(PHONES.labels)
    assert grid.tiers[1].labels == CLICKS.labels
    assert json.loads(grid.tiers[2].labels[0].text)["name"] == KNOWN["name"]
    assert labels.facts(tmp_path / "a.TextGrid") == KNOWN
    assert labels.find(tmp_path / "a.wav") is None


def test_labels_beyond_the_sound_extend_the_textgrid(tmp_path):
    labels.write(tmp_path / "a.TextGrid", labels.Labels(None, (PHONES,)), np.zeros(1600, np.float32), KNOWN)
    assert textgrid.read(tmp_path / "a.TextGrid").end == 0.6


def test_an_edited_textgrid_belongs_to_the_user(tmp_path):
    path = tmp_path / "a.TextGrid"
    labels.write(path, labels.Labels(None, (PHONES,)), np.zeros(16000, np.float32), KNOWN)
    grid = textgrid.read(path)
    textgrid.write(path, grid)  # saved without a change
    assert labels.facts(path) == KNOWN
    for phones in (Tier("phones", (Label("AA", 0.1, 0.3), *PHONES.labels[1:])), Tier("words", PHONES.labels),
                   Tier("phones", (Label("AH", 0.1, 0.31),))):
        textgrid.write(path, TextGrid(0.0, 1.0, (phones, grid.tiers[-1])))
        assert labels.facts(path) == {}
        assert labels.find(tmp_path / "a.wav") == path
        (tier,) = labels.read(path).tiers
        assert (tier.name, spoken(tier)) == (phones.name, list(phones.labels))


@pytest.mark.parametrize("text", ["", "x", "[]", "3", "{", '{"by": 3}', '[["labels", 1]]', "[" * 5000])
def test_other_tiers_named_artinv_have_no_header_entries(tmp_path, text):
    assert labels.facts(put(tmp_path / "a.TextGrid", PHONES, Tier("artinv", (Label(text, 0.0, 1.0),) if text else ()))) == {}


def test_speech_is_marked_where_it_is_detected(tmp_path):
    sound = np.concatenate([babble(2.0, pause=0.5), babble(2.0, pause=0.5)])  # speech from 0.5 to 1.5 s and from 2.5 to 3.5 s
    labels.write(tmp_path / "a.TextGrid", labels.NONE, sound, KNOWN)
    tier, _ = textgrid.read(tmp_path / "a.TextGrid").tiers
    assert tier.name == "speech"
    assert {label.text for label in spoken(tier)} == {"speech"}
    edges = [edge for label in spoken(tier) for edge in (label.start, label.end)]
    assert edges == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.05)
    assert labels.speech(np.zeros(16000, np.float32)).labels == ()


def test_overlapping_rows_are_reported_with_their_file(tmp_path):
    (tmp_path / "a.lab").write_text("0 0.2 sil\n0.1 0.3 ah\n")
    beside = labels.read(tmp_path / "a.lab")
    with pytest.raises(BadData, match=r"a\.lab: the interval 'ah' of tier 'phones' from 0.1 to 0.3 s overlaps"):
        labels.write(tmp_path / "out.TextGrid", beside, np.zeros(16000, np.float32), KNOWN)
    assert not (tmp_path / "out.TextGrid").exists()


def test_a_broken_textgrid_is_reported(tmp_path):
    (tmp_path / "a.TextGrid").write_text("no grid")
    assert labels.find(tmp_path / "a.wav") == tmp_path / "a.TextGrid"
    with pytest.raises(BadData, match=r"a\.TextGrid: is not a complete TextGrid"):
        labels.read(tmp_path / "a.TextGrid")
