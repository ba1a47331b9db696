"""A browser for tests, controlled through two pipes with the DevTools protocol; without driver, port or network.

`python -m tests.support.chromium PAGE.html PICTURE.png WIDTH HEIGHT [JAVASCRIPT]` takes a picture of a page.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needed = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed; install it to try the page in a real browser")

FRAME, TIME = "Number(document.body.dataset.frame)", "Number(document.body.dataset.time)"
AUDIO = "document.querySelector('audio')"
"""JavaScript of what a player page shows: number of the frame, time in s, sound."""

_PATIENCE = 20.0  # s
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)
_START = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
_KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, " ": 32, "Enter": 13, "Tab": 9}


class Browser:
    """A browser process with one page."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="chromium")
        (child_read, self._write), (self._read, child_write) = (_pipe(), _pipe())
        start = [sys.executable, "-c", _START, str(child_read), str(child_write)]
        self._process = subprocess.Popen(
            [*start, PROGRAM, *_FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            pass_fds=(child_read, child_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        os.close(child_read)
        os.close(child_write)
        self._buffer, self._number, self._session = b"", 0, None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict:
        """Send a command and return its answer; events that arrive before are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        while (answer := self._next()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def open(self, path: Path, width: int, height: int, *, scale: float = 1, calm: bool = False) -> None:
        """Load a page in a window of this size and wait until its scripts have finished."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        motion = {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"}
        self.call("Emulation.setEmulatedMedia", features=[motion])
        self.events.clear()
        self.call("Page.navigate", url=path.absolute().as_uri())
        self.until("document.readyState === 'complete' && !!document.body.dataset.ready")

    def run(self, script: str) -> object:
        """Return the value of a JavaScript expression."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + _PATIENCE
        while not self.run(condition):
            assert time.monotonic() < end, f"still false after the timeout: {condition}"
            time.sleep(0.02)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key."""
        facts = {"key": key, "windowsVirtualKeyCode": _KEYS.get(key, ord(key[0])), "modifiers": 8 if shift else 0}
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **facts, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Send an event of the left mouse button; `kind` is Pressed, Moved or Released."""
        facts = {"type": f"mouse{kind}", "button": "left", "buttons": int(kind != "Released"), "clickCount": 1}
        self.call("Input.dispatchMouseEvent", x=x, y=y, **facts)

    def click(self, selector: str, across: float = 0.5) -> None:
        """Click an element at the fraction `across` of its width from its left edge."""
        x, y = self.place(selector, across)
        self.mouse("Pressed", x, y)
        self.mouse("Released", x, y)

    def place(self, selector: str, across: float = 0.5) -> tuple[float, float]:
        """Scroll an element into view; return the window coordinates of a point on it."""
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        box = self.run(f"(({{left, top, width, height}}) => [left, top, width, height])"
                       f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        return box[0] + across * box[2], box[1] + box[3] / 2

    def faults(self) -> list:
        """Return errors of console, scripts and content policy, and requests for anything but the file."""
        self.run("0")
        errors = [event["params"] for event in self.events if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]
        calls = [event["params"]["args"] for event in self.events if event.get("method") == "Runtime.consoleAPICalled"]
        urls = [event["params"]["request"]["url"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [*errors, *calls, *(url for url in urls if not url.startswith(("file:", "data:", "blob:")))]

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save a PNG of the window, or of the whole page."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def paper(self, path: Path) -> None:
        """Save a PDF of the page."""
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"]))

    def close(self) -> None:
        """End the process and its children."""
        for end in (self._write, self._read):
            os.close(end)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next(self) -> dict:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE)
            data = os.read(self._read, 1 << 20) if ready else b""
            assert data, "the browser does not answer"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def _pipe() -> tuple[int, int]:
    """Return a pipe whose file descriptors are above those that the browser uses."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in ends)
    for end in ends:
        os.close(end)
    return moved


if __name__ == "__main__":
    browser = Browser()
    try:
        browser.open(Path(sys.argv[1]), int(sys.argv[3]), int(sys.argv[4]))
        for script in sys.argv[5:]:
            browser.run(script)
        browser.run("new Promise((done) => setTimeout(done, 200))")
        browser.picture(Path(sys.argv[2]))
        print(browser.faults())
    finally:
        browser.close()
