"""Section on leave one speaker out: one comparison of all models, and what else is known of them."""

from collections.abc import Iterator, Mapping

from artinv.data.splits import SETTINGS
from artinv.evaluate.results import MODEL, RIDGE, TRIVIAL, Estimate, LosoSummary, ModelSummary, OverSpeakers
from artinv.runtime.errors import expected_content
from artinv.show.report import costs, predictors, speaker_parts
from artinv.show.report.charts import Dots, Item
from artinv.show.report.costs import FoldCosts
from artinv.show.report.headline import main_model
from artinv.show.report.parts import NOTHING, Absent, Column, Fold, Note, Part, Section, Table, between, count, number, seed_of
from artinv.show.report.sources import NAMES, Sources
from artinv.show.results.tables import counted

TITLE, JOB = "Leave one speaker out", "make loso"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/loso_details.json, metrics/loso.csv and, if it was measured, metrics/cost.json."""
    summary, table = sources.loso, sources.table(NAMES.loso_table)
    if summary is None:
        return Absent.missing(TITLE, NAMES.loso_details, JOB)
    spent = costs.read(sources)
    with expected_content(NAMES.loso_details, JOB):
        settings = {name: summary.settings[name] for name in SETTINGS if name in summary.settings}
        parts: list[Part] = [_comparison(settings, spent), *_folds(settings, summary)]
    if table is None:
        parts.append(Note(f"No map of speakers by articulators: {NAMES.loso_table} is missing; `{JOB}` makes it."))
    else:
        with expected_content(NAMES.loso_table, JOB):
            maps = [drawn for setting, models in settings.items() for model in sorted(models)
                    if (drawn := speaker_parts.heat_map(table, setting, model))]
        parts.append(Fold("Speakers by articulators", maps))
    if spent is None:
        parts.append(Note(f"No training costs: {costs.FILE} is missing; `{costs.JOB}` makes it."))
    return Section.about("speakers", TITLE, parts, summary.run.origin, _lead(summary))


def _lead(summary: LosoSummary) -> str:
    counts = main_model(summary)[2].counts
    sentences = f"{counted(counts.sentences_each, 'sentence')} each"
    sentences += "" if counts.sentences is None else f", {count(counts.sentences)} distinct"
    facts = [count(counts.speakers, "test speaker"), count(counts.utterances, "utterance"), sentences, seed_of(summary.run.made_by)]
    return f"{', '.join(filter(None, facts))}. Each speaker is tested once and counts once. Intervals: 95 %, over speakers."


def _comparison(settings: Mapping[str, Mapping[str, ModelSummary]], spent: FoldCosts | None) -> Table:
    """Return one row per setting and model, with the baselines of each setting above its models."""
    items = []
    for setting, models in settings.items():
        rows = rows_of(models)
        seconds = spent.cpu_seconds.get(setting, {}) if spent else {}
        counts = next(iter(models.values())).counts
        items.append(Item(f"{SETTINGS[setting].title}; {count(counts.utterances, 'utterance')}", None, kind="group"))
        items += [_row(name, kind, over.means, seconds.get(name)) for name, (kind, over) in rows.items()]
    more = Column("RMSE mm"), Column("95 %", "interval", wide=True), Column("12 coils", wide=True), Column("CPU s")
    note = "12 coils: mean Pearson over the coordinates of tongue, jaw and lips, as most publications report."
    if spent:
        note += (f" CPU s: processor time on one core to train on all speakers except {spent.speaker} ({spent.machine}); "
                 "measured once, other machines differ.")
    return Dots(predictors.axis(items, "pearson"), 3, "", "Pearson", more=more).table(items, "All models", note)


def rows_of(models: Mapping[str, ModelSummary]) -> dict[str, tuple[str, OverSpeakers]]:
    """Return the baselines of a setting, then its models from the lowest to the highest Pearson: name -> (kind, scores)."""
    first = next(iter(models.values())).predictors
    rows = {name: (name, first[name]) for name in (TRIVIAL, RIDGE) if name in first}
    for name in sorted(models, key=lambda name: models[name].predictors[MODEL].means["pearson"].mean):
        rows[f"{name} (trained as a model)" if name in rows else name] = (MODEL, models[name].predictors[MODEL])
    return rows


def _row(name: str, kind: str, means: Mapping[str, Estimate], seconds: float | None) -> Item:
    pearson, error = means["pearson"], means["rmse_mm"]
    more = (number(error.mean, 2), between(error.low, error.high, 2), number(means["pearson_coils"].mean, 3),
            number(seconds, 0) if seconds else NOTHING)
    return Item(predictors.NAMES.get(name, name), pearson.mean, pearson.low, pearson.high, series=kind, kind="inner", more=more)


def _folds(settings: Mapping[str, Mapping[str, ModelSummary]], summary: LosoSummary) -> Iterator[Fold]:
    """Yield what is closed at first: other metrics, speakers, differences, adaptation, intervals."""
    others = []
    for setting, models in settings.items():
        named = {predictors.NAMES.get(name, name): over for name, (_, over) in rows_of(models).items()}
        others.append(predictors.figures({name: over.means for name, over in named.items()}, f"All test utterances, {setting}",
                                         shown=(*predictors.MAIN, "pearson_coils")))
        first = next(iter(models.values()))
        if (shared := first.common_counts) and shared.utterances != first.counts.utterances:
            each = f"{counted(shared.sentences_each, 'sentence')} per speaker"
            note = f"{count(shared.utterances, 'utterance')}, {each}; {predictors.COMMON}"
            common = {name: over.common for name, over in named.items() if over.common}
            others.append(predictors.figures(common, f"On the test part alone, {setting}", note))
    yield Fold("Other averages", others)
    yield Fold("Speakers", [part for setting, models in settings.items() for part in speaker_parts.by_speaker(setting, models)])
    yield Fold("Differences, per speaker", [part for setting, models in settings.items()
                                            for part in speaker_parts.differences(setting, models, summary.pairs.get(setting, {}))])
    named_models = [(f"{model}, {setting}", own) for setting, models in settings.items() for model, own in sorted(models.items())]
    makers = {"Adaptation to the test speaker": speaker_parts.adapted, "Coverage of intervals": speaker_parts.intervals}
    for title, make in makers.items():
        made = [part for name, own in named_models for part in make(name, own)]
        if made:
            yield Fold(title, made)
