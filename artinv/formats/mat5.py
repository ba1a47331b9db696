"""Read MATLAB 5 files in pure Python.

`scipy.io.loadmat` crashes the process with a segmentation fault on about one in a thousand damaged files, and is slower.
This reader checks every size against the bytes of the file before it uses the size.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR = 1, 2, 4
_LARGEST = 1 << 28
"""Maximum size of an uncompressed variable in bytes; the largest file of any supported corpus has 4 MB."""
_DEEPEST = 8
"""Maximum depth of nested arrays."""


class _Elements:
    """Iterator over the data elements in a block of bytes."""

    def __init__(self, data: memoryview, order: str) -> None:
        self.data, self.order, self.at = data, order, 0
        self._tag = struct.Struct(f"{order}II")

    def __bool__(self) -> bool:
        return self.at + 8 <= len(self.data)

    def take(self) -> tuple[int, memoryview]:
        """Return type and content of the next element."""
        if not self:
            raise ValueError("it is truncated")
        kind, size = self._tag.unpack_from(self.data, self.at)
        start = self.at + 8
        if kind >> 16:  # a small element: the tag holds up to four bytes of data
            kind, size, start = kind & 0xFFFF, kind >> 16, self.at + 4
            self.at += 8
        else:
            self.at = start + (size if kind == _COMPRESSED else -(-size // 8) * 8)
        if start + size > len(self.data):
            raise ValueError("it is truncated")
        return kind, self.data[start:start + size]

    def numbers(self, kind: str) -> list[int]:
        """Return the next element as integers."""
        return np.frombuffer(self.take()[1], self.order + kind).tolist()


class Variable:
    """Variable of a file; the constructor reads its header, `value` reads its data."""

    def __init__(self, data: memoryview, order: str) -> None:
        self.parts, self.order = _Elements(data, order), order
        self.kind = self.parts.numbers("u4")[0] & 0xFF
        self.shape = tuple(self.parts.numbers("i4"))
        self.name = bytes(self.parts.take()[1]).decode("ascii")
        if len(self.shape) < 2 or min(self.shape) < 0:
            raise ValueError("a dimension is negative")

    @property
    def is_struct(self) -> bool:
        """Whether the variable is a struct array; its value is then a list of dicts."""
        return self.kind == _STRUCT

    def value(self, depth: int = 0) -> Any:
        """Return text, an array, a list of dicts (structs) or a list (cells); None for functions, objects and sparse arrays."""
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        count = math.prod(self.shape)
        if self.kind in _CLASSES:
            return self._array(count)
        if self.kind == _CHAR:
            return self._text(count)
        if self.kind == _STRUCT:
            width, names = self.parts.numbers("i4")[0], bytes(self.parts.take()[1])
            if width < 1:
                raise ValueError("the length of its field names is below 1")
            fields = [names[at:at + width].split(b"\0")[0].decode("ascii") for at in range(0, len(names), width)]
            values = self._inner(count * len(fields), depth)
            return [dict(zip(fields, values[at:at + len(fields)], strict=True)) for at in range(0, len(values), len(fields) or 1)]
        return self._inner(count, depth) if self.kind == _CELL else None

    def _inner(self, count: int, depth: int) -> list[Any]:
        """Return the nested arrays; reject a count that the file cannot hold at eight bytes per array."""
        if count * 8 > len(self.parts.data):
            raise ValueError("a size is larger than the file")
        values = []
        for _ in range(count):
            kind, data = self.parts.take()
            if kind != _MATRIX:
                raise ValueError("an array is expected, another element found")
            values.append(Variable(data, self.order).value(depth + 1) if len(data) else np.zeros((0, 0)))
        return values

    def _array(self, count: int) -> np.ndarray:
        kind, data = self.parts.take()
        if kind not in _NUMBERS:
            raise ValueError("its numbers are of an unknown type")
        numbers = np.frombuffer(data, self.order + _NUMBERS[kind])
        if len(numbers) != count:
            raise ValueError("its dimensions do not match its number of values")
        return numbers.astype(_CLASSES[self.kind], copy=False).reshape(self.shape, order="F")

    def _text(self, count: int) -> str:
        kind, data = self.parts.take() if self.parts else (1, b"")
        if kind not in _TEXTS:
            raise ValueError("its text is of an unknown type")
        encoding = _TEXTS[kind] + ("" if kind in {1, 2, 16} else "-le" if self.order == "<" else "-be")
        text, rows = bytes(data).decode(encoding), self.shape[0]
        return "".join(text[row::rows] for row in range(rows)) if rows > 1 and len(text) == count else text


def variables(content: bytes) -> Iterator[Variable]:
    """Yield the variables of a file; raise ValueError, IndexError or zlib.error if the file is broken."""
    orders = {b"IM": "<", b"MI": ">"}
    if content[:10] == b"MATLAB 7.3" or content[:4] == b"\x89HDF":
        raise ValueError("it is of version 7.3; save it with -v7")
    if len(content) < 136 or content[126:128] not in orders:
        raise ValueError("its header is not complete")
    order = orders[content[126:128]]
    parts = _Elements(memoryview(content)[128:], order)
    while parts:
        kind, data = parts.take()
        if kind == _COMPRESSED:
            unpack = zlib.decompressobj()
            plain = unpack.decompress(data, _LARGEST)
            if not unpack.eof:
                raise ValueError("its compressed content is truncated or too large")
            kind, data = _Elements(memoryview(plain), order).take()
        if kind == _MATRIX and len(data):
            yield Variable(data, order)
