"""Findings about missing files, whose kind follows from the consequence, and the head of the report."""

from pathlib import Path

import pytest

from artinv.checks import files, report
from artinv.checks.run import CheckResult
from artinv.corpora.native.source import Consequence, Listing, Missing

KINDS = {
    Consequence.RECORDINGS_LEFT_OUT: ("warning", "missing file"), Consequence.SENTENCES_BY_NUMBER: ("warning", "missing text"),
}


@pytest.mark.parametrize("consequence", Consequence)
def test_the_consequence_of_missing_files_gives_severity_and_kind(consequence):
    listing = Listing((), (Missing("zoe", "no .ema", consequence), Missing("list.txt", "no list", consequence)))
    speaker, other = files.by_name("own", listing, ["zoe"])
    assert (speaker.severity, speaker.kind) == (other.severity, other.kind) == KINDS.get(consequence, ("note", "missing"))
    assert (speaker.speaker, speaker.what) == ("zoe", "no .ema")
    assert (other.speaker, other.what) == ("", "list.txt: no list")


def test_the_report_names_the_licence_of_a_real_corpus():
    """docs/reliability.md says so."""
    lines = report.text(CheckResult(raw=Path("raw"), synthetic={"hprc": True, "usc": False})).splitlines()
    assert "hprc  Haskins production rate comparison (synthetic)" in lines
    assert "usc  USC-TIMIT EMA (licence: research only, on request)" in lines
