"""Runs of frames hold the chosen trials and no frame of another one; statistics come from training trials alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artinv.neural.decoder import MODES
from artinv.neural.drift import Drift
from artinv.neural.records import Recording, Trial
from artinv.neural.session import LEAD, Session, runs
from artinv.neural.target import Scale, Target
from tests.support import decoding


def test_neighbours_form_one_run_with_the_pause_before_them():
    trials = tuple(Trial("a", number, 50 * number + 30, 50 * number + 70) for number in range(4))
    assert runs(trials, trials[:2]) == [(14, 120)]
    assert runs(trials, trials[2:]) == [(120, 220)], "after the end of the trial before, nearer than LEAD"
    assert runs(trials, (trials[0], trials[2])) == [(14, 70), (120, 170)]
    assert runs(trials, ()) == []


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40), st.booleans()), min_size=1, max_size=8))
def test_runs_hold_what_was_chosen(steps):
    trials, chosen, time = [], [], 0
    for number, (pause, length, kept) in enumerate(steps):
        trials.append(Trial("a", number, time + pause, time + pause + length))
        time = trials[-1].end
        chosen += [trials[-1]] if kept else []
    inside = np.zeros(time, bool)
    for start, end in runs(tuple(trials), tuple(chosen)):
        assert 0 <= start < end
        inside[start:end] = True
    for trial in trials:
        assert inside[trial.start:trial.end].all() == (trial in chosen)
        assert inside[trial.start:trial.end].any() == (trial in chosen)
    assert LEAD == 16


def test_statistics_come_from_training_trials_alone():
    recording, _ = decoding.recording()
    target, split = decoding.truth_target(), decoding.split_params().divide(recording)
    before = Session.of(recording, target, split, decoding.NO_DRIFT)
    signals, values = recording.signals.copy(), target.values.copy()
    for trial in (*split.valid, *split.test):
        signals[trial.start:trial.end] += 100
        values[trial.start:trial.end] += 100
    moved = Recording("toy", signals, recording.sound, recording.trials, recording.places, recording.channels)
    after = Session.of(moved, Target("truth", target.names, values, target.known), split, decoding.NO_DRIFT)
    assert np.array_equal(before.electrodes.mean, after.electrodes.mean)
    assert np.array_equal(before.scale.std, after.scale.std)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["time", "trial", "word", "fold", "subject"])
def test_no_drift_of_a_training_frame_counts_a_test_frame(kind, mode):
    recording, _ = decoding.recording()
    target, drift = decoding.truth_target(), Drift(60, mode)
    split = decoding.split_params(kind=kind, word="word1").divide(recording)
    before = Session.of(recording, target, split, drift)
    moved = recording.signals.copy()
    for start, end in before.parts["test"]:
        moved[start:end] += 100
    after = Session.of(replace(recording, signals=moved), target, split, drift)
    assert np.array_equal(before.electrodes.mean, after.electrodes.mean)
    assert np.array_equal(before.electrodes.std, after.electrodes.std)
    for name in ("train", "valid"):
        for start, end in before.parts[name]:
            assert torch.equal(before.signals[start:end], after.signals[start:end])


@pytest.mark.parametrize("mode", MODES)
def test_test_frames_are_decoded_as_those_of_a_recording_without_a_split(mode):
    recording, _ = decoding.recording()
    split, drift = decoding.split_params().divide(recording), Drift(60, mode)
    session = Session.of(recording, decoding.truth_target(), split, drift)
    whole = session.electrodes.apply(drift.removed(recording.signals))
    for start, end in session.parts["test"]:
        assert np.array_equal(session.signals[start:end], whole[start:end])


@pytest.mark.parametrize("slope", [0, 1e5], ids=["constant", "clock"])
def test_an_electrode_without_a_signal_leaves_no_rounding_errors_behind(slope):
    recording, _ = decoding.recording()
    signals = recording.signals.copy()
    signals[:, 4] = 1e5 + slope * np.arange(len(signals)) / 125
    dead = replace(recording, signals=signals)
    for mode in MODES:
        session = Session.of(dead, decoding.truth_target(), decoding.split_params().divide(dead), Drift(60, mode))
        assert session.signals[:, 4].isfinite().all()
        assert slope or not session.signals[:, 4].any()
        np.testing.assert_allclose(session.signals[:, :4].std(0), 1, atol=0.15)


def test_bad_electrodes_are_silent():
    recording, _ = decoding.recording()
    marked = Recording("toy", recording.signals, recording.sound, recording.trials, recording.places, recording.channels, (2,))
    session = Session.of(marked, decoding.truth_target(), decoding.split_params().divide(marked), decoding.NO_DRIFT)
    assert not session.signals[:, 2].any()
    assert session.signals[:, 1].any()


def test_a_scale_ignores_what_is_unknown_and_is_inverted():
    values = np.array([[1.0, 7.0], [3.0, 7.0], [900.0, 7.0]], np.float32)
    known = np.array([[True, False], [True, False], [False, False]])
    scale = Scale.of(Target("truth", ("a", "b"), values, known), np.ones(3, bool))
    assert scale.mean.tolist() == [2.0, 0.0]
    assert scale.std[0] == 1.0
    assert np.allclose(scale.physical(scale.standardized(values)), values, rtol=1e-5)


@pytest.mark.parametrize("kind", ["time", "trial", "word", "fold"])
def test_each_kind_of_split_gives_three_parts(kind):
    recording, _ = decoding.recording()
    split = decoding.split_params(kind=kind, word="word1").divide(recording)
    assert all((split.train, split.valid, split.test))
    assert kind != "word" or {trial.word for trial in split.test} == {"word1"}


def test_a_target_is_read_as_written(tmp_path):
    target = decoding.truth_target()
    target.save(tmp_path / "a.npz")
    again = Target.load(tmp_path / "a.npz", "make neural")
    assert (again.kind, again.names) == (target.kind, target.names)
    assert np.array_equal(again.values, target.values)
    assert np.array_equal(again.known, target.known)
