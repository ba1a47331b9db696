"""Reading of one source: every error of a reader about its input becomes a rejected utterance that names the file."""

from artinv.core.records import Rejected
from artinv.corpora import readers
from artinv.data.ingest import read
from tests.corpora.test_own import SPEC, write_recording


def test_a_mapping_that_becomes_invalid_after_the_search_rejects_the_recording(tmp_path):
    write_recording(tmp_path, SPEC)
    (source,) = readers.get("own").find(tmp_path).sources
    (tmp_path / "own.yaml").write_text("unit: feet\n")
    rejected = read("own", "real", source)
    assert isinstance(rejected, Rejected)
    assert rejected.id == "own/anna/anna_001"
    assert rejected.reason.startswith(f"{tmp_path / 'own.yaml'}: ")
    assert "\n" not in rejected.reason
