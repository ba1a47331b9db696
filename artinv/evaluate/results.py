"""What evaluation leaves: the scores of one fold, and of leave one speaker out.

Every predictor has the same fields: the trained model, ridge regression and the speaker's mean are keys of one mapping. Files with
these contents lie in metrics/ and data/loso/scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from artinv.core.provenance import made_by
from artinv.core.typed import Figure, Result
from artinv.measure.intervals import Held
from artinv.measure.metrics import AVERAGES

MODEL, RIDGE, TRIVIAL = PREDICTORS = ("model", "ridge", "trivial")
"""The trained model, ridge regression, and the speaker's mean."""

MEANS = "pearson", "rmse_mm", "pearson_coils", "rmse_mm_coils", "rmse_z_coils"
"""Averages that headlines show."""


@dataclass(frozen=True, slots=True)
class Estimate(Result):
    """A mean with the ends of its 95 % interval."""

    mean: Figure
    low: Figure
    high: Figure
    pooled: Figure | None = None  # over all frames at once instead of per utterance


@dataclass(frozen=True, slots=True)
class Run(Result):
    """What was scored, and what it was made with; all as text, empty where unknown."""

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

    @property
    def setting(self) -> str:
        """The name under which the scores of this fold are put together with others."""
        return "unseen" if self.split == "indep" and self.unseen_text else self.split

    @property
    def made_by(self) -> str:
        """Versions and seed in one line."""
        return made_by({one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)})


@dataclass(frozen=True, slots=True)
class Amount(Result):
    """How much was tested."""

    utterances: int
    sentences: int  # distinct ones


@dataclass(frozen=True, slots=True)
class Counts(Amount):
    """The same of a whole test set."""

    frames: int
    constant: int  # times a channel did not move in an utterance, so that it has no Pearson
    articulators: int  # channels that were measured


@dataclass(frozen=True, slots=True)
class Scores(Result):
    """One predictor on one test set."""

    means: Mapping[str, Estimate]  # by key of AVERAGES
    trajectories: Mapping[str, Mapping[str, Figure]]  # metric -> channel -> average over utterances


@dataclass(frozen=True, slots=True)
class CommonPart(Result):
    """The utterances of the test speaker's test part alone, which every split tests on, so that splits can be compared."""

    tested: Amount
    predictors: Mapping[str, Mapping[str, Estimate]]  # predictor -> key of AVERAGES


@dataclass(frozen=True, slots=True)
class Coverage(Result):
    """How often a model's own intervals hold."""

    level: Figure  # share of true values that are to lie inside
    coverage: Figure  # share that do
    articulators: Mapping[str, Figure]  # the same by channel


@dataclass(frozen=True, slots=True)
class Adapted(Result):
    """A model that was adapted to a few utterances of the test speaker."""

    utterances: int  # that it was adapted to
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
    """`measure.intervals.Errors` as lists."""

    counts: list[list[int]]
    width: list[Figure]


@dataclass(frozen=True, slots=True)
class FoldScores(Result):
    """Everything that is known of one test."""

    run: Run
    counts: Counts
    predictors: Mapping[str, Scores]
    common: CommonPart | None = None  # absent where nothing of the test part is tested
    intervals: Coverage | None = None
    adapted: Mapping[int, Adapted] = field(default_factory=dict)  # by the number of utterances asked for
    training: Training | None = None
    sentences: list[str] = field(default_factory=list)  # short names of the distinct sentences tested
    errors: Mapping[str, ErrorLists] = field(default_factory=dict)  # by kind of interval width

    @property
    def headline(self) -> dict[str, float | str]:
        """The few figures that fit a terminal, means over articulators."""
        shared = {f"common_{key}": value for key, value in _flat(self.common.predictors).items()} if self.common else {}
        counts = {f"common_{name}": count for name, count in self.common.tested.to_json().items()} if self.common else {}
        return {
            **_flat({name: scores.means for name, scores in self.predictors.items()}), **shared, **counts,
            "utterances": self.counts.utterances, "sentences": self.counts.sentences, "origin": self.run.origin,
            "made_by": self.run.made_by,
        }


def _flat(predictors: Mapping[str, Mapping[str, Estimate]]) -> dict[str, float]:
    """Means by metric, those of the baselines under their own names; blind millimetres of the model alone."""
    kept = [mean for mean in AVERAGES if mean != "rmse_mm_blind"]
    return {
        **{mean: predictors[MODEL][mean].mean for mean in AVERAGES},
        **{f"{name}_{mean}": means[mean].mean for name, means in predictors.items() if name != MODEL for mean in kept},
    }


@dataclass(frozen=True, slots=True)
class Difference(Result):
    """One predictor minus another, speaker by speaker."""

    mean: Figure
    low: Figure
    high: Figure
    better: int  # speakers for whom the first one is better
    speakers: int


@dataclass(frozen=True, slots=True)
class OverSpeakers(Result):
    """One predictor over all test speakers; each speaker counts once."""

    means: Mapping[str, Estimate]
    corpora: Mapping[str, Mapping[str, Estimate]]
    speakers: Mapping[str, Mapping[str, Figure]]
    trajectories: Mapping[str, Mapping[str, Figure]]
    common: Mapping[str, Estimate] = field(default_factory=dict)  # over the test parts alone


@dataclass(frozen=True, slots=True)
class SummaryCounts(Result):
    """How much was tested on, over all folds."""

    utterances: int
    sentences_each: Figure  # distinct sentences of a speaker, on average
    speakers: int | None = None
    sentences: int | None = None  # distinct ones over all speakers; absent where folds do not name theirs


@dataclass(frozen=True, slots=True)
class Gain(Result):
    """A mean over speakers after adaptation, beside the model as it is on the same utterances."""

    mean: Figure
    low: Figure
    high: Figure
    zero_shot: Figure
    gain: Estimate  # taken speaker by speaker


@dataclass(frozen=True, slots=True)
class AdaptedSummary(Result):
    """One point of the curve of adaptation; counts are means over speakers."""

    utterances: Figure
    tested_utterances: Figure
    tested_sentences: Figure
    means: Mapping[str, Gain]


@dataclass(frozen=True, slots=True)
class HeldIntervals(Result):
    """How intervals hold that are calibrated on other speakers: of learned width and of constant width."""

    level: Figure
    learned: Held
    constant: Held


@dataclass(frozen=True, slots=True)
class OwnIntervals(Result):
    """How a model's own intervals hold on speakers it was not trained on."""

    level: Figure
    coverage: Figure
    within: int
    speakers: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class ModelSummary(Result):
    """All folds of one setting and model."""

    counts: SummaryCounts
    predictors: Mapping[str, OverSpeakers]
    minus: Mapping[str, Mapping[str, Difference]]  # the model minus a baseline, by metric
    common_counts: SummaryCounts | None = None
    training: Training | None = None
    adapted: Mapping[int, AdaptedSummary] = field(default_factory=dict)
    intervals: HeldIntervals | None = None
    own_intervals: OwnIntervals | None = None


@dataclass(frozen=True, slots=True)
class SummaryRun(Result):
    """Where the figures of all folds come from."""

    origin: str
    made_by: str


@dataclass(frozen=True, slots=True)
class LosoSummary(Result):
    """Leave one speaker out, whole."""

    run: SummaryRun
    settings: Mapping[str, Mapping[str, ModelSummary]]  # setting -> model
    pairs: Mapping[str, Mapping[str, Mapping[str, Difference]]]  # setting -> "one - other" -> metric

    @property
    def headline(self) -> dict:
        """By setting and predictor the means over speakers."""
        figures: dict = {"origin": self.run.origin, "made_by": self.run.made_by}
        for setting, models in self.settings.items():
            for model, summary in models.items():
                for name, over in summary.predictors.items():
                    own = {metric: over.means[metric].mean for metric in MEANS}
                    own |= {f"common_{metric}": over.common[metric].mean for metric in MEANS if over.common}
                    figures.setdefault(setting, {})[model if name == MODEL else name] = own
                if summary.intervals:
                    learned, constant = summary.intervals.learned, summary.intervals.constant
                    figures[setting][model] |= {
                        "coverage": learned.coverage, "speakers_within": learned.within, "speakers": len(learned.speakers),
                        "margin": learned.margin, "margin_constant": constant.margin,
                    }
        return figures
