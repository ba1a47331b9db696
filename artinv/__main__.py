"""The command line `artinv COMMAND`, or `python -m artinv COMMAND`; every command is a module in artinv/commands."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import NoReturn

from artinv import __version__, commands
from artinv.core.workspace import Workspace
from artinv.runtime.errors import ArtinvError, BadParams, expected, gate, one_line


class _Parser(argparse.ArgumentParser):
    """An argument parser that prints errors on one line; arguments may be file names with any characters."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


@gate()
def main(words: list[str] | None = None, root: Path = Path()) -> None:
    """Parse the command line and execute the command in the project folder `root`, by default the current folder."""
    words, workspace = sys.argv[1:] if words is None else words, Workspace(root)
    options = _parser(words).parse_args(words)
    try:
        options.run(options, workspace)
    except ArtinvError as error:
        raise type(error)(commands.in_place(str(error), workspace)) from None


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the command that the words name, or of all commands."""
    parser = _Parser(prog="artinv", description="Acoustic-to-articulatory inversion: "
                                     "from the sound of speech to the motion of the articulators.",
                                     epilog="`artinv COMMAND --help` explains a command.")
    parser.add_argument("--version", action="version", version=f"artinv {__version__}")
    chooser = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    known, named = commands.names(), next((word for word in words if not word.startswith("-")), None)
    if named is not None and named not in known:
        raise BadParams(f"unknown command '{named}'; {expected(named, known)}")
    for name in [named] if named else known:
        module = importlib.import_module(f"artinv.commands.{name.replace('-', '_')}")
        assert module.__doc__ is not None
        title = module.__doc__.partition("\n")[0]
        command = chooser.add_parser(
            name, help=title[0].lower() + title[1:].rstrip("."), description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add(command)
        command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
