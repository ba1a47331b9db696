"""`artinv say`: a sound for each model, equal for equal words, and faults in one line with exit code 2."""

import numpy as np
import pytest
import soundfile
import torch

from artinv.digits.generators import Model, build
from tests.support import running


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with one untrained generator and a sound that artinv did not make."""
    folder = tmp_path_factory.mktemp("say")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Model("cvae", build("cvae", 3).eval(), {}).save(folder / "data/digits/models/cvae.safetensors")
    soundfile.write(folder / "mine.wav", np.zeros(100), 8000)
    return folder


def said(folder, *words):
    running.command(folder, "say", *words)
    return (folder / words[words.index("-o") + 1]).read_bytes()


def test_a_word_is_said_without_training_and_data(tmp_path, capsys):
    said(tmp_path, "7", "--voice", "F0001", "-o", "seven.wav")
    information = soundfile.info(tmp_path / "seven.wav")
    assert (information.samplerate, information.channels, information.subtype) == (16000, 1, "PCM_16")
    assert capsys.readouterr().out == f"seven.wav: seven, {information.duration:.2f} s, voice F0001\n"
    assert 0.3 < information.duration < 1.2
    assert [path.name for path in tmp_path.iterdir()] == ["seven.wav"]


def test_equal_words_give_equal_bytes_and_a_file_of_artinv_is_replaced(tmp_path):
    first = said(tmp_path, "two", "-o", "a.wav")
    assert said(tmp_path, "2", "-o", "a.wav") == first
    assert said(tmp_path, "2", "--voice", "man", "-o", "a.wav") != first
    assert said(tmp_path, "2", "--seed", "1", "-o", "a.wav") != first


def test_a_trained_generator_says_a_digit(place, capsys):
    first = said(place, "3", "--model", "cvae", "-o", "three.wav")
    assert capsys.readouterr().out == "three.wav: three, 0.76 s, model cvae\n"
    assert said(place, "3", "--model", "cvae", "-o", "three.wav") == first
    assert said(place, "4", "--model", "cvae", "-o", "three.wav") != first


@pytest.mark.parametrize(("words", "message"), [
    (("11", "-o", "a.wav"), "unknown digit '11'"),
    (("nin", "-o", "a.wav"), "did you mean 'nine'?"),
    (("1", "-o", "a.wav", "--voice", "womn"), "--voice: unknown voice 'womn'"),
    (("1", "-o", "a.wav", "--model", "cvea"), "--model: unknown model 'cvea'; expected one of"),
    (("1", "-o", "a.wav", "--model", "cvae", "--voice", "man"), "--voice: cvae has no voices"),
    (("1", "-o", "a.wav", "--model", "flow"), "data/digits/models/flow.safetensors: is missing; "),
    (("1", "-o", "absent/a.wav"), "absent/a.wav: its folder absent is missing"),
    (("1", "-o", "mine.wav"), "mine.wav: exists and is not a sound that artinv spoke"),
    (("1", "-o", "a.wav", "--seed", "-1"), "--seed: -1 is not within"),
])
def test_bad_input_is_one_line(place, capsys, words, message):
    assert message in running.refused(capsys, running.command, place, "say", *words)
    assert not (place / "a.wav").exists()
