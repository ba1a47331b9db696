"""Settings of each Python process that has this folder on its PYTHONPATH.

Connections to other machines fail as without a network, and are logged in $NETWORK_LOG. With $BACKWARDS, folders list their files
in reverse order.
"""

import errno
import os
import sys

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 -- an address to listen at


def guard(event: str, arguments: tuple) -> None:
    """Audit hook that blocks and logs network access."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(LOCAL):
        with open(os.environ["NETWORK_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123 -- runs early in the start of Python
            log.write(f"{sys.argv} {event} {name}\n")
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


if "NETWORK_LOG" in os.environ:
    sys.addaudithook(guard)
if "BACKWARDS" in os.environ:
    import backwards
    os.listdir, os.scandir = backwards.listdir, backwards.scandir
