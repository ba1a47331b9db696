"""Test the functions and classes of `import artinv`, and that they need the base packages alone."""

import html
import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile

import artinv
from artinv.core.channels import CHANNELS
from artinv.core.records import Label
from artinv.formats import textgrid
from artinv.inversion.export import FORMATS
from artinv.runtime.errors import BadData, BadParams
from tests.support import running
from tests.support.inverters import babble, saved

EXTRA = ("torch", "dvc", "librosa", "pandas", "matplotlib", "safetensors", "onnx", "psutil", "ruamel", "jinja2", "markupsafe",
         "sklearn", "h5py", "PIL")
"""Packages that belong to extras: inversion, view and check do without them."""


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Write a recording with two channels at 44.1 kHz, and one with one channel at 16 kHz."""
    folder = tmp_path_factory.mktemp("sounds")
    stereo = np.stack([babble(2.0, 44100, seed) for seed in (0, 1)], axis=1)
    soundfile.write(folder / "stereo.wav", stereo, 44100, subtype="FLOAT")
    soundfile.write(folder / "mono.wav", babble(1.5), 16000)
    return folder


def test_the_public_names_are_those_of_the_documentation():
    assert artinv.__all__ == ["Model", "Trajectory", "__version__", "corpora", "invert", "load", "read"]
    assert dir(artinv) == artinv.__all__
    assert all(getattr(artinv, name) is not None for name in artinv.__all__)
    with pytest.raises(AttributeError, match=r"no attribute 'inverted'; it has Model, Trajectory"):
        artinv.inverted  # noqa: B018


def test_importing_the_package_imports_nothing_else():
    code = "import sys, artinv; print([name for name in sys.modules if name in ('numpy', 'scipy', 'onnxruntime', 'pydantic')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_inversion_of_a_file_equals_the_command(sounds, tmp_path):
    running.command(tmp_path, "invert", str(sounds / "stereo.wav"), "-o", "out", "--format", "npz")
    written, inverted = artinv.read(tmp_path / "out/stereo.npz"), artinv.invert(str(sounds / "stereo.wav"))
    assert np.abs(inverted.motion - written.motion).max() < 1e-3  # mm; one block here, several there
    assert (inverted.name, inverted.model, inverted.speaker) == (written.name, written.model, written.speaker)
    assert np.abs(inverted.margin - written.margin).max() < 1e-3


def test_an_array_gives_the_same_as_its_file(sounds):
    array, rate = soundfile.read(sounds / "stereo.wav", dtype="float32")
    assert np.array_equal(artinv.invert(array, rate).motion, artinv.invert(sounds / "stereo.wav").motion)
    array, rate = soundfile.read(sounds / "mono.wav", dtype="int16")
    assert np.array_equal(artinv.invert(array, rate).motion, artinv.invert(sounds / "mono.wav").motion)


def test_a_list_gives_a_list(sounds):
    both = artinv.invert([sounds / "mono.wav", str(sounds / "stereo.wav")])
    assert [trajectory.name for trajectory in both] == ["mono", "stereo"]
    assert np.array_equal(both[0].motion, artinv.invert(sounds / "mono.wav").motion)


def test_a_model_is_loaded_once_or_named(sounds, tmp_path):
    path = saved(tmp_path)
    model = artinv.load(path)
    assert model.path == path
    named, loaded = (artinv.invert(sounds / "mono.wav", model=choice) for choice in (path, model))
    assert np.array_equal(named.motion, loaded.motion)
    assert named.model == model.title != artinv.invert(sounds / "mono.wav").model


def test_recordings_of_the_speaker_normalize_the_acoustics(sounds, tmp_path):
    model = artinv.load(saved(tmp_path, normalization="speaker"))
    alone, known = (artinv.invert(sounds / "mono.wav", model=model, speaker=speaker) for speaker in (None, sounds))
    assert str(sounds) in known.speaker
    assert np.abs(alone.motion - known.motion).max() > 0.01


def test_recordings_of_the_speaker_are_read_with_the_model_in_hand(sounds, tmp_path):
    """A model that was replaced or deleted since it was loaded is used as it was loaded."""
    path = saved(tmp_path, normalization="speaker")
    first = artinv.load(path)
    expected = artinv.invert(sounds / "mono.wav", model=first, speaker=sounds)
    saved(tmp_path, normalization="speaker", window=0.05)
    second = artinv.invert(sounds / "mono.wav", model=artinv.load(path), speaker=sounds)
    path.unlink()
    assert np.array_equal(artinv.invert(sounds / "mono.wav", model=first, speaker=sounds).motion, expected.motion)
    assert np.abs(second.motion - expected.motion).max() > 0.01


def test_a_recording_of_the_speaker_that_cannot_be_used_is_noted(sounds, tmp_path):
    soundfile.write(tmp_path / "good.wav", babble(1.5), 16000)
    (tmp_path / "bad.wav").write_text("x")
    notes = artinv.invert(sounds / "mono.wav", speaker=tmp_path).notes
    assert len(notes) == 1
    assert str(tmp_path / "bad.wav") in notes[0]


@pytest.mark.parametrize("words", [
    (np.zeros(1000, np.float32), None), (np.zeros((2, 1000), np.float32), 16000), (np.zeros(0, np.float32), 16000),
    (np.zeros(1000, complex), 16000), (np.full(1000, np.nan, np.float32), 16000), (np.zeros(16000, np.float32), 10),
    ("nothing.wav", None), ("nothing.wav", 16000), (np.zeros(16000, np.float32), "16000"), ([0.1, 0.2], None),
    (np.full(1000, 1e39), 16000),
], ids=range(11))
def test_bad_input_is_one_line(words):
    with pytest.raises((BadData, BadParams)) as caught:
        artinv.invert(*words)
    assert "\n" not in str(caught.value)


def test_the_table_holds_time_channels_and_margins(sounds):
    trajectory = artinv.invert(sounds / "mono.wav")
    table = trajectory.to_dataframe()
    assert list(table.columns) == [*CHANNELS, *(f"{channel}_margin" for channel in CHANNELS)]
    assert np.allclose(table.index, trajectory.times)
    assert np.array_equal(table["tt_y"], trajectory.motion[:, CHANNELS.index("tt_y")])


@pytest.mark.parametrize("ending", [name for name in FORMATS if name != "TextGrid"])
def test_what_is_saved_is_read_again(ending, sounds, tmp_path):
    trajectory = artinv.invert(sounds / "mono.wav")
    trajectory.save(str(tmp_path / f"a.{ending}"))
    again = artinv.read(str(tmp_path / f"a.{ending}"))
    assert isinstance(again, artinv.Trajectory)
    kept = [name not in ("la", "lp", "ttcl", "tbcl") or ending != "pos" for name in CHANNELS]  # computed from the coils there
    assert np.abs(again.motion - trajectory.motion)[:, kept].max() < 1e-4
    assert again.sound is None


def test_a_notebook_shows_the_player(sounds):
    page = artinv.invert(sounds / "mono.wav")._repr_html_()
    frame = re.fullmatch(r'<iframe style="[^"]*" srcdoc="([^"]*)"></iframe>', page, re.DOTALL)
    assert html.unescape(frame[1]).startswith("<!doctype html>")
    assert "audio/wav" in frame[1]


def test_a_notebook_says_when_there_is_no_sound(sounds, tmp_path):
    artinv.invert(sounds / "mono.wav").save(tmp_path / "a.npz")
    assert artinv.read(tmp_path / "a.npz")._repr_html_() == "<p>mono: 151 frames at 100 Hz, without sound</p>"


def test_a_notebook_says_when_the_sound_is_too_long_for_the_player(sounds):
    trajectory = artinv.invert(sounds / "mono.wav")
    long = artinv.Trajectory.of(trajectory, np.zeros(301 * 16000, np.float32))
    assert long._repr_html_().endswith("too long for the player, which shows at most 300 s</p>")


def test_a_textgrid_of_the_user_is_not_replaced(sounds, tmp_path):
    mine = tmp_path / "mine.TextGrid"
    textgrid.write(mine, textgrid.TextGrid(0.0, 1.0, (textgrid.Tier("words", (Label("hello", 0.2, 0.5),)),)))
    before = mine.read_bytes()
    with pytest.raises(BadData, match=r"mine.TextGrid: is a TextGrid that artinv did not write; choose another name"):
        artinv.invert(sounds / "mono.wav").save(mine)
    assert mine.read_bytes() == before


def test_a_plot_draws_the_named_channels(sounds):
    trajectory = artinv.invert(sounds / "mono.wav")
    figure = trajectory.plot("tt_y", "la")
    assert [axes.get_ylabel().partition("\n")[0] for axes in figure.axes] == ["tongue tip y", "lip aperture"]
    drawn = figure.axes[0].lines[0].get_ydata()
    assert np.array_equal(drawn, trajectory.motion[:, CHANNELS.index("tt_y")])
    assert len(trajectory.plot().axes) == 5
    with pytest.raises(BadParams, match="unknown channel 'tongue'; expected some of tt_x"):
        trajectory.plot("tongue")


@pytest.mark.parametrize(("package", "call"), [("pandas", "to_dataframe"), ("matplotlib", "plot")])
def test_a_missing_package_is_named_with_the_cure(package, call, sounds, monkeypatch):
    trajectory = artinv.invert(sounds / "mono.wav")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=rf"{package} is missing; pip install 'artinv\[plots\]'"):
        getattr(trajectory, call)()


def test_base_packages_are_enough_to_invert_view_and_check(sounds, tmp_path):
    """Block every package of the extras; the commands and the API work as before."""
    code = "\n".join([
        "import sys", f"sys.modules.update(dict.fromkeys({EXTRA!r}))", "from artinv.__main__ import main", "import artinv",
        f"sound = {str(sounds / 'mono.wav')!r}", "main(['invert', sound, '-o', 'out'])", "main(['view', sound, '-o', 'a.html'])",
        "try: main(['check', 'raw', '--workers', '1'])", "except SystemExit as end: assert end.code == 1",
        "print(artinv.invert(sound).motion.shape)",
    ])
    (tmp_path / "raw/mocha/fsew0").mkdir(parents=True)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("(151, 18)\n")
    assert (tmp_path / "out/mono.csv").exists()
    assert (tmp_path / "a.html").read_bytes().startswith(b"<!doctype html>")
