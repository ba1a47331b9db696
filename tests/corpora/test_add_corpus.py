"""Follow docs/add-a-corpus.md literally: its two code blocks add a corpus `tapes`, which is then ingested and checked."""

import re

import numpy as np
import pytest

from artinv.checks.run import check
from artinv.core.records import Utterance
from artinv.core.store import Reader
from artinv.core.workspace import Workspace
from artinv.corpora import facts, readers, writers
from artinv.data.clean import CleanParams
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import BadParams
from tests.support import corpora
from tests.support.native import put_wav
from tests.support.spoken import spoken
from tools.deps import CHOICES, ROOT

TEXT = (ROOT / "docs" / "add-a-corpus.md").read_text(encoding="utf-8")
SENSORS = {"tt": "T1", "td": "T3", "tb": "T2", "li": "JAW", "ul": "UPPER", "ll": "LOWER"}


@pytest.fixture
def tapes(tmp_path, monkeypatch):
    """Write the code of steps 2 and 3 to folders that the registries search, and write recordings."""
    for registry, code in zip((facts, readers), re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL), strict=True):
        folder = tmp_path / registry.__name__.rpartition(".")[2]
        folder.mkdir()
        (folder / "tapes.py").write_text(code)
        monkeypatch.setattr(registry, "__path__", [*registry.__path__, str(folder)])
    made = [spoken(corpora.get("hprc"), number, speaker) for speaker in ("anna", "bob") for number in (1, 2, 10)]
    for utterance in made:
        base = tmp_path / "raw" / "tapes" / utterance.speaker / f"{utterance.speaker}_{utterance.order}"
        put_wav(base.with_suffix(".wav"), utterance.sound, 22050)
        head = [f"{SENSORS[coil]}_{axis}" for coil in SENSORS for axis in ("back", "up")]
        rows = utterance.coils[:, :12] / np.tile([-10.0, 10.0], 6)
        lines = [",".join(head), *(",".join(f"{x:.6f}" for x in row) for row in rows)]
        base.with_suffix(".csv").write_text("\n".join(lines) + "\n")
    return tmp_path, made


def test_the_documented_steps_add_a_corpus(tapes):
    folder, made = tapes
    assert re.findall(r"^\*\*(\d)\. ", TEXT, re.MULTILINE) == list("12345")
    assert facts.names() == ["hprc", "mngu0", "mocha", "own", "tapes", "usc"]
    assert "tapes" not in writers.names()
    summary = ingest("tapes", IngestParams(raw=folder / "raw"), Workspace(folder), workers=1)
    assert summary["utterances"] == 6
    assert summary["unreadable"] == summary["missing"] == 0
    for speaker in ("anna", "bob"):
        written = [utterance for utterance in made if utterance.speaker == speaker]
        stored = Reader(folder / "data" / "ingested" / "tapes" / f"{speaker}.npz", Utterance)
        ingested = {utterance.order: utterance for utterance in stored}
        assert sorted(ingested) == [1, 2, 10]
        for utterance in written:
            assert np.allclose(ingested[utterance.order].coils[:, :12], utterance.coils[:, :12], atol=1e-4)
            assert np.array_equal(ingested[utterance.order].sound, utterance.sound)
    result = check(folder / "raw", ["tapes"], CleanParams.load(CHOICES), 1)
    assert {finding.kind for finding in result.suspicious} <= {"length"}  # the sound has another rate than synthesized


def test_without_the_new_files_the_corpus_is_unknown():
    with pytest.raises(BadParams, match="unknown corpus 'tapes'"):
        facts.get("tapes")
