"""Damage the bytes of a file at random: bits, extreme numbers, cuts, words, lines, members of archives."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from artinv.core.files import ARCHIVE_ERRORS
from artinv.runtime.errors import BadData

NUMBERS = (b"0", b"-1", b"1", b"nan", b"inf", b"1e308", b"99999999999", b"4294967296", b"2147483647", b"0x10", b"1.5", b"")
WORDS = (b"\0", b"\xff", b"\n", b" ", b"'", b'"', b"{", b"[" * 3000, b":", b"- ", b"!!python/object:os.system", b"\xef\xbb\xbf",
         b"2020-99-99", "é".encode(), "\u202e".encode(), b"../" * 4)
EXTREMES = (0, 1, *(value for bits in (8, 16, 32, 64) for value in ((1 << bits) - 1, 1 << bits - 1, (1 << bits - 1) - 1)))


def mutant(content: bytes, rng: random.Random) -> bytes:
    """Return the content with some random damage, mostly near the beginning, where headers are."""
    damaged = bytearray(content)
    kinds = (_member,) if content.startswith(b"PK") and rng.random() < 0.7 else DAMAGES
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(kinds)(damaged, rng)
    return bytes(damaged)


def readings(path: Path, content: bytes, read: Callable[[Path], object], count: int) -> Iterator[object]:
    """Write `count` damaged copies of a content to `path` and yield what `read` returns; the message of a refusal has one line."""
    refused = 0
    for number in range(count):
        path.write_bytes(mutant(content, random.Random(number)))  # noqa: S311 -- not for cryptography
        fault = ""
        try:
            found = read(path)
        except BadData as error:
            refused += 1
            fault = str(error)
        else:
            yield found
        assert "\n" not in fault, (number, fault)
    assert 0 < refused < count


def _place(data: bytearray, rng: random.Random) -> int:
    reach = len(data) if rng.random() < 0.4 else min(len(data), 2048)
    return rng.randrange(reach) if reach else 0


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _extreme(data: bytearray, rng: random.Random) -> None:
    size, value = rng.choice((1, 2, 4, 8)), rng.choice(EXTREMES)
    at = _place(data, rng)
    if rng.random() < 0.7:
        at -= at % size
    data[at:at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, rng.choice(("little", "big")))


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng):]


def _drop(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at:at + rng.choice((1, 2, 4, 8, 100))]


def _repeat(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at:at + rng.choice((1, 4, 16, 200))] * rng.choice((1, 2, 50))


def _noise(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at + rng.choice((0, 8))] = rng.randbytes(rng.choice((1, 8, 64)))


def _number(data: bytearray, rng: random.Random) -> None:
    if found := list(re.finditer(rb"[0-9][0-9.e-]*", bytes(data[:4096]))):
        data[slice(*rng.choice(found).span())] = rng.choice(NUMBERS)


def _word(data: bytearray, rng: random.Random) -> None:
    if found := list(re.finditer(rb"[A-Za-z_]+", bytes(data[:4096]))):
        match = rng.choice(found)
        data[slice(*match.span())] = rng.choice((*WORDS, rng.choice(found).group(), match.group().swapcase()))


def _lines(data: bytearray, rng: random.Random) -> None:
    lines = bytes(data).split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    data[:] = b"\n".join(lines)


DAMAGES = (_flip, _extreme, _extreme, _cut, _drop, _repeat, _noise, _number, _number, _word, _lines)


def _member(data: bytearray, rng: random.Random) -> None:
    """Damage a member of an archive; the checksums stay valid."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except ARCHIVE_ERRORS:
        return  # earlier damage prevents unpacking
    name, packed = rng.choice([*members, ""]), io.BytesIO()
    if name:
        content = bytearray(members[name])
        rng.choice(DAMAGES)(content, rng)
        members[name] = bytes(content)
    with zipfile.ZipFile(packed, "w") as archive:
        for member, content in members.items():
            if name or rng.random() < 0.9:  # otherwise drop a member
                archive.writestr(member, content)
    data[:] = packed.getvalue()
