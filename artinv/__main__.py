"""The command line `python -m artinv COMMAND`; every command is a module in artinv/commands."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import NoReturn

from artinv import __version__, commands
from artinv.core.workspace import Workspace
from artinv.runtime.errors import gate, one_line


class _Parser(argparse.ArgumentParser):
    """An argument parser that prints errors on one line; arguments may be file names with any characters."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


@gate()
def main(words: list[str] | None = None, root: Path = Path()) -> None:
    """Parse the command line and execute the command in the project folder `root`, by default the current folder."""
    parser = _Parser(prog="python -m artinv", description="Acoustic-to-articulatory inversion: "
                                     "from the sound of speech to the motion of the articulators.",
                                     epilog="`python -m artinv COMMAND --help` explains a command.")
    parser.add_argument("--version", action="version", version=f"artinv {__version__}")
    chooser = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in commands.names():
        module = importlib.import_module(f"artinv.commands.{name}")
        assert module.__doc__ is not None
        title = module.__doc__.partition("\n")[0]
        command = chooser.add_parser(
            name, help=title[0].lower() + title[1:].rstrip("."), description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(words)
    options.run(options, Workspace(root))


if __name__ == "__main__":
    sys.exit(main())
