"""What all commands share: where they may write, and how a fault of the system is told."""

import errno

import pytest

from artinv import commands
from artinv.__main__ import main
from artinv.commands import output
from artinv.errors import BadParams, gate, reason


@pytest.mark.parametrize(("path", "message"), [
    ("folder", "folder: is a folder; name a file to write"),
    ("sound.wav", "sound.wav: is one of the files that are read"),
    ("link", "link: is one of the files that are read"),
    ("else.html", "else.html: is there already and holds something else"),
    ("sound.wav/deep/page.html", "is no folder; name another file to write"),
])
def test_what_must_not_be_overwritten_is_refused(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "sound.wav").write_bytes(b"RIFF")
    (tmp_path / "link").symlink_to("sound.wav")
    (tmp_path / "else.html").write_text("my notes")
    with pytest.raises(BadParams, match=message):
        output(tmp_path / path, tmp_path / "sound.wav", kind=b"<!doctype html>")


@pytest.mark.parametrize("path", ["new.html", "deep/er/new.html", "old.html", "empty.html"])
def test_a_page_may_be_new_or_a_page(path, tmp_path):
    (tmp_path / "old.html").write_text("<!doctype html>...")
    (tmp_path / "empty.html").touch()
    assert output(tmp_path / path, tmp_path / "sound.wav", kind=b"<!doctype html>") == tmp_path / path


@pytest.mark.parametrize(("error", "words"), [
    (OSError(errno.ENOENT, "No such file or directory", "a.wav"), "No such file or directory"), (OSError("odd"), "odd"),
    (KeyError("run"), "'run' is missing"), (ValueError("two\nlines"), "two lines"), (TimeoutError(), "TimeoutError"),
])
def test_reasons_are_one_line_and_never_empty(error, words):
    assert reason(error) == words


def test_a_fault_of_the_system_is_one_line(capsys):
    with pytest.raises(SystemExit) as stop, gate():
        raise OSError(errno.ENOSPC, "No space left on device", "out/a.csv")
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "artinv: out/a.csv: No space left on device; check the place, its permissions and the disk\n")


@pytest.mark.parametrize("name", commands.names())
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: python -m artinv {name} ")
    assert max(map(len, shown.splitlines())) <= 132
