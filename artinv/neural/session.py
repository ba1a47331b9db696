"""A recording and a target, standardized and divided into runs of frames for training, validation and test."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from artinv.neural import splits
from artinv.neural.records import Recording, Trial
from artinv.neural.splits import Split
from artinv.neural.standardize import Statistics
from artinv.neural.target import Scale, Target
from artinv.runtime.params import ProfileParams

LEAD = 16
"""Frames before a trial that belong to its run; the forerunner's windows have as many."""

Run = tuple[int, int]
"""The first frame of a stretch of frames, and the frame after its last one."""


class SplitParams(ProfileParams):
    """Which trials are for training, validation and test."""

    section: ClassVar[str] = "split"
    kind: Literal["time", "trial", "word", "fold"]
    test: float = Field(gt=0, lt=1)  # time, trial: share
    valid: float = Field(gt=0, lt=1)  # share of the other trials
    word: str  # word: the word that is left out
    folds: int = Field(ge=2)  # fold: number of folds
    fold: int = Field(ge=0)  # fold: number of the fold that is tested
    new_words: bool  # fold: all takes of a word are in one fold
    seed: int = Field(ge=0)

    def divide(self, recording: Recording) -> Split:
        """Return the split of a recording."""
        trials = recording.trials
        match self.kind:
            case "time":
                return splits.by_time(trials, round(recording.frames * (1 - self.test)), self.valid)
            case "trial":
                return splits.by_trial(trials, self.test, self.valid, self.seed)
            case "word":
                return splits.leave_one_word_out(trials, self.word, self.valid, self.seed)
        return splits.k_fold(trials, self.folds, self.fold, self.valid, self.seed, words=self.new_words)


def runs(trials: tuple[Trial, ...], chosen: tuple[Trial, ...]) -> list[Run]:
    """Return the stretches of frames of chosen trials; neighbouring chosen trials, and the pause between them, form one run.

    A run begins up to LEAD frames before its first trial, after the end of any trial that is not chosen.
    """
    kept, after, extended = set(chosen), 0, False
    made: list[Run] = []
    for trial in splits.in_time(trials):
        if trial not in kept:
            extended, after = False, max(after, trial.end)
        elif extended:
            made[-1] = made[-1][0], max(made[-1][1], trial.end)
        else:
            made.append((max(after, trial.start - LEAD), trial.end))
            extended = True
        after = max(after, trial.end)
    return [run for run in made if run[1] > run[0]]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What a decoder is trained and tested on."""

    signals: Tensor  # (T, E) float32, standardized over training frames; bad and dead electrodes are 0
    targets: Tensor  # (T, P) float32, standardized over training frames
    known: Tensor  # (T, P) bool
    parts: dict[str, list[Run]]  # train, valid, test
    split: Split
    electrodes: Statistics
    scale: Scale
    names: tuple[str, ...]  # of the parameters

    @classmethod
    def of(cls, recording: Recording, target: Target, split: Split) -> Self:
        """Standardize with statistics of the training trials alone."""
        inside = splits.frames(split.train, recording.frames)
        statistics = Statistics.of(recording.signals, inside)
        std = statistics.std.copy()
        std[list(recording.bad)] = np.inf
        electrodes, scale = Statistics(statistics.mean, std), Scale.of(target, inside)
        parts = {name: runs(recording.trials, getattr(split, name)) for name in ("train", "valid", "test")}
        parts["valid"] = parts["valid"] or parts["train"]
        return cls(torch.from_numpy(electrodes.apply(recording.signals)), torch.from_numpy(scale.standardized(target.values)),
                   torch.from_numpy(target.known), parts, split, electrodes, scale, target.names)
