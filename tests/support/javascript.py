"""Run functions of the page's scripts in Node.js, without a browser."""

import json
import shutil
import subprocess

import pytest

from artinv.show.html import part

PROGRAM = shutil.which("node")
needed = pytest.mark.skipif(PROGRAM is None, reason="Node.js is not installed; install it to run the scripts without a browser")

_START = "const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n"


def run(names, expression, given):
    """Return the value of an expression after scripts of the page have been read; it may use `input`, which is `given`."""
    scripts = "\n".join(part("artinv.show.view", name) for name in names)
    code = f"{_START}{scripts}\nprocess.stdout.write(JSON.stringify({expression}));"
    done = subprocess.run([PROGRAM, "-e", code], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
