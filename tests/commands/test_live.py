"""`artinv live`: the page as a file, and errors of one line."""

import os
import socketserver
import subprocess
import sys
import webbrowser

import pytest

from tests.support import running
from tests.support.live import untrained
from tools.deps import ROOT


@pytest.fixture(autouse=True)
def ends_at_once(monkeypatch):
    """Let a server end at once."""
    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", lambda _: None)


def test_the_page_is_written_and_opened(tmp_path, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    running.command(tmp_path, "live", "--page", "a.html", "--open")
    assert capsys.readouterr().out == "a.html\n"
    assert opened == [(tmp_path / "a.html").as_uri()]
    assert "Speak, and watch the mouth" in (tmp_path / "a.html").read_text(encoding="utf-8")
    running.command(tmp_path, "live", "--page", "a.html")


def test_the_page_needs_no_package_of_an_extra(tmp_path):
    absent = "import sys; sys.modules |= dict.fromkeys(['torch', 'safetensors', 'onnx', 'matplotlib', 'pandas', 'dvc'])"
    code = f"{absent}; from artinv.__main__ import main; main(['live', '--page', 'a.html'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a.html\n", "")


def test_another_model_is_used(tmp_path):
    untrained().save(tmp_path / "own.safetensors")
    running.command(tmp_path, "live", "--page", "a.html", "--model", "own.safetensors")
    assert untrained().title in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_the_page_is_served_until_the_end(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    running.command(tmp_path, "live", "--port", "0", "--open")
    shown = capsys.readouterr()
    assert shown.out.startswith("http://127.0.0.1:")
    assert shown.err.startswith("artinv: no browser was found; open http://127.0.0.1:")


def test_ctrl_c_ends_the_server(tmp_path, capsys, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", interrupted)
    running.command(tmp_path, "live", "--port", "0")
    assert capsys.readouterr().out.endswith("\nended\n")


@pytest.mark.parametrize(("words", "fault"), [
    (["--page", "a.html", "--port", "1"], "--page: the page in a file needs no server; leave out --port"),
    (["--port", "70000"], "--port: 70000 is not within 0 to 65535; correct it"),
    (["--model", "none"], "none: is no file; name a live model, or none for the one that artinv comes with"),
    (["--model", "text.html"], "text.html: is not a live model of this project"),
    (["--page", "text.html"], "text.html: exists and has other content; name another file to write"),
    (["--page", "."], ".: is a folder; name a file to write"),
])
def test_faults_are_reported_in_one_line(words, fault, tmp_path, capsys):
    (tmp_path / "text.html").write_text("mine")
    assert running.refused(capsys, running.command, tmp_path, "live", *words).startswith(fault)
    assert (tmp_path / "text.html").read_text() == "mine"
