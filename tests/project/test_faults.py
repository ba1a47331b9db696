"""Stages report disk faults in one line: folders without write permission, unreadable files, invalid file times."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tqdm.std

from artinv.core import store
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.progress import track
from tests.support import corpora, running
from tests.support.native import files_of
from tests.support.permissions import BOUND, counting
from tests.support.spoken import fragment
from tools.deps import CHOICES, ROOT

CHAIN = {"ingest": "data/ingested", "clean": "data/cleaned", "features": "data/features", "normalize": "data/normalized"}


def run(folder, stage, capsys):
    """Run a stage in this process; return its exit code and its stderr."""
    capsys.readouterr()
    try:
        running.stage(folder, stage, "mocha")
    except SystemExit as stop:
        return stop.code, capsys.readouterr().err
    return 0, capsys.readouterr().err


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in files_of(folder)}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Return a project with ten sentences of MOCHA-TIMIT."""
    folder = tmp_path_factory.mktemp("base")
    fragment(folder / "raw/mocha", corpora.get("mocha"), count=10)
    params = CHOICES.read_text(encoding="utf-8").splitlines()
    text = "\n".join("raw: raw" if line.startswith("raw:") else line for line in params)
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def project(base, tmp_path):
    """Return a copy of that project."""
    return Path(shutil.copytree(base, tmp_path / "project"))


def test_a_file_in_the_place_of_a_folder_gives_one_line(project, capsys):
    for stage, place in CHAIN.items():
        folder = project / place
        folder.parent.mkdir(exist_ok=True)
        folder.write_text("not a folder")
        before = contents(project)
        code, message = run(project, stage, capsys)
        assert (code, message.count("\n")) == (2, 1)
        assert message.startswith(f"artinv: {place}")
        assert before.items() <= contents(project).items()
        folder.unlink()
        assert run(project, stage, capsys) == (0, "")


def run_with_permissions(folder, *command):
    """Run a command in a folder; it must respect file permissions, also as root."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}
    return subprocess.run([*BOUND, *command], cwd=folder, env=env, capture_output=True, text=True, check=False)


@counting
def test_a_folder_without_write_permission_gives_one_line(project, capsys):
    assert [run(project, stage, capsys) for stage in CHAIN] == [(0, "")] * len(CHAIN)
    before = contents(project)
    for stage, place in CHAIN.items():
        folder = project / place / "mocha"
        folder.chmod(0o555)
        done = run_with_permissions(project, sys.executable, "-m", f"stages.{stage}", "mocha")
        folder.chmod(0o755)
        assert done.returncode == 2
        assert done.stderr == f"artinv: {place}/mocha/fsew0.npz: Permission denied; check the place, its permissions and the disk\n"
        assert contents(project) == before


@counting
def test_a_recording_without_read_permission_is_one_row_of_the_table(project):
    recording = project / "raw/mocha/fsew0/fsew0_003.ema"
    recording.chmod(0)
    done = run_with_permissions(project, sys.executable, "-m", "stages.ingest", "mocha")
    recording.chmod(0o644)
    assert (done.returncode, done.stderr) == (0, "")
    table = (project / "metrics/ingest/mocha.csv").read_text()
    assert table.count("unreadable,") == 1
    assert "fsew0_003.ema" in table
    assert "Permission denied" in table


@pytest.mark.parametrize("name", corpora.spoken())
@pytest.mark.parametrize("put", [Path.mkdir, lambda path: path.symlink_to("nowhere"), lambda path: path.symlink_to(path.name)],
                         ids=["folder", "dangling link", "link to itself"])
def test_a_folder_or_link_in_the_place_of_a_recording_is_counted(name, put, tmp_path):
    """It counts as unreadable or missing; ingest does not fail."""
    corpus, root = corpora.get(name), tmp_path / "raw"
    written = fragment(root / name, corpus, count=3 * corpus.batch)
    for ending in sorted({path.suffix for path in files_of(root) if path.name != "mocha-timit.txt"}):
        path = next(path for path in files_of(root) if path.suffix == ending)
        content = path.read_bytes()
        path.unlink()
        put(path)
        summary = ingest(name, IngestParams(raw=root), Workspace(tmp_path), workers=1)
        assert len(written) - corpus.batch <= summary["utterances"] <= len(written)
        assert "\n\n" not in (tmp_path / f"metrics/ingest/{name}.csv").read_text()
        path.rmdir() if path.is_dir() else path.unlink()
        path.write_bytes(content)


@pytest.mark.parametrize("seconds", [-1, 2**33], ids=["1969", "2242"])
def test_file_times_do_not_influence_results(project, capsys, seconds):
    assert [run(project, stage, capsys) for stage in CHAIN] == [(0, "")] * len(CHAIN)
    made = contents(project)
    for path in (*files_of(project / "raw"), *files_of(project / "data")):
        os.utime(path, (seconds, seconds))
    assert [run(project, stage, capsys) for stage in CHAIN] == [(0, "")] * len(CHAIN)
    assert contents(project) == made
    assert len(list(store.Reader(project / "data/cleaned/mocha/fsew0.npz", Utterance))) == 10


def test_progress_does_not_use_the_system_clock(monkeypatch, capsys):
    def fail():
        raise AssertionError

    monkeypatch.setattr(tqdm.std, "time", fail)
    monkeypatch.setattr(time, "time", fail)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(track(range(3), "work", 3)) == [0, 1, 2]
    assert "work" in capsys.readouterr().err
