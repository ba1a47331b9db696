"""Random command lines give a result or an error of one line, and never change the files of the user."""

import filecmp
import io
import os
import shutil
import socketserver
import stat
import warnings
import webbrowser
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from artinv import commands
from artinv.commands import adapt_to
from artinv.inversion import export
from artinv.learn import unlabelled
from artinv.neural import h5
from tests.support import corpora, decoding, matched, running
from tests.support import results_for_tests as results
from tests.support.bulk_runs import content, put
from tests.support.inverters import babble, inverter
from tests.support.moved import moved
from tests.support.spoken import spoken
from tools.deps import CHOICES

USER_FILES = ("sounds", "speech", "raw", "models", "notes.txt", "motion.csv", "params.yaml", "brain.h5")
"""Files that no command may change."""

PLACES = (
    "sounds", "sounds/a.wav", "sounds/b.flac", "sounds/broken.wav", "sounds/empty.wav", "sounds/line\nend.wav", "sounds/ü.wav",
    "sounds/\udcff.wav", "sounds/-dash.wav", "raw", "raw/mocha", "raw/mngu0", "models", "models/inverter.safetensors", "notes.txt",
    "motion.csv", "models/matcher.safetensors",
    "brain.h5", "models/decoder.safetensors", "params.yaml", "metrics", "metrics/scores.json", "dangling", "round", "nowhere",
    "nowhere/deep/er", ".", "~", "out", "out/page.html", "page.html", "sheet.png", "table.csv", "notes.txt/below",
)
VALUES = (
    "", " ", "-", "--", "=", "0", "1", "-1", "257", "99999999999999999999", "1e9", "nan", "٣", "csv", "csv,npz", "est,,", "CSV",
    "wav", "mocha", "mngu0", "tape", "mocha/fsew0/fsew0_001", "a/b/c", "\x1b[31m", "\u202e", "x" * 5000,
)
OPTIONS = (
    "-o", "--out", "--model", "--format", "--speaker-stats", "--calibrate", "--json", "--corpora", "--csv", "--workers", "--png",
    "--js", "--measures", "--from", "--to", "--open",
    "--voice", "--like", "--scale", "--seed", "-oout", "--out=", "--unknown", "-x", "--help", "--version",
)
ANY = st.text(st.characters(exclude_characters="\0/", codec="utf-8"), max_size=8).filter(lambda word: ".." not in word)
WORDS = st.one_of(st.sampled_from(PLACES), st.sampled_from(PLACES), st.sampled_from(VALUES), ANY)
VALID = {"adapt-to": ["speech", "-o", "out/mine.onnx", "--model", "models/phones.safetensors"],
         "invert": ["sounds/a.wav", "sounds/b.flac", "-o", "out"], "view": ["sounds/a.wav", "-o", "page.html"], "check": ["raw"],
         "live": ["--page", "out/page.html"], "speak": ["motion.csv", "-o", "spoken.wav"], "say": ["7", "-o", "spoken.wav"],
         "match": ["sounds/a.wav", "-o", "out", "--model", "models/matcher.safetensors", "--refine", "none"],
         "decode": ["brain.h5", "-o", "out", "--model", "models/decoder.safetensors"]}
"""Valid words; half of the random command lines start with them."""

LAST = {"check": ["--workers", "1"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Make an example of every input of the commands."""
    folder = tmp_path_factory.mktemp("lines") / "whole"
    for name in ("a.wav", "b.flac", "line\nend.wav", "ü.wav", "\udcff.wav", "-dash.wav"):
        put(folder / "sounds" / name, babble(0.3))
    for number, name in enumerate(("a", "\udcff")):
        put(folder / f"speech/{name}.wav", babble(1.5, seed=number))
    (folder / "sounds/broken.wav").write_text("RIFF and no more")
    (folder / "sounds/empty.wav").touch()
    for name in ("mocha", "mngu0"):
        corpus = corpora.get(name)
        corpus.write(folder / "raw" / name, [spoken(corpus, number, seconds=0.4) for number in range(1, 1 + corpus.batch)])
    (folder / "models").mkdir()
    inverter().save(folder / "models/inverter.safetensors")
    inverter(phones=True).save(folder / "models/phones.safetensors")
    matched.untrained(folder / "models/matcher.safetensors")
    h5.write(folder / "brain.h5", decoding.shortened(130))
    decoding.trained()[0].save(folder / "models/decoder.safetensors")
    (folder / "notes.txt").write_text("mine")
    export.write(folder / "motion.csv", moved(30))
    shutil.copy(CHOICES, folder)
    results.everything(folder)
    (folder / "dangling").symlink_to("gone")
    (folder / "round").symlink_to("round")
    return folder


def run(place, words):
    """Run a command line in a folder; return its exit code and stderr; assert that its output can be encoded."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        try:
            running.command(place, *words)
        except SystemExit as stop:
            return stop.code or 0, err.getvalue()
    return 0, err.getvalue()


def entries(root):
    """Return the files, links and folders below a folder by name, a folder before what it holds."""
    paths = (Path(folder, name) for folder, folders, files in os.walk(root) for name in (*folders, *files))
    return {path.relative_to(root): path for path in sorted(paths)}


def restore(whole, place):
    """Make a folder equal to the example again, which is faster than to delete it: some file systems remove folders slowly."""
    right = entries(whole)
    for name, path in reversed(entries(place).items()):
        if name not in right or stat.S_IFMT(path.lstat().st_mode) != stat.S_IFMT(right[name].lstat().st_mode):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for name, path in right.items():
        if path.is_symlink() or not path.is_dir():
            if not os.path.lexists(place / name) or (path.is_file() and not filecmp.cmp(path, place / name, shallow=False)):
                shutil.copy2(path, place / name, follow_symlinks=False)
        else:
            (place / name).mkdir(parents=True, exist_ok=True)


def user_files(place):
    """Return the contents of the user's files; an empty file may be overwritten."""
    contents = {name: content(place / name) if (place / name).is_dir() else {"": (place / name).read_bytes()}
                for name in USER_FILES}
    return {(name, path): data for name, files in contents.items() for path, data in files.items() if data}


@pytest.mark.parametrize("name", commands.names())
def test_any_command_line_gives_a_result_or_one_line(name, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", lambda _: None)
    monkeypatch.setattr(adapt_to, "LEAST", 0.1)
    monkeypatch.setattr(unlabelled, "STEPS", 1)
    place, codes = tmp_path / "place", set()
    place.mkdir()

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @example(True, [])
    @example(True, ["--unknown"])
    @given(st.booleans(), st.lists(st.one_of(WORDS, st.tuples(st.sampled_from(OPTIONS), WORDS)), max_size=5))
    def check(valid_start, drawn):
        words = [word for part in drawn for word in (part if isinstance(part, tuple) else (part,))]
        words = [name, *(VALID.get(name, []) if valid_start else []), *words, *LAST.get(name, [])]
        restore(whole, place)
        before = user_files(place)
        code, messages = run(place, words)
        codes.add(code)
        assert code in ((0, 1, 2) if name == "check" else (0, 2)), (words, messages)
        assert "Traceback" not in messages
        assert code != 2 or messages.splitlines()[-1].startswith(("artinv: ", "artinv ")), (words, messages)
        assert before.items() <= user_files(place).items(), words  # results may lie beside the user's files
        assert [path.name for path in tmp_path.iterdir()] == ["place"], words

    check()
    assert 2 in codes
    assert codes & {0, 1}
