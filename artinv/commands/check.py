"""Check downloaded corpora: report what is present, missing, unreadable or suspicious, and the cure.

RAW contains one folder per corpus with the corpus's name; nothing is written into it. Limits are those of `clean` in the
params.yaml of this folder or, where there is none, those that artinv comes with. RAW can also be an .h5 file or a folder of
BIDS-iEEG with recordings of the brain (docs/neural-data.md). Exit code 0: nothing suspicious; 1: findings to look at; 2: the
command cannot be executed, or a recording of the brain cannot be read. docs/check.md lists all checks.
"""

import argparse
import json
import sys
from pathlib import Path

from artinv.commands import in_project, output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadParams, one_line

BUNDLED = Path(__file__).parents[1] / "bundled/params.yaml"
"""The section `clean` of a new project's params.yaml."""

MOST_WORKERS = 256
"""Largest number of processes; each needs about 100 MB."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "%(prog)s [-h] RAW [--corpora NAME [NAME ...]] [--csv FILE] [--json] [--workers N]"  # NAME would consume RAW
    parser.add_argument("raw", type=Path, metavar="RAW", help="folder of the corpora, such as data/raw with data/raw/mocha")
    parser.add_argument("--corpora", nargs="+", default=[], metavar="NAME", help="corpora to check; default: all in RAW")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the findings as a table")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="processes; default: 0, one per core")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Check the corpora, print the findings, write the table."""
    from artinv.checks import brain, report
    from artinv.checks.run import check
    from artinv.core.files import write_text
    from artinv.data.clean import CleanParams

    if options.csv:
        output(_outside(options.csv, options.raw), kind=",".join(report.COLUMNS).encode())
    if not 0 <= options.workers <= MOST_WORKERS:
        raise BadParams(f"--workers: {options.workers} is not in 0 to {MOST_WORKERS}; 0 takes all cores")
    if not options.corpora and (paths := brain.recordings(options.raw)):
        _brain(options, paths)
        return
    limits = workspace.params if in_project(workspace) or _has_limits(workspace.params) else BUNDLED
    params = CleanParams.load(limits)
    result = check(options.raw, options.corpora, params, options.workers)
    whose = "that artinv comes with" if limits is BUNDLED else f"under `clean` in {limits}"
    print(one_line(f"artinv: checked with the limits {whose}"), file=sys.stderr)
    print(json.dumps(report.content(result), indent=2) if options.json else report.text(result))
    if options.csv:
        write_text(options.csv, report.table(result))
    if result.suspicious:
        raise SystemExit(1)


def _brain(options: argparse.Namespace, paths: list[Path]) -> None:
    """Check recordings of the brain, print amounts and findings, write the table."""
    from artinv.checks import brain, report
    from artinv.core.files import write_text

    result = brain.check(options.raw, paths)
    for fault in result.faults:
        print(one_line(f"artinv: {fault}"), file=sys.stderr)
    if result.amounts or options.json:
        print(json.dumps(brain.content(result), indent=2) if options.json else brain.text(result))
    if options.csv:
        write_text(options.csv, report.table(brain.findings_alone(result)))
    if result.faults or result.suspicious:
        raise SystemExit(2 if result.faults else 1)


def _has_limits(path: Path) -> bool:
    """Return whether a params.yaml, which may be that of another program, has a section `clean`."""
    from artinv.runtime.params import read_yaml

    try:
        return "clean" in read_yaml(path)
    except BadParams:
        return False


def _outside(target: Path, raw: Path) -> Path:
    """Return the path; reject it if it lies, links followed, in the folders of the recordings."""
    folders = [raw, *(path for path in raw.iterdir() if path.is_dir())] if raw.is_dir() else [raw]
    if any(target.resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise BadParams(f"{target}: lies in the raw folder {raw}, where nothing may be written; name a file elsewhere")
    return target
