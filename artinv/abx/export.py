"""The same tokens and lines as files for public ABX tools: one `.item` file a corpus, one array an utterance and line.

A tool takes frame k of an array for the time (k + 1/2) / rate. Onset and offset are written as the outer edges of a token's first
and last frame on that clock, so that no rounding moves a frame in or out.
"""

from pathlib import Path

import numpy as np

from artinv.abx.items import Token
from artinv.abx.lines import Material
from artinv.core.files import replacing, write_text

HEADER = "#file onset offset #phone prev-phone next-phone speaker"


def file_of(id_: str) -> str:
    """The name of an utterance's arrays, unique without its folder, because some tools look at that alone.

    >>> file_of("hprc/F01/F01_B01_S03_R01_N")
    'hprc-F01-F01_B01_S03_R01_N'
    """
    return id_.replace("/", "-")


def export(material: Material, folder: Path) -> list[Path]:
    """`<corpus>/<corpus>.item`, `<corpus>/<line>/<file>.npy` and `<corpus>/times/<file>.npy`; the item files.

    A line holds the values that all speakers of the corpus have.
    """
    items = []
    for corpus in sorted({one.corpus for one in material.utterances}):
        own = [one for one in material.utterances if one.corpus == corpus]
        rate = {one.id: one.rate for one in own}
        rows = [_row(token, rate[token.id]) for token in material.tokens if token.id in rate]
        items.append(folder / corpus / f"{corpus}.item")
        write_text(items[-1], "\n".join([HEADER, *rows]) + "\n")
        for line, values in material.lines.items():
            common = np.logical_and.reduce([material.columns[line][one.person] for one in own])
            for one in own:
                _put(folder / corpus / line / f"{file_of(one.id)}.npy", values[one.id][:, common].astype(np.float32))
        for one in own:
            _put(folder / corpus / "times" / f"{file_of(one.id)}.npy", (np.arange(len(one.motion)) + 0.5) / one.rate)
    return items


def _row(token: Token, rate: float) -> str:
    edges = f"{token.first / rate:.6f} {(token.last + 1) / rate:.6f}"
    return f"{file_of(token.id)} {edges} {token.phone} {token.before} {token.after} {token.speaker.rpartition('/')[2]}"


def _put(path: Path, values: np.ndarray) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, np.ascontiguousarray(values))
