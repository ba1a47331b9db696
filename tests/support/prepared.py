"""A Python that starts at once: it forks from a process that has imported the large libraries.

A pipeline in the tests is many short stages, each in a Python of its own, and most of their time is imports. `programs` returns a
folder with a `python` and a `dvc` for the front of PATH: stages and DVC run in forks of one process of this file, all else in a
Python as usual. A fork imports the project from the current folder and has the variables, streams and file mode of its caller. Not
for runs with limits, signals or variables that Python reads when it starts.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

LIBRARIES = (
    "dvc.cli", "dvc.commands.repro", "dvc.repo.reproduce", "dvc.stage.cache", "joblib", "matplotlib.pyplot", "pydantic",
    "safetensors.torch", "scipy.signal", "scipy.stats", "sklearn.datasets", "sklearn.ensemble", "sklearn.linear_model", "soundfile",
    "torch", "yaml",
)

LONGEST = 100
"""Letters in the path of a socket; the system allows 107."""

CLIENT = """#!{python} -IS
import json, os, socket, sys
words = [*{first}, *sys.argv[1:]]
if words[:1] != ["-m"] or words[1].partition(".")[0] not in ("dvc", "stages"):
    os.execv({python!r}, [{python!r}, *words])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"+"], [0, 1, 2])
    mode = os.umask(0)
    os.umask(mode)
    server.sendall(json.dumps([words[1:], os.getcwd(), dict(os.environ), mode]).encode() + b"\\n")
    sys.exit(int(server.recv(8) or 1))
"""


@cache
def programs() -> Path | None:
    """Start the process, which ends with this one; return the folder of the programs.

    None while coverage is measured, or if the folder of temporary files has too long a path for a socket.
    """
    if any(name.startswith("COVERAGE_PROCESS") for name in os.environ):
        return None
    folder = tempfile.TemporaryDirectory(prefix="prepared")
    address = f"{folder.name}/socket"
    if len(address) > LONGEST:
        return None
    surroundings = {"PYTHONPATH": str(Path(__file__).with_name("surroundings")), "NETWORK_LOG": os.devnull}
    process = subprocess.Popen([sys.executable, __file__, address, *LIBRARIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=os.environ | surroundings)
    assert process.stdin
    assert process.stdout
    atexit.register(folder.cleanup)
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    for name, first in (("python", []), ("dvc", ["-m", "dvc"])):
        program = Path(folder.name, name)
        program.write_text(CLIENT.format(python=sys.executable, first=first, address=address), encoding="utf-8")
        program.chmod(0o755)
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return Path(folder.name)


def serve(address: str, libraries: list[str]) -> None:
    """Fork for each caller until the input ends."""
    for name in libraries:
        importlib.import_module(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            caller, _ = listener.accept()
            reap(os.WNOHANG)
            if not os.fork():
                listener.close()
                answer(caller)
                return
            caller.close()
    reap()


def reap(options: int = 0) -> None:
    """Wait for forks, whose CPU time then counts as that of this process; with WNOHANG only for those that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def answer(caller: socket.socket) -> None:
    """Run a module in a further fork, and return its exit code to the caller."""
    _, streams, _, _ = socket.recv_fds(caller, 1, 3)
    with caller.makefile("rb") as lines:
        (name, *words), folder, variables, mode = json.loads(lines.readline())
    worker = os.fork()
    if worker:
        caller.sendall(b"%d" % os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
        os._exit(0)
    caller.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    os.umask(mode)
    sys.path[0] = folder
    sys.argv = [name, *words]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
