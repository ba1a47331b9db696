"""A web server for one page on this machine; no other machine reaches it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from artinv.runtime.errors import BadParams, reason

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
"""Names by which a browser may address the page; a request by another name comes from a page of another site."""

LAST_PORT = 65_535


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    content: bytes = b""


class _Handler(BaseHTTPRequestHandler):
    """Answer requests for `/` with the page, all others with an error."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30  # s, after which an idle connection ends

    def do_GET(self) -> None:
        """Send the page."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """Send the header of the page."""
        self._answer(with_content=False)

    def _answer(self, *, with_content: bool) -> None:
        name = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host")
        fits = name in NAMES and self.path.partition("?")[0] == "/"
        status = HTTPStatus.OK if fits else HTTPStatus.FORBIDDEN if name not in NAMES else HTTPStatus.NOT_FOUND
        content = self.server.content if fits else f"{status.phrase}\n".encode()
        self.send_response(status)
        for key, value in {
            "Content-Type": f"text/{'html' if fits else 'plain'}; charset=utf-8", "Content-Length": str(len(content)),
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY", "Permissions-Policy": "microphone=(self)",
        }.items():
            self.send_header(key, value)
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing; requests are of no interest to the user."""


@contextmanager
def serving(page: str, port: int) -> Iterator[_Server]:
    """Open a server of a page, whose `serve_forever` answers requests until it is interrupted; `port` 0 takes a free one."""
    if not 0 <= port <= LAST_PORT:
        raise BadParams(f"--port: {port} is not within 0 to {LAST_PORT}; correct it")
    try:
        server = _Server((HOST, port), _Handler)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            fault = "is taken by another program" if error.errno == errno.EADDRINUSE else "may not be used by this user"
            raise BadParams(f"--port: {port} {fault}; choose another, or 0 for a free one") from None
        raise BadParams(f"--port: {port} cannot be opened ({reason(error)}); choose another") from None
    server.content = page.encode()
    with server:
        yield server


def address(server: _Server) -> str:
    """Return the address of the page."""
    return f"http://{HOST}:{server.server_address[1]}/"
