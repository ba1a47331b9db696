import csv
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from artinv.core.provenance import stamp
from artinv.core.records import Frames, Utterance
from artinv.core.store import read, write
from artinv.core.transform import map_records, transform
from artinv.core.workspace import Workspace
from artinv.data.clean_corpus import clean_corpus
from artinv.data.frames import features
from artinv.runtime.errors import BadData, BadParams
from tests.support.speech import CLEAN, FEATURES, changed, talk


def recordings():
    for speaker, lag in (("M01", 0.0), ("F01", 0.04)):
        for number in range(4):
            place = {"speaker": speaker, "name": f"{speaker}_{number}", "order": number}
            yield talk(2.2, (0.2, 2.0), seed=number, lag=lag, coil_rate=100, **place)
    silent = talk(speaker="M01", name="M01_9", order=9)
    yield replace(silent, sound=silent.sound * 0)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    write(folder / "data/ingested/hprc", recordings())
    clean_corpus("hprc", CLEAN, Workspace(folder), workers=1)
    return folder


def test_metrics_count_utterances_faults_and_durations(project):
    metrics = json.loads((project / "metrics/clean/hprc.json").read_text())
    assert (metrics["utterances"], metrics["rejected"], metrics["faults"]) == (9, 1, {"silent sound": 1})
    assert metrics["ends"] == {"phones": 8}
    assert metrics["seconds_kept"] == pytest.approx(8 * 2.0)
    assert metrics["seconds_recorded"] == pytest.approx(8 * 2.2 + 2)
    assert metrics["speakers"]["F01"]["lag_ms"] - metrics["speakers"]["M01"]["lag_ms"] == pytest.approx(40, abs=15)
    assert metrics["speakers"]["M01"]["rejected"] == 1
    count = json.loads((project / "metrics/rejected/hprc.json").read_text())
    assert count == {"utterances": 9, "rejected": 1, "hours": pytest.approx(8 * 2.0 / 3600, abs=1e-6), **stamp("real")}
    kept = [utterance.name for utterance in read(project / "data/cleaned/hprc", Utterance)]
    assert kept == [f"{speaker}_{number}" for speaker in ("F01", "M01") for number in range(4)]


def test_reasons_of_rejection_are_listed(project):
    rows = list(csv.reader((project / "metrics/rejected/hprc.csv").read_text().splitlines()))
    assert rows[0] == ["id", "reason"]
    assert rows[1][0] == "hprc/M01/M01_9"
    assert rows[1][1].startswith("silent sound")


def test_the_number_of_workers_changes_no_byte(project, tmp_path):
    write(tmp_path / "data/ingested/hprc", recordings())
    clean_corpus("hprc", CLEAN, Workspace(tmp_path), workers=2)
    names = sorted(path.relative_to(project) for path in project.rglob("*") if path.is_file() and "features" not in path.parts)
    assert names == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [name for name in names if (project / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_too_many_rejected_utterances_are_an_error(tmp_path):
    write(tmp_path / "data/ingested/hprc", recordings())
    with pytest.raises(BadData, match=r"hprc: 1 of 9 utterances are unfit \(1 silent sound\), more than clean.max_rejected = 0.1"):
        clean_corpus("hprc", changed(CLEAN, max_rejected=0.1), Workspace(tmp_path), workers=1)


def test_excluded_utterances_count_as_rejected_but_not_towards_the_limit(project, tmp_path):
    write(tmp_path / "data/ingested/hprc", recordings())
    choice = changed(CLEAN, max_rejected=0.15, exclude=["hprc/F01/F01_1", "hprc/M01/M01_0", "mocha/fsew0/fsew0_001"])
    clean_corpus("hprc", choice, Workspace(tmp_path), workers=1)
    metrics = json.loads((tmp_path / "metrics/clean/hprc.json").read_text())
    assert (metrics["rejected"], metrics["faults"]) == (3, {"excluded": 2, "silent sound": 1})
    kept = {utterance.id for utterance in read(project / "data/cleaned/hprc", Utterance)}
    assert {utterance.id for utterance in read(tmp_path / "data/cleaned/hprc", Utterance)} == kept - set(choice.exclude)


@pytest.mark.parametrize(("kept", "message"), [
    (0, "hprc: clean.exclude names all utterances; take names off it"),
    (3, r"hprc: 1 of 4 utterances are unfit \(1 silent sound\), more than clean.max_rejected = 0.15"),
])
def test_excluding_nearly_all_utterances_is_an_error(kept, message, project, tmp_path):
    write(tmp_path / "data/ingested/hprc", recordings())
    ids = [utterance.id for utterance in read(tmp_path / "data/ingested/hprc", Utterance)]
    accepted = [utterance.id for utterance in read(project / "data/cleaned/hprc", Utterance)]
    excluded = [id_ for id_ in ids if id_ not in accepted[:kept] and (id_ in accepted or not kept)]
    choice = changed(CLEAN, max_rejected=0.15, exclude=excluded)
    with pytest.raises(BadData, match=message):
        clean_corpus("hprc", choice, Workspace(tmp_path), workers=1)


@pytest.mark.parametrize(("key", "name", "value"), [
    ("exclude", "hprc/F01/F01_7", ["mocha/fsew0/x", "hprc/F01/F01_7", "hprc/F01/F01_8"]),
    ("lags", "hprc/F1", {"hprc/F1": 0.05, "usc/F1": 0.05}),
])
def test_misspelled_names_are_reported(key, name, value, tmp_path):
    write(tmp_path / "data/ingested/hprc", recordings())
    with pytest.raises(BadParams, match=f"clean.{key} names {name}, which {tmp_path}/data/ingested/hprc does not hold; correct the name"):
        clean_corpus("hprc", changed(CLEAN, **{key: value}), Workspace(tmp_path), workers=1)
    assert list((tmp_path / "data/cleaned/hprc").iterdir()) == []


def test_an_empty_corpus_is_an_error(tmp_path):
    with pytest.raises(BadData, match="holds no utterance"):
        clean_corpus("hprc", CLEAN, Workspace(tmp_path), workers=1)


def test_features_are_computed_for_every_record_of_a_folder(project):
    source, target = project / "data/cleaned/hprc", project / "data/features/hprc"
    transform(source, target, Utterance, partial(features, params=FEATURES), "features", workers=1)
    computed, cleaned = list(read(target, Frames)), list(read(source, Utterance))
    assert [frames.id for frames in computed] == [utterance.id for utterance in cleaned]
    np.testing.assert_array_equal(computed[3].acoustics, features(cleaned[3], FEATURES).acoustics)


def test_a_changed_file_is_read_again(tmp_path):
    for seed in (1, 2):
        write(tmp_path, [talk(seed=seed, name="same")])
        (sound,) = map_records(tmp_path, Utterance, lambda utterance: utterance.sound, "read", workers=1)
        np.testing.assert_allclose(sound, talk(seed=seed).sound)
