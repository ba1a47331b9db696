"""Section that compares this run with published figures for the real corpora."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from artinv.evaluate.results import MODEL, Estimate, FoldScores, LosoSummary
from artinv.runtime.errors import expected_content
from artinv.show.report.parts import NOTHING, Absent, Column, Row, Section, Table, between, number
from artinv.show.report.sources import NAMES, Sources
from artinv.show.report.svg import tag

TITLE = "Comparison with published figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Row of the table in docs/protocol.md; several values belong to several models of the source."""

    data: str
    split: str
    method: str
    pearson: tuple[float, ...] = ()
    rmse: tuple[float, ...] = ()
    unit: str = ""  # of the RMSE: mm, or z for standard deviations
    source: str
    paper: str = ""  # arXiv number


PUBLISHED = (
    Published(data="Haskins", split="indep", method="baselines", pearson=(0.678, 0.717), rmse=(0.736, 0.706), unit="z",
              source="ArtBoost 2026", paper="2606.16327"),
    Published(data="Haskins", split="indep", method="pre-trained", pearson=(0.698, 0.732), rmse=(0.717, 0.689), unit="z",
              source="ArtBoost 2026", paper="2606.16327"),
    Published(data="USC-TIMIT", split="indep", method="baselines", pearson=(0.351, 0.488), rmse=(0.864, 0.917), unit="z",
              source="ArtBoost 2026", paper="2606.16327"),
    Published(data="USC-TIMIT", split="indep", method="pre-trained", pearson=(0.510, 0.593), rmse=(0.792, 0.817), unit="z",
              source="ArtBoost 2026", paper="2606.16327"),
    Published(data="Haskins", split="indep", method="unseen speakers, HuBERT-large", pearson=(0.784,),
              source="Wu 2023", paper="2302.06774"),
    Published(data="Haskins", split="", method="WavLM-large and a phoneme discriminator", pearson=(0.847,),
              source="Chung & Kang 2024", paper="2406.17329"),
    Published(data="FROST-EMA", split="indep", method="18 speakers, MFCC / MMS", pearson=(0.30, 0.41),
              source="FROST-EMA", paper="2606.20478"),
    Published(data="MNGU0", split="spec", method="", rmse=(0.885, 0.816), unit="mm", source="Uria 2012; Liu 2015"),
    Published(data="MNGU0", split="spec", method="WavLM-large layer 9, linear", pearson=(0.878,),
              source="SPARC 2024", paper="2406.12998"),
    Published(data="Haskins", split="", method="predicting the mean", pearson=(0,), rmse=(3.31,), unit="mm",
              source="from the speakers' own statistics"),
)


def section(sources: Sources) -> Section | Absent:
    """Make the section if the results are from real data."""
    own: list[Row] = []
    fold, loso = sources.fold, sources.loso
    with expected_content(NAMES.details, "make repro"):
        own += _fold(fold) if fold and fold.run.origin == "real" else []
    with expected_content(NAMES.loso_details, "make loso"):
        own += _folds(loso) if loso and loso.run.origin == "real" else []
    if not own:
        return Absent(TITLE, "shown for real data only; put the real corpora in place (README.md), then run `make repro`")
    columns = Column("data, setting, model", "text"), Column("Pearson"), Column("RMSE"), Column("source", "text")
    rows = [Row(("This run",), "group"), *own, Row(("Published",), "group"), *map(_published, PUBLISHED)]
    note = ("This run: means over the 12 coordinates of tongue, jaw and lips, which most of these sources report. "
            "Compare only equal data and settings, and read the source first: excluded speakers, trajectories, filters and "
            "normalization differ (docs/differences.md).")
    return Section.about("published", TITLE, [Table(columns, tuple(rows), note=note, style="cited")], "real")


def _published(entry: Published) -> Row:
    unit = {"z": " SD"}.get(entry.unit, f" {entry.unit}")
    digits = 2 if entry.rmse and max(entry.rmse) > 1 else 3
    values = [" / ".join(number(value, 3) for value in entry.pearson) or NOTHING,
              " / ".join(number(value, digits) for value in entry.rmse) + unit if entry.rmse else NOTHING]
    return Row((_named(entry.data, entry.split, entry.method), *values, _cited(entry)))


def _named(data: str, split: str, model: str) -> str:
    setting = {"indep": "leave one speaker out", "spec": "speaker-specific", "dep": "all speakers"}.get(split, split)
    return ", ".join(filter(None, (data, setting, model)))


def _cited(entry: Published) -> str | Markup:
    if not entry.paper:
        return entry.source
    return tag("a", f"{entry.source} (arXiv {entry.paper})", href=f"https://arxiv.org/abs/{entry.paper}")


def _fold(fold: FoldScores) -> Iterator[Row]:
    yield _own(fold.run.test_speaker, fold.run.split, fold.run.model, fold.predictors[MODEL].means)


def _folds(summary: LosoSummary) -> Iterator[Row]:
    for setting in (name for name in ("spec", "dep", "indep") if name in summary.settings):
        for model, own in sorted(summary.settings[setting].items()):
            for corpus, means in own.predictors[MODEL].corpora.items():
                yield _own(f"{corpus}, each speaker", setting, model, means)


def _own(data: str, split: str, model: str, means: Mapping[str, Estimate]) -> Row:
    """Return a row of this run, over the 12 coil coordinates."""
    figures = [f"{number(means[metric].mean, digits)} {between(means[metric].low, means[metric].high, digits)}"
               for metric, digits in (("pearson_coils", 3), ("rmse_mm_coils", 2), ("rmse_z_coils", 3))]
    return Row((_named(data, split, model), figures[0], f"{figures[1]} mm, {figures[2]} SD", "this run"), "strong")
