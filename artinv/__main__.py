"""The command line: parses, calls one function, writes. Imports stand inside the commands, so that help comes at once."""

import argparse
import sys

from artinv import __version__
from artinv.errors import gate


def main(words: list[str] | None = None) -> None:
    """`python -m artinv COMMAND`."""
    parser = argparse.ArgumentParser(prog="artinv", description="Reproducible acoustic-to-articulatory inversion.")
    parser.add_argument("--version", action="version", version=f"artinv {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    scores = commands.add_parser("scores", help="print the table of the last `dvc repro`")
    scores.set_defaults(run=_scores)
    chosen = parser.parse_args(words)
    with gate():
        chosen.run(chosen)


def _scores(_: argparse.Namespace) -> None:
    from artinv.evaluate import ARTICULATORS, DETAILS, SCORES, UTTERANCES, Result  # noqa: PLC0415, help must not wait for numpy
    from artinv.tables import fold_table  # noqa: PLC0415, as above

    pictures = ["plots/articulators.png", "plots/trajectories.png"]
    print(fold_table(Result.load(), [SCORES, DETAILS, UTTERANCES, ARTICULATORS, *pictures]))


if __name__ == "__main__":
    sys.exit(main())
