"""Reader and writer of MOCHA-TIMIT on hand-made files: what its description requires beyond the common contract."""

import numpy as np
import pytest

from artinv.formats import labels
from tests.support import corpora
from tests.support.native import coil, put_est, put_wav, read_all
from tests.support.spoken import spoken


def put_mocha(root, number=1, speaker="fsew0", names=("tt_x", "tt_y", "v_x ", "v_y ", "****", "****")):
    values = np.tile(np.arange(1, len(names) + 1) * 100.0, (250, 1))
    put_est(root / f"{speaker}_{number:03d}.ema", names, values, 500)
    put_wav(root / f"{speaker}_{number:03d}.wav", np.zeros(8000))


def test_mocha_converts_units_and_axes(tmp_path):
    put_mocha(tmp_path)
    got = read_all("mocha", tmp_path)[0]
    assert [coil(got, name)[0] for name in ("tt_x", "tt_y", "v_x", "v_y")] == [-1, 2, -3, 4]
    assert np.isnan(coil(got, "li_x")).all()


@pytest.mark.parametrize("place", [".", "fsew0_v1.1", "elsewhere/deep"])
def test_mocha_list_of_sentences_may_be_in_any_folder(tmp_path, place):
    put_mocha(tmp_path / "fsew0_v1.1", 1)
    put_mocha(tmp_path / "fsew0_v1.1", 2)
    put_mocha(tmp_path / "fsew0_v1.1", 3)
    (tmp_path / place).mkdir(exist_ok=True, parents=True)
    (tmp_path / place / "mocha-timit.txt").write_text("001. This was easy for us.\n\n002. Is this\n     seesaw safe?\n\n")
    got = read_all("mocha", tmp_path)
    assert [utterance.text for utterance in got] == ["This was easy for us.", "Is this seesaw safe?", ""]
    assert [utterance.sentence for utterance in got] == ["this was easy for us", "is this seesaw safe", "timit-460/003"]


def test_mocha_without_the_list_numbers_sentences(tmp_path):
    put_mocha(tmp_path)
    assert read_all("mocha", tmp_path)[0].sentence == "timit-460/001"
    assert any(missing.subject == "mocha-timit.txt" for missing in corpora.get("mocha").find(tmp_path).missing)


def test_mocha_handles_known_faults(tmp_path):
    put_mocha(tmp_path, 118, "msak0")
    put_mocha(tmp_path, 268, "msak0")
    put_mocha(tmp_path, 1, "fjmw0")
    put_mocha(tmp_path, 466, "falh0")
    put_mocha(tmp_path, 465, "falh0")
    put_wav(tmp_path / "fsew0_palate.wav", np.zeros(10))
    listing = corpora.get("mocha").find(tmp_path)
    assert [source.name for source in listing.sources] == ["msak0_118", "falh0_465"]
    skipped = "\n".join(listing.skipped)
    for word in ("msak0_268.wav: its sound", "falh0_466.ema: known", "fsew0_palate.wav: palate", "2 files of fjmw0"):
        assert word in skipped
    first = read_all("mocha", tmp_path)[0]
    assert np.isnan(coil(first, "tt_x")).all()
    assert not np.isnan(coil(first, "v_x")).any()
    assert "coil known to be bad: tt" in first.notes


@pytest.mark.parametrize("rows", ["0 0.2\n", "a b c\n", "0.5 0.2 s\n", "-1 0.2 s\n", "0 inf s\n", "\n"])
def test_mocha_with_bad_labels_reads_the_rest(tmp_path, rows):
    put_mocha(tmp_path)
    (tmp_path / "fsew0_001.lab").write_text("0 0.1 sil\n" * (rows != "\n") + rows)
    got = read_all("mocha", tmp_path)[0]
    assert got.phones == ()
    assert got.notes[0].startswith("label file not usable: ")


def test_mocha_finds_texts_by_number(tmp_path):
    put_mocha(tmp_path, 123)
    (tmp_path / "mocha-timit.txt").write_text("023. Not this.\n123. But this.\n")
    got = read_all("mocha", tmp_path)[0]
    assert (got.order, got.text) == (123, "But this.")


def test_mocha_writer_does_not_shorten_motion_without_labels(tmp_path):
    corpus = corpora.get("mocha")
    corpus.write(tmp_path, [spoken(corpus, number, phones=(), words=()) for number in range(1, 9)])
    assert {len(utterance.coils) for utterance in read_all("mocha", tmp_path)} == {600}


def test_an_unreadable_label_file_is_a_note(tmp_path):
    phones, (note,) = labels.optional(tmp_path, labels.spans)
    assert phones == ()
    assert note == f"label file not usable: {tmp_path}: cannot be read (Is a directory); restore the file from the corpus"


def test_mocha_reports_incomplete_utterances(tmp_path):
    put_mocha(tmp_path, 1)
    put_mocha(tmp_path, 2)
    (tmp_path / "fsew0_001.ema").unlink()
    listing = corpora.get("mocha").find(tmp_path)
    assert [source.name for source in listing.sources] == ["fsew0_002"]
    lines = [str(missing) for missing in listing.missing]
    assert "fsew0: 1 of 2 utterances have no .ema (fsew0_001 first); they are left out" in lines
    assert "fsew0: 2 of 2 utterances have no .lab (fsew0_001 first); they are read without it" in lines
    assert "msak0: no file; the speaker is left out" in lines
