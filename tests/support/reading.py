"""A strict HTML reader: elements must be closed correctly, and links must have a target."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input"}


@dataclass
class Page(HTMLParser):
    """The content of a page; `sections` by id, with tables as rows of texts."""

    tags: set = field(default_factory=set)
    attributes: list = field(default_factory=list)  # (tag, name, value)
    sections: dict = field(default_factory=dict)
    style: str = ""
    text: str = ""

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self._open, self._ids, self._section, self._table, self._cell = [], [], None, None, None

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        named = dict(attrs)
        assert len(named) == len(attrs), f"{tag} has a duplicate attribute"
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._ids += [named["id"]] if "id" in named else []
        if tag == "section":
            self._section = self.sections.setdefault(named["id"], {"text": "", "tables": [], "marks": []})
        elif tag == "table":
            self._table = []
            self._section["tables"].append(self._table)
        elif tag == "tr":
            self._table.append([])
        elif tag in ("th", "td"):
            self._cell = []
            self._table[-1].append("")
        elif tag == "use" and "y" in named and self._section is not None:
            self._section["marks"].append(named["x"])

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> has no start tag"
        assert self._open.pop() == tag, f"</{tag}> closes another element"
        if tag in ("th", "td"):
            self._cell = None
        elif tag == "table":
            self._table = None
        elif tag == "section":
            self._section = None

    def handle_data(self, data):
        if self._open[-1:] == ["style"]:
            self.style += data
            return
        self.text += data
        if self._section is not None:
            self._section["text"] += data
        if self._cell is not None and "svg" not in self._open:
            self._table[-1][-1] += data

    def rows(self, section):
        """Return first cell -> list of the other cells, for all rows of the tables of a section."""
        rows = {}
        for row in (row for table in self.sections[section]["tables"] for row in table[1:]):
            rows.setdefault(row[0], []).append(row[1:])
        return rows


def read(html):
    """Parse a page; fail on elements that are not closed and on links without a target."""
    page = Page()
    page.feed(html)
    page.close()
    assert page._open == []
    assert len(set(page._ids)) == len(page._ids)
    for tag, name, value in page.attributes:
        if name == "href" and value.startswith("#"):
            assert value[1:] in page._ids, f"{tag} links to {value}, which is missing"
    return page


def numbers(cells):
    """Return the numbers in the texts of cells; thousands separators are removed."""
    text = " ".join(cells).replace("\N{MINUS SIGN}", "-").replace("\N{NARROW NO-BREAK SPACE}", "")
    return [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", text)]
