"""Surroundings of every Python that has this folder on its PYTHONPATH.

None reaches beyond this machine: attempts are noted in $NETWORK_LOG and fail as without a net. With $BACKWARDS folders list their
files in another order.
"""

import errno
import os
import sys

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 -- a place to listen at


def guard(event: str, arguments: tuple) -> None:
    """Audit hook."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(LOCAL):
        with open(os.environ["NETWORK_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123 -- early in the life of Python
            log.write(f"{sys.argv} {event} {name}\n")
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


if "NETWORK_LOG" in os.environ:
    sys.addaudithook(guard)
if "BACKWARDS" in os.environ:
    import backwards
    os.listdir, os.scandir = backwards.listdir, backwards.scandir
