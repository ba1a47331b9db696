"""Test measures by label: against a slow oracle, and as the table of a folder that `artinv invert --measures` writes."""

import csv

import numpy as np
import pandas as pd
import pytest

from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.core.trajectory import Trajectory
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.inversion import export, measures
from tests.support.bulk_runs import files, invert, put
from tests.support.inverters import babble, saved


def trajectory(frames=101):
    motion = np.random.default_rng(frames).normal(0, 30, (frames, 18)).astype(np.float32)
    motion[:, -2:] = np.nan
    motion[20:40, 3] = np.nan
    return Trajectory(name="a", rate=100.0, motion=motion)


@pytest.mark.parametrize(("start", "end"), [
    (0.0, 1.01), (0.1, 0.3), (0.105, 0.299), (0.15, 0.35), (0.2, 0.25), (0.07, 0.08), (0.9, 3),
])
def test_measures_are_those_of_the_frames_within_a_label(start, end):
    whole = trajectory()
    got = measures.within(whole, Label("x", start, end))
    rows = [row for row, time in zip(whole.motion, np.arange(101) / 100, strict=True) if start <= time < end]
    for channel in range(18):
        values = [float(row[channel]) for row in rows if not np.isnan(row[channel])]
        expected = [sum(values) / len(values), min(values), max(values)] if values else [np.nan] * 3
        np.testing.assert_allclose(got[channel], expected, rtol=1e-12)


@pytest.mark.parametrize(("label", "frame"), [
    (Label("point", 0.123, 0.123), 12), (Label("short", 0.126, 0.1295), 13), (Label("edge", 0.0, 0.0), 0),
    (Label("end", 1.0, 1.0), 100), (Label("after the last frame", 1.008, 1.008), 100), (Label("short", 1.006, 1.009), 100),
])
def test_a_point_has_the_values_of_the_nearest_frame(label, frame):
    got = measures.within(trajectory(), label)
    np.testing.assert_array_equal(got, np.repeat(trajectory().motion[frame, :, None], 3, axis=1))


@pytest.mark.parametrize("label", [Label("after", 1.02, 2.0), Label("far", 9.0, 9.0), Label("before", -1.0, -0.5)])
def test_a_label_outside_the_sound_has_no_values(label):
    assert np.isnan(measures.within(trajectory(), label)).all()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("model"), provenance={"origin": "synthetic"}, unknown=("v_x", "v_y"))


@pytest.fixture
def recordings(tmp_path):
    """Write four recordings: with a TextGrid, with rows, without labels, and no sound at all."""
    for name in ("in/a.wav", "in/day 2/b.wav", "in/c.wav"):
        put(tmp_path / name, babble(1.0))
    (tmp_path / "in/d.wav").write_text("no sound")
    phones = Tier("phones", (Label("AH, \n#", 0.1, 0.3), Label(" ", 0.3, 0.5)))
    clicks = Tier("clicks", (Label("NA", 0.5, 0.5),), points=True)
    textgrid.write(tmp_path / "in/a.TextGrid", TextGrid(0.0, 1.0, (phones, clicks)))
    (tmp_path / "in/day 2/b.lab").write_text("0 0.5 sil\n0.5 1.0 aa\n")
    (tmp_path / "in/d.lab").write_text("0 0.5 sil\n")
    return tmp_path


def words(folder, model, *more):
    return [folder / "in", "-o", folder / "out", "--model", model, "--measures", folder / "tables/m.csv", *more]


def test_one_table_holds_the_measures_of_all_labels(recordings, model, capsys):
    _, messages = invert(capsys, *words(recordings, model), fails=True)  # d.wav is no sound
    path = recordings / "tables/m.csv"
    table = pd.read_csv(path, keep_default_na=False, na_values=["NaN"])
    assert tuple(table) == measures.COLUMNS
    assert table[["recording", "tier", "label", "start", "end"]].to_numpy().tolist() == [
        ["a", "phones", "AH, #", 0.1, 0.3], ["a", "clicks", "NA", 0.5, 0.5], ["day 2/b", "phones", "sil", 0.0, 0.5],
        ["day 2/b", "phones", "aa", 0.5, 1.0],
    ]
    assert set(table["trained_on"]) == {"synthetic"}
    assert set(table["speaker"]) == {"average training speaker"}
    motion = export.read(recordings / "out/day 2/b.csv").motion
    for number, channel in enumerate(CHANNELS[:16]):
        row = table.iloc[3]
        assert row[f"{channel}_mean"] == pytest.approx(motion[50:100, number].mean(), abs=2e-4)
        assert row[f"{channel}_min"] == pytest.approx(motion[50:100, number].min(), abs=1e-4)
        assert row[f"{channel}_max"] == pytest.approx(motion[50:100, number].max(), abs=1e-4)
    assert table["v_x_mean"].isna().all()
    assert f"{path}: measures of 4 labels in 2 recordings" in messages
    assert "recordings without labels: 1; put a .TextGrid or .lab of the same name beside each" in messages
    assert files(recordings / "out") == {"a.csv", "c.csv", "day 2/b.csv"}


def test_the_table_of_a_repeated_run_has_the_same_bytes_and_new_labels(recordings, model, capsys):
    (recordings / "in/d.wav").unlink()
    invert(capsys, *words(recordings, model, "--format", "npz,TextGrid"))
    before = (recordings / "tables/m.csv").read_bytes()
    summary, _ = invert(capsys, *words(recordings, model, "--format", "npz,TextGrid"))
    assert (summary["kept"], (recordings / "tables/m.csv").read_bytes()) == (3, before)
    (recordings / "in/c.lab").write_text("0.1 0.2 new\n")
    summary, _ = invert(capsys, *words(recordings, model, "--format", "npz,TextGrid"))
    assert (summary["kept"], summary["made"]) == (2, 1)  # the TextGrid of c has another label
    with (recordings / "tables/m.csv").open(newline="", encoding="utf-8") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["AH, #", "NA", "new", "sil", "aa"]
    assert textgrid.read(recordings / "out/c.TextGrid").tier("phones").labels[1].text == "new"


def test_an_edited_textgrid_is_kept_and_its_labels_are_measured(recordings, model, capsys):
    """The results lie beside the sounds; `c` has no labels until its TextGrid is edited."""
    (recordings / "in/d.wav").unlink()
    table = recordings / "m.csv"
    words = [recordings / "in", "-o", recordings / "in", "--model", model, "--format", "TextGrid,npz", "--measures", table]
    before = (recordings / "in/a.TextGrid").read_bytes()
    summary, messages = invert(capsys, *words)
    assert (summary["made"], (recordings / "in/a.TextGrid").read_bytes()) == (3, before)
    assert "recordings without labels: 1" in messages
    grid = textgrid.read(recordings / "in/c.TextGrid")
    assert [tier.name for tier in grid.tiers] == ["speech", "artinv"]
    textgrid.write(recordings / "in/c.TextGrid", TextGrid(0.0, 1.0, (Tier("words", (Label("mine", 0.1, 0.2),)), grid.tiers[1])))
    edited = (recordings / "in/c.TextGrid").read_bytes()
    summary, messages = invert(capsys, *words)
    assert (summary["kept"], (recordings / "in/c.TextGrid").read_bytes()) == (3, edited)
    assert "measures of 5 labels in 3 recordings" in messages
    assert [entry["frames"] for entry in summary["files"]] == [101, 101, 101]


def test_a_broken_label_file_is_reported_and_the_others_are_used(recordings, model, capsys):
    (recordings / "in/d.wav").unlink()
    (recordings / "in/a.TextGrid").write_text("no grid")
    summary, messages = invert(capsys, *words(recordings, model), fails=True)
    assert summary["made"] == 3
    assert "a.TextGrid: is not a complete TextGrid" in messages
    assert messages.splitlines()[-1] == "artinv: 1 label file could not be used; the lines above give the reasons"
    assert len((recordings / "tables/m.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(("more", "fault"), [
    (["--format", "pos,TextGrid"], "--measures: needs one of the formats csv,npz,est,ssff,mat"),
    (["--measures", "{}/in"], "in: is a folder"), (["--measures", "{}/in/a.wav"], "choose another name for --measures"),
    (["--measures", "{}/out/a.csv"], "out/a.csv: is a folder, a sound or a result"),
    (["--measures", "{}/in/a.TextGrid"], "a.TextGrid: exists and is not a table of measures; move it away"),
])
def test_a_file_that_must_not_be_overwritten_is_reported_before_the_work(recordings, model, capsys, more, fault):
    _, messages = invert(capsys, *words(recordings, model, *(word.format(recordings) for word in more)), fails=True)
    assert fault in messages
    assert len(messages.splitlines()) == 1
    assert not (recordings / "out").exists()
