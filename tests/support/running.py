"""Run stages and commands in this process as a user does: in a project folder, which relative paths start from."""

import contextlib
import io
import runpy
import sys
from pathlib import Path

import pytest

from artinv.__main__ import main
from tools.deps import ROOT


def stage(folder: Path, name: str, *words: str) -> str:
    """Run a stage with one worker; return what it prints on stdout."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"{name}.py", *words])
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        runpy.run_path(str(ROOT / f"stages/{name}.py"), run_name="__main__")
    return out.getvalue()


def command(folder: Path, *words: str) -> None:
    """Run a command of `artinv`."""
    with contextlib.chdir(folder):
        main(list(words))
