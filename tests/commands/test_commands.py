"""Test what all commands share: paths they may write, messages for system faults, and damaged results."""

import ast
import errno
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from artinv import commands
from artinv.__main__ import main
from artinv.commands import output
from artinv.runtime.errors import BadParams, gate, reason
from tests.support import results_for_tests as results
from tools.deps import CHOICES, ROOT


@pytest.mark.parametrize(("path", "message"), [
    ("folder", "folder: is a folder; name a file to write"),
    ("sound.wav", "sound.wav: is one of the files that are read"),
    ("link", "link: is one of the files that are read"),
    ("else.html", "else.html: exists and has other content"),
    ("sound.wav/deep/page.html", "is no folder; name another file to write"),
    ("pipe", "pipe: is a device or a pipe; name a file to write"),
    ("/dev/new", "is a device or a pipe"), ("/proc/self/fd/1", "is a device or a pipe"),
])
def test_a_path_that_must_not_be_overwritten_is_rejected(path, message, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "sound.wav").write_bytes(b"RIFF")
    (tmp_path / "link").symlink_to("sound.wav")
    (tmp_path / "else.html").write_text("my notes")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadParams, match=message):
        output(tmp_path / path, tmp_path / "sound.wav", kind=b"<!doctype html>")


@pytest.mark.parametrize("path", ["new.html", "deep/er/new.html", "old.html", "empty.html"])
def test_a_page_may_be_new_or_replace_a_page(path, tmp_path):
    (tmp_path / "old.html").write_text("<!doctype html>...")
    (tmp_path / "empty.html").touch()
    assert output(tmp_path / path, tmp_path / "sound.wav", kind=b"<!doctype html>") == tmp_path / path


@pytest.mark.parametrize(("error", "words"), [
    (OSError(errno.ENOENT, "No such file or directory", "a.wav"), "No such file or directory"), (OSError("odd"), "odd"),
    (KeyError("run"), "'run' is missing"), (ValueError("two\nlines"), "two lines"), (TimeoutError(), "TimeoutError"),
])
def test_a_reason_is_one_line_and_never_empty(error, words):
    assert reason(error) == words


def test_a_system_fault_gives_one_line(capsys):
    with pytest.raises(SystemExit) as stop, gate():
        raise OSError(errno.ENOSPC, "No space left on device", "out/a.csv")
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "artinv: out/a.csv: No space left on device; check the place, its permissions and the disk\n")


@pytest.mark.parametrize("name", commands.names())
def test_every_command_has_help_that_names_its_page(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: artinv {name} ")
    assert max(map(len, shown.splitlines())) <= 132
    page = re.search(r"docs/[\w-]+\.md", shown)
    assert (ROOT / page[0]).exists()


def test_no_helper_has_the_name_of_a_command():
    """An import of the command's module would replace the helper."""
    tree = ast.parse(Path(commands.__file__).read_text(encoding="utf-8"))
    helpers = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert helpers & {name.replace("-", "_") for name in commands.names()} == set()


def test_help_shows_a_valid_order_of_arguments(capsys):
    """After `--corpora`, the folder would be read as a corpus."""
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    usage = capsys.readouterr().out.partition("\n")[0]
    assert usage.index("RAW") < usage.index("--corpora")
    with pytest.raises(SystemExit):
        main(["check", "nowhere", "--corpora", "mocha", "--workers", "1"], CHOICES.parent)
    assert "nowhere: is no folder" in capsys.readouterr().err


TABLES = {"scores": "details", "loso": "loso_details", "sim2real": "sim2real_details", "abx": "abx_details"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make the files that the tables are printed from."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("params.yaml", "dvc.yaml"):  # a project, so that messages name its pipelines
        (folder / name).touch()
    results.everything(folder)
    return folder


@pytest.fixture
def damaged(made, tmp_path):
    """Make a copy to damage."""
    return Path(shutil.copytree(made, tmp_path / "results"))


def shown(folder, name, capsys):
    """Return the output or the error message of a command."""
    try:
        main([name], folder)
    except SystemExit as stop:
        code = stop.code
    else:
        code = 0
    out, err = capsys.readouterr()
    assert (code, bool(out), bool(err)) in ((0, True, False), (2, False, True))
    return out or err


FOREIGN = ["{", "{}", "[1]", "3", "null", '"run"', '{"run": 3}', '{"indep": {}}', '{"real": []}', "\xff", None]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("content", FOREIGN)
def test_a_damaged_result_gives_one_line_with_the_cure(damaged, capsys, name, content):
    path = damaged / f"metrics/{TABLES[name]}.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="latin-1")
    line = shown(damaged, name, capsys)
    assert line.startswith(f"artinv: {path}")
    assert line.count("\n") == 1
    assert line.endswith(("repro`\n", f"make {name}`\n"))


def places(content, *above):
    """Yield the path of every key and index in a JSON document."""
    for key in content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ():
        yield (*above, key)
        yield from places(content[key], *above, key)


@pytest.mark.parametrize("name", TABLES)
def test_an_incomplete_result_gives_a_table_or_one_line(damaged, capsys, name):
    path, generator = damaged / f"metrics/{TABLES[name]}.json", np.random.default_rng(len(name))
    whole = path.read_text()
    paths = list(places(json.loads(whole)))
    for at in generator.choice(len(paths), min(len(paths), 40), replace=False):
        *above, key = paths[at]
        content = part = json.loads(whole)
        for step in above:
            part = part[step]
        part[key] = [None, "x", 3, [], {}][generator.integers(5)]
        if generator.random() < 0.5:
            del part[key]
        path.write_text(json.dumps(content))
        output_text = shown(damaged, name, capsys)
        assert output_text.startswith(f"artinv: {path}") or output_text.count("\n") > 2, paths[at]
