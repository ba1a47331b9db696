"""Films: the same bytes in every run, the picture at each time, two takes, and ffmpeg's arguments and faults."""

import io
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from PIL import Image

from artinv.core.channels import CHANNELS
from artinv.runtime.errors import BadData, BadParams
from artinv.show.view import film, painter
from artinv.show.view.profile import coils_of
from artinv.show.view.scene import motion_at
from tests.support.scenes import scene
from tools.deps import ROOT


@pytest.fixture(scope="module")
def short():
    return scene(0.5)


def test_equal_scenes_give_equal_bytes(short, tmp_path):
    for name in ("a.gif", "b.gif"):
        film.write(tmp_path / name, short)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    with Image.open(tmp_path / "a.gif") as opened:
        assert (opened.n_frames, opened.info["duration"], opened.info["loop"]) == (10, 50, 0)
        assert opened.size[1] % 2 == 0


def test_the_film_of_the_docs_is_small():
    film_of_docs = ROOT / "docs/pictures/speaking.gif"
    assert film_of_docs.stat().st_size < 500_000
    with Image.open(film_of_docs) as opened:
        assert opened.n_frames > 30


def test_pictures_move_and_the_playhead_crosses_the_sound(short):
    pictures = [np.asarray(picture) for picture in film.frames(short, rate=10, width=300)]
    assert len(pictures) == 5
    changed = np.abs(pictures[0].astype(int) - pictures[3]).max(axis=2)
    assert (changed[40:250] > 60).sum() > 200
    hue = tuple(int(painter.HUES["predicted", 1][k:k + 2], 16) for k in (1, 3, 5))
    at = [int(np.flatnonzero((picture[-5] == hue).all(axis=1)).mean()) for picture in pictures]
    assert np.allclose(at, np.arange(5) / 10 / 0.5 * 299, atol=1.5)


def test_dots_lie_on_the_coils(short):
    staged = painter.stage(short)
    picture = np.asarray(painter.picture(staged, (0.25, 0.25), 600)).astype(int)
    left, _, _, top = staged.profile.bounds
    right = staged.profile.bounds[2]
    coils = coils_of(motion_at(short.measured, np.array([0.25]))[0])
    for coil in ("ul", "ll"):
        x, y = coils[coil]
        pixel = picture[round((top - y) * 600 / (right - left)), round((x - left) * 600 / (right - left))]
        assert np.abs(pixel - (0x1A, 0x1A, 0x1A)).max() < 12, coil


def test_two_takes_have_two_colours_and_follow_the_alignment(short):
    slow = replace(scene(1.0), measured=None)
    first = replace(short, measured=None)
    ways = "none", "linear"
    pairs = {way: [np.asarray(picture) for picture in film.frames(first, slow, way=way, rate=10, width=300)] for way in ways}
    colours = {tuple(colour) for colour in pairs["none"][2].reshape(-1, 3).tolist()}
    for style in (("predicted", 0), ("predicted", 1)):
        hue = np.array([int(painter.HUES[style][k:k + 2], 16) for k in (1, 3, 5)])
        assert min(np.abs(hue - colour).max() for colour in colours) < 24
    assert not np.array_equal(pairs["none"][3], pairs["linear"][3])


def test_a_dashed_line_has_strokes_of_the_given_lengths():
    pieces = painter.dashed([(0.0, 0.0), (2.0, 0.0), (10.0, 0.0)], (3.0, 1.0))
    assert [(piece[0][0], piece[-1][0]) for piece in pieces] == [pytest.approx(span) for span in ((0, 3), (4, 7), (8, 10))]


def test_the_band_is_as_wide_as_the_margins_across_the_curve():
    level = painter.band([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)], [(9.0, 1.0), (9.0, 2.0), (9.0, 1.0)])
    high = dict(level[:17])
    assert [abs(high[x]) for x in (0.0, 10.0, 20.0)] == pytest.approx([1.0, 2.0, 1.0])
    assert len(level) == 34


def test_a_film_without_coils_is_drawn(tmp_path, short):
    nothing = np.full_like(short.predicted.motion, np.nan)
    nothing[:, CHANNELS.index("la")] = 3.0
    bare = replace(short, measured=None, predicted=replace(short.predicted, motion=nothing, margin=None))
    film.write(tmp_path / "a.gif", bare)
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")


@pytest.mark.parametrize(("name", "kind"), [("a.avi", ".gif"), ("a.mp4", ".gif"), ("a.gif", ".mp4"), ("a", ".mp4")])
def test_another_ending_is_rejected(tmp_path, name, kind):
    with pytest.raises(BadParams, match=f"is no {kind} file; choose a name that ends with {kind}"):
        film.check(tmp_path / name, kind)


def test_a_long_film_is_rejected(tmp_path):
    with pytest.raises(BadData, match="a film of 21 s is longer than the limit of 20 s; choose a part with --from and --to"):
        film.check_length(tmp_path / "a.gif", scene(21.0))
    film.check_length(tmp_path / "a.mp4", scene(21.0))


_FFMPEG = """#!{python} -IS
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
sounds = [word[5:] for word in sys.argv if word.startswith("file:") and word.endswith(".wav")]
content = sys.stdin.buffer.read({most})
with open(sounds[0], "rb") as file, open(os.path.join(here, "sound"), "wb") as copy:
    copy.write(file.read())
with open(os.path.join(here, "words"), "w") as file:
    json.dump({{"words": sys.argv[1:], "bytes": len(content)}}, file)
sys.stderr.write({message!r})
if not {code}:
    with open(sys.argv[-1][5:], "wb") as file:
        file.write(b"\\0\\0\\0\\x20ftypisom")
sys.exit({code})
"""


def ffmpeg(folder, monkeypatch, *, code=0, message="", most=-1):
    """Put a program that stands for ffmpeg into a folder, the only one on the PATH."""
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(_FFMPEG.format(python=sys.executable, code=code, message=message, most=most))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_ffmpeg_gets_all_pictures_and_the_sound(tmp_path, monkeypatch, short):
    place = ffmpeg(tmp_path / "bin", monkeypatch)
    film.write(tmp_path / "a.mp4", short)
    told = json.loads((place / "words").read_text())
    width, height = map(int, told["words"][told["words"].index("-s") + 1].split("x"))
    assert told["bytes"] == 12 * width * height * 3
    assert width % 2 == height % 2 == 0
    sound, rate = soundfile.read(io.BytesIO((place / "sound").read_bytes()), dtype="float32")
    assert rate == 16000
    assert np.allclose(sound, short.sound, atol=1 / 32768)
    assert (tmp_path / "a.mp4").read_bytes().endswith(b"ftypisom")


@pytest.mark.parametrize("most", [-1, 10])
def test_a_fault_of_ffmpeg_is_one_line_and_leaves_no_file(tmp_path, monkeypatch, short, most):
    ffmpeg(tmp_path / "bin", monkeypatch, code=1, message="Unknown encoder 'x'.\nmore\n", most=most)
    with pytest.raises(BadData, match=r"a.mp4: cannot be written by ffmpeg \(Unknown encoder 'x'\); repair its installation"):
        film.write(tmp_path / "a.mp4", short)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_without_ffmpeg_an_mp4_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadData, match="needs the program ffmpeg; install ffmpeg, or choose --gif"):
        film.check(tmp_path / "a.mp4", ".mp4")
