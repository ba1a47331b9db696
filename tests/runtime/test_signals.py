"""Commands that are told to end, or whose workers die: one line, no orphans, nothing half-written."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from artinv.__main__ import main
from artinv.runtime.errors import early, gate
from artinv.runtime.parallel import imap
from tests.support.waiting import die
from tools.deps import ROOT

PATIENCE = 120  # s


@pytest.fixture(autouse=True)
def heard():
    """Ctrl-C counts, also where the tests were begun by something that ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def awaited(sight):
    """What is seen at last."""
    end = time.monotonic() + PATIENCE
    while not (seen := sight()) and time.monotonic() < end:
        time.sleep(0.01)
    return seen


def ended(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(("number", "to", "code", "said"), [
    (signal.SIGTERM, os.kill, 143, 1), (signal.SIGTERM, os.killpg, 143, 1), (signal.SIGINT, os.killpg, 130, 1),
    (signal.SIGKILL, os.kill, -9, 0),
], ids=["SIGTERM to the command", "SIGTERM to all", "Ctrl-C", "SIGKILL"])
def test_a_command_that_is_told_to_end(tmp_path, number, to, code, said):
    with subprocess.Popen([sys.executable, "-m", "tests.support.waiting", tmp_path], cwd=ROOT, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as command:
        workers = awaited(lambda: len(found := list(tmp_path.glob("worker.*"))) == 2 and found)
        to(command.pid, number)
        _, words = command.communicate(timeout=PATIENCE)
    assert command.returncode == code
    assert not said or words == "artinv: interrupted; run the same command again to go on\n"
    assert all(awaited(lambda pid=int(path.suffix[1:]): ended(pid)) for path in workers)
    left = {path.name for path in tmp_path.iterdir()} - {path.name for path in workers}
    assert left == (set() if said else {f".result.{command.pid}.part"})


@pytest.mark.parametrize(("command", "slow"), [
    ("stages.clean mocha", "numpy"), ("stages.train", "torch"), ("artinv.runtime.side_by_side", "joblib"),
    ("artinv.runtime.mend", "dvc"),
])
def test_ctrl_c_while_python_imports(tmp_path, command, slow):
    """A library that takes long: it tells that it was begun, then takes any exception for its own."""
    (tmp_path / f"{slow}.py").write_text("import pathlib, time\npathlib.Path(__file__).with_suffix('.begun').touch()\n"
                                         "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass\n")
    with subprocess.Popen([sys.executable, "-m", *command.split()], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            begun = awaited((tmp_path / f"{slow}.begun").exists)
            process.send_signal(signal.SIGINT)
            _, words = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert begun
    assert process.returncode == 130
    assert words == "artinv: interrupted; run the same command again to go on\n"


def test_ctrl_c_while_commands_are_gathered(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    with pytest.raises(SystemExit) as stop:
        main(["scores"])
    assert stop.value.code == 130
    assert capsys.readouterr().err == "artinv: interrupted; run the same command again to go on\n"


def test_who_imports_a_stage_keeps_its_own_ctrl_c():
    code = "import signal, stages.clean, artinv.runtime.mend; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_an_early_end_becomes_that_of_the_gate_and_is_no_more():
    """Past the gate there is something to lose: what was printed and not yet written, what ends with the process."""
    early()
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    with pytest.raises(SystemExit) as stop, gate():
        os.kill(os.getpid(), signal.SIGINT)
    assert stop.value.code == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def blocked_and_ignored(_):
    """Of a program that a worker starts: the last 15 bits of two sets of signals."""
    code = "print(*(line.split()[1][-4:] for line in open('/proc/self/status') if line[:6] in ('SigBlk', 'SigIgn')))"
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_program_that_a_worker_starts_hears_signals():
    ours = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1
    for line in imap(blocked_and_ignored, range(2), 2):
        assert all(int(word, 16) & ours == 0 for word in line.split()), line


def test_what_ignores_a_signal_goes_on_doing_so():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with gate():
            os.kill(os.getpid(), signal.SIGTERM)
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_gate_leaves_signals_as_they_were():
    def handlers():
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = handlers()
    with gate():
        assert handlers() != before
    assert handlers() == before


def test_a_worker_that_dies_is_one_line_and_the_next_run_goes_on(capsys):
    with pytest.raises(SystemExit) as stop, gate():
        list(imap(die, range(6), 2))
    assert stop.value.code == 2
    assert capsys.readouterr().err == (
        "artinv: a process died on the way, most likely for lack of memory; run the same command again to go on\n"
    )
    assert list(imap(die, [0, 1, 3], 2)) == [0, 1, 3]
