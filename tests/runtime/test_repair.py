"""Repair of DVC's files after a kill while DVC wrote them; the next run then resumes."""

import json
import os
import re
import shutil
import subprocess

import dvc.lock
import pytest
from dvc import rwlock
from dvc.lock import make_lock

from artinv.runtime import parallel_folds
from artinv.runtime.errors import BadData
from artinv.runtime.repair import repair, repair_and_report
from experiments.kills import PHASES
from tests.conftest import Project
from tools.deps import ROOT

STAGES = """stages:
  one:
    cmd: echo one >> ran; mkdir folder; cp given folder/a; cp given folder/b; cat given > first
    deps: [given]
    outs: [first, folder]
  two:
    cmd: echo two >> ran; cat first first > second
    deps: [first]
    params: [choice, given.yaml: [depth.way]]
    outs: [second]
"""
BELOW = """stages:
  three:
    cmd: cat ../../second > third
    deps: [../../second]
    outs: [third]
"""
RWLOCK = ".dvc/tmp/rwlock"
BETWEEN_ENTRIES = re.compile(r"\n? *(schema|cmd|cat given|size: 2|nfiles|choice|depth\.way|- \d)[^\n]*\n$")
"""End of a lock that is cut off after a complete entry: a command, a file or a parameter. A folder's size (4) precedes a count."""


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Make a project with two stages that record their runs, one stage in a subfolder, and their committed locks."""
    folder = tmp_path_factory.mktemp("repair") / "project"
    (folder / ".dvc").mkdir(parents=True)
    for name in (".dvc/config", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "dvc.yaml").write_text(STAGES)
    (folder / "pipelines/x").mkdir(parents=True)
    (folder / "pipelines/x/dvc.yaml").write_text(BELOW)
    (folder / "given").write_text("a\n")
    (folder / "params.yaml").write_text("choice: 1\n")
    (folder / "given.yaml").write_text("depth: {way: [1, 2]}\n")
    (folder / ".gitignore").write_text("/first\n/folder\n/second\nthird\n/ran\n/.dvc/cache\n/.dvc/tmp\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    Project(folder).run("dvc", "repro", "--quiet", "--all-pipelines", prepared=True)
    commit(folder)
    return folder


@pytest.fixture
def project(committed, tmp_path):
    return Project(shutil.copytree(committed, tmp_path / "project", symlinks=True))


def git(folder, *words, check=True):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, cwd=folder, check=check, capture_output=True)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")


def test_a_lock_that_is_cut_off_anywhere_is_repaired(project):
    """Where DVC accepts the rest of the lock, the next run completes it."""
    path = project.root / "dvc.lock"
    whole, runs, accepted = path.read_bytes(), (project.root / "ran").read_text(), set()
    ends = [at for at, byte in enumerate(whole, 1) if byte == ord("\n")]
    for size in sorted({*range(0, len(whole), 7), *ends[:-1]}):
        path.write_bytes(whole[:size])
        assert repair(project.root) == [path] or size in ends
        accepted |= {size} if path.read_bytes() != whole else set()
        assert repair(project.root) == []
    assert accepted == {at for at in ends[:-1] if BETWEEN_ENTRIES.search(whole[:at].decode())}
    for size in accepted:
        path.write_bytes(whole[:size])
        project.run("dvc", "repro", "--quiet", prepared=True)
        assert path.read_bytes() == whole
    assert (project.root / "ran").read_text() == runs


def test_a_lock_in_a_subfolder_is_repaired_too(project):
    path = project.root / "pipelines/x/dvc.lock"
    whole = path.read_bytes()
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    assert repair(project.root) == [path]
    assert path.read_bytes() == whole
    assert (project.root / ".dvc/tmp/x.dvc.lock.broken").exists()


def test_the_next_run_resumes_and_does_not_repeat_stages_run_since_the_commit(project):
    path = project.root / "dvc.lock"
    (project.root / "given").write_text("b\n")
    project.run("dvc", "repro", "--quiet", prepared=True)
    latest, runs = path.read_bytes(), (project.root / "ran").read_text()
    half = latest[:latest.index(b"md5: ") + 2]
    path.write_bytes(half)
    assert "is invalid" in project.run("dvc", "repro", check=False, prepared=True).stderr
    assert repair(project.root) == [path]
    assert path.read_bytes() not in (latest, half)
    project.run("dvc", "repro", "--quiet", prepared=True)
    assert path.read_bytes() == latest
    assert (project.root / "second").read_text() == "b\nb\n"
    assert (project.root / "ran").read_text() == runs


def test_the_command_in_the_makefile_repairs_and_runs_again(project):
    make = (ROOT / "Makefile").read_text().partition("\ndvc = ")[2].partition("\n")[0].replace("$(1)", "repro").replace("$$", "$")
    assert make == PHASES["dvc repro"][-1]
    (project.root / "dvc.lock").write_text("schema: '2.")
    process = project.run("sh", "-c", make, PYTHONPATH=str(ROOT))
    assert process.stderr.splitlines()[-2:] == [
        f"artinv: {project.root}/dvc.lock: was damaged when a run was killed; repaired",
        f"artinv: {project.root}/.dvc/tmp: keeps the damaged files as *.broken",
    ]
    assert git(project.root, "status", "--porcelain").stdout == b""
    failing = STAGES.replace("cat given", "false")
    (project.root / "dvc.yaml").write_text(failing)
    assert project.run("sh", "-c", make, PYTHONPATH=str(ROOT), check=False).stdout.count("Running stage") == 1


@pytest.mark.parametrize("change", [
    lambda root: (root / ".gitignore").write_text("dvc.lock"),
    lambda root: (root / "dvc.lock").write_text((root / "dvc.lock").read_text().replace("'2.0'", "'3.0'").rstrip()),
])
def test_a_complete_lock_that_dvc_rejects_is_left_unchanged(project, change):
    """A lock that git ignores, and a lock of another version."""
    git(project.root, "rm", "--quiet", "--cached", "dvc.lock")
    change(project.root)
    before = (project.root / "dvc.lock").read_bytes()
    assert repair(project.root) == []
    assert (project.root / "dvc.lock").read_bytes() == before


def test_the_repair_needs_no_git_configuration(project):
    """Git has no settings in a container."""
    nowhere = str(project.root / "nowhere")
    no_settings = {"HOME": nowhere, "XDG_CONFIG_HOME": nowhere, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    assert project.run("git", "config", "user.name", check=False, **no_settings).returncode
    (project.root / "given").write_text("b\n")
    project.run("dvc", "repro", "--quiet", **no_settings)
    assert (project.root / "second").read_text() == "b\nb\n"
    path = project.root / "dvc.lock"
    latest = path.read_bytes()
    path.write_bytes(latest[:latest.index(b"hash: ") + 4])
    project.run("python", "-m", "artinv.runtime.repair", PYTHONPATH=str(ROOT), **no_settings)
    project.run("dvc", "repro", "--quiet", **no_settings)
    assert path.read_bytes() == latest


def test_the_damaged_lock_is_kept(project):
    (project.root / "dvc.lock").write_text("schema: '2.")
    repair(project.root)
    assert (project.root / ".dvc/tmp/project.dvc.lock.broken").read_text() == "schema: '2."


def test_leave_one_speaker_out_repairs_a_damaged_lock(project, monkeypatch):
    monkeypatch.setenv("PATH", project.environment()["PATH"])
    monkeypatch.setattr(parallel_folds, "PAUSE", 0.0)
    (project.root / "dvc.lock").write_text("schema: '2.")
    assert parallel_folds._dvc_quiet(project.root, "repro")
    with pytest.raises(BadData, match="`dvc repro three` failed"):
        parallel_folds._dvc_quiet(project.root, "repro", "three")
    (project.root / "dvc.lock").write_text("schema: '2.")
    parallel_folds._run(project.root, "repro")
    assert "up to date" in parallel_folds._dvc_quiet(project.root, "repro")


def test_leave_one_speaker_out_waits_for_a_running_process(project, monkeypatch):
    """A process of a killed run may still work on the same stage."""
    monkeypatch.setenv("PATH", project.environment()["PATH"])
    (project.root / "given").write_text("b\n")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        entry = {"pid": other.pid, "cmd": "dvc repro"}
        (project.root / RWLOCK).write_text(json.dumps({"write": {str(project.root / "first"): entry}, "read": {}}))
        monkeypatch.setattr(parallel_folds.time, "sleep", lambda _: other.communicate())
        parallel_folds._run(project.root, "repro")
        assert other.returncode == 0, "parallel_folds waited for the process"
    assert (project.root / "second").read_text() == "b\nb\n"


def test_a_damaged_lock_without_a_copy_in_git_is_deleted_and_rebuilt(project):
    path = project.root / "dvc.lock"
    git(project.root, "rm", "--quiet", "--cached", "dvc.lock")
    whole = path.read_bytes()
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    assert repair(project.root) == [path]
    project.run("dvc", "repro", "--quiet", prepared=True)
    assert path.read_bytes() == whole


def test_a_git_conflict_in_a_lock_is_left_unchanged(project):
    path = project.root / "dvc.lock"
    for branch, line in (("one", "# one\n"), ("two", "# two\n")):
        git(project.root, "checkout", "--quiet", "-b", branch, "main")
        path.write_text(line + path.read_text())
        commit(project.root)
    git(project.root, "merge", "--quiet", "one", check=False)
    conflict = path.read_bytes()
    assert b"<<<<<<<" in conflict
    assert repair(project.root) == []
    assert path.read_bytes() == conflict


@pytest.mark.parametrize("content", [
    "", '{"read": {', "[]", '{"write": {"given": {"cmd": "dvc"}}}', '{"read": {"given": 3}}', '{"read": []}',
])
def test_an_unreadable_table_of_readers_and_writers_is_emptied(project, content):
    table = project.root / RWLOCK
    table.write_text(content)
    assert repair(project.root) == [table]
    assert repair(project.root) == []
    with make_lock(str(table.with_name("rwlock.lock")), tmp_dir=str(table.parent)):
        assert rwlock.SCHEMA(json.loads(table.read_text())) == {"read": {}, "write": {}}


def test_the_next_run_works_after_the_repair_of_a_cut_off_table(project):
    (project.root / RWLOCK).write_text('{"read": {')
    (project.root / "given").write_text("b\n")
    assert "corrupted" in project.run("dvc", "repro", check=False, prepared=True).stderr
    repair(project.root)
    project.run("dvc", "repro", "--quiet", prepared=True)


def test_ended_processes_leave_the_table_and_running_ones_stay(project):
    """The ended process is a zombie, which DVC counts as running."""
    with subprocess.Popen(["true"]) as ended, subprocess.Popen(["cat"], stdin=subprocess.PIPE) as running:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        entries = [{"pid": process.pid, "cmd": "dvc repro"} for process in (ended, running)]
        paths = [str(project.root / name) for name in ("first", "second", "given")]
        table = project.root / RWLOCK
        table.write_text(json.dumps({"write": dict(zip(paths, entries, strict=False)), "read": {paths[2]: entries}}))
        (project.root / "given").write_text("b\n")
        assert f"(PID {ended.pid})" in project.run("dvc", "repro", "one", check=False).stderr
        assert repair(project.root) == [table]
        assert json.loads(table.read_text()) == {"write": {paths[1]: entries[1]}, "read": {paths[2]: [entries[1]]}}
        assert repair(project.root) == []
        project.run("dvc", "repro", "one")
        assert f"(PID {running.pid})" in project.run("dvc", "repro", "two", check=False).stderr
        running.communicate()


def test_nothing_is_changed_while_another_process_holds_the_lock(project, monkeypatch):
    monkeypatch.setattr(dvc.lock, "DEFAULT_TIMEOUT", 0.05)
    path = project.root / "dvc.lock"
    path.write_text("schema: '2.")
    with make_lock(str(project.root / ".dvc/tmp/lock"), tmp_dir=str(project.root / ".dvc/tmp")):
        assert repair(project.root) == []
    assert path.read_text() == "schema: '2."


def test_processes_that_no_longer_exist_leave_the_table(project):
    table = project.root / RWLOCK
    table.write_text(json.dumps({"write": {"second": {"pid": 2**22 + 1, "cmd": "dvc"}}, "read": {}}))
    assert repair(project.root) == [table]
    assert json.loads(table.read_text()) == {"write": {}, "read": {}}


def test_without_git_a_damaged_lock_is_deleted_and_rebuilt(project, monkeypatch, capsys):
    """The project is an unpacked archive, and git is not installed."""
    path = project.root / "dvc.lock"
    whole = path.read_bytes()
    shutil.rmtree(project.root / ".git")
    project.run("dvc", "config", "--local", "core.no_scm", "true")
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    monkeypatch.setenv("PATH", "")
    assert repair_and_report(project.root)
    assert "dvc.lock: was damaged" in capsys.readouterr().err
    monkeypatch.undo()
    project.run("dvc", "repro", "--quiet", prepared=True)
    assert path.read_bytes() == whole


def test_a_folder_without_a_dvc_project_is_left_unchanged(tmp_path):
    (tmp_path / "dvc.lock").write_text("schema: '2.")
    assert repair(tmp_path) == []
