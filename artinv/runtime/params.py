"""params.yaml -> frozen models. Each model stands beside the code it configures."""

from pathlib import Path
from typing import ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from artinv.runtime.errors import BadParams, reason

PARAMS_FILE = Path("params.yaml")
UNREADABLE = yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError
"""What the library raises on text that is no YAML, such as a thirteenth month or thousands of brackets."""


class Params(BaseModel):
    """One section of params.yaml, `a.b` being a part of `a`; `section = ""` takes its keys from the top level.

    Text that spells a number is converted, because `dvc exp run -S train.lr=1e-5` writes `1e-05`, which YAML 1.1 reads
    as text. Unknown and missing keys and values of another type are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    section: ClassVar[str] = ""

    @classmethod
    def load(cls, path: Path | str = PARAMS_FILE) -> Self:
        """Read this section of a params file."""
        everything = read_yaml(Path(path))
        if cls.section:
            values = everything
            for name in cls.section.split("."):
                if not isinstance(values, dict) or name not in values:
                    raise BadParams(f"{path}: section '{cls.section}' is missing; restore it from the project's params.yaml")
                values = values[name]
        else:
            values = {key: everything[key] for key in cls.model_fields if key in everything}
        return cls.of(values, str(path))

    @classmethod
    def of(cls, values: object, origin: str = "params") -> Self:
        """Validate values that are already read; `origin` names their place in messages."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadParams(_explain(error, cls, origin)) from None


def read_yaml(path: Path) -> dict:
    """A mapping from a YAML file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadParams(f"{path}: is not there; run this in the project's folder, which holds one, or restore it") from None
    except (OSError, *UNREADABLE) as error:
        raise BadParams(f"{path}: cannot be read as YAML ({reason(error)}); restore it or mend the line named") from None
    if not isinstance(content, dict):
        raise BadParams(f"{path}: holds no 'key: value' lines; restore it from the project's params.yaml")
    return content


def _explain(error: ValidationError, model: type[Params], origin: str) -> str:
    """The first fault in words: where, what was there, what is allowed."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in ((model.section,) if model.section else ()) + fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{origin}: unknown key '{where}'; expected one of {sorted(model.model_fields)}"
    if fault["type"] == "missing":
        cure = "restore it from the project's params.yaml" if Path(origin).stem == "params" else "add it"
        return f"{origin}: '{where}' is missing; {cure}"
    if not fault["loc"]:  # of several values together
        return ": ".join(filter(None, (origin, where, fault["msg"].removeprefix("Value error, "))))
    hint = "; quote it if it is meant as text" if isinstance(fault["input"], bool) else ""
    return f"{origin}: bad value {fault['input']!r} for '{where}': {fault['msg']}{hint}"
