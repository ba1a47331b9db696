"""Section on training: loss and learning rate over epochs."""

from artinv.runtime.errors import expected_content
from artinv.show.report.charts import Panel
from artinv.show.report.parts import Absent, Chart, Fold, Legend, Section, Side, number
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import Axis

TITLE, JOB = "Learning", "make repro"
LEGEND = (("curve train", "train"), ("curve valid", "validation; learning rate"), ("dashed", "epoch of the saved model"))


def section(sources: Sources) -> Section | Absent:
    """Make the section from plots/loss.csv."""
    table = sources.table(NAMES.loss)
    if table is None:
        return Absent.missing(TITLE, NAMES.loss, JOB)
    with expected_content(NAMES.loss, JOB):
        epochs, train, valid, rate = (table[name].astype(float).tolist() for name in ("epoch", "train", "valid", "lr"))
        if not epochs:
            raise ValueError("no epoch")
        best = min(range(len(valid)), key=valid.__getitem__)
        across, up = Axis.within(epochs[0], epochs[-1]), Axis.around([*train, *valid], 0)
        lead = f"Validation loss {number(valid[best], 4)} in epoch {epochs[best]:.0f} of {len(epochs)}."
        losses = Panel({"train": list(zip(epochs, train, strict=True)), "valid": list(zip(epochs, valid, strict=True))},
                       across, up, f"Loss over epochs. {lead}", (epochs[best],), (("model", epochs[best], valid[best]),), "epoch")
        rates = Panel({"rate": list(zip(epochs, rate, strict=True))}, across, Axis.around(rate, 0),
                      f"Learning rate over epochs, from {rate[0]:g} to {rate[-1]:g}.", (epochs[best],), (), "epoch")
    drawn = Chart(losses.markup(), "Loss"), Chart(rates.markup(), "Learning rate")
    return Section.about("learning", TITLE, [Fold("Curves", [Legend(LEGEND), Side(drawn)])], sources.origin_of_fold, lead)
