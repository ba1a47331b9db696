"""Section on autoencoders: reconstruction and disentanglement over seeds."""

from artinv.evaluate.scores import origin_label
from artinv.factors.disentanglement.metrics import NAMES as METRICS
from artinv.factors.results import JOB, FactorScores
from artinv.factors.workspace import FactorFiles
from artinv.show.report.parts import Absent, Column, Row, Section, Table, count
from artinv.show.report.sources import NAMES, Sources

TITLE = "Factors of a sound"


def section(sources: Sources) -> Section | Absent:
    """Make the section from metrics/factors/scores.json."""
    place = FactorFiles(NAMES).scores
    scores = sources.result(FactorScores, place, JOB)
    if scores is None:
        return Absent.missing(TITLE, place, JOB)
    rows: list[Row] = []
    for data, images in scores.images.items():
        facts = f"{origin_label(scores.origins[data])}, {count(images, 'image')}, factors {', '.join(scores.factors[data])}"
        rows.append(Row((f"{data}: {facts}",), "group"))
        for run in scores.runs.values():
            if run.data == data:
                own = run.spreads
                cells = (own["mse"].text(4), own["active"].text(0), *(own[name].text(2) for name in METRICS))
                rows.append(Row((f"{run.model}, {run.network}", *cells), "inner"))
    columns = (Column("model", "text"), Column("MSE"), Column("active latents"), *map(Column, METRICS.values()))
    lead = (f"Autoencoders, {count(len(scores.seeds), 'seed')} each: median [least, greatest]. MSE: of test images, pixels 0 to 1. "
            "The other metrics are 0 to 1; higher is better. Without supervision they depend on seeds as much as on models.")
    return Section.about("factors", TITLE, [Table(columns, tuple(rows), "Disentanglement")], scores.origin, lead)
