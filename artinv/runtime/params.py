"""Read params.yaml into frozen, validated models; each model stands beside the code that it configures."""

from pathlib import Path
from typing import ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from artinv.runtime.errors import BadParams, reason

UNREADABLE = yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError
"""Exceptions that PyYAML raises on text that is not valid YAML, such as a date in month 13 or thousands of brackets."""


class Params(BaseModel):
    """One section of params.yaml: `a.b` is a subsection of `a`; `section = ""` reads the keys from the top level.

    Text that spells a number is converted to a number, because `dvc exp run -S train.lr=1e-5` writes `1e-05`, which YAML 1.1
    reads as text. Unknown keys, missing keys and values of another type are rejected.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    section: ClassVar[str] = ""

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read this section of a params file."""
        content = read_yaml(Path(path))
        if cls.section:
            values = content
            for name in cls.section.split("."):
                if not isinstance(values, dict) or name not in values:
                    raise BadParams(f"{path}: section '{cls.section}' is missing; restore it from the project's params.yaml")
                values = values[name]
        else:
            values = {key: content[key] for key in cls.model_fields if key in content}
        return cls.of(values, str(path))

    @classmethod
    def of(cls, values: object, origin: str = "params") -> Self:
        """Validate values; `origin` is the name of their file in error messages."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadParams(_explain(error, cls, origin)) from None


def read_yaml(path: Path) -> dict:
    """Read a mapping from a YAML file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadParams(f"{path}: is missing; run the command in the project's folder, or restore the file") from None
    except (OSError, *UNREADABLE) as error:
        raise BadParams(f"{path}: cannot be read as YAML ({reason(error)}); restore it or repair the line named") from None
    if not isinstance(content, dict):
        raise BadParams(f"{path}: holds no 'key: value' lines; restore it from the project's params.yaml")
    return content


def _explain(error: ValidationError, model: type[Params], origin: str) -> str:
    """Return the first fault as text: the key, its value and the allowed values."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in ((model.section,) if model.section else ()) + fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{origin}: unknown key '{key}'; expected one of {sorted(model.model_fields)}"
    if fault["type"] == "missing":
        cure = "restore it from the project's params.yaml" if Path(origin).stem == "params" else "add it"
        return f"{origin}: '{key}' is missing; {cure}"
    if not fault["loc"]:  # a fault of several values together
        return ": ".join(filter(None, (origin, key, fault["msg"].removeprefix("Value error, "))))
    hint = "; quote it if it is meant as text" if isinstance(fault["input"], bool) else ""
    return f"{origin}: bad value {fault['input']!r} for '{key}': {fault['msg']}{hint}"
