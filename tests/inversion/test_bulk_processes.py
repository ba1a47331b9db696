"""Test `python -m artinv invert` as a process: resume after a kill, few imports, a model that changes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from artinv.inversion import bulk, export
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


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path, capsys, monkeypatch):
    """Kill two processes while they write many files; then finish the work in this process."""
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
    (out / f".15.csv.{running.pid}.part").write_text("of a process that has ended")
    (out / f".15.csv.{os.getppid()}.part").write_text("of a running process")
    others = [out / f".15.csv.{running.pid}.part.bak", out / f"15.csv.{running.pid}.part"]
    for other in others:
        other.write_text("of the user")
    summary, _ = invert(capsys, *words, "-o", out)
    assert summary["kept"] >= len(done) // 2 - 1
    assert summary["made"] > 0
    (out / f".15.csv.{os.getppid()}.part").unlink()
    assert not (out / f".15.csv.{running.pid}.part").exists()
    for other in others:
        assert other.read_text() == "of the user"
        other.unlink()
    invert(capsys, *words, "-o", tmp_path / "whole")
    assert {name: data for name, data in content(out).items() if not name.startswith(".")} == content(tmp_path / "whole")
    assert not [name for name in files(out) if name.startswith(".")]


def test_slow_modules_are_not_imported(tmp_path):
    """The command does not import modules that are slow to import."""
    slow = ("librosa", "pandas", "dvc", "matplotlib", "transformers", "sklearn", "numba")
    path = put(tmp_path / "a.wav", babble(1.0))
    code = "import sys; from artinv.__main__ import main; main(sys.argv[1:]); print(*sys.modules)"
    words = ["invert", str(path), "-o", str(tmp_path / "out"), "--model", str(saved(tmp_path))]
    done = subprocess.run([sys.executable, "-c", code, *words], env=ENV, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(slow)
    code = "import sys, artinv.commands.invert; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=ENV, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {*slow, "numpy", "torch"}


def test_a_model_that_changes_during_the_run_is_reported(tmp_path):
    with pytest.raises(ArtinvError, match="changed during the run"):
        bulk._model(saved(tmp_path), "0" * 64)


def test_a_sound_with_a_future_time_is_inverted_once(tmp_path, capsys):
    """A result gets the time of its sound if that is later; otherwise it would never be up to date."""
    path, later = put(tmp_path / "in/a.wav", babble(1.0)), time.time_ns() + 10**18
    os.utime(path, ns=(later, later))
    words = [tmp_path / "in", "-o", tmp_path / "out", "--model", saved(tmp_path)]
    assert [invert(capsys, *words)[0]["files"][0]["status"] for _ in range(2)] == ["made", "kept"]
