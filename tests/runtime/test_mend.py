"""What a kill leaves of DVC's own files while it writes them, and that the next run goes on from there."""

import json
import os
import re
import shutil
import subprocess

import dvc.lock
import pytest
from dvc import rwlock
from dvc.lock import make_lock

from artinv.runtime import side_by_side
from artinv.runtime.errors import BadData
from artinv.runtime.mend import mend, mend_aloud
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
OVER = re.compile(r"\n? *(schema|cmd|cat given|size: 2|nfiles|choice|depth\.way|- \d)[^\n]*\n$")
"""Where a lock is cut between what it lists: a command, a file, a choice; the size of a folder (here 4) is followed by a count."""


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Two stages that tell when they run, one in a pipeline below, and their committed locks."""
    folder = tmp_path_factory.mktemp("mend") / "project"
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
    Project(folder).run("dvc", "repro", "--quiet", "--all-pipelines")
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


def test_a_lock_that_was_cut_anywhere_is_whole_again(project):
    """Or it is one that DVC takes, and the next run makes it whole."""
    path = project.root / "dvc.lock"
    whole, runs, taken = path.read_bytes(), (project.root / "ran").read_text(), set()
    ends = [at for at, byte in enumerate(whole, 1) if byte == ord("\n")]
    for size in sorted({*range(0, len(whole), 7), *ends[:-1]}):
        path.write_bytes(whole[:size])
        assert mend(project.root) == [path] or size in ends
        taken |= {size} if path.read_bytes() != whole else set()
        assert mend(project.root) == []
    assert taken == {at for at in ends[:-1] if OVER.search(whole[:at].decode())}
    for size in taken:
        path.write_bytes(whole[:size])
        project.run("dvc", "repro", "--quiet")
        assert path.read_bytes() == whole
    assert (project.root / "ran").read_text() == runs


def test_a_lock_below_is_mended_too(project):
    path = project.root / "pipelines/x/dvc.lock"
    whole = path.read_bytes()
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    assert mend(project.root) == [path]
    assert path.read_bytes() == whole
    assert (project.root / ".dvc/tmp/x.dvc.lock.broken").exists()


def test_the_next_run_goes_on_and_what_was_done_since_the_commit_is_not_run_again(project):
    path = project.root / "dvc.lock"
    (project.root / "given").write_text("b\n")
    project.run("dvc", "repro", "--quiet")
    since, runs = path.read_bytes(), (project.root / "ran").read_text()
    half = since[:since.index(b"md5: ") + 2]
    path.write_bytes(half)
    assert "is invalid" in project.run("dvc", "repro", check=False).stderr
    assert mend(project.root) == [path]
    assert path.read_bytes() not in (since, half)
    project.run("dvc", "repro", "--quiet")
    assert path.read_bytes() == since
    assert (project.root / "second").read_text() == "b\nb\n"
    assert (project.root / "ran").read_text() == runs


def test_the_command_that_make_runs(project):
    make = (ROOT / "Makefile").read_text().partition("\ndvc = ")[2].partition("\n")[0].replace("$(1)", "repro").replace("$$", "$")
    assert make == PHASES["dvc repro"][-1]
    (project.root / "dvc.lock").write_text("schema: '2.")
    done = project.run("sh", "-c", make, PYTHONPATH=str(ROOT))
    assert done.stderr.splitlines()[-2:] == [
        f"artinv: {project.root}/dvc.lock: was left broken by a run that was killed; mended",
        f"artinv: {project.root}/.dvc/tmp: keeps what was broken, as *.broken",
    ]
    assert git(project.root, "status", "--porcelain").stdout == b""
    broken = STAGES.replace("cat given", "false")
    (project.root / "dvc.yaml").write_text(broken)
    assert project.run("sh", "-c", make, PYTHONPATH=str(ROOT), check=False).stdout.count("Running stage") == 1


@pytest.mark.parametrize("change", [
    lambda root: (root / ".gitignore").write_text("dvc.lock"),
    lambda root: (root / "dvc.lock").write_text((root / "dvc.lock").read_text().replace("'2.0'", "'3.0'").rstrip()),
])
def test_a_whole_lock_that_dvc_does_not_take_is_left_alone(project, change):
    """One that git ignores, and one of another version."""
    git(project.root, "rm", "--quiet", "--cached", "dvc.lock")
    change(project.root)
    before = (project.root / "dvc.lock").read_bytes()
    assert mend(project.root) == []
    assert (project.root / "dvc.lock").read_bytes() == before


def test_who_has_no_name_in_git_goes_on_too(project):
    """No settings of git at all, as in a container."""
    nobody = {"HOME": str(project.root / "nowhere"), "XDG_CONFIG_HOME": str(project.root / "nowhere"), "GIT_CONFIG_NOSYSTEM": "1",
              "GIT_CONFIG_GLOBAL": "/dev/null"}
    assert project.run("git", "config", "user.name", check=False, **nobody).returncode
    (project.root / "given").write_text("b\n")
    project.run("dvc", "repro", "--quiet", **nobody)
    assert (project.root / "second").read_text() == "b\nb\n"
    path = project.root / "dvc.lock"
    since = path.read_bytes()
    path.write_bytes(since[:since.index(b"hash: ") + 4])
    project.run("python", "-m", "artinv.runtime.mend", PYTHONPATH=str(ROOT), **nobody)
    project.run("dvc", "repro", "--quiet", **nobody)
    assert path.read_bytes() == since


def test_what_was_broken_is_kept(project):
    (project.root / "dvc.lock").write_text("schema: '2.")
    mend(project.root)
    assert (project.root / ".dvc/tmp/project.dvc.lock.broken").read_text() == "schema: '2."


def test_leave_one_speaker_out_goes_on_by_itself(project, monkeypatch):
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("PATH", project.environment()["PATH"])
    monkeypatch.setattr(side_by_side, "PAUSE", 0.0)
    (project.root / "dvc.lock").write_text("schema: '2.")
    assert side_by_side._ask("repro")
    with pytest.raises(BadData, match="`dvc repro three` failed"):
        side_by_side._ask("repro", "three")
    (project.root / "dvc.lock").write_text("schema: '2.")
    side_by_side._run("repro")
    assert "up to date" in side_by_side._ask("repro")


def test_leave_one_speaker_out_awaits_who_is_still_at_work(project, monkeypatch):
    """A process of a killed run."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("PATH", project.environment()["PATH"])
    (project.root / "given").write_text("b\n")
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        entry = {"pid": other.pid, "cmd": "dvc repro"}
        (project.root / RWLOCK).write_text(json.dumps({"write": {str(project.root / "first"): entry}, "read": {}}))
        monkeypatch.setattr(side_by_side.time, "sleep", lambda _: other.communicate())
        side_by_side._run("repro")
        assert other.returncode == 0, "it was awaited"
    assert (project.root / "second").read_text() == "b\nb\n"


def test_a_lock_that_was_never_committed_is_begun_anew(project):
    path = project.root / "dvc.lock"
    git(project.root, "rm", "--quiet", "--cached", "dvc.lock")
    whole = path.read_bytes()
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    assert mend(project.root) == [path]
    project.run("dvc", "repro", "--quiet")
    assert path.read_bytes() == whole


def test_a_conflict_of_git_is_nobody_s_to_mend(project):
    path = project.root / "dvc.lock"
    for branch, line in (("one", "# one\n"), ("two", "# two\n")):
        git(project.root, "checkout", "--quiet", "-b", branch, "main")
        path.write_text(line + path.read_text())
        commit(project.root)
    git(project.root, "merge", "--quiet", "one", check=False)
    conflict = path.read_bytes()
    assert b"<<<<<<<" in conflict
    assert mend(project.root) == []
    assert path.read_bytes() == conflict


@pytest.mark.parametrize("content", [
    "", '{"read": {', "[]", '{"write": {"given": {"cmd": "dvc"}}}', '{"read": {"given": 3}}', '{"read": []}',
])
def test_a_table_of_readers_and_writers_that_cannot_be_read(project, content):
    table = project.root / RWLOCK
    table.write_text(content)
    assert mend(project.root) == [table]
    assert mend(project.root) == []
    with make_lock(str(table.with_name("rwlock.lock")), tmp_dir=str(table.parent)):
        assert rwlock.SCHEMA(json.loads(table.read_text())) == {"read": {}, "write": {}}


def test_the_next_run_goes_on_after_a_table_that_was_cut(project):
    (project.root / RWLOCK).write_text('{"read": {')
    (project.root / "given").write_text("b\n")
    assert "corrupted" in project.run("dvc", "repro", check=False).stderr
    mend(project.root)
    project.run("dvc", "repro", "--quiet")


def test_who_runs_no_more_blocks_nobody_and_who_runs_stays(project):
    """The one has ended and its end was not asked for: DVC takes it for one that runs."""
    with subprocess.Popen(["true"]) as ended, subprocess.Popen(["cat"], stdin=subprocess.PIPE) as runs:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        entries = [{"pid": process.pid, "cmd": "dvc repro"} for process in (ended, runs)]
        paths = [str(project.root / name) for name in ("first", "second", "given")]
        table = project.root / RWLOCK
        table.write_text(json.dumps({"write": dict(zip(paths, entries, strict=False)), "read": {paths[2]: entries}}))
        (project.root / "given").write_text("b\n")
        assert f"(PID {ended.pid})" in project.run("dvc", "repro", "one", check=False).stderr
        assert mend(project.root) == [table]
        assert json.loads(table.read_text()) == {"write": {paths[1]: entries[1]}, "read": {paths[2]: [entries[1]]}}
        assert mend(project.root) == []
        project.run("dvc", "repro", "one")
        assert f"(PID {runs.pid})" in project.run("dvc", "repro", "two", check=False).stderr
        runs.communicate()


def test_while_another_writes_nothing_is_touched(project, monkeypatch):
    monkeypatch.setattr(dvc.lock, "DEFAULT_TIMEOUT", 0.05)
    path = project.root / "dvc.lock"
    path.write_text("schema: '2.")
    with make_lock(str(project.root / ".dvc/tmp/lock"), tmp_dir=str(project.root / ".dvc/tmp")):
        assert mend(project.root) == []
    assert path.read_text() == "schema: '2."


def test_who_is_no_more_goes_too(project):
    """DVC ran into it while nobody had asked how it ended; now somebody has."""
    table = project.root / RWLOCK
    table.write_text(json.dumps({"write": {"second": {"pid": 2**22 + 1, "cmd": "dvc"}}, "read": {}}))
    assert mend(project.root) == [table]
    assert json.loads(table.read_text()) == {"write": {}, "read": {}}


def test_without_git_a_new_lock_is_begun(project, monkeypatch, capsys):
    """As in an unpacked archive, on a machine without it."""
    path = project.root / "dvc.lock"
    whole = path.read_bytes()
    shutil.rmtree(project.root / ".git")
    project.run("dvc", "config", "--local", "core.no_scm", "true")
    path.write_bytes(whole[:whole.index(b"hash: ") + 4])
    monkeypatch.setenv("PATH", "")
    assert mend_aloud(project.root)
    assert "dvc.lock: was left broken" in capsys.readouterr().err
    monkeypatch.undo()
    project.run("dvc", "repro", "--quiet")
    assert path.read_bytes() == whole


def test_where_dvc_knows_nothing_there_is_nothing_to_mend(tmp_path):
    (tmp_path / "dvc.lock").write_text("schema: '2.")
    assert mend(tmp_path) == []
