"""A recording and a target, standardized and divided into runs of frames for training, validation and test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from artinv.neural import splits
from artinv.neural.drift import Drift
from artinv.neural.records import SAMPLES, Recording, Trial
from artinv.neural.splits import Split
from artinv.neural.standardize import Statistics
from artinv.neural.target import Scale, Target
from artinv.runtime.errors import BadData
from artinv.runtime.params import ProfileParams

LEAD = 16
"""Frames before a trial that belong to its run; the forerunner's windows have as many."""

Run = tuple[int, int]
"""The first frame of a stretch of frames, and the frame after its last one."""


class SplitParams(ProfileParams):
    """Which trials are for training, validation and test."""

    section: ClassVar[str] = "split"
    kind: Literal["time", "trial", "word", "fold", "subject"]
    test: float = Field(gt=0, lt=1)  # time, trial: share
    valid: float = Field(gt=0, lt=1)  # share of the other trials
    word: str  # word: the word that is left out
    folds: int = Field(ge=2)  # fold: number of folds
    fold: int = Field(ge=0)  # fold: number of the fold that is tested
    new_words: bool  # fold: all takes of a word are in one fold
    tune: float = Field(gt=0, lt=1)  # subject: share of a subject's own trials that are not tested
    seed: int = Field(ge=0)

    def divide(self, recording: Recording) -> Split:
        """Return the split of a recording; with the kind `subject`, its training trials tune what was learned from others."""
        trials = recording.trials
        match self.kind:
            case "time":
                return splits.by_time(trials, round(recording.frames * (1 - self.test)), self.valid)
            case "trial":
                return splits.by_trial(trials, self.test, self.valid, self.seed)
            case "word":
                return splits.leave_one_word_out(trials, self.word, self.valid, self.seed)
            case "subject":
                return splits.by_trial(trials, 1 - self.tune, self.valid, self.seed)
        return splits.k_fold(trials, self.folds, self.fold, self.valid, self.seed, words=self.new_words)

    def of_others(self, recording: Recording) -> Split:
        """Return the split of a recording from which a decoder learns for another subject: all but two shares `valid` train."""
        return splits.by_trial(recording.trials, self.valid, self.valid, self.seed)


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

    signals: Tensor  # (T, E) float32 without drift, standardized over training frames; bad and dead electrodes are 0
    targets: Tensor  # (T, P) float32, standardized over training frames
    known: Tensor  # (T, P) bool
    parts: dict[str, list[Run]]  # train, valid, test
    split: Split
    electrodes: Statistics
    scale: Scale
    names: tuple[str, ...]  # of the parameters
    sound: Tensor  # (128 T,) float32 at 16 kHz
    drift: Drift  # what was subtracted from the signals

    @classmethod
    def of(cls, recording: Recording, target: Target, split: Split, drift: Drift) -> Self:
        """Subtract drift, and standardize with statistics of training trials; no frame outside test runs depends on one inside."""
        inside = splits.frames(split.train, recording.frames)
        parts = {name: runs(recording.trials, getattr(split, name)) for name in ("train", "valid", "test")}
        parts["valid"] = parts["valid"] or parts["train"]
        tested = np.zeros(recording.frames, bool)
        for start, end in parts["test"]:
            tested[start:end] = True
        signals = drift.removed(recording.signals, tested)
        electrodes, scale = Statistics.of(signals, inside, recording.signals), Scale.of(target, inside)
        electrodes.std[list(recording.bad)] = np.inf
        samples = recording.frames * SAMPLES
        sound = np.pad(recording.sound[:samples], (0, max(0, samples - len(recording.sound))))
        return cls(torch.from_numpy(electrodes.apply(signals)), torch.from_numpy(scale.standardized(target.values)),
                   torch.from_numpy(target.known), parts, split, electrodes, scale, target.names, torch.from_numpy(sound), drift)

    def after(self, others: Sequence["Session"]) -> "Session":
        """Return a session with the training and validation runs of other subjects, each standardized by itself, and no own one.

        Signals and targets of the others precede the own ones; statistics and test runs are the own ones.
        """
        first, parts = 0, {"train": list[Run](), "valid": list[Run]()}
        for other in others:
            if other.signals.shape[1] != self.signals.shape[1]:
                counts = f"{other.signals.shape[1]} electrodes and {self.signals.shape[1]}"
                raise BadData(f"subjects with {counts}: learning from others needs the same number; use another split.kind")
            for name, own in parts.items():
                own += [(first + start, first + end) for start, end in other.parts[name]]
            first += len(other.signals)
        tested = [(first + start, first + end) for start, end in self.parts["test"]]
        signals, targets, known, sound = (torch.cat([getattr(each, name) for each in (*others, self)])
                                          for name in ("signals", "targets", "known", "sound"))
        return replace(self, signals=signals, targets=targets, known=known, sound=sound, parts={**parts, "test": tested})
