"""Sessions: sentences in a row whose motion stays synchronous with the sound."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core import store
from artinv.core.channels import CHANNELS, COIL_COLUMNS
from artinv.core.records import Frames
from artinv.live import sessions
from artinv.live.sessions import SessionParams
from artinv.runtime.errors import BadParams
from tests.support.live import FRONT, SESSIONS, STILL, utterances


def changed(**values):
    return SessionParams.of(SESSIONS.model_dump() | values)


def test_each_sentence_has_its_own_motion_at_its_place():
    spoken = utterances()
    session = sessions.recorded(spoken, FRONT, SESSIONS, 0)
    assert [label.text for label in session.phones] == [utterance.name for utterance in spoken]
    assert np.isnan(session.motion[:25]).all()
    for utterance, part, label in zip(spoken, sessions.sentences(session), session.phones, strict=True):
        times = np.arange(part.start, part.stop) / session.rate - label.start
        inner = (times > 0.15) & (times < utterance.seconds - 0.15)
        for channel in (0, 5, 11, 16):
            coil = utterance.coils[:, COIL_COLUMNS.index(CHANNELS[channel])]
            expected = np.interp(times, np.arange(len(coil)) / utterance.coil_rate, coil)
            assert np.corrcoef(session.motion[part][inner, channel], expected[inner])[0, 1] > 0.97
    assert session.origin == "synthetic"
    assert (session.name, session.order, session.sentence) == (f"{spoken[0].name}_0", spoken[0].order, spoken[0].sentence)


def test_coils_that_begin_later_than_the_sound_are_later_in_the_session():
    spoken, fast = utterances(2), changed(augmentation=STILL | {"speed": 0.2})
    late = [replace(utterance, coil_start=0.1) for utterance in spoken]
    _, starts, pace = sessions.augmented(spoken, fast, 0)
    motion = sessions.recorded(late, FRONT, fast, 0).motion
    assert pace != pytest.approx(1, abs=0.01)
    for utterance, start in zip(late, starts, strict=True):
        times = np.arange(len(motion)) / FRONT.rate - start
        inside = (times > 0) & (times < utterance.seconds / pace - 0.02)
        np.testing.assert_array_equal(np.isnan(motion[inside, 0]), times[inside] < 0.1 / pace - 1e-6)


def test_labels_follow_their_sentences_when_these_are_joined():
    spoken = utterances(2)
    joined, starts = sessions.join(spoken, 0.5)
    assert starts == pytest.approx([0.5, 0.5 + spoken[0].seconds])
    assert [(label.text, label.start, label.end) for label in joined.phones] == [
        (label.text, pytest.approx(label.start + start), pytest.approx(label.end + start))
        for utterance, start in zip(spoken, starts, strict=True) for label in utterance.phones]


@pytest.mark.parametrize("values", [{"sentences": 0}, {"copies": 0}, {"cutoff": 0}, {"speakers": -1}])
def test_impossible_settings_are_rejected(values):
    with pytest.raises(BadParams, match=f"'sessions.{next(iter(values))}'"):
        changed(**values)


def test_the_playback_speed_moves_sound_and_motion_together():
    spoken = utterances(2)
    fast = changed(augmentation=STILL | {"speed": 0.2})
    sound, starts, pace = sessions.augmented(spoken, fast, 0)
    session = sessions.recorded(spoken, FRONT, fast, 0)
    assert pace != 1
    assert len(sound) / 16000 == pytest.approx((0.5 + sum(utterance.seconds for utterance in spoken)) / pace, abs=1e-3)
    assert starts == pytest.approx([0.5 / pace, (0.5 + spoken[0].seconds) / pace])
    assert len(session.acoustics) == 1 + len(sound) // 320
    known = np.flatnonzero(np.isfinite(session.motion[:, 0]))
    assert known[0] / 50 == pytest.approx(starts[0], abs=0.02)


def test_groups_hold_every_sentence_once_in_another_order_for_each_copy():
    spoken = utterances(7)
    orders = [[utterance.name for group in sessions.groups(spoken, 3, copy) for utterance in group] for copy in range(3)]
    assert all(sorted(order) == sorted(utterance.name for utterance in spoken) for order in orders)
    assert len(set(map(tuple, orders))) == 3
    assert [len(group) for group in sessions.groups(spoken, 3, 0)] == [3, 3, 1]


def test_a_session_may_have_one_sentence():
    spoken = utterances(2)
    assert [len(group) for group in sessions.groups(spoken, changed(sentences=1).sentences, 0)] == [1, 1]


def test_all_sessions_are_written_and_equal_with_any_number_of_workers(tmp_path):
    for speaker in ("F01", "M02"):
        store.write(tmp_path / "people", utterances(speaker=speaker))
    params = changed(copies=2)
    count = sessions.write(tmp_path / "people", tmp_path / "a", FRONT, params, workers=1)
    written = list(store.read(tmp_path / "a", Frames))
    assert len(written) == 2 * 2 * 2
    assert count == sum(len(session.acoustics) for session in written)
    sessions.write(tmp_path / "people", tmp_path / "b", FRONT, params, workers=2)
    for name in ("F01.npz", "M02.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    store.write(tmp_path / "people", utterances(1, speaker="F03"))
    sessions.write(tmp_path / "people", tmp_path / "c", FRONT, changed(speakers=2), workers=1)
    assert store.speakers(tmp_path / "c") == ["F03", "M02"]
