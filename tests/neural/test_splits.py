"""No trial and, where promised, no word is on both sides; statistics depend on training frames alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.neural import splits
from artinv.neural.records import Recording, Trial
from artinv.neural.splits import Split
from artinv.neural.standardize import Statistics
from artinv.runtime.errors import BadData, BadParams
from tests.support import brains, decoding

NAMES = ("dog", "Dog", "key", "boat", "river", "song")


@st.composite
def many(draw):
    """Return 6 to 60 trials of some words in any order of words."""
    words = draw(st.lists(st.sampled_from(NAMES), min_size=6, max_size=60))
    takes, out = {}, []
    for place, word in enumerate(words):
        out.append(Trial(word, takes.get(word, 0), place * 10, place * 10 + 8))
        takes[word] = takes.get(word, 0) + 1
    return out


SEEDS, SHARES = st.integers(0, 99), st.sampled_from((0.0, 0.1, 0.3))


def parts(split):
    return split.train, split.valid, split.test


def words_of(trials):
    return {trial.word.casefold() for trial in trials}


def assert_divided(split, trials):
    """Assert that each trial is in exactly one part, and that the parts are in order of time."""
    assert sorted((trial for part in parts(split) for trial in part), key=lambda trial: trial.start) == trials
    for part in parts(split):
        assert [trial.start for trial in part] == sorted(trial.start for trial in part)
    assert split.train
    assert split.test


@settings(max_examples=60)
@given(many(), SHARES, SEEDS)
def test_a_split_by_trial_divides_the_trials(trials, valid, seed):
    split = splits.by_trial(trials, 0.2, valid, seed)
    assert_divided(split, trials)
    assert len(split.test) == max(1, round(0.2 * len(trials)))
    assert split == splits.by_trial(trials[::-1], 0.2, valid, seed)


@settings(max_examples=60)
@given(many(), SHARES, st.integers(10, 300))
def test_a_split_by_time_tests_on_what_is_later(trials, valid, frame):
    if not trials[0].end <= frame < trials[-1].end:
        with pytest.raises(BadParams, match="has no trial"):
            splits.by_time(trials, frame, valid)
        return
    split = splits.by_time(trials, frame, valid)
    assert_divided(split, trials)
    assert max(trial.end for trial in (*split.train, *split.valid)) <= frame < min(trial.end for trial in split.test)
    assert not split.valid or split.train[-1].end <= split.valid[0].start


@settings(max_examples=60)
@given(many(), SHARES, SEEDS, st.data())
def test_a_left_out_word_is_in_no_other_part(trials, valid, seed, data):
    if len(words_of(trials)) < 2:
        return
    word = data.draw(st.sampled_from(sorted({trial.word for trial in trials})))
    split = splits.leave_one_word_out(trials, word, valid, seed)
    assert_divided(split, trials)
    assert words_of(split.test) == {word.casefold()}
    assert words_of(split.test).isdisjoint(words_of((*split.train, *split.valid)))
    assert words_of(split.valid).isdisjoint(words_of(split.train))
    assert len(words_of(split.valid)) == splits._size(len(words_of(trials)) - 1, valid)
    assert split == splits.leave_one_word_out(trials, word.upper(), valid, seed)


@settings(max_examples=60)
@given(many(), SHARES, SEEDS, st.booleans(), st.integers(2, 5))
def test_each_trial_is_tested_in_exactly_one_fold(trials, valid, seed, words, folds):
    if words and len(words_of(trials)) < folds:
        return
    every = [splits.k_fold(trials, folds, fold, valid, seed, words=words) for fold in range(folds)]
    for split in every:
        assert_divided(split, trials)
        if words:
            assert words_of(split.test).isdisjoint(words_of((*split.train, *split.valid)))
            assert words_of(split.valid).isdisjoint(words_of(split.train))
    assert sorted((trial for split in every for trial in split.test), key=lambda trial: trial.start) == trials


@settings(max_examples=30)
@given(many(), SEEDS)
def test_a_share_of_the_trials_of_a_new_subject_tunes_and_nearly_all_of_another_one_train(trials, seed):
    frames = trials[-1].end
    recording = Recording("a", np.zeros((frames, 1), np.float32), np.zeros(1, np.float32), tuple(trials), None, ("e",))
    params = decoding.split_params(kind="subject", tune=0.3, valid=0.1, seed=seed)
    own, other = params.divide(recording), params.of_others(recording)
    for split in (own, other):
        assert_divided(split, trials)
    assert len(own.train) + len(own.valid) == pytest.approx(0.3 * len(trials), abs=1.5)
    assert len(other.train) == pytest.approx(0.8 * len(trials), abs=2.5)


def test_another_seed_gives_other_parts():
    trials = list(brains.trials(30))
    assert len({splits.by_trial(trials, seed=seed).test for seed in range(5)}) == 5
    assert len({splits.k_fold(trials, 5, 0, seed=seed).test for seed in range(5)}) == 5


def test_without_shares_and_seed_a_fifth_is_tested_a_tenth_of_the_rest_tunes_and_the_seed_is_0():
    trials = list(brains.trials(30))
    assert splits.by_trial(trials) == splits.by_trial(trials, 0.2, 0.1, 0)
    assert splits.by_time(trials, 1000) == splits.by_time(trials, 1000, 0.1)
    assert splits.leave_one_word_out(trials, "dog") == splits.leave_one_word_out(trials, "dog", 0.1, 0)
    assert splits.k_fold(trials, 5, 0) == splits.k_fold(trials, 5, 0, 0.1, 0)


@pytest.mark.parametrize(("make", "message"), [
    (lambda own: splits.by_trial(own, 1.0), "a share of 1"), (lambda own: splits.by_trial(own[:1]), "has no trial"),
    (lambda own: splits.by_trial(own, valid=-0.1), "a share of -0.1"), (lambda _: splits.by_trial([]), "has no trial"),
    (lambda own: splits.leave_one_word_out(own, "dgo"), "unknown word 'dgo'; expected one of .*did you mean 'dog'"),
    (lambda own: splits.leave_one_word_out(own[::3], "dog"), "has no trial"),
    (lambda own: splits.k_fold(own, 3, 3), "fold 3 of 3 over 9 trials"), (lambda own: splits.k_fold(own, 1, 0), "fold 0 of 1"),
    (lambda own: splits.k_fold(own, 3, -1), "fold -1 of 3 over 9 trials"),
    (lambda own: splits.k_fold(own, 4, 0, words=True), "fold 0 of 4 over 3 words"),
    (lambda own: Split(own, (), own), "in two parts"),
])
def test_an_impossible_split_names_the_cure(make, message):
    with pytest.raises(BadParams, match=message) as fault:
        make(brains.trials())
    assert "; " in str(fault.value)


def test_frames_are_those_of_the_trials():
    assert np.flatnonzero(splits.frames([Trial("a", 0, 2, 4), Trial("b", 0, 7, 8)], 10)).tolist() == [2, 3, 7]


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(("by_trial", "by_time", "word", "fold")))
def test_statistics_do_not_change_with_validation_and_test_data(seed, kind):
    recording = brains.recording(seed=seed)
    split = {
        "by_trial": lambda: splits.by_trial(recording.trials, seed=seed), "by_time": lambda: splits.by_time(recording.trials, 400),
        "word": lambda: splits.leave_one_word_out(recording.trials, "dog", seed=seed),
        "fold": lambda: splits.k_fold(recording.trials, 3, 1, seed=seed),
    }[kind]()
    kept = splits.frames(split.train, recording.frames)
    before = Statistics.of(recording.signals, kept)
    changed = recording.signals.copy()
    changed[splits.frames((*split.valid, *split.test), recording.frames)] = 1e6
    after = Statistics.of(changed, kept)
    np.testing.assert_array_equal(before.mean, after.mean)
    np.testing.assert_array_equal(before.std, after.std)
    scaled = before.apply(recording.signals)[kept]
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(0), 1, atol=1e-4)


def test_a_dead_electrode_becomes_0_and_is_named():
    signals = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    signals[:, 1] = 7.3
    statistics = Statistics.of(signals, np.ones(50, bool))
    assert np.isinf(statistics.std).tolist() == [False, True, False]
    assert statistics.apply(signals)[:, 1].tolist() == [0] * 50
    assert statistics.apply(signals).dtype == np.float32


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_unit_of_the_signals_does_not_matter(scale):
    signals = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    signals[:, 1] = 7.3
    first, second = (Statistics.of(values, np.ones(50, bool)).apply(values) for values in (signals, np.float32(scale) * signals))
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_statistics_need_a_frame():
    with pytest.raises(BadData, match="give the training part a trial"):
        Statistics.of(np.zeros((5, 2), np.float32), np.zeros(5, bool))


@pytest.mark.parametrize(("share", "sizes"), [(0.0, [0, 0, 0, 0]), (0.1, [0, 1, 1, 1]), (0.5, [0, 1, 2, 2]), (0.99, [0, 1, 2, 3])])
def test_a_share_is_at_least_one_and_never_all(share, sizes):
    assert [splits._size(count, share) for count in (1, 2, 3, 4)] == sizes
    assert splits._size(0, share) == 0
