"""Sources of a report: the files in metrics/ and plots/, and dvc.lock, of one folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd
import yaml

from artinv.core.typed import Result
from artinv.core.workspace import Workspace
from artinv.evaluate.results import FoldScores, LosoSummary
from artinv.runtime.errors import BadData, expected_content, reason
from artinv.runtime.params import UNREADABLE

NAMES = Workspace()
"""Names of the sources relative to their folder, as the page and messages print them."""

Kind = TypeVar("Kind", bound=Result)


@dataclass(frozen=True, slots=True)
class Sources:
    """Results of a run; missing files are returned as None."""

    root: Path

    def json(self, path: Path | str) -> dict | None:
        """Read a JSON object."""
        text = self._text(path)
        if text is None:
            return None
        try:
            content = json.loads(text)
        except ValueError as error:
            raise BadData(f"{path}: is not JSON ({reason(error)}); make it again, or remove it") from None
        if not isinstance(content, dict):
            raise BadData(f"{path}: is not a JSON object; make it again, or remove it")
        return content

    def table(self, path: Path | str) -> pd.DataFrame | None:
        """Read a CSV table with a header."""
        text = self._text(path)
        if text is None:
            return None
        try:
            return pd.read_csv(self.root / path, keep_default_na=False, na_values=["", "nan", "NaN"])
        except (OSError, ValueError) as error:
            raise BadData(f"{path}: is not a table ({reason(error)}); make it again, or remove it") from None

    def each(self, folder: Path | str, suffix: str) -> dict[str, Path]:
        """Return the files of a folder by name without suffix, one per corpus."""
        paths = sorted((self.root / folder).glob(f"[!.]*{suffix}"))
        return {path.name.removesuffix(suffix): Path(folder) / path.name for path in paths}

    def result(self, kind: type[Kind], path: Path | str, job: str) -> Kind | None:
        """Read a typed result; `job` is the command that makes the file."""
        content = self.json(path)
        with expected_content(path, job):
            return None if content is None else kind.from_json(content)

    @property
    def fold(self) -> FoldScores | None:
        """Scores of the default run."""
        return self.result(FoldScores, NAMES.details, "make repro")

    @property
    def loso(self) -> LosoSummary | None:
        """Summary of leave one speaker out."""
        return self.result(LosoSummary, NAMES.loso_details, "make loso")

    @property
    def origin_of_fold(self) -> str:
        """Origin of the default run's data; `unknown` without a default run."""
        return fold.run.origin if (fold := self.fold) else "unknown"

    @property
    def origin(self) -> str:
        """Origin of the data: real, synthetic, mixed or unknown."""
        return next((result.run.origin for result in (self.fold, self.loso) if result), "unknown")

    @property
    def subject(self) -> str:
        """Short description of the default run; empty without one."""
        if (fold := self.fold) is None:
            return ""
        return f"{fold.run.model} tested on {fold.run.test_speaker}, split {fold.run.split}"

    def choices(self) -> dict | None:
        """Return the parameters of metrics/details.json, or None if dvc.lock records another version of it."""
        text, details = self._text(NAMES.lock), self.root / NAMES.details
        if text is None or not details.exists():
            return None
        with expected_content(NAMES.lock, "git checkout dvc.lock"):
            try:
                stages = yaml.safe_load(text)["stages"]
            except UNREADABLE as error:
                raise BadData(f"{NAMES.lock}: is not YAML ({reason(error)}); restore it: `git checkout {NAMES.lock}`") from None
            made = {out["path"]: out.get("md5") for out in stages.get("evaluate", {}).get("outs", [])}
            if made.get(str(NAMES.details)) != hashlib.md5(details.read_bytes(), usedforsecurity=False).hexdigest():
                return None
            chosen: dict = {}
            for stage in ("clean", "features", "normalize", "split", "train", "evaluate"):
                own: dict = next((stages[name] for name in sorted(stages) if name.partition("@")[0] == stage), {})
                chosen |= own.get("params", {}).get(str(NAMES.params), {})
            return chosen

    def _text(self, path: Path | str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BadData(f"{path}: cannot be read ({reason(error)}); make it again, or remove it") from None


def flat(content: Mapping, stem: str = "") -> dict[str, object]:
    """Flatten a nested mapping; join keys by dots.

    >>> flat({"a": {"b": 1, "c": {}}, "d": [2]})
    {'a.b': 1, 'd': [2]}
    """
    result: dict[str, object] = {}
    for key, value in content.items():
        result |= flat(value, f"{stem}{key}.") if isinstance(value, Mapping) else {f"{stem}{key}": value}
    return result
