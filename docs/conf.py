"""Settings of Sphinx for the pages of `make docs`: README.md, docs/ and the model card as a site that needs no network."""

from pathlib import Path

from artinv import __version__

NAVIGATION = {
    "Use": ["docs/python", "docs/reference", "docs/invert", "docs/words", "docs/adapt", "docs/speak", "docs/laboratory",
            "docs/view", "docs/live", "docs/therapists", "artinv/bundled/universal", "artinv/bundled/live"],
    "Method": ["docs/protocol", "docs/differences", "docs/sim2real", "docs/abx", "docs/ablations", "docs/difficulty",
               "docs/layers", "docs/phones-in-training"],
    "Synthesis": ["docs/synthesizer", "docs/synthesizers", "docs/analysis-by-synthesis", "docs/matching", "docs/factors",
                  "docs/digits", "docs/neural"],
    "Data": ["docs/formats", "docs/demo", "docs/own-recordings", "docs/add-a-corpus", "docs/neural-data", "docs/check"],
    "Engineering": [
        "CONTRIBUTING", "CHANGELOG", "docs/design", "docs/dependencies", "docs/performance", "docs/scale", "docs/reliability",
        "docs/report", "docs/licences",
    ],
    "Annexes": [
        f"docs/annex/{name}" for name in (
            "abx", "analysis-by-synthesis", "check", "design", "digits", "factors", "figures", "invert", "labels", "live",
            "matching", "neural", "neural-gates", "protocol", "reliability", "sim2real", "speak", "synthesizer",
        )
    ],
}
"""Headings of the side bar -> pages, as paths from the root of the repository."""

START = """<!doctype html><html lang="en"><meta charset="utf-8"><title>artinv</title>
<meta http-equiv="refresh" content="0; url=README.html">
"""

READABLE = {
    '<th class="head"><p></p></th>': '<td class="head"></td>',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer': '<aside aria-label="Headings" class="toc-drawer',
    '<div id="search-results"': '<h1>Search</h1><div id="search-results"',
}
"""Changes of the theme's pages: no empty headings, names of side bars, and parts that scroll can be reached by the keyboard."""

project = "artinv"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "README"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "artinv/bundled/*.md"]
exclude_patterns = [".*", "data", "metrics", "models", "out", "plots", "reports", "site", "tests"]  # folders that are not searched

myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a page may begin with any level of heading
default_role = "code"  # docstrings write names between single backquotes
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"artinv {__version__}"
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_show_search_summary = False  # summaries are fetched, which browsers refuse to pages in a folder


def setup(app: object) -> None:
    """Add the side bar to the first page, and a file index.html that leads there."""
    app.connect("source-read", _with_navigation)
    app.connect("build-finished", _finish)


def _with_navigation(_: object, page: str, source: list[str]) -> None:
    if page == root_doc:
        for heading, pages in NAVIGATION.items():
            lines = ["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *(f"/{name}" for name in pages), "```", ""]
            source[0] += "\n".join(lines)


def _finish(app: object, fault: Exception | None) -> None:
    if not fault:
        for path in Path(app.outdir).glob("**/*.html"):
            path.write_text(readable(path.read_text(encoding="utf-8")), encoding="utf-8")
        (Path(app.outdir) / "index.html").write_text(START, encoding="utf-8")


def readable(page: str) -> str:
    """Return a page of the theme for readers who use a keyboard or a screen reader; a page that was changed stays as it is."""
    for before, after in READABLE.items():
        if after not in page:
            page = page.replace(before, after)
    return page
