"""Run stages, commands and examples in this process as a user does: in a folder, which relative paths start from."""

import ast
import contextlib
import io
import runpy
import sys
from collections.abc import Callable
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


def refused(capsys: pytest.CaptureFixture, run: Callable, *arguments: object) -> str:
    """Return the one line, without "artinv: ", with which a command or a stage refuses bad input; `run` runs it in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        run(*arguments)
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("artinv: ")
    return err.removeprefix("artinv: ").removesuffix("\n")


def code(folder: Path, source: str, names: dict[str, object]) -> object:
    """Run lines of Python with global `names`; return the value of the last line if it is an expression, as a notebook shows it."""
    lines = ast.parse(source).body
    shown = lines.pop() if lines and isinstance(lines[-1], ast.Expr) else None
    with contextlib.chdir(folder):
        exec(compile(ast.Module(lines, []), "<example>", "exec"), names)  # noqa: S102 -- examples of this repository
        return eval(compile(ast.Expression(shown.value), "<example>", "eval"), names) if shown else None  # noqa: S307 -- the same
