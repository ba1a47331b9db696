"""artinv check on recordings of the brain: planted damage is reported with its kind, faults beside good files one line each."""

import csv
import json
import shutil
import sys

import numpy as np
import pytest

from artinv.__main__ import main
from artinv.checks import brain
from artinv.neural import h5, nwb
from tests.support import brains
from tools.deps import CHOICES


def run(*words):
    try:
        main(["check", *map(str, words)], CHOICES.parent)
    except SystemExit as stop:
        return stop.code
    return 0


def damaged(path, change):
    """Write a recording with changed signals."""
    recording = brains.recording(electrodes=9)
    change(recording.signals)
    h5.write(path, recording)
    return path


def constant(signals):
    signals[:, 4] = 3


def poor(signals):
    signals[:, 5:7] += 20 * np.random.default_rng(1).standard_normal((len(signals), 2))


def burst(signals):
    signals[300:330] += 30
    signals[500:510] += 30


DAMAGE = {"dead electrode": (constant, 1, "G4 never"), "noisy electrode": (poor, 2, "G5 and 1 more"),
          "artefact": (burst, 40, "2 times, first at 2.4 s")}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_reported_with_its_kind(kind, tmp_path, capsys):
    change, count, words = DAMAGE[kind]
    path = damaged(tmp_path / "S1.h5", change)
    assert run(path, "--json") == 1
    content = json.loads(capsys.readouterr().out)
    (finding,) = content["findings"]
    assert (finding["kind"], finding["count"], finding["example"], finding["speaker"]) == (kind, count, "S1.h5", "S1")
    assert words in finding["what"]
    assert finding["cure"]


def test_a_finding_names_the_folder_of_its_subject(tmp_path):
    raw, table = tmp_path / "raw", tmp_path / "findings.csv"
    for subject in ("S1", "S2"):
        session, voltage = brains.session(subject=subject)
        voltage[:, 4] = 0
        nwb.write(raw, session, [voltage])
    for checked, names in ((raw, ["sub-S1/ieeg", "sub-S2/ieeg"]), (raw / "sub-S1", ["ieeg"]), (raw / "sub-S1/ieeg", ["ieeg"])):
        assert run(checked, "--csv", table) == 1
        with table.open(newline="") as file:
            assert [row["example"] for row in csv.DictReader(file)] == names


def test_a_recording_marked_as_bad_is_not_reported_again(tmp_path):
    path = damaged(tmp_path / "S1.h5", constant)
    brains.replaced(path, h5.BAD, [4])
    assert run(path) == 0


def test_undamaged_recordings_have_no_findings_and_are_not_changed(tmp_path, capsys):
    path, folder = brains.write_h5(tmp_path), brains.write_bids(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    for place in (path, folder, folder / "ieeg"):
        assert run(place) == 0
        out = capsys.readouterr().out
        assert "recordings of the brain 1, unreadable 0" in out
        assert "nothing suspicious" in out
        assert ["S1", "6", "1", "0.1", "9", "3", "yes"] in [line.split() for line in out.splitlines()]
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_folder_of_recordings_is_checked_whole(tmp_path, capsys):
    brains.write_bids(tmp_path)
    session, voltage = brains.session(subject="S2")
    nwb.write(tmp_path, session, [voltage])
    damaged(tmp_path / "S3.h5", constant)
    for number in (4, 5):
        shutil.copy(tmp_path / "S3.h5", tmp_path / f"S{number}.h5")
        brains.cut(tmp_path / f"S{number}.h5")
    assert len(brain.recordings(tmp_path)) == 5
    assert run(tmp_path, "--csv", tmp_path.parent / "brain.csv") == 2
    out, err = capsys.readouterr()
    assert [line.partition(":")[0] for line in err.splitlines()] == ["artinv", "artinv"]
    assert [name in err for name in ("S3.h5", "S4.h5", "S5.h5")] == [False, True, True]
    assert "recordings of the brain 3, unreadable 2" in out
    with (tmp_path.parent / "brain.csv").open(newline="") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["dead electrode"]


def test_silence_and_a_recording_without_trials_are_reported(tmp_path, capsys):
    path = brains.write_h5(tmp_path)
    brains.changed(path, h5.SOUND, lambda sound: sound * 0)
    for key in (h5.LABEL, h5.START, h5.END):
        brains.changed(path, key, lambda values: values[:0])
    assert run(path, "--json") == 1
    assert [finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]] == ["silent sound", "no trial"]


def test_words_that_are_spoken_once_are_a_note(tmp_path, capsys):
    h5.write(tmp_path / "S1.h5", brains.recording(count=2))
    assert run(tmp_path / "S1.h5") == 0
    assert "'dog' is spoken once (2 of 2)" in capsys.readouterr().out


def test_a_folder_with_a_corpus_is_checked_as_before(tmp_path):
    (tmp_path / "mocha").mkdir()
    brains.write_h5(tmp_path)
    assert brain.recordings(tmp_path) == []
    assert brain.recordings(tmp_path / "absent") == []


def test_a_missing_file_is_one_line(tmp_path, capsys):
    assert run(tmp_path / "absent.h5") == 2
    assert capsys.readouterr().err == f"artinv: {tmp_path / 'absent.h5'}: is missing; name an existing file\n"


def test_without_h5py_the_extra_is_named(tmp_path, capsys, monkeypatch):
    path = brains.write_h5(tmp_path)
    monkeypatch.delitem(sys.modules, "artinv.neural.h5")
    monkeypatch.delattr("artinv.neural.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert run(path) == 2
    assert capsys.readouterr().err.endswith("pip install 'artinv[neural]'\n")
