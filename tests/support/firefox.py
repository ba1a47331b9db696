"""Firefox for tests, controlled by its own protocol (Marionette) on a free port of this machine; without a driver.

The tests use the `firefox` or `firefox-esr` of the system, or the program that the variable FIREFOX names.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import pytest

PROGRAM = os.environ.get("FIREFOX") or shutil.which("firefox") or shutil.which("firefox-esr")
needed = pytest.mark.skipif(PROGRAM is None, reason="Firefox is not installed; install it to try the pages in a second browser")

_PATIENCE = 90.0  # s
_SETTINGS = {
    "marionette.port": 0, "datareporting.policy.dataSubmissionEnabled": False, "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "toolkit.telemetry.enabled": False, "browser.aboutConfig.showWarning": False,
    "media.navigator.streams.fake": True, "media.navigator.permission.disabled": True, "media.autoplay.default": 0,
}
"""Settings of the profile: a free port, no requests of its own, a microphone that gives a tone."""


class Firefox:
    """A browser process with one page; use it in a `with` statement."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="firefox"))
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _SETTINGS.items())
        (self._folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
        self._process = subprocess.Popen(
            [str(PROGRAM), "--headless", "--marionette", "--no-remote", "--profile", str(self._folder)],
            env=os.environ | {"HOME": str(self._folder), "MOZ_REMOTE_SETTINGS_DEVTOOLS": "0"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        self._number, self._buffer = 0, b""

    def __enter__(self) -> Self:
        """Connect."""
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._port()), _PATIENCE)
            self._read()
            self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the process and its children."""
        self._socket.close()
        self._end()

    def call(self, name: str, **params: object) -> object:
        """Send a command and return its result."""
        self._number += 1
        message = json.dumps([0, self._number, name, params]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert (number, error) == (self._number, None), (name, error)
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def open(self, page: Path, width: int, height: int) -> None:
        """Load a file in a window of this size and wait until its scripts have marked its body."""
        self.call("WebDriver:SetWindowRect", width=width, height=height)
        self.call("WebDriver:Navigate", url=page.absolute().as_uri())
        self.until("!!document.body.dataset.ready")

    def run(self, expression: str) -> object:
        """Return the value of a JavaScript expression, or of its promise."""
        return self.call("WebDriver:ExecuteScript", script=f"return ({expression});", args=[], sandbox=None)

    def until(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + _PATIENCE
        while not self.run(condition):
            assert time.monotonic() < end, f"still false after the timeout: {condition}"
            time.sleep(0.05)

    def _port(self) -> int:
        """Return the port that the browser has chosen."""
        file, end = self._folder / "MarionetteActivePort", time.monotonic() + _PATIENCE
        while not file.is_file() or not file.read_text(encoding="ascii").strip():
            assert self._process.poll() is None, "the browser has ended"
            assert time.monotonic() < end, "the browser does not open a port"
            time.sleep(0.1)
        return int(file.read_text(encoding="ascii"))

    def _read(self) -> list:
        while b":" not in self._buffer:
            self._receive()
        length, _, self._buffer = self._buffer.partition(b":")
        while len(self._buffer) < int(length):
            self._receive()
        message, self._buffer = self._buffer[:int(length)], self._buffer[int(length):]
        return json.loads(message)

    def _receive(self) -> None:
        data = self._socket.recv(1 << 20)
        assert data, "the browser has closed the connection"
        self._buffer += data

    def _end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
