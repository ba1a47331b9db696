"""Commands that stay at work until they are told to end: `python -m tests.support.waiting FOLDER`."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from artinv.core.files import replacing
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap


def stay(item: int, folder: Path) -> None:
    """Say who is at work, then wait."""
    (folder / f"worker.{os.getpid()}").touch()
    signal.pause()


def die(item: int) -> int:
    """Be killed, as for lack of memory, at one item of several."""
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with gate(), replacing(place / "result") as temporary:
        temporary.write_text("begun")
        list(imap(partial(stay, folder=place), range(9), 2))
