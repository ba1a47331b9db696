"""data/real, the folder for the user's recordings: missing, linked or with linked subfolders; git and the cache ignore it."""

import shutil
import subprocess

import pytest
import yaml

from artinv.data.real_recordings import checked_folder
from artinv.runtime.errors import BadData
from tests.conftest import Project
from tools.deps import ROOT

STAGE = {"stages": {"score": {"cmd": "touch scored", "deps": ["data/real"], "outs": [{"scored": {"cache": False}}]}}}


@pytest.fixture
def recorded(tmp_path):
    """Return a folder of recordings outside the project."""
    folder = tmp_path / "recorded"
    (folder / "mocha").mkdir(parents=True)
    (folder / "mocha/fsew0_001.lab").write_text("0 1 sil\n")
    return folder


@pytest.fixture
def project(tmp_path):
    """Return a project with the Makefile, the DVC and git settings, and a stage that reads data/real."""
    folder = tmp_path / "project"
    for name in ("Makefile", "requirements.txt", ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore", "data/.gitignore"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    (folder / ".venv/.ready").touch()  # `make` finds the environment complete
    (folder / "dvc.yaml").write_text(yaml.safe_dump(STAGE))
    copy = Project(folder)
    copy.run("git", "init", "--quiet")
    return copy


@pytest.mark.parametrize("target", [None, "nowhere"])
def test_without_recordings_make_reports_one_line_with_the_cure(project, target):
    if target:
        (project.root / "data/real").symlink_to(target)
    done = project.run("make", "real", check=False)
    line, *rest = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("data/real: holds no recording; put corpora or EMU bundles there, or a link to them")
    assert [other for other in rest if not other.startswith("make: ")] == []


def test_dvc_detects_changes_in_the_linked_folder_and_does_not_cache_it(project, recorded):
    (project.root / "data/real").symlink_to(recorded)
    assert checked_folder(project.root / "data/real") == project.root / "data/real"
    assert project.repro() == ["score"]
    assert project.repro() == []
    (recorded / "mocha/fsew0_002.lab").write_text("0 2 sil\n")
    assert project.repro() == ["score"]
    dep = yaml.safe_load((project.root / "dvc.lock").read_text())["stages"]["score"]["deps"][0]
    files = [path for path in recorded.rglob("*") if path.is_file()]
    assert (dep["nfiles"], dep["size"]) == (2, sum(path.stat().st_size for path in files))
    cached = {path.read_bytes() for path in (project.root / ".dvc/cache").rglob("*") if path.is_file()}
    assert not cached & {path.read_bytes() for path in files}
    assert "data/real" not in project.run("git", "status", "--porcelain", "--untracked-files=all").stdout


def test_a_linked_subfolder_is_rejected_because_dvc_does_not_follow_it(project, recorded):
    place = project.root / "data/real"
    place.mkdir()
    (place / "mocha").symlink_to(recorded / "mocha")
    assert project.repro() == ["score"]
    (recorded / "mocha/fsew0_002.lab").write_text("0 2 sil\n")
    assert project.repro() == [], "this version of DVC follows such links: allow them"
    with pytest.raises(BadData, match=r"data/real/mocha: is a link to a folder, .*; put the folder itself there, or "):
        checked_folder(place)


@pytest.mark.parametrize("path", ["data/real", "data/real/mocha/fsew0/fsew0_001.wav"])
def test_git_ignores_recordings_of_people(path):
    assert subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False).returncode == 0
