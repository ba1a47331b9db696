"""Compare written files with the utterances, by an independent reader made from the descriptions of the formats alone."""

import numpy as np
import pytest

from artinv.core.channels import COIL_COLUMNS
from tests.support import corpora, independent
from tests.support.spoken import spoken

MS = np.arange(0.2, 1.0, 0.01)
"""Times in s at which coils are compared, far from the ends."""


def column(utterance, name):
    values = utterance.coils[:, COIL_COLUMNS.index(name)]
    return np.interp(MS, np.arange(len(values)) / 200, values)


def seen(values, rate, start=0.0):
    return np.interp(MS + start, np.arange(len(values)) / rate, values)


def test_mocha_files_hold_sound_coils_and_labels(tmp_path):
    corpus = corpora.get("mocha")
    shorter, breaths = 0, 0
    for speaker in ("fsew0", "maps0"):
        for number in range(1, 13):
            utterance = spoken(corpus, number, speaker)
            corpus.write(tmp_path, [utterance])
            got = independent.mocha(tmp_path, f"{speaker}_{number:03d}")
            assert got["rate"] == 16000
            assert np.array_equal(got["sound"], np.rint(utterance.sound * 32768))
            for name in COIL_COLUMNS[: 14 if speaker == "fsew0" else 12]:
                sign = -100 if name.endswith("x") else 100
                assert np.allclose(seen(got["channels"][name], 500), sign * column(utterance, name), atol=2), name
            assert (speaker == "fsew0") == (not np.isnan(got["channels"]["v_x"]).any())
            assert got["frames"] <= 500 * utterance.seconds
            shorter += got["frames"] < 500 * utterance.seconds - 10
            if speaker == "maps0":
                assert got["labels"] is None
                continue
            texts = [row[2] for row in got["labels"]]
            breaths += "breath" in texts
            assert [text for text in texts if text != "breath"] == ["sil", "dh", "@", "k", "aa", "t", "s", "ei", "sil"]
            assert all(len(row) == 3 and float(row[0]) <= float(row[1]) for row in got["labels"])
            assert got["labels"][0][0] == "0"
            assert all(row[1] == following[0] for row, following in zip(got["labels"], got["labels"][1:], strict=False))
    assert 0 < shorter < 24
    assert 0 < breaths < 12


def test_mocha_list_holds_numbered_sentences(tmp_path):
    corpora.get("mocha").finish(tmp_path, ["This was easy for us.", "Is this seesaw safe?"])
    assert independent.mocha_list(tmp_path) == {"001": "This was easy for us.", "002": "Is this seesaw safe?"}


def test_mngu0_files_hold_sound_coils_and_labels(tmp_path):
    corpus = corpora.get("mngu0")
    utterance = spoken(corpus, 7)
    corpus.write(tmp_path, [utterance])
    got = independent.mngu0(tmp_path, "mngu0_s1_0007")
    assert got["rate"] == 16000
    assert np.array_equal(got["sound"], np.rint(utterance.sound * 32768))
    assert np.allclose(got["times"], np.arange(len(got["times"])) / 200)
    names = {"tt": "T1", "tb": "T2", "td": "T3", "li": "jaw", "ul": "upperlip", "ll": "lowerlip"}
    for coil, native in names.items():
        assert np.allclose(seen(got["channels"][f"{native}_py"], 200), -column(utterance, f"{coil}_x") / 10, atol=1e-3)
        assert np.allclose(seen(got["channels"][f"{native}_pz"], 200), column(utterance, f"{coil}_y") / 10, atol=1e-3)
        assert np.all(got["channels"][f"{native}_rms"] < 10)
    assert [row[2] for row in got["labels"]] == ["#", "D", "@", "k", "A", "t", "s", "eI", "#"]
    assert [row[1] for row in got["labels"]] == pytest.approx([label.end for label in utterance.phones], abs=1e-5)


@pytest.mark.parametrize("speaker", ["F1", "F5", "M1", "M3"])
def test_usc_files_hold_sound_coils_and_transcripts(tmp_path, speaker):
    corpus = corpora.get("usc")
    utterances = [spoken(corpus, number, speaker) for number in range(6, 11)]
    corpus.write(tmp_path, utterances)
    stem = f"usctimit_ema_{speaker.lower()}_006_010"
    got = independent.usc(tmp_path, speaker, stem)
    assert got["rate"] == 20000
    assert float(got["audio"].SRATE[0, 0]) == 20000
    assert np.array_equal(got["audio"].SIGNAL[:, 0], got["sound"])
    assert len(got["sound"]) == 5 * 24000
    assert {name for name, _, _ in got["sensors"]} == {"TT", "TB", "TD", "UL", "LL", "JAW"}
    for name, rate, signal in got["sensors"]:
        coil = {"JAW": "li"}.get(name, name.lower())
        assert 97.4 < rate < 100.1
        assert rate != 100
        assert signal.shape[1] == 3
        missing = 6.0 - len(signal) / rate
        assert missing < (0.13 if speaker.startswith("F") else 0.02)
        for position, utterance in enumerate(utterances):
            for axis, values in zip("xy", signal.T, strict=False):
                assert np.allclose(seen(values, rate, 1.2 * position), column(utterance, f"{coil}_{axis}"), atol=0.15)
        assert np.abs(np.diff(signal[:, :2], axis=0)).max() < 2.5, "coils must not jump between sentences"
    rows = got["rows"]
    assert [row[5] for row in rows] == [index for n in range(6, 11) for index in ["", *[str(n)] * 7, ""]]
    assert {row[4] for row in rows if row[5]} == {utterance.text for utterance in utterances}
    assert [row[2] for row in rows[:9]] == ["sil", "dh", "ah", "k", "aa", "t", "s", "ey", "sil"]
    assert [row[3] for row in rows[:9]] == ["", "the", "the", "cot", "cot", "cot", "say", "say", ""]
    assert rows[-1][1] == pytest.approx(6.0)


def test_usc_order_of_sensors_differs(tmp_path):
    corpus = corpora.get("usc")
    orders = set()
    for speaker in corpus.speakers:
        corpus.write(tmp_path, [spoken(corpus, number, speaker) for number in range(1, 6)])
        got = independent.usc(tmp_path, speaker, f"usctimit_ema_{speaker.lower()}_001_005")
        orders.add(tuple(name for name, _, _ in got["sensors"]))
    assert len(orders) == 4


def test_usc_motion_of_f5_mostly_ends_early(tmp_path):
    corpus = corpora.get("usc")
    early = []
    for first in range(1, 60, 5):
        corpus.write(tmp_path, [spoken(corpus, number, "F5", seconds=0.5) for number in range(first, first + 5)])
        got = independent.usc(tmp_path, "F5", f"usctimit_ema_f5_{first:03d}_{first + 4:03d}")
        _, rate, signal = got["sensors"][0]
        early.append(2.5 - len(signal) / rate)
    assert sum(0.069 < seconds < 0.121 for seconds in early) >= 6
    assert all(seconds < 0.011 for seconds in early if seconds < 0.069)


def test_hprc_files_hold_sound_coils_and_labels(tmp_path):
    corpus = corpora.get("hprc")
    for number, speaker, stem in ((1, "F01", "F01_B01_S01_R01_N"), (12, "M04", "M04_B02_S02_R01_N")):
        utterance = spoken(corpus, number, speaker)
        corpus.write(tmp_path, [utterance])
        got = independent.hprc(tmp_path, speaker, stem)
        assert got["rate"] == 44100
        assert got["text"] == utterance.text
        assert np.abs(got["sound"]).max() <= 1
        assert len(got["sound"]) == pytest.approx(1.2 * 44100, abs=2)
        for coil, native in {"tt": "TT", "td": "TR", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}.items():
            assert np.allclose(seen(got["sensors"][native][:, 0], 100), column(utterance, f"{coil}_x"), atol=0.1)
            assert np.allclose(seen(got["sensors"][native][:, 2], 100), column(utterance, f"{coil}_y"), atol=0.1)
        assert [row[0] for row in got["PHONES"]] == ["sp", "DH", "AH0", "K", "AA1", "T", "S", "EY1", "sp"]
        assert [row[0] for row in got["WORDS"]] == ["sp", "THE", "COT", "SAY", "sp"]
        assert [row[1:] for row in got["PHONES"]] == [(label.start, label.end) for label in utterance.phones]


def test_a_native_name_is_kept(tmp_path):
    corpus = corpora.get("hprc")
    corpus.write(tmp_path, [spoken(corpus, 2, name="F01_B01_S01_R01_F"), spoken(corpus, 3, name="F01_B01_S01_R02_N")])
    assert sorted(path.stem for path in tmp_path.rglob("*.mat")) == ["F01_B01_S01_R01_F", "F01_B01_S01_R02_N"]
