"""Reader of USC-TIMIT on hand-made files: what its description requires beyond the common contract."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.io import savemat

from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.formats import transcript
from artinv.runtime.errors import BadData
from tests.support import corpora
from tests.support.native import FIELDS, coil, put_wav, read_all, structs
from tests.support.spoken import spoken

ORDER = ("UL", "JAW", "TT", "TD", "LL", "TB")


def put_usc(root, first, last, rows, seconds, *, value=0.0, rate=98.0, order=ORDER, early=0.1, **changes):
    """Write a file with coil k of ORDER at x = k + value, y = -k, z = 50, and sound that is loud in labelled speech."""
    stem = f"usctimit_ema_f5_{first:03d}_{last:03d}"
    folder = root / "F5"
    times = np.arange(int(seconds * 20000)) / 20000
    loud = np.zeros(len(times))
    for start, end, *_, index in rows:
        if index:
            loud[(times >= start) & (times < end)] = 0.3
    put_wav(folder / "wav" / f"{stem}.wav", loud * np.sin(2 * np.pi * 200 * times), 20000)
    frames = int((seconds - early) * rate)
    elements = [{"NAME": "AUDIO", "SRATE": 20000.0, "SIGNAL": changes.get("AUDIO", np.zeros((10, 1)))}]
    for name in order:
        k = ORDER.index(name)
        signal = np.tile([k + value, -k, 50.0], (frames, 1))
        elements.append({"NAME": name, "SRATE": rate, "SIGNAL": changes.get(name, signal)})
    (folder / "mat").mkdir(parents=True, exist_ok=True)
    (folder / "trans").mkdir(parents=True, exist_ok=True)
    savemat(folder / "mat" / f"{stem}.mat", {stem: structs(elements, [*FIELDS, "EXTRA"])})
    (folder / "trans" / f"{stem}.trans").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


ONE = [
    (0, 0.5, "sil", "", "", ""), (0.5, 1.0, "dh", "they", "They say, yes, no.", 1),
    (1.0, 1.5, "s", "say", "They say, yes, no.", 1), (1.5, 2.0, "sil", "", "", ""), (2.0, 3.0, "n", "no", "No.", 2),
]
TWO = [
    (0, 0.5, "ow", "no", "No.", 2), (0.5, 1.0, "sil", "", "", ""), (1.0, 2.0, "g", "go", "Go!", 3), (2.0, 2.5, "sil", "", "", ""),
]


@pytest.mark.parametrize(("samples", "scale"), [
    ([1.01, -0.5], 1), ([8192.0, -16384.0], 32768), (np.array([8192, -16384], np.int16), 32768),
])
def test_usc_scales_only_whole_numbers_of_a_sound_in_the_mat(tmp_path, samples, scale):
    signal = np.zeros((60000, 1), np.asarray(samples).dtype)
    signal[10000:30000, 0] = np.resize(samples, 20000)
    rows = [(0, 0.5, "sil", "", "", ""), (0.5, 1.5, "dh", "they", "They.", 1), (1.5, 3.0, "sil", "", "", "")]
    put_usc(tmp_path, 1, 1, rows, 3.0, AUDIO=signal)
    (tmp_path / "F5/wav/usctimit_ema_f5_001_001.wav").unlink()
    got = read_all("usc", tmp_path)[0]
    assert np.abs(got.sound).max() == np.float32(np.abs(samples).max() / scale)


def test_usc_finds_sensors_by_name(tmp_path):
    put_usc(tmp_path / "a", 1, 2, ONE, 3.0)
    put_usc(tmp_path / "b", 1, 2, ONE, 3.0, order=ORDER[::-1])
    for got in (read_all("usc", tmp_path / "a")[0], read_all("usc", tmp_path / "b")[0]):
        for name, native in {"tt": "TT", "td": "TD", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}.items():
            assert np.array_equal(coil(got, f"{name}_x"), np.full(len(got.coils), ORDER.index(native)))
            assert np.array_equal(coil(got, f"{name}_y"), np.full(len(got.coils), -ORDER.index(native)))
        assert got.coil_rate == 98.0
        assert not got.framed


def test_usc_sentences_are_cut_in_the_silence_between(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    first, second = read_all("usc", tmp_path)
    assert (first.name, second.name) == ("usctimit_ema_f5_001", "usctimit_ema_f5_002")
    assert (first.text, first.sentence) == ("They say, yes, no.", "they say yes no")
    assert first.seconds == pytest.approx(1.75)
    assert second.seconds == pytest.approx(1.25)
    assert [(label.text, label.start, label.end) for label in second.phones] == [("sil", 0, 0.25), ("n", 0.25, 1.25)]
    assert [label.text for label in first.words] == ["they", "say"]
    assert 0 <= second.coil_start < 1 / 98
    assert second.coil_start + 1.75 == pytest.approx(172 / 98)
    assert len(first.coils) + len(second.coils) == int(2.9 * 98)


def test_usc_joins_a_sentence_that_continues_in_the_next_file(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    put_usc(tmp_path, 2, 3, TWO, 2.5, value=100.0)
    sources = corpora.get("usc").find(tmp_path).sources
    assert [len([path for path in source.files if path.suffix == ".mat"]) for source in sources] == [2, 1]
    first, second, third = read_all("usc", tmp_path)
    assert [first.notes, second.notes, third.notes] == [
        (), ("sentence over two files: usctimit_ema_f5_002 begins in usctimit_ema_f5_001_002",), ()]
    assert [label.text for label in second.phones] == ["sil", "n", "ow", "sil"]
    assert [label.start for label in second.phones] == pytest.approx([0, 0.25, 1.25, 1.75])
    assert [label.text for label in second.words] == ["no"]
    assert second.seconds == pytest.approx(1.25 + 0.75)
    assert third.text == "Go!"
    assert third.seconds == pytest.approx(1.75)
    times = second.coil_start + np.arange(len(second.coils)) / second.coil_rate
    tip = coil(second, "tt_x")
    assert (tip[times < 1.14] == 2).all()
    assert np.isnan(tip[(times > 1.16) & (times < 1.25)]).all(), "the gap before the next file must be lost"
    assert (tip[times > 1.26] == 102).all()
    assert not {first.id, second.id, third.id} - {f"usc/F5/usctimit_ema_f5_00{number}" for number in (1, 2, 3)}


def test_usc_resamples_the_second_file_to_the_clock_of_the_first(tmp_path):
    """The sensor of the second file, which has another rate, holds its own time."""
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    ramp = np.arange(int(2.4 * 101)) / 101
    put_usc(tmp_path, 2, 3, TWO, 2.5, rate=101.0, **{
        name: np.stack([ramp if name == "TT" else ramp * 0, ramp * 0, ramp * 0], axis=1) for name in ORDER})
    _, second, _ = read_all("usc", tmp_path)
    times = 1.75 + second.coil_start + np.arange(len(second.coils)) / second.coil_rate
    later = times > 3
    np.testing.assert_allclose(coil(second, "tt_x")[later], times[later] - 3, atol=1e-4)
    assert later.sum() == 73  # the second file's share of the sentence at 98 Hz


def test_usc_names_both_files_of_a_sentence_with_two_sampling_rates(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    put_usc(tmp_path, 2, 3, TWO, 2.5)
    put_wav(tmp_path / "F5" / "wav" / "usctimit_ema_f5_002_003.wav", np.zeros(40000), 16000)
    source = corpora.get("usc").find(tmp_path).sources[0]
    words = r"/usctimit_ema_f5_001_002\.wav: differs in the rate .* from usctimit_ema_f5_002_003\.wav, .*; restore both"
    with pytest.raises(BadData, match=words):
        corpora.get("usc").read(source)


def test_usc_does_not_join_a_file_without_a_usable_transcript(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    put_usc(tmp_path, 2, 3, TWO, 2.5)
    (tmp_path / "F5" / "trans" / "usctimit_ema_f5_002_003.trans").write_text("not a transcript\n")
    source = corpora.get("usc").find(tmp_path).sources[0]
    second = corpora.get("usc").read(source)[1]
    assert [label.text for label in second.phones] == ["sil", "n"]


def test_usc_sound_without_transcript_is_cut_at_pauses_or_rejected(tmp_path):
    rows = [(0, 3.0, "a", "a", "A.", 6)]
    put_usc(tmp_path, 6, 7, rows, 3.0)
    (tmp_path / "F5" / "trans" / "usctimit_ema_f5_006_007.trans").unlink()
    with pytest.raises(BadData, match=r"no label file, and too few pauses to separate 2 sentences; add its \.trans"):
        read_all("usc", tmp_path)
    put_usc(tmp_path, 6, 7, [(0, 1.0, "a", "a", "A.", 6), (1.0, 2.0, "sil", "", "", ""), (2.0, 3.0, "b", "b", "B.", 7)], 3.0)
    (tmp_path / "F5" / "trans" / "usctimit_ema_f5_006_007.trans").unlink()
    got = read_all("usc", tmp_path)
    assert [(utterance.order, utterance.sentence, utterance.seconds) for utterance in got] == [
        (6, "timit-460/006", pytest.approx(1.5, abs=0.02)), (7, "timit-460/007", pytest.approx(1.5, abs=0.02))]


def test_usc_rejects_a_file_without_sound(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    stem = "usctimit_ema_f5_001_002"
    (tmp_path / "F5" / "wav" / f"{stem}.wav").unlink()
    path = tmp_path / "F5" / "mat" / f"{stem}.mat"
    path.write_bytes(path.read_bytes().replace(b"AUDIO", b"OTHER"))
    with pytest.raises(BadData, match=r"has no element AUDIO and no \.wav file"):
        read_all("usc", tmp_path)


def test_usc_joins_files_with_consecutive_numbers(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    put_usc(tmp_path, 3, 3, TWO, 2.5)
    assert [utterance.order for utterance in read_all("usc", tmp_path)] == [1, 2, 3]
    assert read_all("usc", tmp_path)[1].phones[2].text == "ow"


def test_usc_detects_transcripts_of_another_session(tmp_path):
    put_usc(tmp_path, 1, 2, ONE, 3.0)
    path = tmp_path / "F5" / "trans" / "usctimit_ema_f5_001_002.trans"
    wrong = [(0, 0.5, "dh", "they", "They say.", 1), (0.5, 1.5, "sil", "", "", ""), (1.5, 2.0, "n", "no", "No.", 2),
             (2.0, 3.0, "sil", "", "", "")]
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in wrong))
    got = read_all("usc", tmp_path)
    assert [utterance.text for utterance in got] == ["They say.", "No."]
    assert all(utterance.phones == () for utterance in got)
    assert all(utterance.notes[0].startswith("transcript does not fit the sound: ") for utterance in got)
    assert got[0].seconds == pytest.approx(1.75, abs=0.02)
    summary = ingest("usc", IngestParams(raw=_under(tmp_path, "usc")), Workspace(tmp_path), workers=1)
    assert summary["notes"] == {"transcript does not fit the sound": 2}


def _under(root, name):
    (root / "raw").mkdir()
    (root / "raw" / name).symlink_to(root)
    return root / "raw"


def test_usc_reads_lost_samples_and_rejects_bad_sensors(tmp_path):
    signal = np.tile([2.0, -2.0, 50.0], (int(2.9 * 98), 1))
    signal[50:60, :2] = np.nan
    put_usc(tmp_path, 1, 2, ONE, 3.0, TT=signal)
    utterance = read_all("usc", tmp_path)[0]
    assert np.flatnonzero(np.isnan(coil(utterance, "tt_x"))).tolist() == list(range(50, 60))
    put_usc(tmp_path, 1, 2, ONE, 3.0, TT=signal[:-3])
    with pytest.raises(BadData, match="differ in rate or length"):
        read_all("usc", tmp_path)
    put_usc(tmp_path, 1, 2, ONE, 3.0, order=ORDER[1:])
    with pytest.raises(BadData, match="has no sensor UL"):
        read_all("usc", tmp_path)


def test_usc_reads_sound_from_the_mat_file(tmp_path):
    corpus = corpora.get("usc")
    utterances = [spoken(corpus, number) for number in range(1, 6)]
    corpus.write(tmp_path, utterances)
    expected = read_all("usc", tmp_path)
    for path in tmp_path.rglob("*.wav"):
        path.unlink()
    assert all(np.array_equal(before.sound, after.sound) for before, after in zip(expected, read_all("usc", tmp_path), strict=True))


def test_usc_transcript_rows_are_written_as_in_the_corpus():
    row = transcript.Row(0.5, 1.25, "dh", "they", "They say, yes, no.", 7)
    assert transcript.line(row) == "0.500,1.250,dh,they,They say, yes, no.,7\n"
    assert transcript.line(replace(row, text="", index=None)) == "0.500,1.250,dh,they,,\n"


def test_usc_a_repeated_sentence_is_reported_and_kept_once(tmp_path):
    put_usc(tmp_path / "usc", 1, 2, ONE, 3.0)
    rows = [(0, 0.5, "sil", "", "", ""), (0.5, 2.0, "dh", "they", "They say.", 1), (2, 2.5, "sil", "", "", "")]
    put_usc(tmp_path / "usc", 7, 7, rows, 2.5)
    summary = ingest("usc", IngestParams(raw=tmp_path), Workspace(tmp_path), workers=1)
    assert summary["utterances"] == 2
    table = (tmp_path / "metrics/ingest/usc.csv").read_text()
    assert "usc/F5/usctimit_ema_f5_001: the same sentence again, in usctimit_ema_f5_007_007" in table
