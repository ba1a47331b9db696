"""`python -m artinv invert` as a process: killed and started again, quick to start, with the model it started with."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from artinv.invert import bulk, export
from artinv.runtime.errors import ArtinvError
from tests.support.bulk_runs import content, files, invert, put
from tests.support.inverters import babble, saved
from tools.deps import ROOT

ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LOKY_MAX_CPU_COUNT": "2"}


def start(*words: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "artinv", "invert", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_and_started_again_gives_the_same_bytes(tmp_path, capsys, monkeypatch):
    """Two processes on the way to many files are killed at once; then this process ends the work alone."""
    model, sound = saved(tmp_path), babble(1.0)
    for number in range(16):
        put(tmp_path / f"in/{number:02d}.wav", np.roll(np.tile(sound, 20), 977 * number), subtype="DOUBLE")
    monkeypatch.setattr(bulk, "SMALL", 2 * bulk.SMALL)
    out, words = tmp_path / "out", [tmp_path / "in", "--model", model, "--format", "csv,npz"]
    running = start(*words, "-o", out)
    deadline = time.monotonic() + 300
    while not (out.exists() and any(out.glob("*.csv"))) and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.002)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    while group_lives(running.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    done = {name for name in files(out) if not name.startswith(".")}
    assert 0 < len(done) < 32
    assert all(export.read(out / name).name == Path(name).stem for name in done)
    (out / f".15.csv.{running.pid}.part").write_text("begun by a process that is no more")
    (out / f".15.csv.{os.getppid()}.part").write_text("of a process that is at work")
    others = [out / f".15.csv.{running.pid}.part.bak", out / f"15.csv.{running.pid}.part"]
    for other in others:
        other.write_text("of somebody")
    told, _ = invert(capsys, *words, "-o", out)
    assert told["kept"] >= len(done) // 2 - 1
    assert told["made"] > 0
    (out / f".15.csv.{os.getppid()}.part").unlink()
    assert not (out / f".15.csv.{running.pid}.part").exists()
    for other in others:
        assert other.read_text() == "of somebody"
        other.unlink()
    invert(capsys, *words, "-o", tmp_path / "whole")
    assert {name: data for name, data in content(out).items() if not name.startswith(".")} == content(tmp_path / "whole")
    assert not [name for name in files(out) if name.startswith(".")]


def test_help_is_quick_and_little_is_imported(tmp_path):
    """Nothing that takes long to import stands between the command and its result."""
    slow = ("librosa", "pandas", "dvc", "matplotlib", "transformers", "sklearn", "numba")
    path = put(tmp_path / "a.wav", babble(1.0))
    code = "import sys; from artinv.__main__ import main; main(sys.argv[1:]); print(*sys.modules)"
    words = ["invert", str(path), "-o", str(tmp_path / "out"), "--model", str(saved(tmp_path))]
    done = subprocess.run([sys.executable, "-c", code, *words], env=ENV, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(slow)
    code = "import sys, artinv.commands.invert; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=ENV, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {*slow, "numpy", "torch"}


def test_a_model_that_changes_on_the_way_is_noticed(tmp_path):
    with pytest.raises(ArtinvError, match="has changed since the start"):
        bulk._model(saved(tmp_path), "0" * 64)


def test_a_sound_from_the_future_is_done_once(tmp_path, capsys):
    """A clock was wrong: a result that could never be as new as its sound would be made again and again."""
    path, later = put(tmp_path / "in/a.wav", babble(1.0)), time.time_ns() + 10**18
    os.utime(path, ns=(later, later))
    words = [tmp_path / "in", "-o", tmp_path / "out", "--model", saved(tmp_path)]
    assert [invert(capsys, *words)[0]["files"][0]["status"] for _ in range(2)] == ["made", "kept"]
