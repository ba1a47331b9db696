"""Section on the layers of the inverters: what each one knows of speaker, sex, phone and trajectories, and what removal changes."""

from artinv.core.channels import CHANNELS
from artinv.factors.disentanglement.metrics import NAMES as METRICS
from artinv.factors.layers.results import JOB, SHOWN, Layers, Spread, in_order
from artinv.factors.workspace import FactorFiles
from artinv.show.report.charts import heat
from artinv.show.report.parts import MINUS, Absent, Column, Fold, Part, Row, Section, Table, count
from artinv.show.report.sources import NAMES, Sources

TITLE = "Where the speaker lives in the network"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/layers.json."""
    place = FactorFiles(NAMES).layers
    result = sources.result(Layers, place, JOB)
    if result is None:
        return Absent.missing(TITLE, place, JOB)
    folds = len(result.speakers)
    lead = (f"{result.run}: {count(folds, 'fold')} of leave one speaker out, one training each, {count(result.points, 'point')}. "
            f"Medians over folds. Pearson of the unseen speaker {result.pearson.text()}.")
    more = Fold("Disentanglement, removal of the speaker", [_metrics(result), _removals(result)])
    return Section.about("layers", TITLE, [_heat(result), more], result.origin, lead)


def _heat(result: Layers) -> Part:
    factors = (*SHOWN, *CHANNELS)
    rows: list[tuple[str, list[float | None], str]] = []
    layers = [(name, result.layers[name]) for name in in_order(result.layers)]
    for name, layer in layers:
        rows.append((name, [layer.probes[factor].median for factor in factors], ""))
    rows.append(("unseen speaker", [], ""))
    for name, layer in layers:
        rows.append((name, [layer.unseen[factor].median if factor in layer.unseen else None for factor in factors], ""))
    note = ("Linear probes on other utterances than they were fitted on; of the sex, on other speakers. Speaker, sex and phone: "
            "balanced accuracy, 0 at chance level; trajectories: R2. Below, probes of the training speakers on the unseen speaker.")
    return heat(rows, factors, "Layers by factor", note)


def _metrics(result: Layers) -> Table:
    rows = [Row((name, *(_text(result.layers[name].metrics[metric], 2) for metric in METRICS))) for name in in_order(result.layers)]
    return Table((Column("layer", "text"), *map(Column, METRICS.values())), tuple(rows), "Disentanglement of the values of a layer",
                 "Factors: speaker, sex, phone and all trajectories. Median [least, greatest] over folds.")


def _removals(result: Layers) -> Table:
    rows = []
    for name in in_order(result.layers):
        rows.append(Row((name,), "group"))
        removals = result.layers[name].removals
        for change in in_order(removals):
            effect = removals[change]
            gains = _text(effect.gain, 4), _text(effect.gain_coils, 4), f"{effect.better} of {len(result.speakers)}"
            rows.append(Row((change, *gains, _text(effect.speaker, 2)), "inner"))
    columns = (Column("change", "text"), Column("Pearson"), Column("12 coils"), Column("folds better"), Column("speaker after"))
    note = ("Change of the unseen speaker's Pearson. erase k: the k strongest directions of the training speakers are removed; "
            "random k: as many others; centre: the unseen speaker's mean is shifted to that of the others.")
    return Table(columns, tuple(rows), "Removal of the speaker", note)


def _text(spread: Spread, digits: int) -> str:
    return spread.text(digits).replace("-", MINUS)
