"""USC-TIMIT transcripts: reading and writing rows, and the comparison of labels with sound of known level."""

import numpy as np
import pytest

from artinv.core.records import Label
from artinv.formats import transcript
from artinv.formats.transcript import Row
from artinv.runtime.errors import BadData

RATE = 16000
GOOD = '0,0.5,sil,,,\n0.5,1.0,dh,they,They say, yes.,1\n1.0,1.5,n,no,"No.",2\n'


def save(folder, text):
    (folder / "a.trans").write_text(text, encoding="latin-1")
    return folder / "a.trans"


def test_reads_rows(tmp_path):
    assert transcript.read(save(tmp_path, GOOD.replace("\n", "\n\n"))) == (
        Row(0, 0.5, "sil", "", "", None), Row(0.5, 1, "dh", "they", "They say, yes.", 1), Row(1, 1.5, "n", "no", "No.", 2),
    )


def test_written_rows_are_read_back_unchanged(tmp_path):
    rows = transcript.read(save(tmp_path, GOOD))
    assert transcript.read(save(tmp_path, "".join(map(transcript.line, rows)))) == rows


@pytest.mark.parametrize("start", ["0.995", "0.99", "1.2"])
def test_rows_may_overlap_by_a_frame(tmp_path, start):
    assert len(transcript.read(save(tmp_path, GOOD.replace("1.0,1.5", f"{start},1.5")))) == 3


@pytest.mark.parametrize(("was", "becomes", "message"), [
    ("1.0,1.5", "0.985,1.5", "are not in order"), ("1.0,1.5", "1.5,1.495", "are not in order"),
    ("1.0,1.5", "1.0,inf", "are not in order"), ("1.0,1.5", "1.0,nan", "are not in order"),
    ("0,0.5", "-0.02,0.5", "are not in order"), ("1.0,1.5", "one,1.5", "a row that is not"),
    ('"No.",2', '"No.",', "a row that is not"), ('"No.",2', '"No.",two', "a row that is not"), ("n,no,", "", "a row that is not"),
    (",1\n", ",1\n0.9,1.0,n,no,No.,2\n0.9,1.0,s,so,So.,1\n", "are not in order"),
])
def test_rows_with_bad_times_or_fields_are_rejected(tmp_path, was, becomes, message):
    with pytest.raises(BadData, match=rf"a\.trans: .*{message}"):
        transcript.read(save(tmp_path, GOOD.replace(was, becomes, 1)))


def test_a_transcript_without_speech_is_rejected(tmp_path):
    with pytest.raises(BadData, match="are not in order"):
        transcript.read(save(tmp_path, "0,0.5,sil,,,\n"))
    with pytest.raises(BadData, match=r"cannot be read \(Is a directory\)"):
        transcript.read(tmp_path)


def test_a_word_is_a_run_of_rows():
    rows = [Row(0, 1, "s", "so", "", 1), Row(1, 2, "ow", "so", "", 1), Row(2, 3, "sp", "", "", 1), Row(3, 4, "s", "so", "", 1),
            Row(4, 5, "sil", "so", "", None)]
    assert transcript.words(rows) == (Label("so", 0, 2), Label("so", 3, 4))
    assert transcript.shifted(rows[:1], 0.5) == (Row(0.5, 1.5, "s", "so", "", 1),)


def sound(*parts):
    """Return a square wave; each part is (seconds, level in dB of full scale)."""
    signs = [np.resize([1.0, -1.0], round(seconds * RATE)) * 10 ** (level / 20) for seconds, level in parts]
    return np.concatenate(signs).astype(np.float32)


def test_level_of_a_square_wave():
    levels = transcript.level(sound((0.5, -20), (0.255, -40)), RATE)
    assert levels == pytest.approx([-20] * 50 + [-40] * 25, abs=1e-3)
    assert transcript.level(np.zeros(320), RATE).tolist() == [-100, -100]


ROWS = (Row(0, 0.5, "sil", "", "", None), Row(0.5, 1.0, "a", "a", "A.", 1), Row(1.0, 1.5, "sil", "", "", None))


@pytest.mark.parametrize(("parts", "expected"), [
    ([(0.5, -60), (0.5, -53.8), (0.5, -60)], True), ([(0.5, -60), (0.5, -54.2), (0.5, -60)], False),  # 6 dB
    ([(0.5, -20), (0.5, -60), (0.5, -20)], False),
    ([(0.5, -60), (0.5, -20), (0.02, -60)], True), ([(0.5, -60), (0.48, -20)], False),  # ends half a second early
    ([(0.5, -60), (0.5, -20), (0.5, -60), (0.19, -20)], True), ([(0.5, -60), (0.5, -20), (0.5, -60), (0.2, -20)], False),
    ([(0.5, -60), (0.5, -20), (0.5, -60), (0.5, -60)], True),
])
def test_labels_fit_if_the_sound_is_loud_in_labelled_speech_only(parts, expected):
    assert transcript.labels_fit(ROWS, sound(*parts), RATE) == expected


@pytest.mark.parametrize(("silence", "speech", "expected"), [(1.0, 0.19, False), (0.19, 1.0, True), (0.19, 0.19, False)])
def test_labels_fit_never_with_little_speech_and_always_with_little_silence(silence, speech, expected):
    rows = (Row(0, silence, "sil", "", "", None), Row(silence, silence + speech, "a", "a", "A.", 1))
    assert transcript.labels_fit(rows, sound((silence, -20), (speech, -20)), RATE) == expected
    spoken = (rows[0], Row(silence, silence + 0.2, "a", "a", "A.", 1))
    result = transcript.labels_fit(spoken, sound((silence, -20), (0.2, -20)), RATE)
    assert result == (silence < 0.2)
    assert transcript.labels_fit(rows, sound((silence, -60), (speech, -20)), RATE) == expected


def test_pauses_returns_midpoints_of_the_longest_pauses_in_order():
    loud = sound((0.3, -70), (0.5, -20), (0.3, -70), (0.5, -20), (0.2, -70), (0.5, -20), (0.4, -70), (0.5, -20), (0.6, -70))
    middles = [0.95, 1.7, 2.5]
    assert transcript.pauses(loud, RATE, 3) == pytest.approx(middles, abs=0.011)
    assert transcript.pauses(loud, RATE, 2) == pytest.approx([middles[0], middles[2]], abs=0.011)
    assert transcript.pauses(loud, RATE, 9) == pytest.approx(middles, abs=0.011)
    assert transcript.pauses(loud, RATE, 0) == []
    soft = sound((0.5, -20), (0.3, -43), (0.5, -20), (0.2, -47), (0.5, -20), (0.5, -70), (0.5, -20))  # half of the range is -45 dB
    assert transcript.pauses(soft, RATE, 9) == pytest.approx([1.4, 2.25], abs=0.011)
    assert transcript.pauses(loud[:600], RATE, 1) == []
