"""Synthetic corpora in native formats: content, equal bytes, parameters, and replacement of folders."""

import hashlib
import os
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from artinv.corpora import writers
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.writers import Reading, mocha
from artinv.formats import matlab
from artinv.runtime.errors import BadData, BadParams
from artinv.synth.corpus import demo
from artinv.synth.corpus.demo import DemoParams, speakers, write_corpus
from artinv.synth.speaker.damage import Damage
from artinv.synth.speaker.lexicon import sentence
from artinv.synth.speaker.speakers import Variability, draw_speaker
from tests.support import corpora, running

SMALL = DemoParams(sentences=2)
PLAIN = ["b", "ch", "d", "dh", "f", "g", "jh", "k", "l", "m", "n", "ng", "p", "r", "s", "sh", "t", "th", "v", "w", "y", "z", "zh"]


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read(name, folder):
    corpus = corpora.get(name)
    return [utterance for source in corpus.find(folder).sources for utterance in corpus.read(source)]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Write a corpus of two speakers of USC-TIMIT with six sentences each: a full and a partial native file per speaker."""
    folder = tmp_path_factory.mktemp("demo") / "usc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "speakers", lambda *_: ["F5", "M3"])
        assert write_corpus("usc", folder, DemoParams(sentences=6), workers=1) == 12
    return folder


def test_the_reader_returns_what_the_writer_wrote(few):
    utterances = read("usc", few)
    names = [(utterance.speaker, utterance.order) for utterance in utterances]
    assert names == [(speaker, order) for speaker in ("F5", "M3") for order in range(1, 7)]
    for utterance in utterances:
        expected = sentence("460", utterance.order)
        assert utterance.text.rstrip(".").lower() == expected.text.rstrip(".").lower()
        phones = [label.text.upper() for label in utterance.phones if label.text.lower() not in ("sil", "sp")]
        assert len(phones) == sum(len(word.phones) for word in expected.words)
        assert np.isnan(utterance.coils[:, 12:]).all()
        assert np.isfinite(utterance.coils[:, :12]).mean() > 0.9
        assert utterance.notes == ()


def test_the_head_frames_of_usc_are_centimetres_lower(few):
    utterances = read("usc", few)
    heights = {
        speaker: np.nanmean([utterance.coils[:, 1:12:2].mean(0) for utterance in utterances if utterance.speaker == speaker])
        for speaker in ("F5", "M3")
    }
    assert -75 < heights["M3"] < -45
    assert heights["F5"] < -55  # its frame moved up after sentence 65


def test_bytes_do_not_depend_on_the_number_of_workers(tmp_path):
    write_corpus("mngu0", tmp_path / "one", SMALL, workers=1)
    write_corpus("mngu0", tmp_path / "two", SMALL, workers=2)
    serial, parallel = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert serial == parallel
    assert len(serial) > 4
    write_corpus("mngu0", tmp_path / "two", SMALL.model_copy(update={"seed": 1}), workers=1)
    assert set(contents(tmp_path / "two")) == set(serial)
    assert contents(tmp_path / "two") != serial


def test_a_longer_demo_contains_the_files_of_a_shorter_one(few, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["M3"])
    write_corpus("usc", tmp_path / "usc", DemoParams(sentences=5), workers=1)
    short = contents(tmp_path / "usc")
    assert short.items() <= contents(few).items()


def test_utterance_names_follow_the_corpora():
    first = {name: [take.name for take in islice(writers.get(name).takes(speaker), 3)]
             for name, speaker in (("mocha", "fsew0"), ("hprc", "F01"), ("mngu0", "MNGU0"))}
    assert first == {
        "mocha": ["fsew0_001", "fsew0_002", "fsew0_003"], "mngu0": ["mngu0_s1_0001", "mngu0_s1_0002", "mngu0_s1_0003"],
        "hprc": ["F01_B01_S01_R01_N", "F01_B01_S01_R01_F", "F01_B01_S02_R01_N"],
    }


def test_haskins_speakers_repeat_sentences_at_two_rates():
    takes = list(islice(writers.get("hprc").takes("M02"), 1560))
    assert len({take.name for take in takes}) == 1560
    assert {take.number for take in takes} == set(range(1, 721))
    assert sum(take.stretch < 1 for take in takes) == 720
    assert all((take.stretch < 1) == take.name.endswith("F") for take in takes)
    assert takes[-1] == Reading(720, "M02_B12_S60_R02_N")


def test_mocha_and_usc_read_the_same_sentences_and_the_others_do_not():
    lists = {name: [demo.text_of(name, number) for number in range(1, 30)] for name in corpora.spoken()}
    assert lists["mocha"] == lists["usc"]
    assert len({line for lines in lists.values() for line in lines}) == 3 * 29


def test_hours_are_divided_equally_among_all_speakers():
    params = DemoParams(hours=10)
    assert sum(len(speakers(name, params)) for name in corpora.spoken()) == 20
    assert demo.sentences_of("F01", params) == pytest.approx(10 * 3600 / 2.8 / 20, rel=0.2)
    assert demo.sentences_of("F01", params.model_copy(update={"longer": {"F01": 5}})) == demo.sentences_of("F02", params)
    assert demo.sentences_of("F01", DemoParams(sentences=7)) == 7


def test_a_longer_session_of_a_speaker_only_adds_files(tmp_path):
    names = ["F01", "M01"]
    assert write_corpus("hprc", tmp_path / "even", DemoParams(sentences=2, speakers=names), workers=1) == 4
    assert write_corpus("hprc", tmp_path / "hprc", DemoParams(sentences=2, longer={"F01": 3}, speakers=names), workers=1) == 5
    even, longer = contents(tmp_path / "even"), contents(tmp_path / "hprc")
    assert even.items() < longer.items()
    assert sorted(longer.keys() - even.keys()) == ["F01/data/F01_B01_S02_R01_N.mat"]


def test_divided_sentences_keep_all_phones(tmp_path, monkeypatch):
    """The halves of a sentence of MNGU0, and the joined parts of a sentence of USC-TIMIT, contain all phones of the sentence."""
    monkeypatch.setattr("artinv.corpora.writers.mngu0._IN_PIECES", 4)
    monkeypatch.setattr(demo, "_RUN_ON_EVERY", 1)
    assert write_corpus("mngu0", tmp_path / "mngu0", DemoParams(sentences=4), workers=1) == 4
    whole, first, second, last = read("mngu0", tmp_path / "mngu0")
    names = [utterance.name for utterance in (whole, first, second, last)]
    assert names == [f"mngu0_s1_{name}" for name in ("0001", "0002a", "0002b", "0003")]
    expected = sentence("mngu0", 2)
    assert f"{first.text} {second.text}" == " ".join(word.text for word in expected.words)
    phones = [phone.text for half in (first, second) for phone in half.phones if phone.text not in ("sil", "#")]
    assert len(phones) == sum(len(word.phones) for word in expected.words)
    assert all(half.phones[-1].end <= half.seconds + 1e-3 for half in (first, second))
    assert write_corpus("usc", tmp_path / "usc", DemoParams(sentences=6, speakers=["M3"]), workers=1) == 6
    names = [path.name for path in sorted((tmp_path / "usc").rglob("*.trans"))]
    assert names == ["usctimit_ema_m3_001_005.trans", "usctimit_ema_m3_006_006.trans"]
    assert {row.rsplit(",", 1)[-1] for row in (tmp_path / f"usc/M3/trans/{names[1]}").read_text().splitlines()} == {"5", "6", ""}
    joined = read("usc", tmp_path / "usc")[4]
    assert joined.notes == ("sentence over two files: usctimit_ema_m3_005 begins in usctimit_ema_m3_001_005",)
    phones = [label.text for label in joined.phones if label.text != "sil"]
    assert len(phones) == sum(len(word.phones) for word in sentence("460", 5).words)
    assert np.isfinite(joined.coils[:, :12]).mean() > 0.95


def test_haskins_files_have_the_fields_of_the_corpus(tmp_path):
    write_corpus("hprc", tmp_path / "hprc", DemoParams(sentences=1, speakers=["F01"]), workers=1)
    (path,) = tmp_path.rglob("*.mat")
    assert path.read_bytes()[128:132] == (15).to_bytes(4, "little")  # a compressed variable
    audio = matlab.by_name(path)["AUDIO"]
    assert audio["SOURCE"] == "F01_B01_S01_R01_N"
    assert [audio["WORDS"][at]["LABEL"] for at in (0, -1)] == ["sp", "sp"]
    marks = [(mark["NAME"], *mark["VALUE"].flat) for mark in audio["LABELS"]]
    phones = [(phone["LABEL"], *phone["OFFS"].flat) for phone in audio["PHONES"]]
    assert [name for name, *_ in marks] == [name for name, *_ in phones]
    np.testing.assert_allclose([times for _, *times in marks], [(1000 * a, 1000 * (b - a)) for _, a, b in phones])
    (utterance,) = read("hprc", tmp_path / "hprc")
    assert [word.text.lower() for word in utterance.words] == [word.text for word in sentence("720", 1).words]


def test_speakers_have_the_accent_of_their_corpus(tmp_path):
    """The same sentence in Britain and America: a lost r has no label, and the corpora write their own symbols."""
    speaker = draw_speaker("M3", Variability(), (0,))
    for corpus, rhotic in {"mocha": False, "mngu0": False, "usc": True, "hprc": True}.items():
        assert demo.with_accent(speaker, corpus, 0).accent.rhotic is rhotic
    assert demo.with_accent(speaker, "own", 0) is speaker
    assert demo.with_accent(speaker, "usc", 0).accent != demo.with_accent(replace(speaker, name="M1"), "usc", 0).accent
    for corpus, name in (("mocha", "fsew0"), ("usc", "M3")):
        write_corpus(corpus, tmp_path / corpus, DemoParams(sentences=8, accents=True, speakers=[name]), workers=1)
    british, american = ([[label.text for label in utterance.phones] for utterance in read(name, tmp_path / name)]
                         for name in ("mocha", "usc"))
    lost = [other.count("r") - row.count("r") for row, other in zip(british, american, strict=True)]
    assert lost == [1, 1, 1, 0, 0, 1, 0, 1]  # your, large, troart, large, thamuhr
    assert any("o" in row for row in british)
    assert {label for row in british for label in row} <= {*mocha.PHONES.values(), *mocha.PHONES, "sil", "breath", *PLAIN}


def test_extra_speakers_join_haskins():
    params = DemoParams(extra_speakers=3)
    assert speakers("hprc", params)[-4:] == ["M04", "F05", "M05", "F06"]
    assert speakers("mocha", params) == list(corpora.get("mocha").speakers)


def test_recordings_of_extra_speakers_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["F05"])
    write_corpus("hprc", tmp_path / "hprc", DemoParams(sentences=1), workers=1)
    assert [utterance.id for utterance in read("hprc", tmp_path / "hprc")] == ["hprc/F05/F05_B01_S01_R01_N"]


def test_dropouts_are_written_to_the_files(tmp_path):
    params = DemoParams(sentences=2, damage=Damage(dropouts=1, spikes=0, reglued=0))
    write_corpus("mngu0", tmp_path / "mngu0", params, workers=1)
    utterances = read("mngu0", tmp_path / "mngu0")
    seconds = [np.isnan(utterance.coils[:, :12]).any(axis=1).sum() / utterance.coil_rate for utterance in utterances]
    assert 0.01 < min(seconds) < max(seconds) < 0.25


def test_the_velum_is_measured_only_for_speakers_who_have_a_velum_coil(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["fsew0", "maps0"])
    write_corpus("mocha", tmp_path / "mocha", DemoParams(sentences=1), workers=1)
    utterances = read("mocha", tmp_path / "mocha")
    measured = {utterance.speaker: bool(np.isfinite(utterance.coils[:, 12:]).all()) for utterance in utterances}
    assert measured == {"fsew0": True, "maps0": False}
    assert (tmp_path / "mocha" / "mocha-timit.txt").read_text("utf-8").startswith(f"001. {sentence('460', 1).text}")


def test_real_recordings_are_never_replaced(tmp_path):
    (tmp_path / "mngu0").mkdir()
    (tmp_path / "mngu0" / "mngu0_s1_0001.ema").write_bytes(b"precious")
    with pytest.raises(BadData, match="not synthetic; move them away"):
        write_corpus("mngu0", tmp_path / "mngu0", SMALL, workers=1)
    assert (tmp_path / "mngu0" / "mngu0_s1_0001.ema").read_bytes() == b"precious"


def test_a_demo_that_fails_leaves_no_files(tmp_path, monkeypatch):
    def full(folder, utterances):
        raise OSError("disk full")

    monkeypatch.setattr("artinv.corpora.writers.mngu0.WRITER", replace(writers.get("mngu0"), write=full))
    with pytest.raises(OSError, match="disk full"):
        write_corpus("mngu0", tmp_path / "mngu0", SMALL, workers=1)
    assert list(tmp_path.iterdir()) == []


def test_invalid_parameters_are_rejected():
    with pytest.raises(BadParams, match=r"demo.variability.nul"):
        DemoParams.of({"variability": {"nul": 1}})
    with pytest.raises(BadParams, match=r"demo.damage.dropouts"):
        DemoParams.of({"damage": {"dropouts": 2}})
    with pytest.raises(BadParams, match=r"longer.F01"):
        DemoParams.of({"longer": {"F01": 0}})
    with pytest.raises(BadParams, match=r"longer: unknown speaker 'F77'; expected some of \['F01'"):
        DemoParams.of({"longer": {"F77": 5}})
    assert DemoParams.of({"longer": {"F05": 5}, "extra_speakers": 1}).longer == {"F05": 5}
    assert DemoParams.of({}) == DemoParams()


def test_the_stage_writes_to_the_folder_that_the_pipeline_reads(tmp_path, monkeypatch, capsys):
    (tmp_path / "params.yaml").write_text("demo:\n  sentences: 1\n", encoding="utf-8")
    monkeypatch.setattr(demo.parallel, "imap", lambda work, items, _: map(work, items))
    running.stage(tmp_path, "demo", "mngu0")
    assert len(read("mngu0", tmp_path / "data/demo/mngu0")) == 1
    assert running.refused(capsys, running.stage, tmp_path, "demo", "timit").startswith("unknown corpus 'timit'")


def test_two_processes_that_write_at_once_use_separate_folders(tmp_path, monkeypatch):
    """A process of an interrupted run may overlap with the next run; temporary folders of dead processes are removed."""
    (tmp_path / ".x.999999999.part").mkdir()
    with demo._replacing(tmp_path / "x") as first:
        assert [path.name for path in tmp_path.iterdir()] == [first.name]
        (first / "a").touch()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", os.getppid)
            with demo._replacing(tmp_path / "x") as second:
                (second / "b").touch()
        assert {path.name for path in (tmp_path / "x").iterdir()} == {SYNTHETIC, "b"}
    assert {path.name for path in (tmp_path / "x").iterdir()} == {SYNTHETIC, "a"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
