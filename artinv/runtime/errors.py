"""Errors in a user's input, and `gate`, with which every command reports errors and signals on one line."""

import difflib
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

_INTERRUPTED = "artinv: interrupted; run the same command again to resume"


_EXTRAS = {"plots": ("PIL", "matplotlib", "pandas"), "neural": ("h5py", "pynwb", "pystoi")}
"""Extra -> packages for which it is named: `plots` is smaller than `train`, which has them too; other packages are in `train`."""


class ArtinvError(Exception):
    """Bad input: the message names the file or parameter, the fault and the cure on one line."""


class BadParams(ArtinvError):
    """A bad value in params.yaml, on the command line or in the environment."""


class BadData(ArtinvError):
    """A file or record that is missing, unreadable or has the wrong content."""


def arguments(*names: str) -> list[str]:
    """Return the command-line arguments of a script; their number must equal the number of names."""
    words = sys.argv[1:]
    if len(words) != len(names):
        raise BadParams(f"usage: {sys.argv[0].rpartition('/')[2]} {' '.join(names)}")
    return words


def reason(error: BaseException) -> str:
    """Return the message of an error from the system or a library, on one line and without the name of the file.

    >>> reason(FileNotFoundError(2, "No such file or directory", "a.wav")), reason(KeyError("run")), reason(MemoryError())
    ('No such file or directory', "'run' is missing", 'MemoryError')
    """
    message = getattr(error, "strerror", None) or (f"{error} is missing" if isinstance(error, KeyError) else str(error))
    return " ".join(message.split()) or type(error).__name__


def one_line(text: str) -> str:
    r"""Escape unprintable characters, which names of files may contain, so that the text fits on one line of any terminal.

    >>> one_line("Zürich" + chr(10) + chr(27))
    'Zürich\\n\\x1b'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def expected(word: str, known: Iterable[str], words: str = "expected one of") -> str:
    """Return the end of a message about an unknown word: the valid words and, if there is one, the most similar of them.

    >>> expected("Mocah", ["mocha", "usc"])
    "expected one of ['mocha', 'usc']; did you mean 'mocha'?"
    """
    valid = list(known)
    return f"{words} {valid}{similar(word, valid)}"


def similar(word: str, known: Iterable[str]) -> str:
    """Return a question about the most similar of the valid words, as the end of a message; "" if none is similar."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, 1)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""


@contextmanager
def expected_content(path: Path | str, job: str) -> Iterator[None]:
    """Turn errors inside the block into BadData that names the file as damaged and the command that makes it again."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise BadData(f"{path}: does not hold what it should ({reason(error)}); make it again: `{job}`") from None


def exit_quietly_on_interrupt() -> None:
    """Make Ctrl-C print one line and exit while Python imports slow libraries, before `gate` is entered."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit_at_once)


def _exit_at_once(*_: object) -> None:
    try:
        print(_INTERRUPTED, file=sys.stderr, flush=True)
    finally:
        os._exit(130)  # a half-imported library could catch an exception


class _Terminated(BaseException):
    """Raised on SIGTERM, so that open files are closed and workers are ended on the way out."""


@contextmanager
def gate() -> Iterator[None]:
    """Report bad input as one line on stderr and exit with code 2; exit with 130 on Ctrl-C and 143 on SIGTERM. No traceback."""
    try:
        with _signal_handlers():
            yield
    except ArtinvError as error:
        print(one_line(f"artinv: {error}"), file=sys.stderr)
        raise SystemExit(2) from None
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] == "artinv":
            raise
        extra = next((name for name, packages in _EXTRAS.items() if error.name.partition(".")[0] in packages), "train")
        cure = f"install artinv with its extra packages: pip install 'artinv[{extra}]'"
        print(f"artinv: {error.name}: this Python package is missing; {cure}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenExecutor:
        fault = "a worker process died, most likely for lack of memory"
        print(f"artinv: {fault}; run the same command again to resume", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        with suppress(OSError):  # the reader of the output has closed it; Python would flush the rest when it exits
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.stderr.close()
        raise SystemExit(141) from None
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(one_line(f"artinv: {place}{reason(error)}; check the place, its permissions and the disk"), file=sys.stderr)
        raise SystemExit(2) from None
    except (KeyboardInterrupt, _Terminated) as interruption:
        print(_INTERRUPTED, file=sys.stderr)
        raise SystemExit(143 if isinstance(interruption, _Terminated) else 130) from None


@contextmanager
def _signal_handlers() -> Iterator[None]:
    """Make SIGTERM and Ctrl-C raise an exception inside the block; signals that are ignored stay ignored."""
    def interrupt(number: int, _: object) -> None:
        threading.excepthook = _report_nothing
        if number == signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
            raise _Terminated
        raise KeyboardInterrupt

    defaults: dict[signal.Signals, list[object]] = {
        signal.SIGTERM: [signal.SIG_DFL], signal.SIGINT: [signal.default_int_handler, _exit_at_once],
    }
    is_main, hook_before = threading.current_thread() is threading.main_thread(), threading.excepthook
    replaced = {number: handler for number in defaults if is_main and (handler := signal.getsignal(number)) in defaults[number]}
    for number in replaced:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        if threading.excepthook is _report_nothing:
            threading.excepthook = hook_before
        for number, handler in replaced.items():
            signal.signal(number, signal.default_int_handler if handler is _exit_at_once else handler)


def _report_nothing(_: threading.ExceptHookArgs) -> None:
    """Ignore exceptions in threads of a pool that is shut down after a signal."""
