"""Divide trials into training, validation and test trials; equal arguments give equal parts.

No trial is in two parts. Where a split promises new words, no take of a test word is in another part, whatever its case.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from artinv.core import random_draws
from artinv.neural.records import Trial
from artinv.runtime.errors import BadParams, expected

Trials = tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """The trials of each part, in order of time."""

    train: Trials
    valid: Trials
    test: Trials

    def __post_init__(self) -> None:
        """Reject a part without trials and a trial in two parts."""
        parts = (self.train, self.valid, self.test)
        if not self.train or not self.test:
            raise BadParams("split: training or test has no trial; change the shares, or take a recording with more trials")
        if len({trial for part in parts for trial in part}) < sum(map(len, parts)):
            raise BadParams("split: a trial is in two parts; name each trial once")


def by_time(trials: Sequence[Trial], frame: int, valid: float = 0.1) -> Split:
    """Test on all trials that end after a frame, validate on the last share of the earlier ones."""
    ordered = in_time(trials)
    rest = [trial for trial in ordered if trial.end <= frame]
    count = len(rest) - _size(len(rest), valid)
    return Split(tuple(rest[:count]), tuple(rest[count:]), tuple(trial for trial in ordered if trial.end > frame))


def by_trial(trials: Sequence[Trial], test: float = 0.2, valid: float = 0.1, seed: int = 0) -> Split:
    """Test on a random share of the trials; other takes of their words may be in training."""
    order = _shuffled(in_time(trials), "trial", seed)
    tested = order[:_size(len(order), test)]
    return _with_valid(order[len(tested):], tested, valid, seed)


def leave_one_word_out(trials: Sequence[Trial], word: str, valid: float = 0.1, seed: int = 0) -> Split:
    """Test on all takes of one word, so that training has none; validation has other words than training, too."""
    known = sorted({word_of(trial) for trial in trials})
    if word.casefold() not in known:
        raise BadParams(f"split: unknown word '{word}'; {expected(word, known)}")
    tested = [trial for trial in in_time(trials) if word_of(trial) == word.casefold()]
    others = _shuffled([name for name in known if name != word.casefold()], "words", word.casefold(), seed)
    checked = set(others[:_size(len(others), valid)])
    rest = [trial for trial in in_time(trials) if word_of(trial) != word.casefold()]
    return _by_word(rest, checked, tested)


def k_fold(trials: Sequence[Trial], folds: int, fold: int, valid: float = 0.1, seed: int = 0, *, words: bool = False) -> Split:
    """Test on fold number `fold` of `folds` random ones, each trial in one; with `words`, all takes of a word are in one fold."""
    ordered = in_time(trials)
    key: Callable[[Trial], object] = word_of if words else lambda trial: trial
    units = _shuffled(sorted({word_of(trial) for trial in ordered}) if words else ordered, "folds", seed)
    if not 0 <= fold < folds or not 2 <= folds <= len(units):
        raise BadParams(f"split: fold {fold} of {folds} over {len(units)} {'words' if words else 'trials'}; lower one of them")
    own = set(units[fold::folds])
    tested = [trial for trial in ordered if key(trial) in own]
    rest = [trial for trial in ordered if key(trial) not in own]
    if not words:
        return _with_valid(rest, tested, valid, seed)
    kept = [name for name in units if name not in own]
    checked = set(kept[:_size(len(kept), valid)])
    return _by_word(rest, checked, tested)


def frames(trials: Sequence[Trial], count: int) -> np.ndarray:
    """Return which of `count` frames lie in a trial, (count,) bool."""
    inside = np.zeros(count, bool)
    for trial in trials:
        inside[trial.start:trial.end] = True
    return inside


def in_time(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials in order of time."""
    return sorted(trials, key=lambda trial: (trial.start, trial.end, trial.word, trial.take))


def word_of(trial: Trial) -> str:
    """Return the key of the word: the same for each spelling with capital letters."""
    return trial.word.casefold()


def _with_valid(rest: list[Trial], tested: list[Trial], valid: float, seed: int) -> Split:
    order = _shuffled(in_time(rest), "valid", seed)
    checked = order[:_size(len(order), valid)]
    return Split(tuple(in_time(order[len(checked):])), tuple(in_time(checked)), tuple(in_time(tested)))


def _by_word(rest: list[Trial], checked: set[str], tested: list[Trial]) -> Split:
    """Return a split that validates on the trials of the words `checked`."""
    train = tuple(trial for trial in rest if word_of(trial) not in checked)
    return Split(train, tuple(trial for trial in rest if word_of(trial) in checked), tuple(tested))


def _size(count: int, share: float) -> int:
    """Return a share of a number: at least 1 if the share is above 0, and never all."""
    if not 0 <= share < 1:
        raise BadParams(f"split: a share of {share:g}; expected 0 or more and less than 1")
    return min(max(1, round(count * share)), count - 1) if share and count else 0


def _shuffled(items: list, *names: object) -> list:
    order = random_draws.rng("neural split", *names).permutation(len(items))
    return [items[place] for place in order]
