"""Section with the main result in one sentence, and its figures in large digits."""

from collections.abc import Iterator, Mapping

from artinv.data.splits import SETTINGS
from artinv.evaluate.results import MODEL, Estimate, LosoSummary, ModelSummary
from artinv.evaluate.scores import origin_label
from artinv.evaluate.sim2real import LABELS, RECOGNIZED, Sim2RealScores
from artinv.phones.evidence import ACOUSTICS
from artinv.runtime.errors import expected_content
from artinv.show.report.default import tested
from artinv.show.report.parts import NOTHING, Absent, Headline, Section, Tile, Tiles, between, count, number, seed_of
from artinv.show.report.sources import NAMES, Sources

TITLE = "Result"
SHORT = {ACOUSTICS: "from sound alone", RECOGNIZED: "with phones recognized in the sound", LABELS: "with labelled phones"}
"""What is known of a real recording, in the words of the sentence."""

_FEW = 10
"""Fewer recordings are too few for a conclusion."""


def section(sources: Sources) -> Section | Absent:
    """Make the section from the results of leave one speaker out, or else of the default run, and of real recordings."""
    sentences, tiles = [], []
    for sentence, more in (*_trained(sources), *_real(sources)):
        sentences.append(sentence)
        tiles += more
    if not sentences:
        return Absent.missing(TITLE, NAMES.loso_details, "make loso")
    return Section("headline", TITLE, (Headline(" ".join(sentences)), Tiles(tuple(tiles))))


def main_model(summary: LosoSummary) -> tuple[str, str, ModelSummary]:
    """Return setting, name and summary of the best model for unseen speakers; without one, of the first setting."""
    order = ("indep", "unseen", *SETTINGS)
    setting = next(name for name in order if summary.settings.get(name))
    models = summary.settings[setting]
    name = max(sorted(models), key=lambda name: models[name].predictors[MODEL].means["pearson"].mean)
    return setting, name, models[name]


def _trained(sources: Sources) -> Iterator[tuple[str, list[Tile]]]:
    """Yield the sentence and the figures of leave one speaker out, or else of the default run."""
    if summary := sources.loso:
        with expected_content(NAMES.loso_details, "make loso"):
            setting, name, own = main_model(summary)
            whom = "speakers absent from its training" if SETTINGS[setting].split == "indep" else "speakers of its training"
            size = ", ".join(filter(None, (
                count(own.counts.speakers, "speaker"), count(own.counts.utterances, "utterance"), seed_of(summary.run.made_by))))
            kind = {"synthetic": "SYNTHETIC ", "real": "real ", "mixed": "partly SYNTHETIC "}.get(summary.run.origin, "")
            yield _follows(kind + whom, size, name, own.predictors[MODEL].means)
    elif fold := sources.fold:
        with expected_content(NAMES.details, "make repro"):
            yield _follows(origin_label(fold.run.origin), tested(fold), fold.run.model, fold.predictors[MODEL].means)


def _follows(whom: str, size: str, model: str, means: Mapping[str, Estimate]) -> tuple[str, list[Tile]]:
    pearson, error = means["pearson"], means["rmse_mm"]
    sentence = (f"On {whom} ({size}), {model} follows the measured motion with a Pearson correlation of {number(pearson.mean, 3)} "
                f"and an RMSE of {number(error.mean, 2)} mm.")
    over = f"{whom}, {size}"
    return sentence, [_tile("Pearson", "", pearson, 3, over), _tile("RMSE", "mm", error, 2, over)]


def _tile(title: str, unit: str, value: Estimate, digits: int, over: str) -> Tile:
    interval = between(value.low, value.high, digits)
    first = f"95 % {interval}" if interval != NOTHING else "no interval from a single value"
    return Tile(title, number(value.mean, digits), unit, f"{first}, {over}")


def _real(sources: Sources) -> Iterator[tuple[str, list[Tile]]]:
    """Yield the sentence and the figure on real recordings, by what is known of them."""
    scores = sources.result(Sim2RealScores, NAMES.real_details, "make real")
    if scores is None:
        return
    with expected_content(NAMES.real_details, "make real"):
        group = scores.groups["real"]
        by_source = scores.by_source or {}
        values = [f"{number(by_source[source].pearson, 2)} {words}" for source, words in SHORT.items() if source in by_source]
        reached = ", ".join(values) or number(group.pearson, 2)
        facts = (count(len(group.of), "REAL recording"), f"trained on {origin_label(scores.trained_on)}", seed_of(scores.made_by),
                 "too few for a conclusion" if len(group.of) < _FEW else "")
    yield (f"On {facts[0]}, the model trained on synthetic speakers reaches {reached}.",
           [Tile("Pearson on real recordings", number(group.pearson, 2), "", ", ".join(filter(None, facts)))])
