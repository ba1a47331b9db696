"""Read Praat TextGrids in the long and the short text form, and write them in the long form.

Reading follows the rule of Praat: quoted texts, free-standing numbers and `<flags>` in a fixed order are the content, all other
words are comments. The two forms differ in their comments only.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from artinv.core.files import write_text
from artinv.core.records import Label
from artinv.runtime.errors import BadData, one_line, reason

_TOKEN = re.compile(r'"(?P<text>(?:[^"]|"")*+)"|<(?P<flag>\w*)>|(?P<open>")|![^\n]*|(?P<word>[^\s"=<]+|<)')
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,4})?")
_KINDS = {"IntervalTier": False, "TextTier": True}
_SAME = 1e-9  # s, distance of two boundaries that differ by rounding only


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: labels in order of time, also the empty ones; in a tier of points each label ends where it starts."""

    name: str
    labels: tuple[Label, ...]
    points: bool = False


@dataclass(frozen=True, slots=True)
class TextGrid:
    """Content of a TextGrid: two tiers can have the same name."""

    start: float  # s
    end: float  # s
    tiers: tuple[Tier, ...]

    def tier(self, name: str) -> Tier | None:
        """Return the first tier of this name; None if no tier has it."""
        return next((tier for tier in self.tiers if tier.name == name), None)


def read(path: Path) -> TextGrid:
    """Read a TextGrid in UTF-8, in UTF-16 with byte order mark, or else in Latin-1, as Praat does."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); check its name") from None
    if content.startswith(b"ooBinaryFile"):
        raise BadData(f"{path}: is a binary TextGrid; open it in Praat and choose 'Save as text file'")
    try:
        return _grid(_Tokens(_decoded(content)))
    except ValueError as error:
        raise BadData(f"{path}: is not a complete TextGrid ({one_line(str(error))}); save it again in Praat") from None


def write(path: Path, grid: TextGrid) -> None:
    """Write a TextGrid in UTF-8; empty intervals fill the gaps, so that each tier of intervals covers start to end."""
    if not float("-inf") < grid.start < grid.end < float("inf"):
        raise BadData(f"{path}: a TextGrid from {grid.start:g} to {grid.end:g} s has no duration; give its end")
    lines = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "",
        *_span("", grid.start, grid.end), "tiers? <exists> ", f"size = {len(grid.tiers)} ", "item []: ",
    ]
    for number, tier in enumerate(grid.tiers, 1):
        lines += [f"    item [{number}]:", *_tier_lines(path, grid, tier)]
    write_text(path, "\n".join([*lines, ""]))


def filled(path: Path, grid: TextGrid, tier: Tier) -> tuple[Label, ...]:
    """Return the labels of a tier of intervals with empty labels in its gaps; `path` stands in error messages."""
    labels, at = [], grid.start
    for label in sorted(tier.labels, key=lambda label: (label.start, label.end)):
        start = at if abs(label.start - at) <= _SAME else label.start
        end = grid.end if abs(label.end - grid.end) <= _SAME else label.end
        if not at <= start < end <= grid.end:
            place = f"the interval '{one_line(label.text[:20])}' of tier '{one_line(tier.name[:20])}'"
            fault = f"from {label.start:g} to {label.end:g} s overlaps another one, is empty or lies outside"
            raise BadData(f"{path}: {place} {fault}; correct its times")
        labels += [*([Label("", at, start)] if at < start else []), Label(label.text, start, end)]
        at = end
    return (*labels, *([Label("", at, grid.end)] if at < grid.end else []))


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Tokens:
    """Iterator over the content of a text file of Praat."""

    def __init__(self, text: str) -> None:
        self._tokens = self._of(text)

    @staticmethod
    def _of(text: str) -> Iterator[str | float]:
        """Yield texts with a leading quotation mark, flags with a leading `<`, and numbers."""
        for match in _TOKEN.finditer(text):
            if match["open"]:
                raise ValueError(f"the quotation mark in line {text.count(chr(10), 0, match.start()) + 1} is not closed")
            if match["text"] is not None:
                yield '"' + match["text"].replace('""', '"')
            elif match["flag"] is not None:
                yield "<" + match["flag"]
            elif match["word"] and _NUMBER.fullmatch(match["word"]):
                yield float(match["word"])

    def _next(self, wanted: str) -> str | float:
        token = next(self._tokens, None)
        if token is None:
            raise ValueError(f"it ends where {wanted} should stand")
        return token

    def text(self, wanted: str) -> str:
        token = self._next(wanted)
        if not isinstance(token, str) or not token.startswith('"'):
            raise ValueError(f"it holds '{str(token)[:20]}' where {wanted} should stand")
        return token[1:]

    def number(self, wanted: str) -> float:
        token = self._next(wanted)
        if not isinstance(token, float) or abs(token) == float("inf"):
            raise ValueError(f"it holds '{str(token)[:20]}' where {wanted} should stand")
        return token

    def count(self, wanted: str) -> int:
        value = self.number(wanted)
        if value < 0 or value % 1:
            raise ValueError(f"{wanted} is {value:g}")
        return int(value)

    def flag(self) -> bool:
        found = self._next("a flag")
        if found not in ("<exists", "<absent"):
            raise ValueError(f"it holds '{str(found)[:20]}' where '<exists>' should stand")
        return found == "<exists"

    def end(self) -> None:
        if next(self._tokens, None) is not None:
            raise ValueError("it holds more than its sizes announce")


def _grid(tokens: _Tokens) -> TextGrid:
    if tokens.text("the file type") not in ("ooTextFile", "ooTextFile short") or tokens.text("the class") != "TextGrid":
        raise ValueError("its header does not say 'ooTextFile' and 'TextGrid'")
    start, end = tokens.number("the start"), tokens.number("the end")
    count = tokens.count("the number of tiers") if tokens.flag() else 0
    grid = TextGrid(start, end, tuple(_tier(tokens) for _ in range(count)))
    tokens.end()
    return grid


def _tier(tokens: _Tokens) -> Tier:
    kind = tokens.text("the class of a tier")
    if kind not in _KINDS:
        raise ValueError(f"a tier is '{kind[:20]}', expected one of {sorted(_KINDS)}")
    name = tokens.text("the name of a tier")
    tokens.number("the start of a tier")
    tokens.number("the end of a tier")
    labels = tuple(_label(tokens, points=_KINDS[kind]) for _ in range(tokens.count("the size of a tier")))
    times = [time for label in labels for time in (label.start, label.end)]
    late = next((later for earlier, later in pairwise(times) if later < earlier - _SAME), None)
    if late is not None:
        raise ValueError(f"the times of tier '{name[:20]}' decrease at {late:g} s")
    return Tier(name, labels, points=_KINDS[kind])


def _label(tokens: _Tokens, *, points: bool) -> Label:
    start = tokens.number("a time")
    end = start if points else tokens.number("a time")
    return Label(tokens.text("a label"), start, end)


def _tier_lines(path: Path, grid: TextGrid, tier: Tier) -> Iterator[str]:
    name, labels = ("points", _ordered(path, grid, tier)) if tier.points else ("intervals", filled(path, grid, tier))
    yield f'        class = "{"TextTier" if tier.points else "IntervalTier"}" '
    yield f"        name = {_quoted(tier.name)} "
    yield from _span("        ", grid.start, grid.end)
    yield f"        {name}: size = {len(labels)} "
    for number, label in enumerate(labels, 1):
        yield f"        {name} [{number}]:"
        if tier.points:
            yield f"            number = {_digits(label.start)} "
            yield f"            mark = {_quoted(label.text)} "
        else:
            yield from _span("            ", label.start, label.end)
            yield f"            text = {_quoted(label.text)} "


def _ordered(path: Path, grid: TextGrid, tier: Tier) -> tuple[Label, ...]:
    labels = tuple(sorted(tier.labels, key=lambda label: label.start))
    times = [label.start for label in labels]
    if any(later <= earlier for earlier, later in pairwise(times)) or not all(grid.start <= time <= grid.end for time in times):
        fault = f"tier '{one_line(tier.name[:20])}' has two points at one time, or a point outside"
        raise BadData(f"{path}: {fault}; correct its times")
    return labels


def _span(indent: str, start: float, end: float) -> tuple[str, str]:
    return f"{indent}xmin = {_digits(start)} ", f"{indent}xmax = {_digits(end)} "


def _digits(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
