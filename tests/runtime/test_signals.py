"""Commands that are interrupted, or whose workers die: one line, no orphaned processes, no half-written files."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from artinv.__main__ import main
from artinv.runtime.errors import exit_quietly_on_interrupt, gate
from artinv.runtime.parallel import imap
from tests.support.waiting import die
from tools.deps import ROOT

PATIENCE = 120  # s


@pytest.fixture(autouse=True)
def ctrl_c_enabled():
    """Restore Python's handler of Ctrl-C, in case the program that started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def awaited(condition):
    """Return the first true value of `condition()`, or its last value when time is up."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return value


def has_ended(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(("number", "send", "code", "reported"), [
    (signal.SIGTERM, os.kill, 143, 1), (signal.SIGTERM, os.killpg, 143, 1), (signal.SIGINT, os.killpg, 130, 1),
    (signal.SIGKILL, os.kill, -9, 0),
], ids=["SIGTERM to the command", "SIGTERM to all", "Ctrl-C", "SIGKILL"])
def test_an_interrupted_command_ends_its_workers_and_removes_its_file(tmp_path, number, send, code, reported):
    with subprocess.Popen([sys.executable, "-m", "tests.support.waiting", tmp_path], cwd=ROOT, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as command:
        workers = awaited(lambda: len(paths := list(tmp_path.glob("worker.*"))) == 2 and paths)
        send(command.pid, number)
        _, message = command.communicate(timeout=PATIENCE)
    assert command.returncode == code
    assert not reported or message == "artinv: interrupted; run the same command again to resume\n"
    assert all(awaited(lambda pid=int(path.suffix[1:]): has_ended(pid)) for path in workers)
    remaining = {path.name for path in tmp_path.iterdir()} - {path.name for path in workers}
    assert remaining == (set() if reported else {f".result.{command.pid}.part"})


@pytest.mark.parametrize(("command", "slow"), [
    ("stages.clean mocha", "numpy"), ("stages.train", "torch"), ("artinv.runtime.parallel_folds", "joblib"),
    ("artinv.runtime.repair", "dvc"),
])
def test_ctrl_c_while_python_imports(tmp_path, command, slow):
    """The slow library writes a file when its import begins, then catches every exception."""
    (tmp_path / f"{slow}.py").write_text("import pathlib, time\npathlib.Path(__file__).with_suffix('.begun').touch()\n"
                                         "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass\n")
    with subprocess.Popen([sys.executable, "-m", *command.split()], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            begun = awaited((tmp_path / f"{slow}.begun").exists)
            process.send_signal(signal.SIGINT)
            _, message = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert begun
    assert process.returncode == 130
    assert message == "artinv: interrupted; run the same command again to resume\n"


def test_ctrl_c_while_commands_are_imported(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    with pytest.raises(SystemExit) as stop:
        main(["scores"])
    assert stop.value.code == 130
    assert capsys.readouterr().err == "artinv: interrupted; run the same command again to resume\n"


def test_importing_a_stage_leaves_the_ctrl_c_handler_unchanged():
    code = ("import signal, stages.clean, artinv.runtime.repair; "
            "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)")
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stdout == "True\n"


def test_the_gate_replaces_the_early_handler_and_then_restores_the_default():
    """Inside the gate an immediate exit would lose buffered output and leave workers behind."""
    exit_quietly_on_interrupt()
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with pytest.raises(SystemExit) as stop, gate():
        os.kill(os.getpid(), signal.SIGINT)
    assert stop.value.code == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def blocked_and_ignored(_):
    """Return the last 4 hex digits of the sets of blocked and ignored signals of a program that a worker starts."""
    code = "print(*(line.split()[1][-4:] for line in open('/proc/self/status') if line[:6] in ('SigBlk', 'SigIgn')))"
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_program_that_a_worker_starts_receives_signals():
    both = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1
    for line in imap(blocked_and_ignored, range(2), 2):
        assert all(int(word, 16) & both == 0 for word in line.split()), line


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with gate():
            os.kill(os.getpid(), signal.SIGTERM)
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_gate_restores_signal_handlers():
    def handlers():
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    with gate():
        assert handlers() != before
    assert handlers() == before


def test_a_dead_worker_gives_one_line_and_the_next_call_works(capsys):
    with pytest.raises(SystemExit) as stop, gate():
        list(imap(die, range(6), 2))
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "artinv: a worker process died, most likely for lack of memory; run the same command again to resume\n"
    )
    assert list(imap(die, [0, 1, 3], 2)) == [0, 1, 3]
