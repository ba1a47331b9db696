"""docs/add-a-corpus.md, followed to the letter: a fifth corpus from one new file."""

import re

import numpy as np
import pytest

from artinv import corpora
from artinv.checks.run import check
from artinv.clean import CleanParams
from artinv.errors import BadParams
from artinv.ingest import IngestParams, ingest
from artinv.store import Reader
from artinv.utterance import Utterance
from tests.house import CHOICES, ROOT
from tests.native import put_wav
from tests.spoken import spoken

TEXT = (ROOT / "docs" / "add-a-corpus.md").read_text(encoding="utf-8")
SENSORS = {"tt": "T1", "td": "T3", "tb": "T2", "li": "JAW", "ul": "UPPER", "ll": "LOWER"}


@pytest.fixture
def tapes(tmp_path, monkeypatch):
    """The code of step 2 in a folder that artinv.corpora finds too, and the recordings of step 3."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "tapes.py").write_text(re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1])
    monkeypatch.setattr(corpora, "__path__", [*corpora.__path__, str(tmp_path / "code")])
    made = [spoken(corpora.get("hprc"), number, speaker) for speaker in ("anna", "bob") for number in (1, 2, 10)]
    for one in made:
        base = tmp_path / "raw" / "tapes" / one.speaker / f"{one.speaker}_{one.order}"
        put_wav(base.with_suffix(".wav"), one.sound, 22050)
        head = [f"{SENSORS[coil]}_{axis}" for coil in SENSORS for axis in ("back", "up")]
        rows = one.coils[:, :12] / np.tile([-10.0, 10.0], 6)
        lines = [",".join(head), *(",".join(f"{x:.6f}" for x in row) for row in rows)]
        base.with_suffix(".csv").write_text("\n".join(lines) + "\n")
    return tmp_path, made


def test_the_five_steps(tapes):
    folder, made = tapes
    assert re.findall(r"^\*\*(\d)\. ", TEXT, re.MULTILINE) == list("12345")
    assert corpora.names() == ["hprc", "mngu0", "mocha", "own", "tapes", "usc"]
    assert "tapes" not in corpora.spoken()
    summary = ingest("tapes", IngestParams(raw=folder / "raw"), data=folder / "data", metrics=folder / "metrics", workers=1)
    assert summary["utterances"] == 6
    assert summary["unreadable"] == summary["missing"] == 0
    for speaker in ("anna", "bob"):
        own = [one for one in made if one.speaker == speaker]
        kept = {one.order: one for one in Reader(folder / "data" / "ingested" / "tapes" / f"{speaker}.npz", Utterance)}
        assert sorted(kept) == [1, 2, 10]
        for one in own:
            assert np.allclose(kept[one.order].coils[:, :12], one.coils[:, :12], atol=1e-4)
            assert np.array_equal(kept[one.order].sound, one.sound)
    found = check(folder / "raw", ["tapes"], CleanParams.load(CHOICES), 1)
    assert {one.kind for one in found.suspicious} <= {"length"}  # the sound was given another rate


def test_without_the_file_there_is_no_such_corpus():
    with pytest.raises(BadParams, match="unknown corpus 'tapes'"):
        corpora.get("tapes")
