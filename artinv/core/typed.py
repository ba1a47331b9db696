"""Results as frozen dataclasses that are written as JSON and read back with the same types."""

import json
import math
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from artinv.core.files import write_json
from artinv.runtime.errors import BadData, reason

Figure = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A number, or NaN, which JSON holds as null."""


class Result:
    """Base of results; a subclass is a frozen dataclass whose fields pydantic understands."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries and lists; fields that are None are left out."""
        kind: type = type(self)  # mypy takes type[Result], unlike type, for unhashable
        return _adapter(kind).dump_python(self, exclude_none=True)

    @classmethod
    def from_json(cls, content: object) -> Self:
        """Return the result that `to_json` gave; raise ValueError, which names the field, where it is another."""
        kind: type = cls
        return _adapter(kind).validate_python(content)

    def write(self, path: Path | str) -> None:
        """Write a JSON file."""
        write_json(path, self.to_json())

    @classmethod
    def read(cls, path: Path | str, job: str) -> Self:
        """Read a JSON file that `job`, such as `make loso`, writes."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except ValidationError as error:
            raise BadData(f"{path}: {fault(error)}; run `{job}`") from None
        except (OSError, ValueError) as error:
            raise BadData(f"{path}: cannot be read ({reason(error)}); run `{job}`") from None


def fault(error: ValidationError) -> str:
    """Return the first field that is wrong, and why, in one line."""
    first = error.errors(include_url=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))


@cache
def _adapter(kind: type) -> TypeAdapter:
    assert is_dataclass(kind)
    return TypeAdapter(kind)
