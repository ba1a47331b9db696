"""Unusual and hostile names of speakers: every record stays inside its folder."""

from dataclasses import replace

import pytest

from artinv.core import store
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import BadData
from tests.corpora.test_own import SPEC, write_recording
from tests.support import corpora
from tests.support.native import files_of
from tests.support.spoken import spoken

NAMES = ["with space", "quote'\"", "new\nline", "Zürich 東京", "-dash", "..", "...", "a%sb;$(x)`y`", "#"]
NOT_UTF8 = "\udcff"


def test_files_of_any_speaker_name_stay_inside_the_folder(tmp_path):
    root = tmp_path / "raw/own"
    for number, name in enumerate((*NAMES, NOT_UTF8), 1):
        _, base = write_recording(root, {**SPEC, "speaker": "(?s)x(.*)_[0-9]+"}, number)
        for ending in (".wav", ".csv"):
            base.with_suffix(ending).rename(base.with_name(f"x{name}_001{ending}"))
    counts = ingest("own", IngestParams(raw=tmp_path / "raw"), Workspace(tmp_path), workers=1)
    assert (counts["utterances"], counts["unreadable"]) == (len(NAMES), 1)
    assert "unreadable,own/\\udcff/" in (tmp_path / "metrics/ingest/own.csv").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"raw", "data", "metrics"}
    assert {str(path.relative_to(tmp_path / "data")) for path in files_of(tmp_path / "data")} == {
        f"ingested/own/{name}.npz" for name in NAMES
    }
    for name in NAMES:
        (utterance,) = store.Reader(tmp_path / f"data/ingested/own/{name}.npz", Utterance)
        assert (utterance.speaker, utterance.name) == (name, f"x{name}_001")


@pytest.mark.parametrize("speaker", ["../out", "/tmp/out", "a/b", "", "a\0b"])  # noqa: S108 -- nothing is written there
def test_speaker_names_that_leave_the_folder_are_rejected(tmp_path, speaker):
    """A store from another source may hold such names, and later stages use them as file names."""
    record = replace(spoken(corpora.get("mocha"), 1), speaker=speaker)
    with pytest.raises(BadData, match="is not a valid speaker name"), store.Writer(tmp_path / "in/here") as writer:
        writer.add(record)
    assert files_of(tmp_path) == []
