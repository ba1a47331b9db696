"""Read params.yaml into frozen, validated models; each model stands beside the code that it configures."""

import re
from pathlib import Path
from typing import ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from artinv.runtime.errors import BadParams, expected, reason, similar

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
        return cls.within(read_yaml(Path(path)), str(path))

    @classmethod
    def within(cls, content: dict, path: str) -> Self:
        """Validate this section of the content of the params file `path`."""
        if cls.section:
            values = content
            for name in cls.section.split("."):
                if not isinstance(values, dict) or name not in values:
                    raise BadParams(f"{path}: section '{cls.section}' is missing; restore it from the project's params.yaml")
                values = values[name]
        else:
            values = {key: content[key] for key in cls.model_fields if key in content}
        return cls.of(values, path)

    @classmethod
    def of(cls, values: object, origin: str = "params") -> Self:
        """Validate values; `origin` is the name of their file in error messages."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadParams(_explain(error, cls, origin)) from None


class ProfileParams(Params):
    """One section of a pipeline's own params.yaml; `profiles.<profile>.<section>` there replaces some of its values.

    The key `profile` chooses the profile, such as `smoke`, `default` or `full`.
    """

    @classmethod
    def within(cls, content: dict, path: str) -> Self:
        """Validate this section with the values of the chosen profile."""
        name, profiles = content.get("profile"), content.get("profiles")
        if not isinstance(profiles, dict) or not all(isinstance(sections, dict) for sections in profiles.values()):
            raise BadParams(f"{path}: 'profiles' does not hold sections by profile; restore it from the project's params.yaml")
        if name not in profiles:
            raise BadParams(f"{path}: profile: unknown profile '{name}'; {expected(str(name), profiles)}")
        own, replaced = content.get(cls.section), profiles[name].get(cls.section) or {}
        if not isinstance(own, dict) or not isinstance(replaced, dict):
            return super().within(content, path)
        return super().within({**content, cls.section: own | replaced}, path)


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
    faults = error.errors()
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])  # a misspelt key is missing, too
    key = ".".join(str(part) for part in ((model.section,) if model.section else ()) + fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{origin}: unknown key '{key}'; {expected(str(fault['loc'][-1]), _keys_beside(fault['loc'], model))}"
    if fault["type"] == "missing":
        cure = "restore it from the project's params.yaml" if Path(origin).stem == "params" else "add it"
        return f"{origin}: '{key}' is missing; {cure}"
    if not fault["loc"]:  # a fault of several values together
        return ": ".join(filter(None, (origin, key, fault["msg"].removeprefix("Value error, "))))
    hint = "; quote it if it is meant as text" if isinstance(fault["input"], bool) else ""
    if fault["type"] == "literal_error" and isinstance(fault["input"], str):
        hint = similar(fault["input"], re.findall(r"'([^']*)'", fault["ctx"]["expected"]))
    return f"{origin}: bad value {fault['input']!r} for '{key}': {fault['msg']}{hint}"


def _keys_beside(path: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Return the valid keys in the place of an unknown one."""
    for name in path[:-1]:
        inner = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    return sorted(model.model_fields)
