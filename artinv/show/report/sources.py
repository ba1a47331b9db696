"""The files that a report is made from, read as they lie: metrics/, plots/ and dvc.lock of one folder."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from artinv.evaluate.loso import DETAILS as LOSO
from artinv.evaluate.scores import DETAILS
from artinv.runtime.errors import BadData, believed, reason
from artinv.runtime.params import UNREADABLE

LOCK = Path("dvc.lock")


@dataclass(frozen=True, slots=True)
class Sources:
    """Results of a run; what is absent is None."""

    root: Path

    def json(self, path: Path | str) -> dict | None:
        """A JSON object."""
        text = self._text(path)
        if text is None:
            return None
        try:
            content = json.loads(text)
        except ValueError as error:
            raise BadData(f"{path}: is no JSON ({reason(error)}); make it again, or remove it to do without") from None
        if not isinstance(content, dict):
            raise BadData(f"{path}: is not a JSON object; make it again, or remove it to do without")
        return content

    def table(self, path: Path | str) -> pd.DataFrame | None:
        """A CSV table with a line of names."""
        text = self._text(path)
        if text is None:
            return None
        try:
            return pd.read_csv(self.root / path, keep_default_na=False, na_values=["", "nan", "NaN"])
        except (OSError, ValueError) as error:
            raise BadData(f"{path}: is no table ({reason(error)}); make it again, or remove it to do without") from None

    def each(self, folder: Path | str, suffix: str) -> dict[str, Path]:
        """The files of a folder by their names without ending: one per corpus."""
        found = sorted((self.root / folder).glob(f"[!.]*{suffix}"))
        return {path.name.removesuffix(suffix): Path(folder) / path.name for path in found}

    @property
    def origin(self) -> str:
        """Of the run's data: real, synthetic, mixed; unknown where nothing says so."""
        runs = [(self.json(path) or {}).get("run") for path in (DETAILS, LOSO)]
        return next((str(run["origin"]) for run in runs if isinstance(run, dict) and "origin" in run), "unknown")

    @property
    def subject(self) -> str:
        """The default run in a few words; empty where there is none."""
        details = self.json(DETAILS)
        if details is None:
            return ""
        with believed(DETAILS, "make repro"):
            run = details["run"]
            return f"{run['model']} tested on {run['test_speaker']}, split {run['split']}"

    def choices(self) -> dict | None:
        """The parameters that metrics/details.json was made with, if dvc.lock records that very file."""
        text, details = self._text(LOCK), self.root / DETAILS
        if text is None or not details.exists():
            return None
        with believed(LOCK, "git checkout dvc.lock"):
            try:
                stages = yaml.safe_load(text)["stages"]
            except UNREADABLE as error:
                raise BadData(f"{LOCK}: is no YAML ({reason(error)}); restore it: `git checkout {LOCK}`") from None
            made = {out["path"]: out.get("md5") for out in stages.get("evaluate", {}).get("outs", [])}
            if made.get(str(DETAILS)) != hashlib.md5(details.read_bytes(), usedforsecurity=False).hexdigest():
                return None
            chosen: dict = {}
            for stage in ("clean", "features", "normalize", "split", "train", "evaluate"):
                own = next((stages[name] for name in sorted(stages) if name.partition("@")[0] == stage), {})
                chosen |= own.get("params", {}).get("params.yaml", {})
            return chosen

    def _text(self, path: Path | str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BadData(f"{path}: cannot be read ({reason(error)}); make it again, or remove it to do without") from None


def flat(content: Mapping, stem: str = "") -> dict[str, object]:
    """A nested mapping as one, keys joined by dots.

    >>> flat({"a": {"b": 1, "c": {}}, "d": [2]})
    {'a.b': 1, 'd': [2]}
    """
    found = {}
    for key, value in content.items():
        found |= flat(value, f"{stem}{key}.") if isinstance(value, Mapping) else {f"{stem}{key}": value}
    return found
