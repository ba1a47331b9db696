"""Report page: sections -> one self-contained HTML file without scripts."""

import json
from functools import partial
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from artinv.core.files import write_text
from artinv.evaluate.scores import origin_label
from artinv.runtime.errors import BadData
from artinv.show.html import head, part
from artinv.show.report import abx, articulators, corpora, example, headline, learning, matching, published, run, sim2real, speakers
from artinv.show.report.parts import Absent, Section
from artinv.show.report.sources import Sources
from artinv.show.report.svg import shape

ORDER = (
    headline.section, run.section, articulators.section, example.section, learning.section, speakers.section, published.section,
    sim2real.section, abx.section, matching.section, corpora.section, run.parameters,
)
"""Order of the sections."""

BANNERS = {
    "real": "",
    "synthetic": "Every speaker in these results is synthetic. The figures say nothing about accuracy on people and must not be "
                 "compared with published ones.",
    "mixed": "Some speakers in these results are synthetic. The figures must not be compared with published ones.",
    "unknown": "The origin of the data is unknown. Do not compare the figures with published ones.",
}


def write(folder: Path, path: Path) -> tuple[Section, ...]:
    """Write the report on `folder` (metrics/, plots/, dvc.lock) to `path`; return its sections."""
    sources = Sources(folder)
    made = [section(sources) for section in ORDER]
    sections = tuple(section for section in made if isinstance(section, Section))
    if not sections:
        raise BadData(f"{folder}: no results in metrics/ or plots/; run `make repro`")
    write_text(path, page(sections, [section for section in made if isinstance(section, Absent)], sources.origin, sources.subject))
    return sections


def summary(sections: tuple[Section, ...], path: Path) -> str:
    """Return the text that a run prints."""
    return f"{', '.join(section.title for section in sections)}\nwritten:  {path}"


def page(sections: tuple[Section, ...], absent: list[Absent], origin: str, subject: str) -> str:
    """Render the HTML; the template escapes all text that comes from files."""
    style = part("artinv.show.report", "page.css").replace("PAGE_ORIGIN", json.dumps(f"artinv report, {origin_label(origin)}"))
    environment = Environment(
        loader=FunctionLoader(partial(part, "artinv.show.report")), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["shape"] = shape
    return environment.get_template("page.html").render(
        sections=sections, absent=absent, subject=subject, origin=origin_label(origin),
        warning=BANNERS.get(origin, BANNERS["unknown"]),
        head=Markup(head(f"artinv report: {origin_label(origin)}", style)),  # noqa: S704  already escaped
    )
