"""Results of evaluation: the scores of one fold, and the summary of leave one speaker out.

The trained model, ridge regression and the speaker's mean are keys of one mapping. The files are in metrics/ and data/loso/scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from artinv.core.provenance import made_by
from artinv.core.typed import Figure, Result
from artinv.measure.intervals import ErrorHistogram, KindCoverage
from artinv.measure.metrics import AVERAGES

MODEL, RIDGE, TRIVIAL = PREDICTORS = ("model", "ridge", "trivial")
"""The trained model, ridge regression, and the speaker's mean."""

MEANS = "pearson", "rmse_mm", "pearson_coils", "rmse_mm_coils", "rmse_z_coils"
"""Averages that headlines report."""


@dataclass(frozen=True, slots=True)
class Estimate(Result):
    """A mean with the ends of its 95 % interval."""

    mean: Figure
    low: Figure
    high: Figure
    pooled: Figure | None = None  # over all frames at once instead of per utterance


@dataclass(frozen=True, slots=True)
class ScoredRun(Result):
    """What was scored, and with which versions and seed; all as text, empty if unknown."""

    origin: str = "unknown"  # of the data: synthetic, real or mixed
    split: str = ""
    test_speaker: str = ""  # corpus/speaker
    unseen_text: bool = False
    model: str = MODEL
    seed: str = ""
    artinv: str = ""
    python: str = ""
    numpy: str = ""
    torch: str = ""
    phones: str | None = None  # source of the evidence of phones beside the sound; None: the sound alone

    @property
    def setting(self) -> str:
        """Setting by which folds are grouped: the split, or `unseen` for unseen speakers and unseen text."""
        return "unseen" if self.split == "indep" and self.unseen_text else self.split

    @property
    def made_by(self) -> str:
        """Versions and seed in one line."""
        return made_by({item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name)})


@dataclass(frozen=True, slots=True)
class Amount(Result):
    """How much was tested."""

    utterances: int
    sentences: int  # number of distinct sentences


@dataclass(frozen=True, slots=True)
class Counts(Amount):
    """How much was tested in a whole test set."""

    frames: int
    constant: int  # pairs of utterance and channel without movement, hence without Pearson
    articulators: int  # channels that were measured


@dataclass(frozen=True, slots=True)
class PredictorScores(Result):
    """One predictor on one test set."""

    means: Mapping[str, Estimate]  # by key of AVERAGES
    trajectories: Mapping[str, Mapping[str, Figure]]  # metric -> channel -> average over utterances


@dataclass(frozen=True, slots=True)
class CommonPart(Result):
    """Scores on the test speaker's test part alone. Every split tests on it, so these scores can be compared between splits."""

    tested: Amount
    predictors: Mapping[str, Mapping[str, Estimate]]  # predictor -> key of AVERAGES


@dataclass(frozen=True, slots=True)
class FoldCoverage(Result):
    """How often a model's own intervals contain the true value."""

    level: Figure  # nominal share of true values inside the intervals
    coverage: Figure  # measured share
    articulators: Mapping[str, Figure]  # measured share by channel


@dataclass(frozen=True, slots=True)
class AdaptedScores(Result):
    """Scores of a model that was adapted to a few utterances of the test speaker."""

    utterances: int  # number adapted to
    tested: Amount
    means: Mapping[str, Figure]  # by key of ADAPTED


@dataclass(frozen=True, slots=True)
class Training(Result):
    """How a model was trained."""

    epochs: Figure
    best_epoch: Figure
    train_loss: Figure
    valid_loss: Figure
    parameters: Figure


@dataclass(frozen=True, slots=True)
class ErrorLists(Result):
    """`measure.intervals.ErrorHistogram` as lists."""

    counts: list[list[int]]
    width: list[Figure]

    @classmethod
    def of(cls, errors: ErrorHistogram) -> Self:
        """Return the lists of error counts and widths."""
        return cls(errors.counts.tolist(), errors.width.tolist())

    @property
    def errors(self) -> ErrorHistogram:
        """Return the errors that `of` was given."""
        return ErrorHistogram.of_lists(self.counts, self.width)


@dataclass(frozen=True, slots=True)
class FoldScores(Result):
    """All scores of one fold."""

    run: ScoredRun
    counts: Counts
    predictors: Mapping[str, PredictorScores]
    common: CommonPart | None = None  # None if no utterance of the test part is tested
    intervals: FoldCoverage | None = None
    adapted: Mapping[int, AdaptedScores] = field(default_factory=dict)  # by the requested number of utterances
    training: Training | None = None
    sentences: list[str] = field(default_factory=list)  # hashes of the distinct sentences tested
    errors: Mapping[str, ErrorLists] = field(default_factory=dict)  # by kind of interval width

    @property
    def headline(self) -> dict[str, float | str]:
        """Main figures, as means over articulators."""
        shared = {f"common_{key}": value for key, value in _flat(self.common.predictors).items()} if self.common else {}
        counts = {f"common_{name}": count for name, count in self.common.tested.to_json().items()} if self.common else {}
        return {
            **_flat({name: scores.means for name, scores in self.predictors.items()}), **shared, **counts,
            "utterances": self.counts.utterances, "sentences": self.counts.sentences, "origin": self.run.origin,
            "made_by": self.run.made_by, **({"phones": self.run.phones} if self.run.phones else {}),
        }


def _flat(predictors: Mapping[str, Mapping[str, Estimate]]) -> dict[str, float]:
    """Return the means by metric, baselines with a prefix; `rmse_mm_blind` for the model only."""
    kept = [mean for mean in AVERAGES if mean != "rmse_mm_blind"]
    return {
        **{mean: predictors[MODEL][mean].mean for mean in AVERAGES},
        **{f"{name}_{mean}": means[mean].mean for name, means in predictors.items() if name != MODEL for mean in kept},
    }


@dataclass(frozen=True, slots=True)
class Difference(Result):
    """Difference between two predictors, taken per speaker."""

    mean: Figure
    low: Figure
    high: Figure
    better: int  # number of speakers for whom the first predictor is better
    speakers: int


@dataclass(frozen=True, slots=True)
class OverSpeakers(Result):
    """Scores of one predictor over all test speakers; each speaker counts once."""

    means: Mapping[str, Estimate]
    corpora: Mapping[str, Mapping[str, Estimate]]
    speakers: Mapping[str, Mapping[str, Figure]]
    trajectories: Mapping[str, Mapping[str, Figure]]
    common: Mapping[str, Estimate] = field(default_factory=dict)  # on the test parts alone


@dataclass(frozen=True, slots=True)
class CommonCounts(Result):
    """How much of the test parts was tested, over all folds."""

    utterances: int
    sentences_each: Figure  # distinct sentences of a speaker, on average


@dataclass(frozen=True, slots=True)
class SummaryCounts(CommonCounts):
    """How much was tested, over all folds."""

    speakers: int
    sentences: int | None = None  # distinct ones over all speakers; None if a fold does not list its sentences


@dataclass(frozen=True, slots=True)
class Gain(Result):
    """Mean over speakers after adaptation, and that of the unadapted model on the same utterances."""

    mean: Figure
    low: Figure
    high: Figure
    zero_shot: Figure
    gain: Estimate  # differences taken per speaker


@dataclass(frozen=True, slots=True)
class AdaptedSummary(Result):
    """One point of the adaptation curve; counts are means over speakers."""

    utterances: Figure
    tested_utterances: Figure
    tested_sentences: Figure
    means: Mapping[str, Gain]


@dataclass(frozen=True, slots=True)
class CalibratedCoverage(Result):
    """Coverage of intervals calibrated on other speakers, with learned and with constant widths."""

    level: Figure
    learned: KindCoverage
    constant: KindCoverage


@dataclass(frozen=True, slots=True)
class OwnCoverage(Result):
    """Coverage of a model's own intervals on speakers it was not trained on."""

    level: Figure
    coverage: Figure
    within: int
    speakers: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class ModelSummary(Result):
    """Summary of all folds of one setting and model."""

    counts: SummaryCounts
    predictors: Mapping[str, OverSpeakers]
    minus: Mapping[str, Mapping[str, Difference]]  # the model minus a baseline, by metric
    common_counts: CommonCounts | None = None
    training: Training | None = None
    adapted: Mapping[int, AdaptedSummary] = field(default_factory=dict)
    intervals: CalibratedCoverage | None = None
    own_intervals: OwnCoverage | None = None


@dataclass(frozen=True, slots=True)
class SummaryRun(Result):
    """Origin of the data, and versions and seeds of all folds."""

    origin: str
    made_by: str
    phones: str | None = None  # source of the evidence of phones; None: the sound alone


@dataclass(frozen=True, slots=True)
class LosoSummary(Result):
    """Summary of all leave-one-speaker-out folds."""

    run: SummaryRun
    settings: Mapping[str, Mapping[str, ModelSummary]]  # setting -> model
    pairs: Mapping[str, Mapping[str, Mapping[str, Difference]]]  # setting -> "first - second" -> metric

    @property
    def headline(self) -> dict:
        """Means over speakers, by setting and predictor; a model with the name of a baseline has the key `model_<name>`."""
        figures = self.run.to_json()
        for setting, models in self.settings.items():
            for model, summary in models.items():
                key = f"{MODEL}_{model}" if model in PREDICTORS else model
                for name, over in summary.predictors.items():
                    own = {metric: over.means[metric].mean for metric in MEANS}
                    own |= {f"common_{metric}": over.common[metric].mean for metric in MEANS if over.common}
                    figures.setdefault(setting, {})[key if name == MODEL else name] = own
                if summary.intervals:
                    learned, constant = summary.intervals.learned, summary.intervals.constant
                    figures[setting][key] |= {
                        "coverage": learned.coverage, "speakers_within": learned.within, "speakers": len(learned.speakers),
                        "margin": learned.margin, "margin_constant": constant.margin,
                    }
        return figures
