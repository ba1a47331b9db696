"""The command line: parses, calls one function, writes. Imports stand inside the commands, so that help comes at once."""

import argparse
import json
import sys
from pathlib import Path

from artinv import __version__
from artinv.errors import BadData, gate


def main(words: list[str] | None = None) -> None:
    """`python -m artinv COMMAND`."""
    parser = argparse.ArgumentParser(prog="artinv", description="Reproducible acoustic-to-articulatory inversion.")
    parser.add_argument("--version", action="version", version=f"artinv {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, text in (
        ("scores", _scores, "print the table of the last `dvc repro`"),
        ("loso", _loso, "print the table of the last `make loso`"),
        ("sim2real", _sim2real, "print the table of the last `make sim2real`"),
    ):
        commands.add_parser(name, help=text, description=text).set_defaults(run=run)
    chosen = parser.parse_args(words)
    with gate():
        chosen.run(chosen)


def _scores(_: argparse.Namespace) -> None:
    from artinv.evaluate import ARTICULATORS, DETAILS, SCORES, UTTERANCES, Result  # noqa: PLC0415, help must not wait for numpy
    from artinv.tables import fold_table  # noqa: PLC0415, as above

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    print(fold_table(Result.load(), [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures]))


def _loso(_: argparse.Namespace) -> None:
    from artinv.folds import CSV, DETAILS, JSON  # noqa: PLC0415, as above
    from artinv.tables import loso_table  # noqa: PLC0415, as above

    print(loso_table(_made(DETAILS, "loso"), [JSON, DETAILS, CSV, "plots/loso"]))


def _sim2real(_: argparse.Namespace) -> None:
    from artinv.sim2real import table  # noqa: PLC0415, as above

    print(table(_made(Path("metrics/sim2real_details.json"), "sim2real")))


def _made(path: Path, job: str) -> dict:
    """A file that a job of the Makefile has made."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: there is no result to show ({error}); run `make {job}`") from None


if __name__ == "__main__":
    sys.exit(main())
