"""`artinv adapt-to`: a model that `invert` uses, what is left out, the words, and faults in one line with exit code 2."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import artinv
from artinv.commands import adapt_to
from artinv.inversion import heard, model
from artinv.inversion.endings import MODEL_START
from artinv.inversion.model import BUNDLED, load
from artinv.inversion.phones import Known
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
    monkeypatch.setattr(unlabelled, "STEPS", 3)


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
    assert first == "mine.onnx: adapted to 5 recordings, 13 s; for `artinv invert --no-phones --model mine.onnx`"
    assert re.fullmatch(r"Pearson of its motion without phones with that with phones: -?0\.\d\d instead of -?0\.\d\d", second)
    assert err == "artinv: 13 s of sound; two minutes or more adapt better\n"
    assert (place / "mine.onnx").read_bytes().startswith(MODEL_START)
    assert load(place / "mine.onnx").facts.provenance == {"origin": "synthetic", "adapted_to": "5 recordings, 13 s"}
    running.command(place, "invert", "speech/0.wav", "-o", "out", "--model", "mine.onnx", "--no-phones", "--json")
    out, err = capsys.readouterr()
    assert json.loads(out)["made"] == 1
    assert re.search(r"\(bilstm [0-9a-f]{12}, adapted to the sound of 5 recordings, 13 s\), trained on SYNTHETIC speakers;", err)
    made = artinv.read(place / "out/0.csv")
    assert made.model.endswith(", adapted to the sound of 5 recordings, 13 s")
    assert made.trained_on == "synthetic"


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
    loaded, sound = load(place / "model.safetensors"), place / "speech/0.wav"
    (plain, _), (known, note) = (next(heard.listen([sound], loaded, text_files=words, workers=1)) for words in (False, True))
    assert not note
    assert np.array_equal(plain.phones, plain.recognized)
    np.testing.assert_allclose(known.recognized, plain.recognized, atol=1e-5)
    assert np.array_equal(known.acoustics, plain.acoustics)
    assert known.phones.shape == plain.phones.shape == (len(plain.acoustics), evidence.WIDTH)
    assert not np.allclose(known.phones, plain.phones, atol=0.1)


def test_silence_and_faulty_files_are_named_and_left_out(place, capsys):
    soundfile.write(place / "speech/silent.wav", np.zeros(16000), 16000)
    (place / "speech/broken.wav").write_bytes(b"RIFF")
    adapted(place)
    out, err = capsys.readouterr()
    assert "adapted to 5 recordings" in out
    first, second = sorted(line for line in err.splitlines() if "speech/" in line)
    assert first.startswith("artinv: speech/broken.wav: ")
    assert first.endswith(" (not used)")
    assert second == "artinv: speech/silent.wav: no speech detected (not used)"
    assert "artinv: 2 recordings left out; the lines above give the reasons" in err


def test_a_recording_whose_words_are_unknown_is_used_without_them(place, capsys):
    (place / "speech/0.txt").write_text("dog", encoding="utf-8")
    adapted(place, "--text-files")
    out, err = capsys.readouterr()
    assert "adapted to 5 recordings" in out
    note = err.splitlines()[0]
    assert note.startswith("artinv: speech/0.txt: 'dog' is not in the dictionary")
    assert note.endswith(" (its words are not used)")
    recording, _ = heard.hear(place / "speech/0.wav", load(place / "model.safetensors"), Known(text_file=place / "speech/0.txt"))
    assert np.array_equal(recording.phones, recording.recognized)


def test_more_than_enough_sound_is_not_listened_to(place, capsys, monkeypatch):
    monkeypatch.setattr(adapt_to, "MOST", 5.0)
    monkeypatch.setattr(adapt_to, "LEAST", 5.0)
    adapted(place)
    out, err = capsys.readouterr()
    assert "adapted to 2 recordings, 5 s" in out
    assert "artinv: an hour of sound is enough: 2 of 5 recordings are used" in err


@pytest.mark.parametrize(("words", "message"), [
    (["nowhere", "-o", "a.onnx"], "nowhere: is no folder; give a folder of speech"),
    (["speech", "-o", "a.safetensors"], "a.safetensors: does not end in .onnx; correct the name"),
    (["speech", "-o", "a.onnx", "--model", "none.onnx"], "none.onnx: is no file; name a model with --model, or none for"),
    (["speech", "-o", "a.onnx", "--seed", "-1"], "--seed: -1 is not within 0 to 2147483647; correct it"),
    (["speech", "-o", "a.onnx", "--model", "speech/0.wav"], "speech/0.wav: is not a model of this project"),
    (["speech", "-o", "a.onnx", "--model", "plain.safetensors"],
     "plain.safetensors: does not infer with phones as well as without; use the model that artinv comes with"),
    (["speech/more", "-o", "a.onnx", "--model", "model.safetensors"],
     "speech/more: 5.2 s of sound with speech; at least 10 s are needed"),
    (["empty", "-o", "a.onnx", "--model", "model.safetensors"], "empty: holds no sound file; name a folder of speech"),
])
def test_faults_are_named_in_one_line_and_nothing_is_written(place, capsys, words, message):
    (place / "empty").mkdir()
    saved(place, "plain.safetensors")
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


def test_the_bundled_model_is_not_replaced(place, capsys, monkeypatch):
    monkeypatch.setattr(model, "BUNDLED", place / "bundled.onnx")
    shutil.copy(BUNDLED, place / "bundled.onnx")
    assert "is one of the files that are read" in refused(capsys, place, "speech", "-o", "bundled.onnx")
    assert (place / "bundled.onnx").read_bytes() == BUNDLED.read_bytes()


@pytest.mark.parametrize("package", ["onnx", "pocketsphinx", "torch"])
def test_missing_packages_are_named_before_any_work(place, capsys, monkeypatch, package):
    monkeypatch.setattr(adapt_to, "find_spec", lambda name: None if name == package else name)
    message = "adapt-to: needs torch and the recognizer of phones; `pip install 'artinv[phones,train]'`"
    assert refused(capsys, place, "speech", "-o", "a.onnx") == message


def test_an_interruption_leaves_no_file(place, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(unlabelled, "train", interrupted)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        adapted(place)
    assert not list(Path(place).glob("*.onnx")) + list(Path(place).glob(".*"))
