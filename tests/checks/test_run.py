"""Plant damage into synthetic speakers: the check reports its kind and its utterances, and nothing without damage."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from artinv.__main__ import main
from artinv.checks import labels, report
from artinv.checks.profiles import SourceProfile, profile
from artinv.checks.run import check
from artinv.core import store
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams
from artinv.data.clean_corpus import clean_corpus
from artinv.data.ingest import IngestParams, ingest
from artinv.synth.corpus import demo
from artinv.synth.corpus.demo import DemoParams
from tests.support import corpora, recordings
from tests.support.native import read_all
from tests.support.planted import DAMAGE, FOLLOWS, SOME, counts, findings, plant
from tests.support.profiles import PARAMS, session
from tests.support.running import refused
from tools.deps import CHOICES, ROOT

COUNT = 24


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Write two speakers of two corpora without damage."""
    folder = tmp_path_factory.mktemp("raw")
    for corpus, speaker in (("hprc", "F01"), ("mocha", "fsew0")):
        demo.write_corpus(corpus, folder / corpus, DemoParams(sentences=COUNT, speakers=[speaker]), workers=1)
    return folder


@pytest.fixture(scope="module")
def speaker(raw):
    """Return the utterances of one speaker and their figures."""
    utterances = read_all("hprc", raw / "hprc")
    return utterances, [profile(utterance, (utterance.name,), PARAMS) for utterance in utterances]


@pytest.fixture
def copy(raw, tmp_path):
    return Path(shutil.copytree(raw, tmp_path / "raw"))


def files_of(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.rglob("*"))}


def run(*words):
    """Run the command and return its exit code."""
    try:
        main(["check", *map(str, words), "--workers", "1"], CHOICES.parent)
    except SystemExit as stop:
        return stop.code
    return 0


def test_undamaged_corpora_have_no_findings(raw, capsys):
    before = files_of(raw)
    assert run(raw) == 0
    assert files_of(raw) == before
    out = capsys.readouterr().out
    assert "nothing suspicious" in out
    assert f"F01: {COUNT} utterances" in out
    assert f"fsew0: {COUNT} of 460 utterances" in out
    assert "(synthetic)" in out


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_reported_with_its_kind_and_utterances(name, speaker):
    utterances, profiles = speaker
    damaged = plant(name, utterances)
    profiled = [
        profile(damaged[k], (utterance.name,), PARAMS) if k in damaged else profiles[k] for k, utterance in enumerate(utterances)
    ]
    reported = findings("hprc", profiled, PARAMS)
    kind, who, _ = DAMAGE[name]
    matching = [finding for finding in reported if finding.kind == kind]
    assert set(counts(reported)) - {kind} <= FOLLOWS.get(name, set())
    assert len(matching) == 1
    culprits = {name for k in damaged for name in (utterances[k].name, utterances[(k + 1) % COUNT].name)}
    assert matching[0].example in (culprits if kind == "same sound" else {damaged[k].name for k in damaged})
    assert matching[0].cure
    if kind not in ("unrelated motion", "lag"):  # some utterances give no estimate
        assert matching[0].count == len(damaged)
    assert (matching[0].count < COUNT) == (who == SOME) or kind in ("unrelated motion", "lag")


@pytest.mark.parametrize("lag", [60, 200, 500])
def test_the_planted_lag_is_estimated_and_clean_lags_corrects_it(speaker, lag):
    utterances, _ = speaker
    damaged = list(plant(f"motion {lag} ms late", utterances).values())
    profiles = [profile(utterance, (utterance.name,), PARAMS) for utterance in damaged]
    finding = next(finding for finding in findings("hprc", profiles, PARAMS) if finding.kind == "lag")
    seconds = float(finding.cure.partition("hprc/F01: ")[2].partition("`")[0])
    assert seconds == pytest.approx(lag / 1000, abs=0.012)
    cured = CleanParams.of({**PARAMS.model_dump(), "lags": {"hprc/F01": seconds}})
    assert findings("hprc", [profile(utterance, (utterance.name,), cured) for utterance in damaged], cured) == []


@pytest.mark.parametrize("name", [
    "now and then motion of the next utterance", "y flipped", "70 % of the tongue tip lost", "sound of the next utterance",
])
def test_excluded_utterances_are_no_longer_reported(name, copy, tmp_path):
    utterances = read_all("hprc", copy / "hprc")
    damaged = plant(name, utterances)
    corpora.get("hprc").write(copy / "hprc", [damaged.get(k, utterance) for k, utterance in enumerate(utterances)])
    result = check(copy, ["hprc"], PARAMS, 1)
    named = {name for finding in result.suspicious for name in finding.utterances}
    assert {utterances[k].id for k in damaged} <= named
    cured = CleanParams.of({**PARAMS.model_dump(), "exclude": sorted(named)})
    result = check(copy, ["hprc"], cured, 1)
    assert result.suspicious == []
    assert [(note.count, note.of, note.utterances) for note in result.findings if note.kind == "excluded"] == [
        (len(named), COUNT, tuple(sorted(named)))]
    assert [account.utterances for account in result.accounts] == [COUNT - len(named)]
    ingest("hprc", IngestParams(raw=copy), Workspace(tmp_path), workers=1)
    clean_corpus("hprc", cured, Workspace(tmp_path), workers=1)
    kept = {utterance.id for utterance in store.read(tmp_path / "data/cleaned/hprc", Utterance)}
    assert kept == {utterance.id for utterance in utterances} - named


def test_the_note_counts_excluded_utterances_not_names(raw):
    present = [utterance.id for utterance in read_all("hprc", raw / "hprc")]
    some = CleanParams.of({**PARAMS.model_dump(), "exclude": ["hprc/F01/nothing", present[3]]})
    (note,) = (finding for finding in check(raw, ["hprc"], some, 1).findings if finding.kind == "excluded")
    assert (note.severity, note.count, note.of, note.utterances) == ("note", 1, COUNT, (present[3],))
    result = check(raw, ["hprc"], CleanParams.of({**PARAMS.model_dump(), "exclude": present}), 1)
    assert [(note.count, note.of) for note in result.findings if note.kind == "excluded"] == [(COUNT, COUNT)]
    assert f"F01: {COUNT} files, none of which is readable and not excluded" in report.text(result)


def damage_files(raw):
    """Damage native files; return the expected findings: (corpus, kind) -> count, file."""
    mocha, hprc = raw / "mocha" / "fsew0", raw / "hprc" / "F01" / "data"
    first = sorted(hprc.glob("*.mat"))
    first[2].write_bytes(b"")
    first[5].write_bytes(first[5].read_bytes()[:5000])
    shutil.copy(first[8], first[11])
    (mocha / "fsew0_003.ema").unlink()
    sound, rate = soundfile.read(mocha / "fsew0_005.wav", dtype="int16")
    soundfile.write(mocha / "fsew0_005.wav", sound, 11025, format="WAV")
    soundfile.write(mocha / "fsew0_007.wav", np.zeros_like(sound), rate, format="WAV")
    sound, rate = soundfile.read(mocha / "fsew0_011.wav", dtype="int16")
    soundfile.write(mocha / "fsew0_009.wav", sound, rate, format="WAV")
    (mocha / "fsew0_013.lab").write_text("not a label file\n")
    shutil.copy(mocha / "fsew0_016.lab", mocha / "fsew0_015.lab")
    (raw / "haskins").mkdir()
    return {
        ("hprc", "empty file"): (1, first[2]), ("hprc", "unreadable"): (1, first[5]), ("hprc", "same bytes"): (1, first[11]),
        ("mocha", "missing file"): (1, None), ("mocha", "sound rate"): (1, mocha / "fsew0_005.wav"),
        ("mocha", "silent sound"): (1, mocha / "fsew0_007.wav"), ("mocha", "same sound"): (1, mocha / "fsew0_011.wav"),
        ("mocha", "unusable labels"): (1, mocha / "fsew0_013.lab"), ("mocha", "same bytes"): (1, mocha / "fsew0_016.lab"),
        ("haskins", "unknown folder"): (1, raw / "haskins"),
    }


def test_damaged_files_are_reported_in_text_json_and_table(copy, tmp_path, capsys):
    truth = damage_files(copy)
    before = files_of(copy)
    assert run(copy, "--json", "--csv", tmp_path / "out.csv") == 1
    assert files_of(copy) == before
    result = check(copy, [], PARAMS, 1)
    content = json.loads(capsys.readouterr().out)
    assert content == json.loads(json.dumps(report.content(result)))
    table = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    expected = [{key: "; ".join(value) if key == "utterances" else str(value) for key, value in finding.items()}
                for finding in content["findings"]]
    assert table.astype(str).to_dict("records") == expected
    suspicious = [finding for finding in content["findings"] if finding["severity"] != "note"]
    by_kind = {(finding["corpus"], finding["kind"]): finding for finding in suspicious}
    assert content["suspicious"] == len(suspicious)
    for key, (count, path) in truth.items():
        assert by_kind[key]["count"] == count, key
        assert not path or by_kind[key]["example"] == path.relative_to(copy).as_posix(), key
        assert by_kind[key]["cure"]
    follows = {("mocha", "labels of another recording"), ("mocha", "length"), ("mocha", "long labels")}
    assert set(by_kind) - set(truth) <= follows
    out = report.text(result)
    assert str(copy / "hprc") not in out.partition("\n")[2]
    assert [line.split()[0] for line in out.splitlines() if line[:1].isalpha()][:3] == ["hprc", "mocha", "haskins"]
    assert "1 of 24" in out


def test_wrong_units_and_axes_of_whole_corpora_are_reported(copy):
    for path in (copy / "mocha").rglob("*.ema"):
        head, mark, data = path.read_bytes().partition(b"EST_Header_End\n")
        rows = np.frombuffer(data, "<f4").reshape(-1, 22).copy()
        rows[:, 2:] *= 10
        path.write_bytes(head + mark + rows.tobytes())
    utterances = read_all("hprc", copy / "hprc")
    corpora.get("hprc").write(copy / "hprc", [plant("x flipped", utterances)[k] for k in range(len(utterances))])
    reported = {(finding.corpus, finding.kind): (finding.count, finding.of) for finding in check(copy, [], PARAMS, 1).suspicious}
    assert reported == {("mocha", "units"): (COUNT, COUNT), ("hprc", "axes"): (COUNT, COUNT)}


@pytest.mark.parametrize("target", ["out.csv", "hprc/F01/out.csv", "elsewhere/out.csv"])
def test_a_table_inside_the_raw_folder_is_refused(raw, target, tmp_path, capsys):
    (tmp_path / "raw").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "raw" / "hprc").symlink_to(raw / "hprc")
    (tmp_path / "elsewhere").symlink_to(raw / "hprc")
    place = tmp_path / target if target.startswith("elsewhere") else tmp_path / "raw" / target
    before = files_of(raw)
    assert run(tmp_path / "raw", "--csv", place) == 2
    assert files_of(raw) == before
    assert "nothing may be written" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "message"), [
    (["nowhere"], "is no folder"), (["."], "holds no corpus"), ([".", "--corpora", "hprc"], "is missing"),
    ([".", "--corpora", "tape"], "unknown corpus"), ([".", "--csv"], "expected one argument"),
])
def test_bad_usage_is_exit_code_2(words, message, tmp_path, capsys):
    assert run(*(tmp_path / word if word in (".", "nowhere") else word for word in words)) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "257"])
def test_a_bad_number_of_workers_is_refused(raw, number, capsys):
    line = refused(capsys, main, ["check", str(raw), "--workers", number])
    assert line == f"--workers: {number} is not in 0 to 256; 0 takes all cores"


def test_a_table_replaces_only_a_table(copy, tmp_path, capsys):
    shutil.rmtree(copy / "mocha")
    place = tmp_path / "out.csv"
    place.write_text("mine")
    assert run(copy, "--csv", place) == 2
    assert place.read_text() == "mine"
    place.unlink()
    assert run(copy, "--csv", place) == 0
    first = place.read_bytes()
    assert run(copy, "--csv", place) == 0
    assert place.read_bytes() == first


def test_a_corpus_without_recordings_is_reported(tmp_path):
    (tmp_path / "usc").mkdir()
    (tmp_path / "usc" / "README").write_text("soon")
    assert [finding.kind for finding in check(tmp_path, [], PARAMS, 1).suspicious] == ["no recording"]


def test_recordings_of_an_unknown_corpus_get_advice(tmp_path, capsys):
    (tmp_path / "usc").mkdir()
    (tmp_path / "emuDB").mkdir()
    (tmp_path / "emuDB" / "0020_bndl.json").write_text("{}")
    finding = next(finding for finding in check(tmp_path, [], PARAMS, 1).suspicious if finding.corpus == "emuDB")
    for words in ("if it is one of ['hprc',", "EMU bundles", "own.yaml (docs/own-recordings.md)", "docs/add-a-corpus.md"):
        assert words in finding.cure
    assert run(tmp_path / "emuDB") == 2
    assert finding.cure.partition("; ")[2] in capsys.readouterr().err
    assert run(tmp_path / "usc") == 2
    assert f"is the folder of a corpus; name its parent: {tmp_path} --corpora usc" in capsys.readouterr().err
    for page in ("own-recordings", "add-a-corpus"):
        assert (ROOT / "docs" / f"{page}.md").exists()


def test_labels_of_few_utterances_are_not_judged(speaker):
    _, profiles = speaker
    few = tuple(SourceProfile(speaker="F01", name=figures.id, files=figures.files, profiles=(figures,)) for figures in profiles[:5])
    assert list(labels.checks(replace(session([]), sources=few))) == []


def test_the_documentation_explains_every_kind():
    text = (ROOT / "docs" / "check.md").read_text()
    kinds = {kind for kind, _, _ in DAMAGE.values()} | {
        "empty file", "unreadable", "missing file", "missing text",
        "same bytes", "same motion", "unusable labels", "unknown folder",
        "no recording", "strange places", "other place", "leaps", "unfit", "motion rate",
    }
    assert {kind for kind in kinds if f"| {kind} |" not in text} == set()


@recordings.needed
def test_a_real_utterance_lacks_only_the_list_of_sentences():
    (finding,) = check(recordings.FOLDER, ["mocha"], PARAMS, 1).suspicious
    assert (finding.kind, finding.severity) == ("missing text", "warning")
    assert finding.what.startswith("mocha-timit.txt")
