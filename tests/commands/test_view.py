"""The command `view` on a sound of the user: the page's name, the browser, parts of long recordings, and what it imports."""

import json
import re
import subprocess
import sys
import tracemalloc
import webbrowser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artinv.core.workspace import Workspace
from artinv.show.view.source import scene_of
from tests.support import fake_ffmpeg, running
from tests.support.bulk_runs import put
from tests.support.inverters import babble
from tools.deps import ROOT

FOREIGN = ["my notes", '<!doctype html>\n<html lang="en">\n<head>\n<title>my page</title>']


@pytest.fixture
def place(tmp_path):
    put(tmp_path / "me.wav", babble(2.0))
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    """Return the addresses that are opened in the browser."""
    addresses = []

    def open_page(address):
        addresses.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    return addresses


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8"))[1])


def refused(capsys, place, *words):
    return running.refused(capsys, running.command, place, "view", *words)


def test_the_page_has_the_name_of_the_sound_and_lies_in_the_current_folder(place, opened, capsys):
    put(place / "sounds/me.too.flac", babble(0.5))
    for sound, page in (("me.wav", "me.html"), ("sounds/me.too.flac", "me.too.html")):
        running.command(place, "view", sound)
        assert capsys.readouterr().out.splitlines()[-1] == page
        assert data_of(place / page)["name"] == Path(sound).name
    assert sorted(path.name for path in place.iterdir()) == ["me.html", "me.too.html", "me.wav", "sounds"]
    assert opened == []


@pytest.mark.parametrize("content", FOREIGN)
def test_only_a_page_of_artinv_is_replaced(place, capsys, content):
    (place / "me.html").write_text(content)
    assert refused(capsys, place, "me.wav") == "me.html: exists and has other content; name another file to write"
    assert (place / "me.html").read_text() == content
    (place / "me.html").unlink()
    running.command(place, "view", "me.wav", "--to", "1")
    running.command(place, "view", "me.wav")
    assert data_of(place / "me.html")["seconds"] == 2.0


@pytest.mark.parametrize(("name", "page"), [("me.wav", "me.html"), ("ü #?%.wav", "%C3%BC%20%23%3F%25.html")])
def test_the_page_is_opened_in_the_browser(place, opened, name, page):
    put(place / name, babble(0.5))
    running.command(place, "view", name, "--open")
    assert opened == [f"{place.as_uri()}/{page}"]


def test_without_a_browser_the_page_is_named(place, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    running.command(place, "view", "me.wav", "--open", "-o", "page.html")
    assert capsys.readouterr().err == "artinv: no browser was found; open page.html in a browser\n"
    assert (place / "page.html").exists()


def test_a_page_that_cannot_be_made_is_not_opened(place, opened, capsys):
    refused(capsys, place, "nothing.wav", "--open")
    assert opened == []


def test_a_part_is_shown_as_if_the_file_held_nothing_else(place, capsys):
    sound, _ = soundfile.read(place / "me.wav", dtype="float32")
    put(place / "part.wav", sound[8000:24000], subtype="FLOAT")
    part = scene_of(str(place / "me.wav"), Workspace(place), start=0.5, end=1.5)
    alone = scene_of(str(place / "part.wav"), Workspace(place))
    assert np.array_equal(part.predicted.motion, alone.predicted.motion)
    assert np.array_equal(part.sound, alone.sound)
    note = "part of the recording, from 0.50 s to 1.50 s; times count from the start of this part"
    assert part.notes == (note, *alone.notes)
    assert note not in alone.notes
    running.command(place, "view", "me.wav", "--from", "0.5", "--to", "1.5")
    assert note in capsys.readouterr().out.splitlines()
    assert note in (place / "me.html").read_text("utf-8")
    assert data_of(place / "me.html")["seconds"] == 1.0


@pytest.mark.parametrize(("words", "last"), [(["--from", "1.25"], "1.25 s to 2.00"), (["--to", "99"], "0.00 s to 2.00")])
def test_a_part_may_begin_or_end_with_the_recording(place, capsys, words, last):
    running.command(place, "view", "me.wav", *words)
    assert f"part of the recording, from {last} s" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["x", "nan", "-1", "inf", "1:30", ""])
def test_a_time_is_in_seconds(place, capsys, text):
    with pytest.raises(SystemExit) as stop:
        running.command(place, "view", "me.wav", "--from", text)
    assert stop.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.endswith(f"argument --from: '{text}' is no time; give seconds from the start of the sound, as in 90.5")


def test_a_part_of_an_hour_needs_the_memory_of_the_part(place):
    with soundfile.SoundFile(place / "hour.wav", "w", 16000, 1, subtype="PCM_16") as file:
        for minute in range(60):
            file.write(babble(60.0) if minute == 30 else np.zeros(16000 * 60, np.float32))
    scene_of(str(place / "me.wav"), Workspace(place))  # imports
    tracemalloc.start()
    scene = scene_of(str(place / "hour.wav"), Workspace(place), start=1800, end=1830)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scene.seconds == 30
    assert peak < 100_000_000  # an hour of float32 has 230 MB


def test_sound_that_ffmpeg_decodes_is_shown(place, monkeypatch):
    words = fake_ffmpeg.install(place / "bin", monkeypatch)
    sound, _ = soundfile.read(place / "me.wav", dtype="float32")
    fake_ffmpeg.put(place / "-x.m4a", sound)
    running.command(place, "view", "--to", "1", "--", "-x.m4a")
    assert "file:-x.m4a" in fake_ffmpeg.words(words)
    shown = data_of(place / "-x.html")
    running.command(place, "view", "--to", "1", "me.wav")
    assert shown | {"name": "me.wav"} == data_of(place / "me.html")


def test_two_takes_give_one_page_and_one_film(place, capsys):
    put(place / "after.wav", babble(1.5))
    running.command(place, "view", "me.wav", "after.wav", "--gif", "film.gif", "--align", "dtw", "-o", "both.html")
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == ["both.html", "film.gif"]
    assert {"me.wav", "after.wav"} <= set(said)
    shown = data_of(place / "both.html")
    assert [line["name"].partition(":")[0] for line in shown["lines"].values()] == ["take 1, me.wav", "take 2, after.wav"]
    assert (shown["other"]["seconds"], shown["other"]["way"]) == (1.5, "dtw")
    first = (place / "film.gif").read_bytes()
    running.command(place, "view", "me.wav", "after.wav", "--gif", "again.gif", "--align", "dtw", "-o", "both.html")
    assert (place / "again.gif").read_bytes() == first


def test_the_page_says_how_accurate_the_estimate_is(place):
    running.command(place, "view", "me.wav")
    page = (place / "me.html").read_text("utf-8")
    assert "your recording" in page
    assert "a computer&#x27;s estimate, learned from artificial speakers" in page
    assert re.search(r"on real recordings it followed the tongue with r = 0\.\d\d", page)


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_a_film_replaces_no_file(place, capsys, ending):
    (place / f"mine.{ending}").write_bytes(b"a film of the user")
    line = refused(capsys, place, "me.wav", f"--{ending}", f"mine.{ending}")
    assert line == f"mine.{ending}: exists, and a film replaces no file; name another file, or remove it"
    assert (place / f"mine.{ending}").read_bytes() == b"a film of the user"


@pytest.mark.parametrize(("words", "message"), [
    (["me.wav", "nothing.wav"], "nothing.wav: is missing; correct the name of the sound file"),
    (["me.wav", "me.wav", "x.wav"], "x.wav: is a third take; a page shows one take or two"),
    (["me.wav", "--gif", "a.avi"], "a.avi: is no .gif file; choose a name that ends with .gif"),
    (["me.wav", "--mp4", "a.gif"], "a.gif: is no .mp4 file; choose a name that ends with .mp4"),
    (["me.wav", "--mp4", "a.mp4"], "a.mp4: needs the program ffmpeg; install ffmpeg, or choose --gif"),
    (["me.wav", "--gif", "me.wav"], "me.wav: is one of the files that are read or written; name another file"),
    (["me.wav", "--align", "dtw"], "--align: there is only one take; name a second one, or leave it out"),
    (["long.wav", "--gif", "a.gif"], "a.gif: a film of 21 s is longer than the limit of 20 s; choose a part with --from and --to"),
])
def test_a_film_that_cannot_be_made_is_one_line_and_writes_nothing(place, monkeypatch, capsys, words, message):
    fake_ffmpeg.remove(place / "bin", monkeypatch)
    if "long.wav" in words:
        put(place / "long.wav", babble(21.0))
    before = sorted(place.iterdir())
    assert refused(capsys, place, *words) == message
    assert sorted(place.iterdir()) == before


SLOW = "matplotlib", "torch", "pandas", "librosa", "dvc", "transformers", "sklearn"


def test_a_page_of_a_sound_needs_no_package_of_training(place):
    program = f"""
import sys
from pathlib import Path
from artinv.__main__ import main
main(["view", "me.wav"])
print([name for name in {SLOW} if name in sys.modules])
"""
    words, environment = [sys.executable, "-c", program], {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=place, env=environment, capture_output=True, check=False)
    assert done.stdout.decode().splitlines()[-2:] == ["me.html", "[]"], done.stderr
