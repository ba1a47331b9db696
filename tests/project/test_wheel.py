"""The wheel holds the package alone, and building it leaves nothing in the folder."""

import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser

import pytest

from artinv import __version__
from tools.deps import ROOT

RESOURCES = "artinv/py.typed", "artinv/bundled/universal.onnx", "artinv/bundled/universal.md", "artinv/show/view/page.html", \
    "artinv/bundled/live.safetensors", "artinv/bundled/live.md", "artinv/show/live/page.html"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a wheel from a copy of the tracked files; return the copy's files before and after, and the opened wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    listing = "git", "ls-files", "-co", "--exclude-standard", "artinv", "tests/support", "*.toml", "*.md", "LICENSE"
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "source" / name)
    before = files(folder / "source")
    command = "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir"
    done = subprocess.run([sys.executable, *command, folder, folder / "source"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / f"artinv-{__version__}-py3-none-any.whl") as wheel:
        yield before, files(folder / "source"), wheel


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_building_leaves_nothing_in_the_folder(built):
    before, after, _ = built
    assert after == before


def test_the_wheel_holds_all_files_of_the_package_and_no_others(built):
    before, _, wheel = built
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {name for name in before if name.startswith("artinv/")}
    assert set(RESOURCES) <= names
    assert {name.rpartition(".")[2] for name in names} == {"css", "html", "js", "md", "onnx", "py", "safetensors", "typed", "yaml"}


def test_the_wheel_installs_the_command_and_states_the_licence(built):
    *_, wheel = built
    info = f"artinv-{__version__}.dist-info"
    scripts = ConfigParser()
    scripts.read_string(wheel.read(f"{info}/entry_points.txt").decode())
    assert dict(scripts["console_scripts"]) == {"artinv": "artinv.__main__:main"}
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert f"Version: {__version__}\n" in metadata
    assert "License-Expression: MIT\n" in metadata
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_the_base_dependencies_are_small(built):
    *_, wheel = built
    lines = wheel.read(f"artinv-{__version__}.dist-info/METADATA").decode().splitlines()
    base = {line.split()[1] for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line}
    assert not base & {"dvc", "librosa", "matplotlib", "onnx", "pandas", "pillow", "torch"}
    assert {"numpy", "onnxruntime", "scipy", "soundfile"} <= base
