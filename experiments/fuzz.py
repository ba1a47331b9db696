"""Fuzz the file readers, guided by coverage: `python -m experiments.fuzz [--minutes 60] [--only est csv] [--keep FOLDER]`.

It needs atheris 3.0.0. The files and readers are those of tests.support.mutants. libFuzzer changes one file at a time, records
which branches and comparisons of artinv/ are reached, and continues from inputs that reach new ones. Half of the changes are those
of tests.support.damage, which change numbers, words and lines. Each kind of file has its own process and an equal share of the
time. Each fault is reported once for each place in the code.
"""

import argparse
import io
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from pathlib import Path

import atheris

with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["artinv"]):
    from tests.support import mutants
    from tests.support.damage import mutant

    mutants.warm(*mutants.TARGETS)

LONGEST = 1 << 17  # bytes, the largest damaged file
FIGURES = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) .*?corp: (\d+)/", re.MULTILINE)


def fuzz(name: str, place: Path, seconds: int, seed: int, keep: Path | None) -> None:
    """Fuzz one kind of file until the time is over; libFuzzer ends the process."""
    folder, seeds, reported = place / "files", place / "seeds", set()
    folder.mkdir()
    seeds.mkdir()
    target, limit = mutants.TARGETS[name], mutants.most()
    target.make(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in files]
    for number, content in enumerate(contents):
        (seeds / str(number)).write_bytes(bytes([number]) + content)

    def read_damaged(data: bytes) -> None:
        number = (data[0] if data else 0) % len(files)
        files[number].write_bytes(data[1:])
        result = mutants.outcome(target, folder, limit)
        files[number].write_bytes(contents[number])
        if result in ("read", "refused") or (where := result.partition(": ")[0]) in reported:
            return
        reported.add(where)
        print(f"{name}, {files[number].name}: {result}", flush=True)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}-{len(reported)}-{files[number].name}").write_bytes(data[1:])

    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST}", "-len_control=0", "-timeout=0",
         "-rss_limit_mb=0", "-use_value_profile=1", str(seeds)],
        read_damaged, custom_mutator=_change, internal_libfuzzer=True)
    atheris.Fuzz()


def _change(data: bytes, longest: int, seed: int) -> bytes:
    rng = random.Random(seed)  # noqa: S311 -- not for cryptography
    content = mutant(data[1:], rng) if rng.random() < 0.5 else atheris.Mutate(data[1:], longest - 1)
    return (data[:1] + content)[:longest]


def _process(name: str, seconds: int, choices: argparse.Namespace) -> tuple[str, int, bool]:
    """Fuzz one kind of file in a process; return its report, the number of inputs, and whether no fault was found."""
    with tempfile.TemporaryDirectory() as place:
        words = ["--target", name, "--place", place, "--seconds", str(seconds), "--seed", str(choices.seed)]
        if choices.keep:
            words += ["--keep", str(choices.keep)]
        done = subprocess.run([sys.executable, "-m", "experiments.fuzz", *words], capture_output=True, text=True, check=False,
                              env=os.environ | {"OMP_NUM_THREADS": "1"})
    if not (figures := FIGURES.search(done.stderr)):
        return f"{name}: ended with {done.returncode}: {done.stderr[-2000:]}\n{done.stdout}", 0, False
    inputs, reached, kept = map(int, figures.groups())
    return f"{name}: {inputs} inputs, {reached} places reached, {kept} kept as seeds\n{done.stdout}", inputs, not done.stdout


def main() -> None:
    """Divide the time between the kinds of files, and run as many processes at once as there are cores."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--only", nargs="*", default=[], choices=list(mutants.TARGETS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, help=argparse.SUPPRESS)
    choices = parser.parse_args()
    if choices.target:
        fuzz(choices.target, choices.place, choices.seconds, choices.seed, choices.keep)
    names, cores = choices.only or list(mutants.TARGETS), len(os.sched_getaffinity(0))
    seconds, total, passed = max(1, round(60 * choices.minutes * cores / len(names))), 0, True
    with ThreadPoolExecutor(cores) as pool:
        for text, inputs, success in pool.map(lambda name: _process(name, seconds, choices), names):
            print(text, end="", flush=True)
            total += inputs
            passed &= success
    print(f"{total} inputs")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
