"""Reader of the idx files of MNIST: a head with type and sizes, then bytes in row-major order; plain or compressed by gzip."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from artinv.runtime.errors import BadData, reason

_BYTES = 0x08
"""Code of unsigned bytes, the only type of MNIST."""

_CURE = "take the file as it is offered for download, plain or as .gz"


def read(path: Path) -> np.ndarray:
    """Return the array of a file, uint8."""
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: cannot be read ({reason(error)}); {_CURE}") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES:
        raise BadData(f"{path}: is not an idx file of bytes; {_CURE}")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise BadData(f"{path}: ends within its head; {_CURE}")
    sizes = struct.unpack(f">{content[3]}I", content[4:start])
    if len(content) - start != int(np.prod(sizes, dtype=np.float64)):
        raise BadData(f"{path}: holds {len(content) - start} bytes, its head announces {' x '.join(map(str, sizes))}; {_CURE}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def digits(folder: Path, part: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Return the images (N, rows, columns) and digits (N,) of a folder with MNIST's files; `part` is train or t10k."""
    images, labels = (_find(folder, f"{part}-{name}") for name in ("images-idx3-ubyte", "labels-idx1-ubyte"))
    pictures, numbers = read(images), read(labels)
    if pictures.ndim != 3 or numbers.ndim != 1 or len(pictures) != len(numbers):
        shapes = f"{images.name} has {pictures.shape}, {labels.name} {numbers.shape}"
        raise BadData(f"{folder}: images and labels do not belong together ({shapes}); {_CURE}")
    return pictures, numbers


def _find(folder: Path, name: str) -> Path:
    """Return the path of a file, compressed or not, with a hyphen or a dot before `idx`."""
    for each in (name, name.replace("-idx", ".idx")):
        for path in (folder / each, folder / f"{each}.gz"):
            if path.is_file():
                return path
    raise BadData(f"{folder}: has no file {name} or {name}.gz; put MNIST's files there")
