import hashlib
import os
import runpy
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from artinv.corpora import writers
from artinv.corpora.facts import SYNTHETIC
from artinv.corpora.writers import Take
from artinv.formats import matlab
from artinv.runtime.errors import BadData, BadParams
from artinv.synth.corpus import demo
from artinv.synth.corpus.demo import DemoParams, speakers, write
from artinv.synth.speaker.damage import Damage
from artinv.synth.speaker.lexicon import sentence
from tests.support import corpora

SMALL = DemoParams(sentences=2)


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read(name, folder):
    corpus = corpora.get(name)
    return [utterance for source in corpus.find(folder).sources for utterance in corpus.read(source)]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Two of the speakers of USC-TIMIT, six sentences each, so that a native file is full and one is not."""
    folder = tmp_path_factory.mktemp("demo") / "usc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "speakers", lambda *_: ["F5", "M3"])
        assert write("usc", folder, DemoParams(sentences=6), workers=1) == 12
    return folder


def test_what_is_written_is_read_back(few):
    found = read("usc", few)
    assert [(one.speaker, one.order) for one in found] == [(who, order) for who in ("F5", "M3") for order in range(1, 7)]
    for one in found:
        line = sentence("460", one.order)
        assert one.text.rstrip(".").lower() == line.text.rstrip(".").lower()
        said = [label.text.upper() for label in one.phones if label.text.lower() not in ("sil", "sp")]
        assert len(said) == sum(len(word.phones) for word in line.words)
        assert np.isnan(one.coils[:, 12:]).all()
        assert np.isfinite(one.coils[:, :12]).mean() > 0.9
        assert one.notes == ()


def test_usc_frames_lie_centimetres_lower_than_others(few):
    found = read("usc", few)
    heights = {who: np.nanmean([one.coils[:, 1:12:2].mean(0) for one in found if one.speaker == who]) for who in ("F5", "M3")}
    assert -75 < heights["M3"] < -45
    assert heights["F5"] < -55  # its frame moved up after sentence 65


def test_bytes_do_not_depend_on_the_number_of_workers(tmp_path):
    write("mngu0", tmp_path / "one", SMALL, workers=1)
    write("mngu0", tmp_path / "two", SMALL, workers=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two
    assert len(one) > 4
    write("mngu0", tmp_path / "two", SMALL.model_copy(update={"seed": 1}), workers=1)
    assert set(contents(tmp_path / "two")) == set(one)
    assert contents(tmp_path / "two") != one


def test_a_longer_demo_begins_as_a_shorter_one(few, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["M3"])
    write("usc", tmp_path / "usc", DemoParams(sentences=5), workers=1)
    short = contents(tmp_path / "usc")
    assert short.items() <= contents(few).items()


def test_names_follow_the_corpora():
    first = {name: [take.name for take in islice(writers.get(name).takes(who), 3)]
             for name, who in (("mocha", "fsew0"), ("hprc", "F01"), ("mngu0", "MNGU0"))}
    assert first == {
        "mocha": ["fsew0_001", "fsew0_002", "fsew0_003"], "mngu0": ["mngu0_s1_0001", "mngu0_s1_0002", "mngu0_s1_0003"],
        "hprc": ["F01_B01_S01_R01_N", "F01_B01_S01_R01_F", "F01_B01_S02_R01_N"],
    }


def test_haskins_speakers_repeat_sentences_at_two_rates():
    read_out = list(islice(writers.get("hprc").takes("M02"), 1560))
    assert len({take.name for take in read_out}) == 1560
    assert {take.number for take in read_out} == set(range(1, 721))
    assert sum(take.stretch < 1 for take in read_out) == 720
    assert all((take.stretch < 1) == take.name.endswith("F") for take in read_out)
    assert read_out[-1] == Take(720, "M02_B12_S60_R02_N")


def test_mocha_and_usc_read_the_same_sentences_and_the_others_do_not():
    lists = {name: [demo.text_of(name, number) for number in range(1, 30)] for name in corpora.spoken()}
    assert lists["mocha"] == lists["usc"]
    assert len({line for lines in lists.values() for line in lines}) == 3 * 29


def test_hours_are_shared_by_all_speakers():
    params = DemoParams(hours=10)
    people = sum(len(speakers(name, params)) for name in corpora.spoken())
    assert people == 20
    assert demo.sentences_of("F01", params) == pytest.approx(10 * 3600 / 2.8 / 20, rel=0.2)
    assert demo.sentences_of("F01", params.model_copy(update={"longer": {"F01": 5}})) == demo.sentences_of("F02", params)
    assert demo.sentences_of("F01", DemoParams(sentences=7)) == 7


def test_a_speaker_who_is_recorded_at_length_says_what_others_say_and_more(tmp_path):
    people = ["F01", "M01"]
    assert write("hprc", tmp_path / "even", DemoParams(sentences=2, speakers=people), workers=1) == 4
    assert write("hprc", tmp_path / "hprc", DemoParams(sentences=2, longer={"F01": 3}, speakers=people), workers=1) == 5
    even, longer = contents(tmp_path / "even"), contents(tmp_path / "hprc")
    assert even.items() < longer.items()
    assert sorted(longer.keys() - even.keys()) == ["F01/data/F01_B01_S02_R01_N.mat"]


def test_sentences_in_pieces_and_over_two_files_lose_nothing(tmp_path, monkeypatch):
    """Both halves of MNGU0's, and what USC-TIMIT's reader joins, hold all phones of the sentence that was spoken."""
    monkeypatch.setattr("artinv.corpora.writers.mngu0._IN_PIECES", 4)
    monkeypatch.setattr(demo, "_RUNS_ON", 1)
    assert write("mngu0", tmp_path / "mngu0", DemoParams(sentences=4), workers=1) == 4
    whole, first, second, last = read("mngu0", tmp_path / "mngu0")
    assert [one.name for one in (whole, first, second, last)] == [f"mngu0_s1_{name}" for name in ("0001", "0002a", "0002b", "0003")]
    line = sentence("mngu0", 2)
    assert f"{first.text} {second.text}" == " ".join(word.text for word in line.words)
    spoken = [phone.text for one in (first, second) for phone in one.phones if phone.text not in ("sil", "#")]
    assert len(spoken) == sum(len(word.phones) for word in line.words)
    assert all(one.phones[-1].end <= one.seconds + 1e-3 for one in (first, second))
    assert write("usc", tmp_path / "usc", DemoParams(sentences=6, speakers=["M3"]), workers=1) == 6
    names = [path.name for path in sorted((tmp_path / "usc").rglob("*.trans"))]
    assert names == ["usctimit_ema_m3_001_005.trans", "usctimit_ema_m3_006_006.trans"]
    assert {row.rsplit(",", 1)[-1] for row in (tmp_path / f"usc/M3/trans/{names[1]}").read_text().splitlines()} == {"5", "6", ""}
    joined = read("usc", tmp_path / "usc")[4]
    assert joined.notes == ("sentence over two files: usctimit_ema_m3_005 begins in usctimit_ema_m3_001_005",)
    said = [label.text for label in joined.phones if label.text != "sil"]
    assert len(said) == sum(len(word.phones) for word in sentence("460", 5).words)
    assert np.isfinite(joined.coils[:, :12]).mean() > 0.95


def test_haskins_files_are_filled_as_the_corpus_fills_them(tmp_path):
    write("hprc", tmp_path / "hprc", DemoParams(sentences=1, speakers=["F01"]), workers=1)
    (path,) = tmp_path.rglob("*.mat")
    assert path.read_bytes()[128:132] == (15).to_bytes(4, "little")  # a compressed variable
    audio = matlab.by_name(path)["AUDIO"]
    assert audio["SOURCE"] == "F01_B01_S01_R01_N"
    assert [audio["WORDS"][at]["LABEL"] for at in (0, -1)] == ["sp", "sp"]
    marks = [(mark["NAME"], *mark["VALUE"].flat) for mark in audio["LABELS"]]
    phones = [(phone["LABEL"], *phone["OFFS"].flat) for phone in audio["PHONES"]]
    assert [name for name, *_ in marks] == [name for name, *_ in phones]
    np.testing.assert_allclose([times for _, *times in marks], [(1000 * a, 1000 * (b - a)) for _, a, b in phones])
    (one,) = read("hprc", tmp_path / "hprc")
    assert [word.text.lower() for word in one.words] == [word.text for word in sentence("720", 1).words]


def test_extra_speakers_join_haskins():
    params = DemoParams(extra_speakers=3)
    assert speakers("hprc", params)[-4:] == ["M04", "F05", "M05", "F06"]
    assert speakers("mocha", params) == list(corpora.get("mocha").speakers)


def test_extra_speakers_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["F05"])
    write("hprc", tmp_path / "hprc", DemoParams(sentences=1), workers=1)
    assert [one.id for one in read("hprc", tmp_path / "hprc")] == ["hprc/F05/F05_B01_S01_R01_N"]


def test_losses_reach_the_files(tmp_path):
    params = DemoParams(sentences=2, damage=Damage(dropouts=1, spikes=0, reglued=0))
    write("mngu0", tmp_path / "mngu0", params, workers=1)
    lost = [np.isnan(one.coils[:, :12]).any(axis=1).sum() / one.coil_rate for one in read("mngu0", tmp_path / "mngu0")]
    assert 0.01 < min(lost) < max(lost) < 0.25


def test_velum_only_where_the_corpus_has_one(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "speakers", lambda *_: ["fsew0", "maps0"])
    write("mocha", tmp_path / "mocha", DemoParams(sentences=1), workers=1)
    present = {one.speaker: bool(np.isfinite(one.coils[:, 12:]).all()) for one in read("mocha", tmp_path / "mocha")}
    assert present == {"fsew0": True, "maps0": False}
    assert (tmp_path / "mocha" / "mocha-timit.txt").read_text("utf-8").startswith(f"001. {sentence('460', 1).text}")


def test_recordings_of_people_are_never_replaced(tmp_path):
    (tmp_path / "mngu0").mkdir()
    (tmp_path / "mngu0" / "mngu0_s1_0001.ema").write_bytes(b"precious")
    with pytest.raises(BadData, match="has not made; move them away"):
        write("mngu0", tmp_path / "mngu0", SMALL, workers=1)
    assert (tmp_path / "mngu0" / "mngu0_s1_0001.ema").read_bytes() == b"precious"


def test_nothing_is_left_of_a_demo_that_fails(tmp_path, monkeypatch):
    def full(folder, utterances):
        raise OSError("disk full")

    monkeypatch.setattr("artinv.corpora.writers.mngu0.WRITER", replace(writers.get("mngu0"), write=full))
    with pytest.raises(OSError, match="disk full"):
        write("mngu0", tmp_path / "mngu0", SMALL, workers=1)
    assert list(tmp_path.iterdir()) == []


def test_wrong_choices_are_refused():
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


def test_the_stage_writes_where_the_pipeline_looks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("demo:\n  sentences: 1\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["demo", "mngu0"])
    monkeypatch.setattr(demo.parallel, "imap", lambda work, items, _: map(work, items))
    runpy.run_module("stages.demo", run_name="__main__")
    assert len(read("mngu0", tmp_path / "data/demo/mngu0")) == 1
    monkeypatch.setattr(sys, "argv", ["demo", "timit"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("stages.demo", run_name="__main__")
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("artinv: unknown corpus 'timit'")


def test_two_that_write_at_once_do_not_share_a_folder(tmp_path, monkeypatch):
    """A process of a killed run goes on beside the next run; what processes that are no more have begun is removed."""
    (tmp_path / ".x.999999999.part").mkdir()
    with demo._replacing(tmp_path / "x") as one:
        assert [path.name for path in tmp_path.iterdir()] == [one.name]
        (one / "a").touch()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", os.getppid)
            with demo._replacing(tmp_path / "x") as other:
                (other / "b").touch()
        assert {path.name for path in (tmp_path / "x").iterdir()} == {SYNTHETIC, "b"}
    assert {path.name for path in (tmp_path / "x").iterdir()} == {SYNTHETIC, "a"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
