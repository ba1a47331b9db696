"""Check that what is committed belongs together: code, choices, locks of all pipelines, metrics, and headlines with their details.

`python -m tools.committed`, in the project's folder; exit code 1: there are faults, and a line for each names the cure. Whoever
reads metrics/ then need not run anything to trust it. Data and models need not be present.
"""

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from artinv.abx.report import AbxScores
from artinv.core.typed import Result
from artinv.evaluate.results import FoldScores, LosoSummary
from artinv.evaluate.sim2real import Sim2RealScores

CODE, RESULTS = ("artinv/", "stages/"), ("metrics/", "plots/")
MAIN = "", "demo"
"""Folders below pipelines/ whose stages `make repro` runs; the others have a target of their own name."""


@dataclass(frozen=True)
class Headline:
    """A file of a few figures, each of which stands in a file of details too."""

    file: str
    details: str
    kind: type[Result]  # of the details; its `headline` is what the file holds
    target: str  # of make, writes both files


HEADLINES = (
    Headline("metrics/scores.json", "metrics/details.json", FoldScores, "repro"),
    Headline("metrics/loso.json", "metrics/loso_details.json", LosoSummary, "loso"),
    Headline("metrics/abx.json", "metrics/abx_details.json", AbxScores, "abx"),
    Headline("metrics/sim2real.json", "metrics/sim2real_details.json", Sim2RealScores, "sim2real"),
    Headline("metrics/real.json", "metrics/real_details.json", Sim2RealScores, "real"),
)


def faults(root: Path) -> list[str]:
    """A line for each fault."""
    return [*outdated(root), *older(root), *headlines(root)]


def outdated(root: Path) -> Iterator[str]:
    """What has changed since a stage was run, as DVC sees it; a change that many stages of a pipeline read is one fault."""
    done = subprocess.run([sys.executable, "-m", "dvc", "status", "--json"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"dvc status: {' '.join(done.stderr.split())}; mend the file named, or restore it from git"
        return
    ran = {file: read_lock(root, file).keys() for file in pipelines(root)}
    found: dict[tuple[str, str], list[str]] = {}
    for place, changes in json.loads(done.stdout).items():
        file, _, stage = place.rpartition(":")
        file = file or "dvc.yaml"
        for change in changed(root, changes) if stage in ran[file] else ["the stage was never run"]:
            found.setdefault((file, change), []).append(stage)
    for (file, change), stages in found.items():
        yield f"{file}: {change} ({stages[0]}{f' and {len(stages) - 1} more' if stages[1:] else ''}); {cure(file)}"


def changed(root: Path, changes: list) -> Iterator[str]:
    """Of one stage's status what concerns committed files. Folders of data may be absent, or here in part."""
    if "changed command" in changes:
        yield "its command has changed"
    parts = {kind: items for change in changes if isinstance(change, dict) for kind, items in change.items()}
    for path, state in parts.get("changed deps", {}).items():
        if isinstance(state, dict):
            yield from (f"'{key}' of {path} has changed" for key in state)
        elif state == "deleted" and path.startswith(CODE):
            yield f"{path} is missing"
        elif state != "deleted" and not (root / path).is_dir():
            yield f"{path} has changed"
    for path, state in parts.get("changed outs", {}).items():
        if state == "modified" and path.startswith(RESULTS):
            yield f"{path} is not what the lock records"
        elif state == "deleted" and path.startswith("metrics/"):
            yield f"{path} is missing"


def older(root: Path) -> Iterator[str]:
    """What a stage read that is not what another wrote; DVC sees this only where the data are present."""
    runs = [(file, name, stage) for file in pipelines(root) for name, stage in read_lock(root, file).items()]
    written = {out["path"]: out.get("md5") for _, _, stage in runs for out in stage.get("outs", [])}
    for file, name, stage in runs:
        for dep in stage.get("deps", []):
            if dep["path"] in written and dep.get("md5") != written[dep["path"]]:
                yield f"{file}: {name} has read another {dep['path']} than the one last written; {cure(file)}"


def headlines(root: Path) -> Iterator[str]:
    """Headline figures that do not follow from the details."""
    for one in HEADLINES:
        missing = [name for name in (one.file, one.details) if not (root / name).is_file()]
        if len(missing) == 1:
            yield f"{missing[0]} is missing; {again(one.target)}"
        if missing:
            continue
        try:
            told, details = (json.loads((root / name).read_text(encoding="utf-8")) for name in (one.file, one.details))
            told, wanted = flat(told), flat(one.kind.from_json(details).headline)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            yield f"{one.file}: cannot be compared with {one.details} ({type(error).__name__}: {error}); {again(one.target)}"
            continue
        for key in sorted(told.keys() | wanted.keys()):
            if told.get(key, "nothing") != wanted.get(key, "nothing"):
                yield (f"{one.file}: '{key}' is {told.get(key, 'nothing')}, {one.details} says {wanted.get(key, 'nothing')}; "
                       f"{again(one.target)}")


def flat(content: Mapping, before: str = "") -> dict[str, object]:
    """Values by their keys, `a.b` being a part of `a`; NaN is null, as in JSON."""
    found = {}
    for key, value in content.items():
        missing = isinstance(value, float) and math.isnan(value)
        found |= flat(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": None if missing else value}
    return found


def pipelines(root: Path) -> list[str]:
    """The files of stages, from `root`."""
    return ["dvc.yaml", *sorted(path.relative_to(root).as_posix() for path in root.glob("pipelines/*/dvc.yaml"))]


def read_lock(root: Path, file: str) -> dict:
    """The stages that were run, of a pipeline's lock; none where it is missing or invalid, which DVC reports."""
    try:
        content = yaml.load((root / file).with_suffix(".lock").read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (FileNotFoundError, yaml.YAMLError):
        return {}
    return content.get("stages", {}) if isinstance(content, dict) else {}


def cure(file: str) -> str:
    """What to do about a pipeline that is not up to date."""
    name = Path(file).parent.name
    return again("repro" if name in MAIN else name)


def again(target: str) -> str:
    """Words for running a pipeline again."""
    return f"run `make {target}` and commit what it writes"


if __name__ == "__main__":
    sys.exit("\n".join(faults(Path())) or 0)
