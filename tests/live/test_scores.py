"""Scores of the live model and of a model without a limit of look-ahead, on the same sounds."""

from dataclasses import replace

import numpy as np
import pytest

from artinv.core import store
from artinv.core.channels import CHANNELS, derive
from artinv.evaluate import real
from artinv.evaluate.sim2real import POSITION_COLUMNS
from artinv.live import scores, sessions
from artinv.live.results import LiveScores, table
from artinv.live.stream import invert
from artinv.measure import metrics
from artinv.runtime.errors import BadData, BadParams
from tests.support import inverters
from tests.support.live import SESSIONS, untrained, utterances
from tests.support.speech import CLEAN, changed, talk

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    for speaker in ("F01", "M02", "F03"):
        store.write(folder, utterances(speaker=speaker))
    return folder


def correlations(truth, motion):
    """Return Pearson of each column by numpy, of the frames where the truth is known; NaN where it is not."""
    known = np.isfinite(truth).all(axis=1)
    made = motion[: len(truth)][known]
    return np.array([np.corrcoef(true, own)[0, 1] for true, own in zip(truth[known].T, made.T, strict=True)])


def test_synthetic_speakers_are_scored_sentence_by_sentence(people):
    model, full = untrained(), inverters.inverter()
    made = scores.on_synthetic(model, full, people, SESSIONS, 2, workers=1)
    assert made.sentences == 6
    assert sorted(made.groups) == ["adapted", "first", "full"]
    assert list(made.groups["first"].of) == ["M02", "F03"]
    expected = {"adapted": [], "first": [], "full": []}
    for own in sessions.groups(list(store.read(people, sessions.Utterance, "M02".__eq__)), 2, 0):
        session = sessions.recorded(own, model.facts.front, SESSIONS, 0)
        whole = scores.live_motion(model, session)
        sound, _, _ = sessions.augmented(own, SESSIONS, 0)
        for label, part in zip(session.phones, sessions.sentences(session), strict=True):
            alone = scores.live_motion(model, replace(session, acoustics=session.acoustics[part], motion=session.motion[part]))
            begin = int(np.ceil(label.start * 50)) * 320
            spoken = sound[begin:begin + 320 * (part.stop - part.start)]
            for key, motion in (("adapted", whole[part]), ("first", alone), ("full", inverters.at_once(full, spoken))):
                expected[key].append(correlations(session.motion[part], motion)[POSITION_COLUMNS])
    for key, rows in expected.items():
        assert made.groups[key].of["M02"].pearson == pytest.approx(np.stack(rows).mean(), abs=1e-6 if key == "full" else 1e-9), key
    assert 0 < made.coverage < 1
    assert made.level == model.facts.level == 0.9
    assert (made.look_ahead, made.latency) == (pytest.approx(0.1525), pytest.approx(0.1725))
    assert LiveScores.from_json(made.to_json()) == made
    assert "SYNTHETIC speakers that are not trained on, but choose the epoch and calibrate the intervals" in table(made)


def test_real_recordings_are_scored_once_and_after_they_were_heard(monkeypatch, tmp_path):
    spoken = [talk(seed=number) for number in range(2)]
    monkeypatch.setattr(real, "recordings", lambda _: [*spoken, talk(0.3, (0.0, 0.3), seed=3)])
    model, full = untrained(), inverters.inverter()
    made, unfit = scores.on_real(model, full, tmp_path, CLEAN, 10.0)
    assert list(unfit.values()) == ["too short: 0.32 s of speech, at least 0.4 s needed"]
    assert made.sentences == 2
    assert made.origin == "real"
    record, _ = real.clean(spoken[0], changed(CLEAN, rate=50, lowpass=10.0))
    truth = derive(record.coils)
    motion = invert(record.sound, 16000, model).motion[: len(truth)]
    row = metrics.pearson(truth, motion)[POSITION_COLUMNS]
    assert made.groups["first"].of[record.id].pearson == pytest.approx(np.nanmean(row), abs=2e-3)
    silence = np.zeros(-len(record.sound) % 320, np.float32)
    twice = invert(np.concatenate([record.sound, silence, record.sound]), 16000, model).motion
    second = (len(record.sound) + len(silence)) // 320
    for key, again in (("adapted", twice[second:]), ("full", inverters.at_once(full, record.sound))):
        row = metrics.pearson(truth, again[: len(truth)])[POSITION_COLUMNS]
        assert made.groups[key].of[record.id].pearson == pytest.approx(np.nanmean(row), abs=1e-5), key
    assert "v_x" not in made.channels
    assert made.groups["first"].of[record.id] != made.groups["adapted"].of[record.id]
    assert "REAL recordings" in table(made)


def test_an_empty_folder_is_reported(tmp_path):
    with pytest.raises(BadData, match=r"holds no recording; put corpora or EMU bundles there, or a link to them \("):
        scores.on_real(untrained(), inverters.inverter(), tmp_path, CLEAN, 10.0)


def test_a_folder_of_unfit_recordings_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(real, "recordings", lambda _: [talk(0.3, (0.0, 0.3), seed=number) for number in range(2)])
    with pytest.raises(BadData, match="2 recordings, all rejected; put corpora or EMU bundles there"):
        scores.on_real(untrained(), inverters.inverter(), tmp_path, CLEAN, 10.0)


def test_models_of_unequal_frame_rates_are_not_compared(people, tmp_path):
    words = "the live model has 50 frames per second, the universal model 100; set it to 100 and run `make live`"
    with pytest.raises(BadParams, match=words):
        scores.on_synthetic(untrained(), inverters.inverter(rate=100.0), people, SESSIONS, 2, workers=1)
    with pytest.raises(BadParams, match=words):
        scores.on_real(untrained(), inverters.inverter(rate=100.0), tmp_path, CLEAN, 10.0)


def test_intervals_hold_a_prediction_that_is_right_but_for_size_and_place():
    model = untrained()
    z = np.random.default_rng(0).standard_normal((400, len(CHANNELS)))
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    motion = {"first": z * model.std + model.mean}
    correlations, share = scores._compared(model, 3 * z + 7, motion, "first")
    assert correlations["first"] == pytest.approx(1)
    assert share == 1
    assert 0.3 < scores._compared(model, z[::-1] * 3, motion, "first")[1] < 0.95
