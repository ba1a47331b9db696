"""Check the figures of the pages (`PAGES`) against metrics/*.json: `python -m tools.figures`; `--write` corrects them.

A comment (marker) directly after a figure names its source: `.833<!--loso:indep.strided.pearson:.3-->` gives the file
metrics/loso.json, the keys and the form; docs/annex/figures.md describes them. Exit code 1: a figure is wrong or has no source; one
line for each gives its place, its text and the correct text.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from statistics import fmean

from artinv.runtime.errors import BadData, gate, reason

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/*.md", "docs/annex/*.md", "artinv/bundled/*.md")

NUMBER = r"(?<![\w.,])-?(?:\d[\d,]*(?:\.\d+)?(?:e-?\d+)?|\.\d+)"
MARKED = re.compile(rf"(?P<figure>\[{NUMBER}, {NUMBER}\]|{NUMBER})?<!--(?P<marker>.*?)(?:-->|$)")
FORM = re.compile(
    r"(?:(?P<reduce>min|max|sum|mean) )?"
    r"(?P<open>\[?)(?P<sign>-?)(?P<scale>[%mk]?)(?P<bare>\.?)(?P<digits>\d)(?P<power>e?)(?P<close>\]?)",
)

REDUCE = {"min": min, "max": max, "sum": sum, "mean": fmean}
SCALE = {"": 1.0, "%": 100.0, "m": 1 / 60, "k": 1e-3}
"""Factors of the scales: %, shares in percent; m, seconds in minutes; k, thousands."""


@dataclass(frozen=True)
class Figure:
    """A figure with a marker."""

    page: str
    line: int  # from 1
    shown: str  # text on the page; empty where the figure is missing
    wanted: str  # correct text; empty where it is unknown
    fault: str  # why it is unknown

    def report(self) -> str:
        """Return the fault in one line; empty if the figure is correct."""
        place = f"{self.page}:{self.line}"
        if self.fault:
            return f"{place}: {self.shown or 'no figure'}: {self.fault}"
        if not self.shown:
            return f"{place}: there is no figure before the marker; write {self.wanted} there"
        if self.shown != self.wanted:
            return f"{place}: {self.shown} should be {self.wanted}; run `python -m tools.figures --write`"
        return ""


def figures(root: Path, *, write: bool = False) -> list[Figure]:
    """Return all figures with markers on a project's pages; with `write`, correct them."""
    all_figures = []
    for path in sorted(path for pattern in PAGES for path in root.glob(pattern)):
        page, lines = str(path.relative_to(root)), []
        text = path.read_bytes().decode()
        for number, line in enumerate(text.split("\n"), start=1):
            matches = list(MARKED.finditer(line))
            figures_of_line = [_figure(root, page, number, match) for match in matches]
            all_figures += figures_of_line
            lines.append(_corrected(line, matches, figures_of_line))
        if write and (corrected := "\n".join(lines)) != text:
            path.write_bytes(corrected.encode())
    return all_figures


def shown(value: float | tuple[float, float], form: str) -> str:
    """Format a value, or the ends of an interval, in a form.

    >>> shown(0.8332, ".3"), shown(1.48, "1"), shown(3883872, "0"), shown(0.8987, "%1"), shown(143.1, "m1")
    ('.833', '1.5', '3,883,872', '89.9', '2.4')
    >>> shown((0.817, 0.848), "[.2]"), shown((-0.012, -0.004), "[-.3]")
    ('[.82, .85]', '[.004, .012]')
    """
    match = FORM.fullmatch(form)
    factor = SCALE[match["scale"]] * (-1 if match["sign"] else 1)
    values = sorted(factor * end for end in value) if isinstance(value, tuple) else [factor * value]
    texts = [f"{number:z{'' if match['power'] else ','}.{match['digits']}{match['power'] or 'f'}}" for number in values]
    if match["bare"]:
        texts = [re.sub(r"^(-?)0\.", r"\1.", text) for text in texts]
    return f"[{', '.join(texts)}]" if match["open"] else texts[0]


def _corrected(line: str, matches: list[re.Match], line_figures: list[Figure]) -> str:
    """Correct the figures of a line, from its end, so that the positions of the other matches stay valid."""
    for match, figure in reversed(list(zip(matches, line_figures, strict=True))):
        if figure.shown and figure.wanted:
            line = line[:match.start()] + figure.wanted + line[match.end("figure"):]
    return line


def _figure(root: Path, page: str, line: int, match: re.Match) -> Figure:
    shown_text = match["figure"] or ""
    try:
        return Figure(page, line, shown_text, _wanted(root, match["marker"]), "")
    except BadData as error:
        return Figure(page, line, shown_text, "", str(error))


def _wanted(root: Path, marker: str) -> str:
    name, *paths, form = marker.split(":") if ":" in marker else ("", marker)
    match = FORM.fullmatch(form)
    if len(paths) not in (1, 2) or not match or bool(match["open"]) != bool(match["close"]):
        cure = "write <!--file:keys.with.points:form-->, as docs/annex/figures.md explains"
        raise BadData(f"<!--{marker}--> is not a valid marker; {cure}")
    if match["open"]:
        return shown(tuple(_value(root, name, f"{paths[0]}.{end}", match["reduce"]) for end in ("low", "high")), form)
    value, *divisor = (_value(root, name, path, match["reduce"]) for path in paths)
    return shown(value / divisor[0] if divisor else value, form)


def _value(root: Path, name: str, path: str, reduce: str | None) -> float:
    """Return the number at a path, or the reduction of all numbers that match it; an integer path is that number itself."""
    if path.isdecimal():
        return int(path)
    values = [_number(name, path, value) for value in _at(_content(root / f"metrics/{name}.json"), path.split("."))]
    if not values:
        raise BadData(f"metrics/{name}.json has no {path}")
    if reduce:
        return REDUCE[reduce](values)
    if len(values) > 1:
        raise BadData(f"metrics/{name}.json has {len(values)} of {path}; write min, max, sum or mean before the form")
    return values[0]


def _number(name: str, path: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadData(f"{path} of metrics/{name}.json is not a number")
    return value


def _at(node: object, keys: list[str]) -> Iterator[object]:
    if not keys:
        yield node
        return
    below = _below(node)
    names = [keys[0]] if keys[0] in below else [key for key in below if fnmatchcase(key, keys[0])]
    for key in names:
        yield from _at(below[key], keys[1:])


def _below(node: object) -> dict[str, object]:
    """Return the items of a node by key: the index in a list, or the name in a list of (name, value) pairs."""
    if isinstance(node, list):
        named = all(isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) for entry in node)
        return dict(node) if named else {str(place): value for place, value in enumerate(node)}
    return node if isinstance(node, dict) else {}


@cache
def _content(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"metrics/{path.name} is not readable ({reason(error)})") from None


def main() -> None:
    """Check or correct the figures; report one line for each figure that stays wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="correct the figures")
    if parser.parse_args().write:
        figures(ROOT, write=True)
    sys.exit("\n".join(filter(None, (figure.report() for figure in figures(ROOT)))) or 0)


if __name__ == "__main__":
    with gate():
        main()
