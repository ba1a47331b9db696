"""`artinv match`: files for each sound, distances on stdout, and one line for each kind of bad input."""

import json

import numpy as np
import pytest
import soundfile

from tests.support import matched, running
from tests.support.inverters import saved
from tests.support.matched import tones


@pytest.fixture(autouse=True, scope="module")
def tones_registered():
    """Let the registry find the synthesizer `tones`."""
    with matched.tones_registered():
        yield


@pytest.fixture(scope="module")
def place(tones_registered, tmp_path_factory):
    """Return a folder with sounds and models."""
    folder = tmp_path_factory.mktemp("match")
    for name, sound in {"a": tones(0.4), "silent": np.zeros(4000, np.float32), "empty": np.zeros(0, np.float32),
                        "broken": np.full(4000, np.nan, np.float32), "a_match": tones(0.3),
                        "click": np.append(np.zeros(2048, np.float32), tones(0.01))}.items():
        soundfile.write(folder / f"{name}.wav", sound, 8000, subtype="FLOAT")
    (folder / "text.wav").write_text("no sound")
    (folder / "other").mkdir()
    soundfile.write(folder / "other/a.wav", tones(0.3), 8000)
    matcher, _ = matched.trained(folder / "sounds")
    matcher.save(folder / "model.safetensors")
    saved(folder, "inverter.safetensors")
    return folder


def refused(capsys, folder, *words):
    return running.refused(capsys, running.command, folder, "match", *words)


@pytest.mark.parametrize("method", ["gradient", "cma", "none"])
def test_each_sound_gets_its_files_and_its_distances_are_printed(place, capsys, tmp_path, method):
    words = "a.wav", "-o", str(tmp_path / "out"), "--model", "model.safetensors", "--refine", method, "--steps", "4"
    running.command(place, "match", *words)
    out = capsys.readouterr().out
    files = [f"a_match.{ending}" for ending in ("csv", "json", "png", "wav")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files
    content = json.loads((tmp_path / "out/a_match.json").read_text())
    assert content["synth"] == "tones"
    assert content["trained_on"]["origin"] == "synthetic"
    for piece in content["pieces"]:
        assert f"{piece['distance_before']:.1f} dB from the sound, {piece['distance_after']:.1f} dB after refinement" in out
    assert all(str(tmp_path / f"out/a_match.{ending}") in out for ending in ("json", "csv", "wav", "png"))
    running.command(place, "match", *words[:2], str(tmp_path / "again"), *words[3:])
    for path in (tmp_path / "out").iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_vocal_tract_gets_its_area_functions_and_its_picture(place, capsys, tmp_path):
    matched.untrained(tmp_path / "tract7.safetensors", "tract7")
    out = tmp_path / "out"
    words = "a.wav", "-o", str(out), "--model", str(tmp_path / "tract7.safetensors"), "--synth", "tract7", "--steps", "1"
    running.command(place, "match", *words)
    names = ["a_match.csv", "a_match.json", "a_match.png", "a_match.wav", "a_tract.csv", "a_tract.png"]
    assert sorted(path.name for path in out.iterdir()) == names
    written = capsys.readouterr().out.splitlines()[-1]
    assert all(str(out / name) in written for name in names)
    assert (out / "a_tract.csv").read_text().startswith("start_s,time_s,section,part,length_cm,distance_cm,area_cm2,port_cm2\n")


@pytest.mark.parametrize(("words", "message"), [
    (["none.wav"], "none.wav: is no file; check its name"),
    (["silent.wav"], "silent.wav: is silent; nothing in it can be matched"),
    (["empty.wav"], "empty.wav: holds no sound"),
    (["click.wav"], "click.wav: is silent up to its last 0.01 s, too short to be matched; cut it"),
    (["broken.wav"], "broken.wav: holds values that are not finite numbers"),
    (["text.wav"], "text.wav: cannot be read as sound"),
    (["a.wav", "other/a.wav"], "other/a.wav: has the same name as a.wav"),
    (["a.wav", "--model", "none"], "none: is no file; name a model with --model"),
    (["a.wav", "--model", "inverter.safetensors"], "inverter.safetensors: is not a model of settings"),
    (["a.wav", "--synth", "fm23"], "model.safetensors: estimates settings of 'tones', not of 'fm23'"),
    (["a.wav", "--synth", "fm32"], "--synth: unknown synthesizer 'fm32'; expected one of"),
    (["a.wav", "--refine", "descent"], "--refine: unknown method 'descent'"),
    (["a.wav", "--steps", "0"], "--steps: 0 is not within 1 to 100000"),
    (["a.wav", "-o", "text.wav"], "text.wav: is no folder; choose another with -o"),
])
def test_bad_input_is_refused_in_one_line(place, capsys, tmp_path, words, message):
    defaults = [] if "-o" in words else ["-o", str(tmp_path / "out")]
    defaults += [] if "--model" in words else ["--model", "model.safetensors"]
    assert refused(capsys, place, *words, *defaults).startswith(message)
    assert not (tmp_path / "out").exists()


def test_a_recording_of_the_user_is_not_replaced(place, capsys):
    before = (place / "a_match.wav").read_bytes()
    line = refused(capsys, place, "a.wav", "a_match.wav", "-o", ".", "--model", "model.safetensors")
    assert line == "a_match.wav: is one of the files that are read or written; name another file"
    assert (place / "a_match.wav").read_bytes() == before


def test_outside_a_project_a_model_must_be_named(place, capsys, tmp_path):
    line = refused(capsys, place, "a.wav", "-o", str(tmp_path))
    assert line == "no model: name one with --model"


def test_what_cannot_be_matched_is_said_on_stderr(place, capsys, tmp_path):
    sound = np.concatenate([tones(0.256), np.zeros(2048, np.float32), tones(0.256)])
    soundfile.write(tmp_path / "gap.wav", sound, 8000)
    words = str(tmp_path / "gap.wav"), "-o", str(tmp_path), "--model", "model.safetensors", "--refine", "none"
    running.command(place, "match", *words)
    assert f"artinv: {tmp_path}/gap.wav: silent from 0.256 s: no settings\n" in capsys.readouterr().err
