"""Names that people give, or that were chosen to lead out of a folder: every record stays below the folder that it belongs to."""

from dataclasses import replace

import pytest

from artinv.core import store
from artinv.core.records import Utterance
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import BadData
from tests.corpora.test_own import HOW, put
from tests.support import corpora
from tests.support.native import files_of
from tests.support.spoken import spoken

NAMES = ["with space", "quote'\"", "new\nline", "Zürich 東京", "-dash", "..", "...", "a%sb;$(x)`y`", "#"]
FOREIGN = "\udcff"  # a byte that is no UTF-8


def test_any_speaker_of_own_recordings_stays_below_the_folder(tmp_path):
    root = tmp_path / "raw/own"
    for number, name in enumerate((*NAMES, FOREIGN), 1):
        _, base = put(root, {**HOW, "speaker": "(?s)x(.*)_[0-9]+"}, number)
        for ending in (".wav", ".csv"):
            base.with_suffix(ending).rename(base.with_name(f"x{name}_001{ending}"))
    found = ingest("own", IngestParams(raw=tmp_path / "raw"), data=tmp_path / "data", metrics=tmp_path / "metrics", workers=1)
    assert (found["utterances"], found["unreadable"]) == (len(NAMES), 1)
    assert "unreadable,own/\\udcff/" in (tmp_path / "metrics/ingest/own.csv").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"raw", "data", "metrics"}
    assert {str(path.relative_to(tmp_path / "data")) for path in files_of(tmp_path / "data")} == {
        f"ingested/own/{name}.npz" for name in NAMES
    }
    for name in NAMES:
        (read,) = store.Reader(tmp_path / f"data/ingested/own/{name}.npz", Utterance)
        assert (read.speaker, read.name) == (name, f"x{name}_001")


@pytest.mark.parametrize("speaker", ["../out", "/tmp/out", "a/b", "", "a\0b"])  # noqa: S108 -- nothing is written there
def test_a_record_whose_speaker_leads_elsewhere_is_refused(tmp_path, speaker):
    """A store may come from somebody else; what is made of it bears the names that it says."""
    record = replace(spoken(corpora.get("mocha"), 1), speaker=speaker)
    with pytest.raises(BadData, match="is no name of a speaker"), store.Writer(tmp_path / "in/here") as writer:
        writer.add(record)
    assert files_of(tmp_path) == []
