"""A command that works until it receives a signal: `python -m tests.support.waiting FOLDER`."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from artinv.core.files import replacing
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap


def stay(item: int, folder: Path) -> None:
    """Write the process id, then wait for a signal."""
    (folder / f"worker.{os.getpid()}").touch()
    signal.pause()


def die(item: int) -> int:
    """Kill this process at one of several items, as when memory runs out."""
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with gate(), replacing(place / "result") as temporary:
        temporary.write_text("begun")
        list(imap(partial(stay, folder=place), range(9), 2))
