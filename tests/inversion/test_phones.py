"""Test words and phones that are known of a recording: from the command line and Python to the evidence and the outputs."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

import artinv
from artinv.core.records import Label
from artinv.formats import textgrid
from artinv.formats.textgrid import TextGrid, Tier
from artinv.inversion import export, recording, speaker_statistics
from artinv.inversion.model import load
from artinv.inversion.phones import ALONE, Known, Listener, read_labels
from artinv.phones import evidence
from artinv.runtime.errors import ArtinvError, BadData, BadParams
from tests.support import toy_recognizer
from tests.support.bulk_runs import files, invert
from tests.support.inverters import saved

CAT = (("K", 0.1), ("AE", 0.2), ("T", 0.15))
TIMES = [0.3, 0.4, 0.6, 0.75]  # s, start of each phone and end of the last


@pytest.fixture(autouse=True)
def _recognizer(monkeypatch):
    toy_recognizer.install(monkeypatch)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("model"), phones=True)


@pytest.fixture(scope="module")
def model(path):
    return load(path)


@pytest.fixture
def sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", toy_recognizer.spoken(*CAT), 16000)
    return tmp_path / "a.wav"


def inverted(sound, model, known=None, seconds=30.0):
    return recording.invert(sound, model, speaker_statistics.average(model.predictor), seconds, known)


def test_words_are_aligned(sound, model):
    found = inverted(sound, model, Known(text="cat")).phones
    assert found.title == "words of a text, aligned by pocketsphinx 5.1.1"
    assert [label.text for label in found.phones] == ["SIL", "K", "AE", "T", "SIL"]
    assert np.allclose([label.start for label in found.phones[1:]], TIMES, atol=0.011)
    assert [(tier.name, len(tier.labels)) for tier in found.tiers] == [("words", 1), ("phones", 5)]
    assert found.values.shape == (1 + 16800 // 320, evidence.WIDTH)


def test_known_phones_give_their_evidence_without_a_recognizer(sound, model, monkeypatch):
    aligned = inverted(sound, model, Known(text="cat"))
    recognized = inverted(sound, model)
    blended = inverted(sound, model, Known(labels=aligned.phones.phones))
    assert blended.phones.title == "given labels and pocketsphinx 5.1.1"
    assert np.array_equal(blended.trajectory.motion, aligned.trajectory.motion)
    toy_recognizer.uninstall(monkeypatch)
    given = inverted(sound, model, Known(labels=aligned.phones.phones))
    assert given.phones.title == "given labels"
    assert np.array_equal(given.phones.values, evidence.from_labels(aligned.phones.phones, len(given.phones.values), 50.0))
    expected = 0.7 * given.phones.values + 0.3 * recognized.phones.values
    assert np.allclose(blended.phones.values, expected, atol=1e-6)


def test_each_source_gives_another_motion_and_none_equals_the_sound_alone(sound, model, monkeypatch):
    alone, recognized, timed = (inverted(sound, model, known) for known in (ALONE, None, Known(text="cat")))
    assert (alone.phones.title, recognized.phones.title) == ("", "recognized by pocketsphinx 5.1.1")
    motions = [result.trajectory.motion for result in (alone, recognized, timed)]
    assert all(not np.allclose(motions[at], motions[at - 1]) for at in range(3))
    toy_recognizer.uninstall(monkeypatch)
    assert np.array_equal(inverted(sound, model).trajectory.motion, alone.trajectory.motion)


def test_blocks_change_nothing(sound, model):
    for known in (None, Known(text="cat")):
        whole = inverted(sound, model, known)
        parts = inverted(sound, model, known, seconds=0.05)
        assert np.array_equal(whole.trajectory.motion, parts.trajectory.motion)


def test_a_model_without_evidence_takes_the_sound_alone(sound, tmp_path):
    plain = load(saved(tmp_path))
    assert inverted(sound, plain).phones.title == ""
    with pytest.raises(BadParams, match="words or phones: the model takes none; use the model that artinv comes with"):
        inverted(sound, plain, Known(text="cat"))


def test_a_model_of_another_version_is_refused(model):
    facts = model.facts.model_copy(update={"evidence": {"phones": 3}})
    with pytest.raises(BadData, match="the model expects 'phones' of 3 values; use the version of artinv that made it"):
        Listener(Known(), facts, "a.wav")


@pytest.mark.parametrize(("tiers", "phones", "text"), [
    ([("words", "cat"), ("phones", "K")], ["K"], ""), ([("Words", "cat")], [], "cat"), ([("MAU", "k")], ["k"], ""),
    ([("ORT-MAU", "cat"), ("notes", "x")], [], "cat"),
])
def test_tiers_of_a_textgrid_are_found_by_name(tmp_path, tiers, phones, text):
    grid = TextGrid(0.0, 1.0, tuple(Tier(name, (Label(said, 0.2, 0.5),)) for name, said in tiers))
    textgrid.write(tmp_path / "a.TextGrid", grid)
    labels, words = read_labels(tmp_path / "a.TextGrid")
    assert [label.text for label in labels if label.text] == phones
    assert words == text


def test_the_saved_alignment_is_read_again(sound, path, tmp_path, capsys):
    """Write the alignment, use it as labels in its place, and get the same motion."""
    invert(capsys, sound, "-o", tmp_path / "out", "--model", path, "--text", "cat", "--save-textgrid")
    assert files(tmp_path / "out") == {"a.csv", "a.TextGrid"}
    grid = textgrid.read(tmp_path / "out/a.TextGrid")
    assert [tier.name for tier in grid.tiers] == ["words", "phones", "artinv"]
    assert [label.text for label in grid.tier("phones").labels] == ["SIL", "K", "AE", "T", "SIL"]
    assert grid.end == pytest.approx(soundfile.info(sound).duration)
    summary, _ = invert(capsys, sound, "-o", tmp_path / "again", "--model", path, "--textgrid", tmp_path / "out/a.TextGrid")
    assert summary["files"][0]["phones"] == "labels of a.TextGrid and pocketsphinx 5.1.1"
    first, second = (export.read(tmp_path / name / "a.csv") for name in ("out", "again"))
    assert np.array_equal(first.motion, second.motion)
    assert export.facts(tmp_path / "out/a.csv")["phones"] == "words of a text, aligned by pocketsphinx 5.1.1"
    before = (tmp_path / "out/a.TextGrid").read_bytes()
    words = "--textgrid", tmp_path / "out/a.TextGrid", "--save-textgrid"
    _, errors = invert(capsys, sound, "-o", tmp_path / "out", "--model", path, *words, fails=True)
    assert "a.TextGrid: would be overwritten, but its labels are read; choose another folder with -o" in errors
    assert (tmp_path / "out/a.TextGrid").read_bytes() == before


def test_recognized_and_given_phones_are_saved_too(sound, path, tmp_path, capsys):
    words = "--model", path, "--save-textgrid"
    invert(capsys, sound, "-o", tmp_path / "heard", *words)
    grid = textgrid.read(tmp_path / "heard/a.TextGrid")
    assert [tier.name for tier in grid.tiers] == ["phones", "artinv"]
    assert [label.text for label in grid.tier("phones").labels] == ["SIL", "K", "AE", "T", "SIL"]
    assert grid.end == pytest.approx(soundfile.info(sound).duration)
    (tmp_path / "a.lab").write_text("0 0.3 SIL\n0.3 0.4 K\n0.4 0.6 AE\n0.6 0.75 T\n0.75 1.05 SIL\n")
    invert(capsys, sound, "-o", tmp_path / "beside", *words)
    assert [tier.name for tier in textgrid.read(tmp_path / "beside/a.TextGrid").tiers] == ["phones", "phones_recognized", "artinv"]
    invert(capsys, sound, "-o", tmp_path / "given", *words, "--labels", tmp_path / "a.lab")
    grid = textgrid.read(tmp_path / "given/a.TextGrid")
    assert [tier.name for tier in grid.tiers] == ["phones", "artinv"]  # the given labels are those beside the sound
    assert [label.start for label in grid.tier("phones").labels] == [0, 0.3, 0.4, 0.6, 0.75]
    invert(capsys, sound, "-o", tmp_path / "none", *words, "--no-phones")
    assert [tier.name for tier in textgrid.read(tmp_path / "none/a.TextGrid").tiers] == ["phones", "artinv"]
    (tmp_path / "a.lab").unlink()
    invert(capsys, sound, "-o", tmp_path / "none", *words, "--no-phones")
    assert [tier.name for tier in textgrid.read(tmp_path / "none/a.TextGrid").tiers] == ["speech", "artinv"]


def test_a_result_depends_on_the_words(sound, path, tmp_path, capsys, monkeypatch):
    def run(*words):
        return invert(capsys, sound, "-o", tmp_path / "out", "--model", path, *words)[0]["made"]

    made = [run("--text", "cat"), run("--text", "cat"), run("--text", "tack"), run(), run(), run("--no-phones")]
    assert made == [1, 0, 1, 1, 0, 1]
    toy_recognizer.uninstall(monkeypatch)
    assert run() == 0  # equals --no-phones


def test_texts_lie_beside_their_sounds(sound, path, tmp_path, capsys):
    soundfile.write(tmp_path / "b.wav", toy_recognizer.spoken(*CAT[::-1]), 16000)
    (tmp_path / "b.txt").write_text("Tack.\n", encoding="utf-8")
    summary, errors = invert(capsys, sound, tmp_path / "b.wav", "-o", tmp_path / "out", "--model", path, "--text-files")
    titles = [entry["phones"] for entry in summary["files"]]
    assert titles == ["recognized by pocketsphinx 5.1.1", "words of b.txt, aligned by pocketsphinx 5.1.1"]
    (tmp_path / "b.txt").write_text("dog", encoding="utf-8")
    summary, errors = invert(capsys, sound, tmp_path / "b.wav", "-o", tmp_path / "out", "--model", path, "--text-files", fails=True)
    assert (summary["kept"], summary["failed"]) == (1, 1)
    assert f"{tmp_path / 'b.txt'}: 'dog' is not in the dictionary; write its sounds in its place, as in [HH AH L OW]" in errors


@pytest.mark.parametrize(("words", "message"), [
    (["--text", " "], "--text: holds no words; write what is said in the recording"),
    (["--text", "dog"], "a.wav: the text: 'dog' is not in the dictionary; write its sounds in its place, as in [HH AH L OW]"),
    (["--text", "[D OG]"], "a.wav: the text: 'OG' is not a phone; expected some of"),
    (["--textgrid", "absent"], "absent: is no file; give --textgrid the file with the phones of the recording"),
    (["--textgrid", "a.TextGrid"], "a.TextGrid: no tier is named phones or words (its tiers: notes); rename the one that has them"),
    (["--labels", "a.lab"], "a.lab: 'q!' is no phone of ARPAbet, X-SAMPA, MOCHA or IPA, or the labels mix them; correct the label"),
    (["--labels", "silent.lab"], "silent.lab: holds no phones; label them, or leave the file out"),
    (["--text", "cat cat cat cat cat cat cat cat cat cat cat cat cat"], "are too short for its 13 words; check that the text"),
    (["--text", "cat", "--", "b.wav"], "--text: belongs to one recording, 2 are given; use --text-files, or invert one at a time"),
])
def test_bad_words_are_one_line(sound, path, tmp_path, capsys, words, message):  # noqa: PLR0917 -- fixtures
    textgrid.write(tmp_path / "a.TextGrid", TextGrid(0.0, 1.0, (Tier("notes", (Label("x", 0.0, 1.0),)),)))
    (tmp_path / "a.lab").write_text("0 0.5 k\n0.5 1 q!\n")
    (tmp_path / "silent.lab").write_text("0 0.5 sil\n")
    soundfile.write(tmp_path / "b.wav", toy_recognizer.spoken(*CAT), 16000)
    words = words if "--" in words else [*words, "--"]
    _, errors = invert(capsys, "-o", "out", "--model", path, *words, "a.wav", place=tmp_path, fails=True)
    assert message in errors
    assert "Traceback" not in errors
    assert not files(tmp_path / "out") if (tmp_path / "out").exists() else True


def test_words_without_a_recognizer_name_the_package(sound, path, tmp_path, capsys, monkeypatch):
    toy_recognizer.uninstall(monkeypatch)
    _, errors = invert(capsys, sound, "-o", tmp_path / "out", "--model", path, "--text", "cat", fails=True)
    assert "the text: needs the recognizer pocketsphinx; `pip install 'artinv[phones]'`, or leave it out" in errors
    _, errors = invert(capsys, sound, "-o", tmp_path / "out", "--model", path)
    assert "no recognizer of phones: `pip install 'artinv[phones]'` makes the result more accurate" in errors


def test_python_takes_words_and_phones(sound, path, tmp_path):
    text = artinv.invert(sound, model=path, text="cat")
    labels = [(label.text, label.start, label.end) for label in text.phones.phones]
    again = artinv.invert(sound, model=path, phones=labels)
    assert np.array_equal(text.motion, again.motion)
    text.save(tmp_path / "b.TextGrid")
    third = artinv.invert(*soundfile.read(sound, dtype="float32"), model=path, phones=tmp_path / "b.TextGrid")
    assert np.array_equal(third.motion, text.motion)
    assert artinv.invert(sound, model=path).phones.title == "recognized by pocketsphinx 5.1.1"
    assert artinv.invert(sound, model=path, phones=False).phones.title == ""


@pytest.mark.parametrize(("choices", "message"), [
    ({"text": "cat", "phones": [("K", 0, 1)]}, "invert: text and phones say the same; give one of them"),
    ({"phones": [("K", "soon", 1)]}, "invert: phones is a file, or a list of"), ({"phones": 3}, "invert: phones is a file"),
    ({"phones": [("qq!", 0, 1)]}, "'qq!' is no phone of ARPAbet"), ({"text": ""}, "holds no words"),
    ({"phones": [("K", 0.3, 0.4), ("AE", 0.35, 0.6)]},
     r"^invert: phones: 'AE' from 0.35 to 0.6 s begins before 'K' ends at 0.4 s; give phones in order, without overlap$"),
    ({"phones": [("AE", 0.4, 0.6), ("K", 0.3, 0.4)]}, "'K' from 0.3 to 0.4 s begins before 'AE' ends at 0.6 s; give"),
    ({"phones": [("K", 0.4, 0.3)]}, "'K' from 0.4 to 0.3 s is no time in a recording; give start and end in s from its beginning"),
    ({"phones": [("K", -1, 0.3)]}, "'K' from -1 to 0.3 s is no time"), ({"phones": [("K", 0, float("nan"))]}, "is no time"),
    ({"phones": []}, "invert: phones is an empty list; give labels, or phones=False to use none"),
])
def test_bad_arguments_of_python_are_one_line(sound, path, choices, message):
    with pytest.raises(ArtinvError, match=message) as caught:
        artinv.invert(sound, model=path, **choices)
    assert "\n" not in str(caught.value)


def test_a_text_belongs_to_one_recording(sound, path):
    with pytest.raises(BadParams, match="invert: a text and phones belong to one recording; call invert for each file"):
        artinv.invert([sound, sound], model=path, text="cat")


def test_the_page_shows_the_phones(sound, model, tmp_path):
    from artinv.show.view import source

    scene = source.of_sound(sound, saved(tmp_path, phones=True))
    assert [label.text for label in scene.phones] == ["SIL", "K", "AE", "T", "SIL"]
    assert (scene.phone_note, scene.phone_manner) == ("phones: recognized by pocketsphinx 5.1.1", "recognized")
    assert scene.notes == source.of_sound(sound, saved(tmp_path, name="plain.safetensors")).notes, "the note is no warning"


def test_keys_distinguish_what_is_known(tmp_path):
    (tmp_path / "a.txt").write_text("cat")
    known = [Known(), ALONE, Known(text="cat"), Known(text="tack"), Known(text_file=tmp_path / "a.txt"),
             Known(labels=(Label("K", 0, 1),)), Known(labels=(Label("K", 0, 2),))]
    keys = [each.key((evidence.PHONES,)) for each in known]
    assert len(set(keys)) == len(keys)
    assert replace(known[0], recognize=False).key(()) == known[0].key(()) == b""
    assert all(isinstance(key, bytes) for key in keys)
