"""All corpora in folders as users have them: parts of a corpus, renamed folders, copies, missing labels, broken files, no files."""

import os
import shutil

import numpy as np
import pytest

from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import BadData
from tests.support import corpora
from tests.support.native import files_of, read_all
from tests.support.spoken import fragment, same
from tests.support.surroundings import backwards

pytestmark = pytest.mark.parametrize("name", corpora.spoken())
LABEL_FILES = (".lab", ".trans")


def test_a_part_of_a_corpus_is_read(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus, count=3 * corpus.batch, speakers=corpus.speakers[:2])
    whole = {utterance.id: utterance for utterance in read_all(name, tmp_path)}
    stems = sorted({path.stem for path in files_of(tmp_path) if path.suffix in (".ema", ".mat")})
    for path in files_of(tmp_path):
        if path.stem in stems[1::2]:
            path.unlink()
    part = read_all(name, tmp_path)
    assert 0 < len(part) < len(whole)
    assert all(same(whole[utterance.id], utterance) for utterance in part)


def test_folders_may_have_other_names_and_files_upper_case_names(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "a", corpus)
    expected = read_all(name, tmp_path / "a")
    for path in files_of(tmp_path / "a"):
        relative = path.relative_to(tmp_path / "a")
        folders = [f"{folder}_v1.1" for folder in relative.parts[:-1]]
        target = tmp_path.joinpath("b", "package 1", *folders, relative.name.upper())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / "b" / "README").write_text("read me")
    (tmp_path / "b" / "package 1" / f"._{path.name}").write_bytes(b"\0\5\26\7")
    (tmp_path / "c").symlink_to(tmp_path / "b" / "package 1")
    for root in ("b", "c"):
        got = read_all(name, tmp_path / root)
        assert len(got) == len(expected)
        assert all(same(before, after) for before, after in zip(expected, got, strict=True))


def test_the_order_of_directory_listings_does_not_matter(name, tmp_path, monkeypatch):
    corpus = corpora.get(name)
    fragment(tmp_path, corpus, count=3 * corpus.batch, speakers=corpus.speakers[:2])
    sources, utterances = corpus.find(tmp_path).sources, read_all(name, tmp_path)
    monkeypatch.setattr(os, "listdir", backwards.listdir)
    monkeypatch.setattr(os, "scandir", backwards.scandir)
    assert corpus.find(tmp_path).sources == sources
    assert all(same(before, after) for before, after in zip(utterances, read_all(name, tmp_path), strict=True))


def test_files_in_two_folders_are_read_once(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / "a", corpus)
    once = corpus.find(tmp_path)
    shutil.copytree(tmp_path / "a", tmp_path / "a copy" / "once more")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    twice = corpus.find(tmp_path)
    assert len(twice.sources) == len(once.sources)
    assert len(twice.skipped) > len(once.skipped)
    assert "is taken" in twice.skipped[0]


def test_missing_labels_are_a_note(name, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path, corpus)
    labels = [path for path in files_of(tmp_path) if path.suffix in LABEL_FILES]
    if not labels:
        made = fragment(tmp_path, corpus, phones=(), words=())
    for path in labels:
        path.unlink()
    got = read_all(name, tmp_path)
    assert len(got) == len(made)
    assert all(utterance.phones == () for utterance in got)
    assert all(any("label" in note for note in utterance.notes) for utterance in got)


def broken(content, how):
    return {
        "empty": b"", "half": content[: len(content) // 2], "noise": np.random.default_rng(0).bytes(4000), "head": content[:100],
        "flipped": content[:40] + bytes(255 - byte for byte in content[40:400]) + content[400:],
    }[how]


@pytest.mark.parametrize("how", ["empty", "half", "noise", "head", "flipped"])
def test_a_broken_file_is_reported_in_one_line_and_the_others_are_read(name, how, tmp_path):
    corpus = corpora.get(name)
    made = fragment(tmp_path / "raw" / name, corpus, count=3 * corpus.batch)
    endings = sorted({path.suffix for path in files_of(tmp_path) if path.name != "mocha-timit.txt"})
    for ending in endings:
        path = next(path for path in files_of(tmp_path / "raw") if path.suffix == ending)
        content = path.read_bytes()
        path.write_bytes(broken(content, how))
        sources = corpus.find(tmp_path / "raw" / name).sources
        faults, notes = [], []
        for source in sources:
            try:
                notes += [note for utterance in corpus.read(source) for note in utterance.notes]
            except BadData as error:
                faults.append(str(error))
        if ending not in (".utt", *LABEL_FILES) and how != "flipped":
            assert len(faults) == 1
        elif how in {"empty", "noise"} and ending in LABEL_FILES:
            assert faults == []
            assert notes
        assert all("\n" not in fault and path.name in fault for fault in faults)
        summary = ingest(name, IngestParams(raw=tmp_path / "raw"), Workspace(tmp_path), workers=1)
        assert summary["unreadable"] == len(faults)
        assert summary["utterances"] == len(made) - corpus.batch * len(faults)
        table = (tmp_path / "metrics/ingest" / f"{name}.csv").read_text()
        assert table.count("unreadable,") == len(faults)
        assert str(tmp_path) not in table
        path.write_bytes(content)


def test_a_recording_under_two_names_is_ingested_once_and_counted(name, tmp_path):
    corpus = corpora.get(name)
    fragment(tmp_path / name, corpus, count=3 * corpus.batch, speakers=corpus.speakers[:1])
    _, first, second = corpus.find(tmp_path / name).sources
    for path in files_of(tmp_path / name):
        if path.stem.lower() == first.name:
            shutil.copy(path, next(other for other in second.files if other.suffix == path.suffix))
    summary = ingest(name, IngestParams(raw=tmp_path), Workspace(tmp_path), workers=1)
    assert (summary["utterances"], summary["skipped"]) == (2 * corpus.batch, corpus.batch)
    table = (tmp_path / "metrics/ingest" / f"{name}.csv").read_text()
    assert ("the same sentence again" if name == "usc" else "the very sound and motion of") in table


def test_ingest_reports_a_corpus_without_usable_recordings(name, tmp_path):
    corpus = corpora.get(name)
    params = IngestParams(raw=tmp_path)
    with pytest.raises(BadData, match=rf"{name}: is not there; put .* there"):
        ingest(name, params, Workspace(tmp_path))
    (tmp_path / name).mkdir()
    with pytest.raises(BadData, match=rf"{name}: holds no usable recording of .*put there"):
        ingest(name, params, Workspace(tmp_path))
    (tmp_path / name / "README").write_text("")
    with pytest.raises(BadData, match="1 files of other names"):
        ingest(name, params, Workspace(tmp_path))
    fragment(tmp_path / name, corpus)
    for path in files_of(tmp_path / name):
        path.write_bytes(b"")
    with pytest.raises(BadData, match="cannot be read") as caught:
        ingest(name, params, Workspace(tmp_path), workers=1)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "data").rglob("*.npz"))
