"""Test `artinv invert`: names of outputs, up-to-date results, and faulty recordings."""

import errno
import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from joblib.externals.loky import process_executor

from artinv.data.stats import Stats
from artinv.inversion import bulk, export
from tests.support.bulk_runs import content, files, invert, put
from tests.support.inverters import babble, saved


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("model"), provenance={"origin": "synthetic"})


@pytest.fixture(scope="module")
def sound():
    return babble(1.0)


@pytest.fixture
def ready(tmp_path, model, sound):
    """Return a folder, a model and a sound."""
    return SimpleNamespace(folder=tmp_path, model=model, sound=sound)


def test_outputs_have_the_names_of_their_sounds(tmp_path, capsys, model, sound):
    put(tmp_path / "in/a.wav", sound)
    put(tmp_path / "in/b c/d.flac", sound)
    put(tmp_path / "in/b c/.hidden.wav", sound)
    (tmp_path / "in/text.txt").write_text("text")
    put(tmp_path / "single.wav", sound)
    summary, messages = invert(capsys, tmp_path / "in", tmp_path / "single.wav", "-o", tmp_path / "out", "--model", model,
                               "--format", "ssff,csv,est,npz,pos,mat,textgrid")
    names = ("a", "b c/d", "single")
    assert files(tmp_path / "out") == {f"{name}.{kind}" for name in names for kind in export.FORMATS}
    assert (summary["made"], summary["kept"], summary["failed"]) == (3, 0, 0)
    for entry, name in zip(summary["files"], names, strict=True):
        assert (entry["status"], entry["frames"], entry["seconds"], entry["error"]) == ("made", 101, 1.0, "")
        assert set(entry["outputs"]) == {str(tmp_path / f"out/{name}.{kind}") for kind in export.FORMATS}
        assert export.read(Path(entry["outputs"][0])).name == Path(name).name
    assert "SYNTHETIC speakers" in messages
    assert "average training speaker" in messages


COLLIDING = [
    (("a.wav", "a.flac", "b.wav"), {"a.wav.csv", "a.flac.csv", "b.csv"}),
    (("A.wav", "a.flac"), {"A.wav.csv", "a.flac.csv"}),
    (("a.wav", "a.flac", "a.wav.wav"), {"a.flac.csv", "a.wav.wav.csv", "a.wav.csv"}),
    (("é.wav", "e\u0301.flac"), {"é.wav.csv", "e\u0301.flac.csv"}),
    (("a.wav", "x/a.wav"), {"a.csv", "x/a.csv"}),
]


@pytest.mark.parametrize(("names", "expected"), COLLIDING)
def test_clashing_names_get_different_outputs(tmp_path, names, expected):
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    jobs = bulk.list_jobs([tmp_path / "in"], tmp_path / "out", ["csv"])
    assert len(jobs) == len(names)
    assert {str(job.targets[0].relative_to(tmp_path / "out")) for job in jobs} == expected
    assert not any(job.fault for job in jobs)


def test_unresolved_name_clashes_are_reported(tmp_path, capsys, model, sound):
    put(tmp_path / "x/a.wav", sound)
    put(tmp_path / "y/a.wav", sound[:8000])
    put(tmp_path / "y/b.wav", sound)
    summary, messages = invert(capsys, tmp_path / "x", tmp_path / "y", "-o", tmp_path / "out", "--model", model, fails=True)
    assert [entry["status"] for entry in summary["files"]] == ["failed", "failed", "made"]
    assert files(tmp_path / "out") == {"b.csv"}
    assert f"{tmp_path}/x/a.wav: would become the same file as {tmp_path}/y/a.wav" in messages
    twice, _ = invert(capsys, tmp_path / "x/a.wav", tmp_path / "x/a.wav", tmp_path / "x", "-o", tmp_path / "2", "--model", model)
    assert len(twice["files"]) == 1


NAMES = ["with space", "quote'\"", "new\nline", "Zürich 東京", "-dash", "\udcff", "a%sb;$(x)`y`", "#", "con.csv"]


def test_outputs_of_any_name_stay_in_the_output_folder(tmp_path, capsys, model, sound):
    before = {put(tmp_path / "in" / folder / f"{name}.wav", sound) for name in NAMES for folder in (".", "sub #\n")}
    summary, messages = invert(capsys, tmp_path / "in", "-o", tmp_path / "out", "--model", model)
    assert summary["made"] == len(before)
    assert files(tmp_path / "out") == {f"{folder}{name}.csv" for name in NAMES for folder in ("", "sub #\n/")}
    assert {entry.name for entry in tmp_path.iterdir()} == {"in", "out"}
    assert files(tmp_path / "in") == {str(path.relative_to(tmp_path / "in")) for path in before}
    assert all(export.read(tmp_path / "out" / f"{name}.csv").name == name for name in NAMES)
    assert invert(capsys, tmp_path / "in", "-o", tmp_path / "out", "--model", model)[0]["kept"] == len(before)
    assert len(messages.splitlines()) == 1


@pytest.mark.parametrize(("name", "expected"), [("...wav", "...csv"), (".wav", ".wav.csv"), ("-x.wav", "-x.csv"), ("a", "a.csv")])
def test_a_named_file_is_read_whatever_its_ending(capsys, ready, name, expected):
    put(ready.folder / "in" / name, ready.sound)
    invert(capsys, "-o", "../out", "--model", ready.model, "--", name, place=ready.folder / "in")
    assert files(ready.folder) == {f"in/{name}", f"out/{expected}"}


def test_links_and_relative_paths_do_not_leave_the_output_folder(tmp_path, capsys, model, sound):
    put(tmp_path / "in/sub/a.wav", sound)
    put(tmp_path / "elsewhere/b.wav", sound)
    (tmp_path / "in/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/round").symlink_to(tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "victim").mkdir()
    (tmp_path / "out/sub").symlink_to(tmp_path / "victim")
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "out/linked").mkdir()
    (tmp_path / "out/linked/b.csv").symlink_to(tmp_path / "precious")
    place = tmp_path / "in/sub"
    summary, messages = invert(capsys, "../../in", "-o", "../../out", "--model", model, fails=True, place=place)
    assert (summary["made"], summary["failed"]) == (1, 1)
    assert "a link leads out of ../../out" in messages
    assert files(tmp_path / "victim") == set()
    assert (tmp_path / "precious").read_text() == "precious"
    assert export.read(tmp_path / "out/linked/b.csv").name == "b"
    assert not (tmp_path / "out/linked/b.csv").is_symlink()


def test_an_output_folder_inside_the_input_folder_is_not_searched(tmp_path, capsys, model, sound):
    put(tmp_path / "a.wav", sound)
    put(tmp_path / "out/old.wav", sound)
    summary, _ = invert(capsys, tmp_path, "-o", tmp_path / "out", "--model", model)
    assert [Path(entry["sound"]).name for entry in summary["files"]] == ["a.wav"]
    recording = put(tmp_path / "b.csv", sound)  # a sound with a misleading ending
    before = recording.read_bytes()
    _, messages = invert(capsys, recording, "-o", tmp_path, "--model", model, fails=True)
    assert "would overwrite a recording" in messages
    assert recording.read_bytes() == before


@pytest.mark.parametrize(("words", "expected"), [
    (". -o .", {"a.csv", "x/b.csv"}), (". -o ../rec", {"a.csv", "x/b.csv"}), ("x -o .", {"b.csv"}), ("x/b.wav -o x", {"x/b.csv"}),
    (". -o x", {"x/a.csv"}), ("../rec/x -o x/..", {"b.csv"}), ("x -o x/out", {"x/out/b.csv"}),
])
def test_input_and_output_folder_may_be_the_same(capsys, ready, words, expected):
    for name in ("rec/a.wav", "rec/x/b.wav"):
        put(ready.folder / name, ready.sound)
    place = ready.folder / "rec"
    invert(capsys, *words.split(), "--model", ready.model, place=place)
    assert files(place) == expected | {"a.wav", "x/b.wav"}
    assert invert(capsys, *words.split(), "--model", ready.model, place=place)[0]["made"] == 0


def test_sounds_in_the_output_folder_only_are_reported_with_the_cure(capsys, ready):
    put(ready.folder / "rec/out/a.wav", ready.sound)
    _, messages = invert(capsys, ready.folder / "rec", "-o", ready.folder / "rec/out", "--model", ready.model, fails=True)
    fault = f"rec: contains sound files only in {ready.folder}/rec/out"
    assert f"{fault}, the folder for results; name that folder as SOUND" in messages


@pytest.mark.parametrize("text", ["tt_x,tt_y\n1,2\n", "# rate: 250\ntt_x\n1\n"])
def test_a_table_of_the_user_is_not_overwritten(capsys, ready, text):
    sounds = [put(ready.folder / name, ready.sound) for name in ("a.wav", "b.wav")]
    (ready.folder / "a.csv").write_text(text)
    (ready.folder / "b.csv").touch()
    summary, messages = invert(capsys, *sounds, "-o", ready.folder, "--model", ready.model, fails=True)
    assert [entry["status"] for entry in summary["files"]] == ["failed", "made"]
    assert "a.csv: exists and is not a trajectory of artinv; move it away, or choose another folder with -o" in messages
    assert (ready.folder / "a.csv").read_text() == text


def times(folder):
    return {name: (folder / name).stat().st_mtime_ns for name in files(folder)}


def test_results_that_are_up_to_date_are_kept(tmp_path, capsys, model, sound):
    first, second = put(tmp_path / "in/a.wav", sound), put(tmp_path / "in/b.wav", sound)
    out, words = tmp_path / "out", [tmp_path / "in", "-o", tmp_path / "out", "--model", model]

    def statuses(*more):
        return [entry["status"] for entry in invert(capsys, *words, *more)[0]["files"]]

    assert statuses() == ["made", "made"]
    before = content(out), times(out)
    assert statuses() == ["kept", "kept"]
    assert (content(out), times(out)) == before

    assert statuses("--format", "csv,npz") == ["made", "made"]  # only the new format
    assert {name: stamp for name, stamp in times(out).items() if name.endswith("csv")} == before[1]

    os.utime(second, ns=(later := time.time_ns() + 10**10, later))
    assert statuses() == ["kept", "made"]
    os.utime(second, ns=(1, 1))
    put(first, sound[:8000])  # another sound with the same time
    os.utime(first, ns=(1, 1))
    assert statuses() == ["made", "kept"]
    whole = (out / "b.csv").read_bytes()
    lines = ((b"# frames: ", b"# frames: x"), (b"# frames: ", b"# frames: -"), (b"# frames: ", b"# frames: 1" + b"0" * 400),
             (b"# rate: 100", b"# rate: 0"), (b"# rate: 100", b"# rate: nan"))
    for changed in (whole[:100], *(whole.replace(*line) for line in lines)):
        (out / "b.csv").write_bytes(changed)
        assert statuses() == ["kept", "made"]
        assert (out / "b.csv").read_bytes() == whole != changed

    other = saved(tmp_path, "other.safetensors", seed=1)
    words[-1] = other
    assert statuses() == ["made", "made"]
    assert statuses("--calibrate", tmp_path / "in") == ["made", "made"]
    assert statuses("--calibrate", tmp_path / "in") == ["kept", "kept"]
    Stats(names=np.array(["x"]), motion_mean=np.ones((1, 18), np.float32), motion_std=np.ones(18, np.float32),
          acoustic_mean=np.zeros(26, np.float32), acoustic_std=np.ones(26, np.float32), reglued=np.zeros((0, 2), int),
          ).save(tmp_path / "x.npz")
    assert statuses("--speaker-stats", tmp_path / "x.npz") == ["made", "made"]
    assert export.read(out / "a.csv").speaker == str(tmp_path / "x.npz")


def test_a_faulty_recording_does_not_stop_the_others(tmp_path, capsys, model, sound):
    put(tmp_path / "in/a.wav", sound)
    (tmp_path / "in/b\n.wav").write_bytes(b"RIFF no sound")
    put(tmp_path / "in/c.wav", np.full(16000, np.nan, np.float32), subtype="FLOAT")
    put(tmp_path / "in/d.wav", sound[:0])
    cut = put(tmp_path / "in/e.wav", sound)
    cut.write_bytes(cut.read_bytes()[:20000])
    put(tmp_path / "in/f.wav", sound[:800])
    put(tmp_path / "in/g.wav", np.stack([sound, sound], axis=1))
    put(tmp_path / "in/h.wav", np.stack([sound, sound], axis=1))
    (tmp_path / "empty").mkdir()
    summary, messages = invert(capsys, tmp_path / "in", tmp_path / "none.wav", tmp_path / "empty", "-o", tmp_path / "out",
                        "--model", model, fails=True)
    assert (summary["made"], summary["failed"]) == (3, 7)
    assert files(tmp_path / "out") == {"a.csv", "g.csv", "h.csv"}
    lines = messages.splitlines()
    assert all(line.startswith("artinv: ") for line in lines)
    for words in ("b\\n.wav: cannot be read", "c.wav: holds values that are not", "d.wav: holds no", "e.wav: is shorter",
                  "f.wav: a sound of 0.05 s is too short", "none.wav: is no file", "empty: contains no sound files"):
        assert sum(words in line for line in lines) == 1, words
    assert sum("channels are averaged" in line for line in lines) == 1
    assert lines[-1] == "artinv: 7 of 10 recordings could not be inverted; the lines above give the reasons"
    assert len(lines) == 1 + 7 + 1 + 1


@pytest.mark.parametrize(("words", "fault"), [
    (["--format", "csv,wav"], "unknown format 'wav'; expected one or more of csv,npz,est,ssff"),
    (["--calibrate", "{}/none"], "give --calibrate a folder"), (["--calibrate", "{}/empty"], "no speech detected"),
    (["--speaker-stats", "{}/none.npz"], "none.npz"), (["-o", "{}/a.wav"], "is no folder"),
    (["--model", "{}/none"], "none: is no file"), (["--model", "{}/a.wav"], "a.wav: is not a model"),
])
def test_invalid_options_give_one_line(capsys, ready, words, fault):
    tmp_path = ready.folder
    put(tmp_path / "a.wav", ready.sound)
    (tmp_path / "empty").mkdir()
    words_before = [tmp_path / "a.wav", "-o", tmp_path / "out", "--model", ready.model]
    summary, messages = invert(capsys, *words_before, *(word.format(tmp_path) for word in words), fails=True)
    assert fault in messages
    assert len(messages.splitlines()) == 1
    assert summary == {}
    assert not (tmp_path / "out").exists()


def test_outputs_that_cannot_be_written_give_one_line_each(tmp_path, capsys, model, sound):
    put(tmp_path / "in/a.wav", sound)
    put(tmp_path / f"in/{'b' * 245}.wav", sound)  # too long for the file system with the temporary ending
    put(tmp_path / "in/sub/c.wav", sound)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sub").write_text("no folder")
    summary, messages = invert(capsys, tmp_path / "in", "-o", tmp_path / "out", "--model", model, fails=True)
    assert [entry["status"] for entry in summary["files"]] == ["made", "failed", "failed"]
    assert "File name too long" in messages
    assert "sub" in messages.splitlines()[2]


def test_a_disk_fault_without_a_file_name_is_reported_without_one(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bulk, "_done", full)
    result = bulk._do(bulk.Job(tmp_path / "a.wav", tmp_path), None)
    assert result.error == f"{tmp_path}/a.wav: cannot be inverted (No space left on device); repair this and run the command again"


def test_a_worker_that_dies_gives_one_line(tmp_path, capsys, monkeypatch, ready):
    def dying(*_):
        raise process_executor.TerminatedWorkerError("a worker was killed")
        yield

    monkeypatch.setattr(bulk, "imap", dying)
    _, messages = invert(capsys, put(tmp_path / "a.wav", ready.sound), "-o", tmp_path / "out", "--model", ready.model, fails=True)
    assert "run the same command again" in messages.splitlines()[-1]


def test_a_channel_that_the_model_has_not_learned_is_nan(tmp_path, capsys, sound):
    speaker = saved(tmp_path, rate=100.0, normalization="speaker", unknown=("v_x", "v_y"))
    _, messages = invert(capsys, put(tmp_path / "a.wav", sound), "-o", tmp_path / "out", "--model", speaker)
    assert "has not learned v_x, v_y: NaN" in messages
    assert "--speaker-stats or --calibrate" in messages
    assert np.isnan(export.read(tmp_path / "out/a.csv").motion).all(axis=0).tolist() == [False] * 16 + [True] * 2
