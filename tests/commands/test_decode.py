"""`artinv decode`: files for a recording, and one line for each kind of bad input."""

import numpy as np
import pytest
import soundfile

from artinv.inversion import export
from artinv.neural import decode, h5
from artinv.neural.records import Recording
from tests.support import decoding, running


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with a recording and models."""
    folder = tmp_path_factory.mktemp("decode")
    short = decoding.shortened(600)
    h5.write(folder / "toy.h5", short)
    h5.write(folder / "none.h5", Recording("toy", short.signals, short.sound, (), short.places, short.channels))
    h5.write(folder / "few.h5", Recording("few", short.signals[:, :4], short.sound, short.trials, None, short.channels[:4]))
    decoding.trained()[0].save(folder / "model.safetensors")
    (folder / "text.safetensors").write_text("no model")
    (folder / "text.txt").write_text("no recording")
    return folder


def test_a_recording_gets_its_files(place, capsys, tmp_path):
    running.command(place, "decode", "toy.h5", "-o", str(tmp_path), "--model", "model.safetensors")
    out = capsys.readouterr().out
    assert "toy.h5: 4.8 s, ridge causal truth, looks ahead 0 ms" in out
    lines = (tmp_path / "toy_decoded.csv").read_text().splitlines()
    assert lines[0].startswith("time,tt_x,tt_y,")
    assert len(lines) == 601
    sound, rate = soundfile.read(tmp_path / "toy_decoded.wav")
    assert (len(sound), rate) == (600 * 128, 16000)
    assert sound[20 * 128:100 * 128].any()
    assert not sound[101 * 128:119 * 128].any(), "silent between trials"
    trajectory = export.read(tmp_path / "toy_decoded.npz")
    assert (trajectory.rate, trajectory.trained_on) == (125, "synthetic")
    values = np.array([line.split(",")[1:] for line in lines[1:]], float)
    assert np.allclose(values, trajectory.motion, atol=1e-2, rtol=1e-3)
    assert "decoded from the brain signals" in (tmp_path / "toy_decoded.html").read_text()
    assert (tmp_path / "toy_decoded.png").read_bytes().startswith(b"\x89PNG")


def test_only_the_trials_on_the_page_are_spoken_on_request(place, tmp_path):
    sounds = []
    for name, more in (("all", ()), ("shown", ("--shown",))):
        out = ("-o", str(tmp_path / name), "--from", "1", "--to", "2")
        running.command(place, "decode", "toy.h5", "--model", "model.safetensors", *out, *more)
        sounds.append(soundfile.read(tmp_path / name / "toy_decoded.wav")[0])
    whole, shown = sounds
    assert len(whole) == len(shown)
    assert not shown[: 120 * 128].any()
    assert not shown[300 * 128:].any()
    part = slice(120 * 128, 200 * 128)
    assert np.corrcoef(whole[part], shown[part])[0, 1] > 0.999, "they may differ in level"


def test_trials_sound_alike_for_any_number_of_cores(monkeypatch):
    monkeypatch.setattr(decode, "_SHORT", 0)
    model, made = decoding.trained()[0], []
    values = model.decode(decoding.session().signals[:300])
    for workers in ("1", "2"):
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", workers)
        made.append(decode.speak(values, model, [(20, 100), (120, 200)]))
    assert np.array_equal(*made)


@pytest.mark.parametrize(("chosen", "words"), [
    (("ridge anticausal truth", 0), "needs the whole recording"), (("lstm non-causal truth", 0), "needs the whole recording"),
    (("ridge non-causal truth", 0), "looks ahead 80 ms"), (("ridge non-causal truth", 0.48), "looks ahead 320 ms"),
    (("ridge causal truth", 0.48), "looks ahead 0 ms"),
])
def test_the_delay_is_that_of_the_mode_and_of_the_drift(chosen, words, place, capsys, tmp_path):
    text, drift = chosen
    decoding.trained(text, drift=drift)[0].save(tmp_path / "model.safetensors")
    running.command(place, "decode", "toy.h5", "-o", str(tmp_path / "out"), "--model", str(tmp_path / "model.safetensors"))
    assert f"{text}, {words}" in capsys.readouterr().out


def test_equal_input_gives_equal_bytes(place, tmp_path):
    for name in "ab":
        running.command(place, "decode", "none.h5", "-o", str(tmp_path / name), "--model", "model.safetensors", "--to", "2")
    for ending in ("csv", "npz", "wav", "html", "png"):
        first, second = (tmp_path / name / f"toy_decoded.{ending}" for name in "ab")
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("words", "fault"), [
    (("missing.h5", "--model", "model.safetensors"), "missing.h5: is missing; name an .h5 file"),
    (("text.txt", "--model", "model.safetensors"), "is neither an .h5 file nor a folder"),
    (("toy.h5",), "no model: name one with --model"),
    (("toy.h5", "--model", "none"), "none: is no file; name a model"),
    (("toy.h5", "--model", "text.safetensors"), "is not a decoder of brain signals"),
    (("few.h5", "--model", "model.safetensors"), "its 4 electrodes are not the 12 of the model"),
    (("toy.h5", "--model", "model.safetensors", "--from", "3", "--to", "2"), "is no part of a recording of 4.8 s"),
    (("toy.h5", "--model", "model.safetensors", "--from", "nan"), "--from: nan is no time"),
])
def test_faults_are_one_line(place, capsys, tmp_path, words, fault):
    assert fault in running.refused(capsys, running.command, place, "decode", *words, "-o", str(tmp_path / "out"))
