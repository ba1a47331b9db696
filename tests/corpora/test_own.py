"""A user's own recordings: the mapping converts any names, units and axes to the unified frame."""

import json
import shutil

import numpy as np
import pytest
import yaml

from artinv.core.channels import COIL_COLUMNS
from artinv.core.records import Label
from artinv.core.workspace import Workspace
from artinv.corpora.native import mapping
from artinv.corpora.native.mapping import Mapping
from artinv.data import real_recordings
from artinv.data.ingest import IngestParams, ingest
from artinv.formats import emu, table
from artinv.runtime.errors import BadData, BadParams
from artinv.synth.corpus import demo
from tests.formats.test_emu import bundle
from tests.support import corpora, recordings
from tests.support.native import put_wav, read_all
from tests.support.spoken import spoken
from tools.deps import ROOT

SENSORS = {"tt": "tip", "td": "back", "tb": "mid", "li": "jaw", "ul": "upper", "ll": "lower"}
EMU = {"tt": "t_tip", "td": "t_back", "tb": "t_mid", "li": "jaw", "ul": "upper_lip", "ll": "lower_lip"}
SPEC = {"motion": "csv", "sensors": SENSORS, "x": "-b", "y": "u", "unit": "cm", "rate": 200, "speaker": "([a-z]+)_.*"}


def write_recording(root, spec, number=1, *, separator=",", speaker="anna"):
    """Write a recording as the mapping `how` describes, without the reader's code; return the expected utterance."""
    utterance = spoken(corpora.get("hprc"), number)
    (root / "own.yaml").parent.mkdir(parents=True, exist_ok=True)
    (root / "own.yaml").write_text(yaml.safe_dump(spec))
    base = root / "day 1" / f"{speaker}_{number:03d}"
    put_wav(base.with_suffix(".wav"), utterance.sound)
    unit = {"mm": 1, "cm": 10, "m": 1000, "um": 0.001, "inch": 25.4}[spec["unit"]]
    turn = {axis: -1 if spec[axis].startswith("-") else 1 for axis in "xy"}
    columns = {}
    for coil, sensor in spec["sensors"].items():
        for axis in "xy":
            name = spec.get("columns", "{sensor}_{axis}").format(sensor=sensor, axis=spec[axis].lstrip("+-"))
            columns[name] = turn[axis] * utterance.coils[:, COIL_COLUMNS.index(f"{coil}_{axis}")] / unit
    if "time" in spec:
        columns[spec["time"]] = 0.5 + np.arange(len(utterance.coils)) / 200
    if spec["motion"] == "npz":
        np.savez(base.with_suffix(".npz"), **columns, comment=np.zeros((2, 2)))
    else:
        rows = np.column_stack(list(columns.values()))
        lines = [separator.join(columns), *(separator.join(f"{x:.9g}" for x in row) for row in rows)]
        base.with_suffix(".csv").write_text("\n".join(lines) + "\n")
    return utterance, base


@pytest.mark.parametrize("changes", [
    {}, {"motion": "npz"}, {"unit": "mm"}, {"unit": "m"}, {"unit": "um"}, {"unit": "inch"}, {"x": "b", "y": "-u"},
    {"columns": "{axis} of {sensor}"}, {"time": "t", "rate": None},
])
def test_units_axes_names_and_times_are_converted(changes, tmp_path):
    spec = {key: value for key, value in {**SPEC, **changes}.items() if value is not None}
    utterance, _ = write_recording(tmp_path, spec)
    (got,) = read_all("own", tmp_path)
    assert np.allclose(got.coils[:, :12], utterance.coils[:, :12], atol=1e-4)
    assert np.isnan(got.coils[:, 12:]).all()
    assert (got.speaker, got.name, got.order, got.corpus) == ("anna", "anna_001", 1, "own")
    assert got.coil_rate == pytest.approx(200)
    assert got.coil_start == (0.5 if "time" in changes else 0)
    assert np.array_equal(got.sound, utterance.sound)
    assert got.notes == ()


@pytest.mark.parametrize(("changes", "framed"), [({}, False), ({"frame": "unknown"}, False), ({"frame": "incisors"}, True)])
def test_the_origin_is_at_the_incisors_only_if_the_mapping_says_so(changes, framed, tmp_path):
    write_recording(tmp_path, {**SPEC, **changes})
    (got,) = read_all("own", tmp_path)
    assert got.framed == framed


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_may_have_any_separator(separator, tmp_path):
    utterance, _ = write_recording(tmp_path, SPEC, separator=separator)
    (got,) = read_all("own", tmp_path)
    assert np.allclose(got.coils[:, :12], utterance.coils[:, :12], atol=1e-4)


def test_reads_lost_samples_texts_labels_and_missing_sensors(tmp_path):
    _, base = write_recording(tmp_path, SPEC)
    spec = {**SPEC, "lost": -1, "labels": ".lab", "sensors": {**SENSORS, "v": "velum"}}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    lines = base.with_suffix(".csv").read_text().splitlines()
    for number, cells in ((4, "-1,-1"), (5, ",2"), (6, "-1,2")):
        lines[number] = cells + "," + lines[number].split(",", 2)[2]
    base.with_suffix(".csv").write_text("\n".join(lines))
    base.with_suffix(".lab").write_text("0 0.5 sil\n0.5 0.9 aa\n")
    base.with_suffix(".txt").write_text("Say it, again.\n")
    (got,) = read_all("own", tmp_path)
    assert np.isnan(got.coils[:8, 0]).tolist() == [False, False, False, True, True, False, False, False]
    assert got.coils[5, :2].tolist() == pytest.approx([10.0, 20.0])
    assert not np.isnan(got.coils[:8, 2:12]).any()
    assert (got.text, got.sentence) == ("Say it, again.", "say it again")
    assert got.phones[1] == Label("aa", 0.5, 0.9)
    assert got.notes == ("no sensor velum",)


def test_reads_ssff_tracks_beside_the_sound(tmp_path):
    columns = "Column posy FLOAT 1\nColumn posz FLOAT 1\n"
    head = f"SSFF -- (c) SHLRC\nMachine IBM-PC\nRecord_Freq 200.0\nStart_Time 0.0025\n{columns}{'-' * 17}\n"
    put_wav(tmp_path / "anna_001.wav", np.zeros(1600))
    for number, sensor in enumerate(SENSORS.values()):
        content = np.tile(np.array([number, 10 + number], "<f4"), (20, 1)).tobytes()
        (tmp_path / f"anna_001.{sensor}").write_bytes(head.encode() + content)
    spec = {"motion": "ssff", "sensors": SENSORS, "x": "-posy", "y": "posz", "unit": "cm", "speaker": "anna"}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    (got,) = read_all("own", tmp_path)
    assert (got.coil_rate, got.coil_start, got.speaker) == (200.0, 0.0025, "anna")
    for number, coil in enumerate(SENSORS):
        assert np.allclose(got.coils[:, COIL_COLUMNS.index(f"{coil}_x")], -10 * number)
        assert np.allclose(got.coils[:, COIL_COLUMNS.index(f"{coil}_y")], 100 + 10 * number)


@pytest.mark.parametrize(("changes", "words"), [
    ({"colour": 1}, "unknown key 'colour'; expected one of"), ({"unit": "feet"}, "'feet' for 'unit'.*'mm'"),
    ({"unit": 0}, "'unit'"), ({"frame": "nose"}, "'frame'.*'incisors'"),
    ({"unit": None}, "'unit' is missing; add it"),
    ({"sensors": {"tongue": "tip"}}, "'sensors.tongue"), ({"sensors": {"tt": "a", "td": "a"}}, "two coils have the same sensor"),
    ({"x": "-u"}, "name the same axis"), ({"x": "to the front"}, "expected the name of an axis"),
    ({"speaker": "(a"}, "regular expression"),
    ({"speaker": "a b"}, "one \\(group\\)"), ({"rate": None}, "either `rate` in Hz or `time`"), ({"rate": -1}, "'rate'"),
    ({"time": "t"}, "either `rate` in Hz or `time`"), ({"motion": "emu"}, "remove `rate`"), ({"columns": "x"}, "expected {sensor}"),
    ({"columns": "{sensor}_{axis}_{foo}"}, "no other braces"), ({"columns": "{sensor.__class__}{axis}{sensor}"}, "no other braces"),
])
def test_a_wrong_mapping_is_reported_in_one_line(changes, words, tmp_path):
    spec = {key: value for key, value in {**SPEC, **changes}.items() if value is not None}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    with pytest.raises(BadParams, match=words) as caught:
        corpora.get("own").find(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "own.yaml"))
    assert "\n" not in str(caught.value)
    assert "params.yaml" not in str(caught.value)


@pytest.mark.parametrize(("content", "words"), [
    ("", "does not hold column names"), ("a,b\n1,x\n", "must be a number"), ("a,b\n1\n", "row 2 has 1 cells, expected 2"),
    ("a,a\n1,2\n", "the same name"), ('a,b\n"' + "1" * 200_000, "quotation mark is closed"),
    ("a,b\n1,2\n", "has none of the sensors"), ("a,b\n", "columns of equal length"),
])
def test_a_broken_table_is_reported_in_one_line(content, words, tmp_path):
    _, base = write_recording(tmp_path, SPEC)
    base.with_suffix(".csv").write_text(content)
    with pytest.raises(BadData, match=words) as caught:
        read_all("own", tmp_path)
    assert str(base.with_suffix(".csv")) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_file_endings_may_have_any_case(tmp_path):
    _, base = write_recording(tmp_path, SPEC)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**SPEC, "labels": ".lab"}))
    base.with_suffix(".TXT").write_text("Say it, again.\n")
    base.with_suffix(".LAB").write_text("0 0.5 sil\n0.5 0.9 aa\n")
    (got,) = read_all("own", tmp_path)
    assert (got.sentence, got.phones[1].text) == ("say it again", "aa")


def test_a_damaged_archive_is_reported(tmp_path):
    _, base = write_recording(tmp_path, {**SPEC, "motion": "npz"})
    path = base.with_suffix(".npz")
    np.savez_compressed(path, **dict.fromkeys("ab", np.arange(4000.0)))
    content = bytearray(path.read_bytes())
    content[120:400] = bytes(280)
    path.write_bytes(content)
    with pytest.raises(BadData, match=r"cannot be read as an \.npz"):
        table.read(path)


def test_unusable_archives_and_uneven_times_are_rejected(tmp_path):
    _, base = write_recording(tmp_path, {**SPEC, "motion": "npz"})
    base.with_suffix(".npz").write_bytes(b"PK nothing")
    with pytest.raises(BadData, match=r"cannot be read as an \.npz"):
        read_all("own", tmp_path)
    np.savez(base.with_suffix(".npz"), a=np.array([{}], dtype=object))
    with pytest.raises(BadData, match=r"cannot be read as an \.npz"):
        table.read(base.with_suffix(".npz"))
    times = [0.0, 0.1, 0.3, 0.31]
    with pytest.raises(BadData, match="do not increase in equal steps"):
        mapping._clock(np.array(times), base)
    with pytest.raises(BadParams, match="has no synthetic speakers"):
        demo.write_corpus("own", tmp_path / "x", demo.DemoParams())


def test_reports_used_missing_and_skipped_files(tmp_path):
    for number, speaker in ((2, "bob"), (1, "anna"), (10, "anna")):
        write_recording(tmp_path / "own", SPEC, number, speaker=speaker)
    day = tmp_path / "own" / "day 1"
    put_wav(day / "eve_001.wav", np.zeros(100))
    put_wav(day / "no-speaker.wav", np.zeros(100))
    shutil.copy(day / "anna_001.csv", day / "no-speaker.csv")
    (day / "photo.jpg").write_bytes(b"")
    listing = corpora.get("own").find(tmp_path / "own")
    assert [source.name for source in listing.sources] == ["anna_001", "anna_010", "bob_002"]
    assert [str(missing) for missing in listing.missing] == ["eve_001: has no .csv; they are left out"]
    assert listing.skipped == ("no-speaker: does not fit the expression `speaker` of own.yaml", "1 files of other names")
    summary = ingest("own", IngestParams(raw=tmp_path), Workspace(tmp_path), workers=1)
    assert {name: facts["utterances"] for name, facts in summary["speakers"].items()} == {"anna": 2, "bob": 1}
    (tmp_path / "own" / "own.yaml").unlink()
    with pytest.raises(BadData, match=r"own\.yaml: is missing; it describes the recordings"):
        ingest("own", IngestParams(raw=tmp_path), Workspace(tmp_path), workers=1)


def test_a_text_without_recording_is_ignored_and_a_copy_is_reported(tmp_path):
    write_recording(tmp_path, SPEC, 2)
    (tmp_path / "day 1" / "anna_001.txt").write_text("not recorded")
    shutil.copytree(tmp_path / "day 1", tmp_path / "day 2")
    listing = corpora.get("own").find(tmp_path)
    assert [source.name for source in listing.sources] == ["anna_002"]
    assert listing.missing == ()
    assert listing.skipped == (f"{tmp_path / 'day 2' / 'anna_002'}: another recording of the same name is taken",)


@pytest.mark.parametrize(("name", "order"), [("a12_b345", 345), ("anna", 0), ("a_1234567890123456", 234567890123456)])
def test_the_order_is_the_last_number_of_a_name(name, order, tmp_path):
    _, base = write_recording(tmp_path, SPEC | {"speaker": "(.).*"})
    for ending in (".wav", ".csv"):
        base.with_suffix(ending).rename(base.with_name(name + ending))
    assert read_all("own", tmp_path)[0].order == order


def test_the_documented_mapping_is_accepted():
    text = (ROOT / "docs" / "own-recordings.md").read_text(encoding="utf-8")
    spec = Mapping.of(yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0]))
    assert spec.owner("anna_001") == "anna"
    assert spec.owner("001") is None


def test_a_missing_label_level_is_reported(tmp_path):
    spec = {"motion": "emu", "sensors": {"tt": "t_tip"}, "x": "a", "y": "b", "unit": "mm", "speaker": "anna", "labels": "Phones"}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    (tmp_path / "one_bndl.json").write_text(json.dumps(bundle()))
    with pytest.raises(BadData, match=r"no level 'Phones' with times \(it has \['Segment'\]\)"):
        read_all("own", tmp_path)


@pytest.fixture
def bundles(tmp_path):
    spec = {"motion": "emu", "sensors": EMU, "x": "-posy", "y": "posz", "unit": "mm", "lost": 0, "speaker": "(.+)_[^_]*",
           "labels": "Segment"}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    for path in recordings.EMU.glob("*_bndl.json"):
        (tmp_path / path.name).symlink_to(path)
    return read_all("own", tmp_path)


@recordings.needed
def test_reads_real_bundles(bundles):
    assert [utterance.name for utterance in bundles] == ["dfgspp_mo1_prosody_0020", "dfgspp_mo1_prosody_0024"]
    for utterance in bundles:
        whole = emu.read(recordings.EMU / f"{utterance.name}_bndl.json")
        assert (utterance.speaker, utterance.sound_rate, utterance.coil_rate) == ("dfgspp_mo1_prosody", 24000.0, 200.0)
        for coil, ending in EMU.items():
            back, up = (whole.tracks[ending].column(axis) for axis in ("posy", "posz"))
            seen = (back != 0) | (up != 0)
            x, y = (utterance.coils[:, COIL_COLUMNS.index(f"{coil}_{axis}")] for axis in "xy")
            assert np.array_equal(np.isnan(x), ~seen)
            assert np.array_equal(x[seen], -back[seen])
            assert np.array_equal(y[seen], up[seen])
        mean = dict(zip(COIL_COLUMNS, np.nanmean(utterance.coils[:, :12], axis=0), strict=False))
        assert mean["ul_x"] > mean["tt_x"] > mean["tb_x"] > mean["td_x"]
        assert mean["ul_y"] > mean["tt_y"] > mean["li_y"]
    assert bundles[1].phones[1] == Label("m", 0.36, 0.62)


@recordings.needed
def test_real_recordings_reads_the_same_bundles(bundles):
    utterances = [utterance for utterance in real_recordings.recordings(recordings.FOLDER) if utterance.corpus == "emu"]
    for utterance, other in zip(utterances, bundles, strict=True):
        assert np.array_equal(utterance.coils, other.coils, equal_nan=True)
        assert (utterance.name, utterance.speaker, utterance.phones) == (other.name, other.speaker, ())
    assert [utterance.order for utterance in utterances] == [1, 2]


@recordings.needed
def test_reads_a_real_mocha_utterance_as_a_table(tmp_path):
    names = [f"{name}_{axis}" for axis, some in (("x", "ui li ul ll tt"), ("y", "ui li ul ll tt")) for name in some.split()]
    names += ["tb_x", "td_x", "v_x", "none1", "bn_x", "tb_y", "td_y", "v_y", "none2", "bn_y"]
    rows = np.loadtxt(recordings.MOCHA / "fsew0_001.ascii.txt")
    np.savetxt(tmp_path / "fsew0_001.csv", rows, "%.6f", ",", header=",".join(["t", "flag", *names]), comments="")
    shutil.copy(recordings.MOCHA / "fsew0" / "fsew0_001.wav", tmp_path)
    sensors = {coil: coil for coil in ("tt", "td", "tb", "li", "ul", "ll", "v")}
    spec = {"motion": "csv", "sensors": sensors, "x": "-x", "y": "y", "unit": 0.01, "time": "t", "speaker": "fsew0"}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(spec))
    (got,) = read_all("own", tmp_path)
    assert (got.coils.shape, got.coil_rate) == ((966, 14), pytest.approx(500, rel=1e-4))
    for name, mean in recordings.MEANS.items():
        expected = -mean / 100 if name.endswith("_x") else mean / 100
        assert got.coils[:, COIL_COLUMNS.index(name)].mean() == pytest.approx(expected, abs=0.006), name
