"""Check that the committed files are consistent: code, params.yaml, locks of all pipelines, metrics, headlines with details.

Run `python -m tools.committed` in the project's folder. Exit code 1: there are faults; one line for each names the cure. After a
successful check the files in metrics/ belong to the committed code. Data and models need not be present.
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
from artinv.digits.results import DigitsScores, YardstickScores
from artinv.evaluate.results import FoldScores, LosoSummary
from artinv.evaluate.sim2real import Sim2RealScores
from artinv.factors.layers.results import Layers
from artinv.factors.results import FactorScores
from artinv.live.results import LiveScores
from artinv.matching.results import Gains, MatchingScores
from artinv.neural.results import NeuralScores, OcclusionResult
from artinv.runtime.errors import BadData

CODE, RESULTS = ("artinv/", "stages/"), ("metrics/", "plots/", "artinv/bundled/")
MAIN = "", "demo"
"""Folders in pipelines/ whose stages `make repro` runs; each other folder has a target of the same name."""


@dataclass(frozen=True)
class Headline:
    """A file of a few figures that are also in a file of details."""

    file: str
    details: str
    kind: type[Result]  # of the details; its `headline` is what the file holds
    target: str  # make target that writes both files


HEADLINES = (
    Headline("metrics/scores.json", "metrics/details.json", FoldScores, "repro"),
    Headline("metrics/loso.json", "metrics/loso_details.json", LosoSummary, "loso"),
    Headline("metrics/abx.json", "metrics/abx_details.json", AbxScores, "abx"),
    Headline("metrics/sim2real.json", "metrics/sim2real_details.json", Sim2RealScores, "sim2real"),
    Headline("metrics/real.json", "metrics/real_details.json", Sim2RealScores, "real"),
)

TYPED: dict[str, tuple[type[Result], str]] = {
    "metrics/digits/scores.json": (DigitsScores, "digits"), "metrics/digits/yardstick.json": (YardstickScores, "digits"),
    "metrics/factors/scores.json": (FactorScores, "factors"), "metrics/layers.json": (Layers, "layers"),
    "metrics/live/scores.json": (LiveScores, "live"), "metrics/live/real.json": (LiveScores, "real"),
    "metrics/matching/refine.json": (Gains, "matching"), "metrics/matching/scores.json": (MatchingScores, "matching"),
    "metrics/neural/occlusion.json": (OcclusionResult, "neural"), "metrics/neural/scores.json": (NeuralScores, "neural"),
}
"""Metrics files whose fields are those that the code writes now: their kind, and the make target that writes them."""


def faults(root: Path) -> list[str]:
    """Return one line for each fault."""
    return [*outdated(root), *older(root), *headlines(root), *other_fields(root), *bundled(root)]


def outdated(root: Path) -> Iterator[str]:
    """Yield what DVC reports as changed since a stage ran; a change that several stages of a pipeline read is one fault."""
    done = subprocess.run([sys.executable, "-m", "dvc", "status", "--json"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"dvc status: {' '.join(done.stderr.split())}; repair the named file, or restore it from git"
        return
    ran = {file: read_lock(root, file).keys() for file in pipelines(root)}
    stages_by_change: dict[tuple[str, str], list[str]] = {}
    for place, changes in json.loads(done.stdout).items():
        file, _, stage = place.rpartition(":")
        file = file or "dvc.yaml"
        for change in changed(root, changes) if stage in ran[file] else ["the stage was never run"]:
            stages_by_change.setdefault((file, change), []).append(stage)
    for (file, change), stages in stages_by_change.items():
        yield f"{file}: {change} ({stages[0]}{f' and {len(stages) - 1} more' if stages[1:] else ''}); {cure(file)}"


def changed(root: Path, changes: list) -> Iterator[str]:
    """Yield the changes of committed files in the status of one stage; data folders may be missing or incomplete."""
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
            yield f"{path} differs from the lock"
        elif state == "deleted" and path.startswith("metrics/"):
            yield f"{path} is missing"


def older(root: Path) -> Iterator[str]:
    """Yield dependencies that differ from the output of their stage; DVC detects this only where the data are present."""
    runs = [(file, name, stage) for file in pipelines(root) for name, stage in read_lock(root, file).items()]
    written = {out["path"]: out.get("md5") for _, _, stage in runs for out in stage.get("outs", [])}
    for file, name, stage in runs:
        for dep in stage.get("deps", []):
            if dep["path"] in written and dep.get("md5") != written[dep["path"]]:
                yield f"{file}: {name} has read an older version of {dep['path']}; {cure(file)}"


def headlines(root: Path) -> Iterator[str]:
    """Yield headline figures that differ from the details."""
    for headline in HEADLINES:
        missing = [name for name in (headline.file, headline.details) if not (root / name).is_file()]
        if len(missing) == 1:
            yield f"{missing[0]} is missing; {again(headline.target)}"
        if missing:
            continue
        try:
            figures, details = (json.loads((root / name).read_text(encoding="utf-8")) for name in (headline.file, headline.details))
            figures, expected = flat(figures), flat(headline.kind.from_json(details).headline)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            fault = f"is not comparable with {headline.details} ({type(error).__name__}: {error})"
            yield f"{headline.file}: {fault}; {again(headline.target)}"
            continue
        for key in sorted(figures.keys() | expected.keys()):
            shown, wanted = figures.get(key, "missing"), expected.get(key, "missing")
            if shown != wanted:
                yield f"{headline.file}: '{key}' is {shown}, {wanted} in {headline.details}; {again(headline.target)}"


def other_fields(root: Path) -> Iterator[str]:
    """Yield metrics files that the code reads with a fault, or that it would write with other fields."""
    for name, (kind, target) in TYPED.items():
        if (root / name).is_file():
            try:
                written = json.dumps(kind.read(root / name, f"make {target}").to_json())
            except BadData as error:
                yield str(error).removeprefix(f"{root}/")
                continue
            if json.loads(written, parse_constant=lambda _: None) != json.loads((root / name).read_text(encoding="utf-8")):
                yield f"{name}: its fields are not those that the code writes; {again(target)}"


def bundled(root: Path) -> Iterator[str]:
    """Yield a fault if the limits that artinv comes with are not those of params.yaml."""
    place = "artinv/bundled/params.yaml"
    if (root / place).exists():
        comes, has = (yaml.safe_load((root / name).read_text(encoding="utf-8"))["clean"] for name in (place, "params.yaml"))
        if comes != has:
            yield f"{place}: `clean` differs from that of params.yaml; make them equal"


def flat(content: Mapping, before: str = "") -> dict[str, object]:
    """Return the values of nested mappings by key; `a.b` is key `b` of `a`, NaN is null as in JSON."""
    found = {}
    for key, value in content.items():
        missing = isinstance(value, float) and math.isnan(value)
        found |= flat(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": None if missing else value}
    return found


def pipelines(root: Path) -> list[str]:
    """Return the paths of all pipeline files, relative to `root`."""
    return ["dvc.yaml", *sorted(path.relative_to(root).as_posix() for path in root.glob("pipelines/*/dvc.yaml"))]


def read_lock(root: Path, file: str) -> dict:
    """Return the stages in a pipeline's lock; empty where it is missing or invalid, which DVC reports."""
    try:
        content = yaml.load((root / file).with_suffix(".lock").read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (FileNotFoundError, yaml.YAMLError):
        return {}
    return content.get("stages", {}) if isinstance(content, dict) else {}


def cure(file: str) -> str:
    """Return the cure for a pipeline that is not up to date."""
    name = Path(file).parent.name
    return again("repro" if name in MAIN else name)


def again(target: str) -> str:
    """Return the instruction to run a make target again."""
    return f"run `make {target}` and commit what it writes"


if __name__ == "__main__":
    sys.exit("\n".join(faults(Path())) or 0)
