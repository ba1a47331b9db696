"""Export to public ABX tools: one `.item` file per corpus, one array per utterance and representation.

The tools assign the time (k + 1/2) / rate to frame k of an array. On that time scale, onset and offset are the outer edges of a
token's first and last frame, so that rounding neither adds nor removes a frame.
"""

from pathlib import Path

import numpy as np

from artinv.abx.items import Token
from artinv.abx.representations import Material
from artinv.core.files import replacing, write_text

HEADER = "#file onset offset #phone prev-phone next-phone speaker"


def file_of(id_: str) -> str:
    """Return the file name of an utterance's arrays; it is unique without the folder, which some tools ignore.

    >>> file_of("hprc/F01/F01_B01_S03_R01_N")
    'hprc-F01-F01_B01_S03_R01_N'
    """
    return id_.replace("/", "-")


def export(material: Material, folder: Path) -> list[Path]:
    """Write an item file per corpus, and arrays per utterance; return the item files.

    Paths: `<corpus>/<corpus>.item`, `<corpus>/<representation>/<file>.npy`, `<corpus>/times/<file>.npy`.
    The arrays hold only the values that all speakers of the corpus have.
    """
    items = []
    for corpus in sorted({utterance.corpus for utterance in material.utterances}):
        own = [utterance for utterance in material.utterances if utterance.corpus == corpus]
        rate = {utterance.id: utterance.rate for utterance in own}
        rows = [_row(token, rate[token.id]) for token in material.tokens if token.id in rate]
        items.append(folder / corpus / f"{corpus}.item")
        write_text(items[-1], "\n".join([HEADER, *rows]) + "\n")
        for name, values in material.representations.items():
            common = np.logical_and.reduce([material.columns[name][utterance.speaker_id] for utterance in own])
            for id_ in rate:
                _put(folder / corpus / name / f"{file_of(id_)}.npy", values[id_][:, common].astype(np.float32))
        for utterance in own:
            times = (np.arange(len(utterance.motion)) + 0.5) / utterance.rate
            _put(folder / corpus / "times" / f"{file_of(utterance.id)}.npy", times)
    return items


def _row(token: Token, rate: float) -> str:
    edges = f"{token.first / rate:.6f} {(token.last + 1) / rate:.6f}"
    return f"{file_of(token.id)} {edges} {token.phone} {token.before} {token.after} {token.speaker.rpartition('/')[2]}"


def _put(path: Path, values: np.ndarray) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, np.ascontiguousarray(values))
