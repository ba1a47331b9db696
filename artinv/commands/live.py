"""Show a head that moves while one speaks.

Serves one page on this machine: press Record, speak, and the head moves; the last takes can be replayed, compared and saved.
Inference runs in the browser, and sound and motion stay there. Ctrl-C ends the server. docs/live.md explains the page.
"""

import argparse
from pathlib import Path

from artinv.commands import output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, one_line

PORT = 8417


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--port", type=int, metavar="N", help=f"port of the page; default: {PORT}; 0 takes a free one")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--page", type=Path, metavar="FILE.html", help="write the page into a file and serve nothing")
    parser.add_argument("--model", type=Path, metavar="FILE", help="live model to use; default: the one that artinv comes with")


def run(options: argparse.Namespace, _: Workspace) -> None:
    """Write the page, or serve it until Ctrl-C."""
    if options.page and options.port is not None:
        raise BadParams("--page: the page in a file needs no server; leave out --port")
    if options.model and not options.model.is_file():
        raise BadData(f"{options.model}: is no file; name a live model, or none for the one that artinv comes with")
    from artinv.show.html import START

    if options.page:
        output(options.page, *filter(None, [options.model]), kind=START.encode())
    from artinv.live.model import load
    from artinv.show.live import page, server

    text = page.render(load(options.model))
    if options.page:
        from artinv.core.files import write_text

        write_text(options.page, text)
        print(one_line(str(options.page)))
        _open(options.page.resolve().as_uri(), wanted=options.open)
        return
    with server.serving(text, PORT if options.port is None else options.port) as opened:
        print(f"{server.address(opened)}\nCtrl-C ends it; sound and motion stay in the browser.", flush=True)
        _open(server.address(opened), wanted=options.open)
        try:
            opened.serve_forever()
        except KeyboardInterrupt:
            print("\nended")


def _open(address: str, *, wanted: bool) -> None:
    """Open an address in the browser if the user wants that."""
    if wanted:
        import sys
        import webbrowser

        if not webbrowser.open(address):
            print(one_line(f"artinv: no browser was found; open {address} in a browser"), file=sys.stderr)
