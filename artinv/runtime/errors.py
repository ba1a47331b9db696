"""The two ways in which a user's input can be wrong, and the gate at which a command reports them."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

_INTERRUPTED = "artinv: interrupted; run the same command again to go on"


class ArtinvError(Exception):
    """Bad input: the message names the culprit and the cure, on one line."""


class BadParams(ArtinvError):
    """A choice (params.yaml, a flag) that cannot be carried out."""


class BadData(ArtinvError):
    """A file or a record that is not what its place says it is."""


def arguments(*names: str) -> list[str]:
    """What follows a script's name on the command line; as many words as there are names."""
    words = sys.argv[1:]
    if len(words) != len(names):
        raise BadParams(f"usage: {sys.argv[0].rpartition('/')[2]} {' '.join(names)}")
    return words


def reason(error: BaseException) -> str:
    """What is wrong, in the words of the system or a library, on one line and without the file, which the message names already.

    >>> reason(FileNotFoundError(2, "No such file or directory", "a.wav")), reason(KeyError("run")), reason(MemoryError())
    ('No such file or directory', "'run' is missing", 'MemoryError')
    """
    words = getattr(error, "strerror", None) or (f"{error} is missing" if isinstance(error, KeyError) else str(error))
    return " ".join(words.split()) or type(error).__name__


def one_line(text: str) -> str:
    r"""What can be printed on one line of any terminal; names of files may hold anything.

    >>> one_line("Zürich" + chr(10) + chr(27))
    'Zürich\\n\\x1b'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


@contextmanager
def believed(path: Path | str, job: str) -> Iterator[None]:
    """Past this gate a file is taken to hold what its job writes; where it does not, the file is named, and the job."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise BadData(f"{path}: does not hold what it should ({reason(error)}); make it again: `{job}`") from None


def early() -> None:
    """Make Ctrl-C one line from here to the gate, while Python imports what is slow to import and nothing is open."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(*_: object) -> None:
    try:
        print(_INTERRUPTED, file=sys.stderr, flush=True)
    finally:
        os._exit(130)  # what is half imported could stand in the way of an exception


class _Stopped(BaseException):
    """SIGTERM: what is open closes on the way out, and workers are taken along."""


@contextmanager
def gate() -> Iterator[None]:
    """Turn bad input into one line on stderr and exit code 2, Ctrl-C and SIGTERM into one and 130 or 143; no traceback."""
    try:
        with _listening():
            yield
    except ArtinvError as error:
        print(one_line(f"artinv: {error}"), file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenExecutor:
        fault = "a process died on the way, most likely for lack of memory"
        print(f"artinv: {fault}; run the same command again to go on", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        with suppress(OSError):  # whoever read the output wants no more of it, nor of what Python still has at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.stderr.close()
        raise SystemExit(141) from None
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(one_line(f"artinv: {place}{reason(error)}; check the place, its permissions and the disk"), file=sys.stderr)
        raise SystemExit(2) from None
    except (KeyboardInterrupt, _Stopped) as stopped:
        print(_INTERRUPTED, file=sys.stderr)
        raise SystemExit(143 if isinstance(stopped, _Stopped) else 130) from None


@contextmanager
def _listening() -> Iterator[None]:
    """SIGTERM ends what is inside as Ctrl-C does; a pool that is torn down has no say then. A signal that is ignored stays so."""
    def stop(number: int, _: object) -> None:
        threading.excepthook = _silent
        if number == signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
            raise _Stopped
        raise KeyboardInterrupt

    usual = {signal.SIGTERM: [signal.SIG_DFL], signal.SIGINT: [signal.default_int_handler, _leave]}
    here, complain = threading.current_thread() is threading.main_thread(), threading.excepthook
    taken = {number: handler for number in usual if here and (handler := signal.getsignal(number)) in usual[number]}
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        if threading.excepthook is _silent:
            threading.excepthook = complain
        for number, handler in taken.items():
            signal.signal(number, signal.default_int_handler if handler is _leave else handler)


def _silent(_: threading.ExceptHookArgs) -> None:
    """Of threads that stumble when a pool is torn down."""
