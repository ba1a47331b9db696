"""`artinv adapt-to`: a model that `invert` uses, what is left out, the words, and faults in one line with exit code 2."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from artinv.commands import adapt_to
from artinv.inversion import heard
from artinv.inversion.model import load
from artinv.learn import unlabelled
from artinv.phones import evidence
from tests.support import running, toy_recognizer
from tests.support.bulk_runs import content
from tests.support.inverters import saved

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = {"cat": (("K", 0.5), ("AE", 1.0), ("T", 0.5)), "tack": (("T", 0.5), ("AE", 1.0), ("K", 0.5))}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    toy_recognizer.install(monkeypatch)
    monkeypatch.setitem(unlabelled.adapt.__kwdefaults__, "steps", 3)


@pytest.fixture
def place(tmp_path):
    """Return a folder with a model, and with five recordings of two words in a folder `speech`."""
    saved(tmp_path, phones=True, provenance={"origin": "synthetic"})
    for number, word in enumerate(("cat", "tack", "cat", "tack", "cat")):
        folder = tmp_path / "speech" / ("more" if number > 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{number}.wav", toy_recognizer.spoken(*WORDS[word]), 16000)
        (folder / f"{number}.txt").write_text(word, encoding="utf-8")
    return tmp_path


def adapted(place, *words, out="mine.onnx"):
    running.command(place, "adapt-to", "speech", "--model", "model.safetensors", "-o", out, *words)
    return (place / out).read_bytes()


def refused(capsys, place, *words):
    return running.refused(capsys, running.command, place, "adapt-to", *words)


def test_the_adapted_model_inverts_and_states_what_it_has_heard(place, capsys):
    before = content(place / "speech")
    adapted(place)
    assert content(place / "speech") == before
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first == "mine.onnx: adapted to 5 recordings, 13 s"
    assert second.startswith("without phones it follows its motion with phones with Pearson ")
    assert second.endswith("(1 recordings kept out)")
    assert err == "artinv: 13 s of sound; two minutes or more adapt better\n"
    facts = load(place / "mine.onnx").facts
    assert facts.provenance == {"origin": "synthetic", "adapted_to": "5 recordings, 13 s"}
    running.command(place, "invert", "speech/0.wav", "-o", "out", "--model", "mine.onnx", "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["made"] == 1
    assert "trained on SYNTHETIC speakers, adapted to the sound of 5 recordings, 13 s;" in err


def test_equal_folders_give_equal_bytes_and_a_model_can_be_adapted_again(place):
    once = adapted(place)
    assert adapted(place, out="again.onnx") == once
    assert adapted(place, "--seed", "1", out="other.onnx") != once
    running.command(place, "adapt-to", "speech", "--model", "mine.onnx", "-o", "twice.onnx")
    assert (place / "twice.onnx").read_bytes() != once


def test_the_words_beside_a_sound_are_used_if_they_are_asked_for(place):
    assert adapted(place, "--text-files", out="words.onnx") != adapted(place)
    for text in place.glob("speech/**/*.txt"):
        text.unlink()
    assert adapted(place, "--text-files", out="none.onnx") == (place / "mine.onnx").read_bytes()


def test_words_give_better_phones_beside_the_recognized_ones(place):
    model, sound = load(place / "model.safetensors"), place / "speech/0.wav"
    plain, known = (next(heard.heard([sound], model, text_files=text_files, workers=1)) for text_files in (False, True))
    assert np.array_equal(plain.phones, plain.recognized)
    assert np.array_equal(known.recognized, plain.recognized)
    assert np.array_equal(known.acoustics, plain.acoustics)
    assert known.phones.shape == plain.phones.shape == (len(plain.acoustics), evidence.WIDTH)
    assert not np.array_equal(known.phones, plain.phones)


def test_silence_and_faulty_files_are_named_and_left_out(place, capsys):
    soundfile.write(place / "speech/silent.wav", np.zeros(16000), 16000)
    (place / "speech/broken.wav").write_bytes(b"RIFF")
    (place / "speech/0.txt").write_text("dog", encoding="utf-8")
    adapted(place, "--text-files")
    out, err = capsys.readouterr()
    assert "adapted to 4 recordings" in out
    noted = sorted(line for line in err.splitlines() if "speech/" in line)
    assert len(noted) == 3
    assert noted[0].startswith("artinv: speech/0.txt: 'dog' is not in the dictionary")
    assert noted[1].startswith("artinv: speech/broken.wav: ")
    assert noted[2] == "artinv: speech/silent.wav: no speech detected; the recording is not used"


@pytest.mark.parametrize(("words", "message"), [
    (["nowhere", "-o", "a.onnx"], "nowhere: is no folder; give a folder of speech"),
    (["speech", "-o", "a.safetensors"], "a.safetensors: does not end in .onnx; correct the name"),
    (["speech", "-o", "a.onnx", "--model", "none.onnx"], "none.onnx: is no file; name a model with --model, or none for"),
    (["speech", "-o", "a.onnx", "--seed", "-1"], "--seed: -1 is not within 0 to 2147483647; correct it"),
    (["speech", "-o", "a.onnx", "--model", "speech/0.wav"], "speech/0.wav: is not a model of this project"),
    (["speech/more", "-o", "a.onnx", "--model", "model.safetensors"],
     "speech/more: 2 recordings with 5 s of speech; give at least two, 10 s together"),
    (["empty", "-o", "a.onnx", "--model", "model.safetensors"],
     "empty: 0 recordings with 0 s of speech; give at least two, 10 s together"),
])
def test_faults_are_named_in_one_line_and_nothing_is_written(place, capsys, words, message):
    (place / "empty").mkdir()
    before = sorted(place.rglob("*"))
    assert refused(capsys, place, *words).startswith(message)
    assert sorted(place.rglob("*")) == before


def test_a_model_that_is_read_is_not_replaced(place, capsys):
    adapted(place)
    before = (place / "mine.onnx").read_bytes()
    assert "is one of the files that are read" in refused(capsys, place, "speech", "--model", "mine.onnx", "-o", "./mine.onnx")
    (place / "notes.onnx").write_text("my notes")
    assert "exists and has other content" in refused(capsys, place, "speech", "--model", "mine.onnx", "-o", "notes.onnx")
    assert (place / "mine.onnx").read_bytes() == before
    assert (place / "notes.onnx").read_text() == "my notes"


def test_missing_packages_are_named_before_any_work(place, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(adapt_to, "find_spec", lambda name: None if name == "torch" else name)
        assert refused(capsys, place, "speech", "-o", "a.onnx") == "artinv adapt-to: needs torch; `pip install 'artinv[train]'`"
    toy_recognizer.uninstall(monkeypatch)
    assert refused(capsys, place, "speech", "-o", "a.onnx").startswith("artinv adapt-to: needs the recognizer pocketsphinx; `pip")


def test_an_interruption_leaves_no_file(place, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(unlabelled, "train", interrupted)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        adapted(place)
    assert not list(Path(place).glob("*.onnx")) + list(Path(place).glob(".*"))
