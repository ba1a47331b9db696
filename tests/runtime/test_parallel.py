"""Parallel work in one process, in several processes, and on a cluster that loses a worker."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from artinv.inversion import bulk, speaker_statistics
from artinv.inversion.model import load
from artinv.runtime import parallel
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import CLUSTER, imap
from tests.support.cluster import running
from tests.support.inverters import babble, saved
from tools import deps


def square(item):
    return item, item**2, np.linalg.norm(np.random.default_rng(item).standard_normal((200, 200)))


def slow(item, folder):
    """Leave a file as a mark, then sleep."""
    (folder / f"{item}.{os.getpid()}").touch()
    time.sleep(0.05)
    return item, Path.cwd()


def broken(item):
    raise ValueError(f"item {item}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster")) as dask_cluster:
        yield dask_cluster
        if parallel._client.cache_info().currsize:
            parallel._client(dask_cluster.address).close()
        parallel._client.cache_clear()


@pytest.mark.parametrize("workers", [1, 2, 0])
def test_results_come_in_order_and_do_not_depend_on_the_number_of_workers(workers):
    assert list(imap(square, range(20), workers)) == list(map(square, range(20)))


def test_items_are_taken_lazily():
    taken = []
    results = imap(square, (taken.append(item) or item for item in range(200)), 2)
    next(results)
    assert len(taken) < 50
    assert len(list(results)) == 199


FAILING_MANAGERS = """
import joblib
import threading
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap

class Manager:
    "Imitate loky's manager thread: it runs until `fail` is called, then raises an exception."

    def __init__(self, name="ExecutorManagerThread"):
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self.thread.start()

    def run(self):
        self.released.wait()
        raise KeyError(7)

    def fail(self):
        self.released.set()
        self.thread.join()

during, after, before = Manager(), Manager(), Manager()

def abort(pool, end=joblib.Parallel._abort):
    end(pool)
    during.fail()

joblib.Parallel._abort = abort
with gate():
    for index, _ in enumerate(imap(abs, range(20), 2)):
        if index == 3:
            before.fail()
            break
    after.fail()
    Manager().fail()
    Manager("another").fail()
during = Manager()
try:
    list(imap(len, [3, 4, 5], 2))
except TypeError:
    Manager().fail()
hook = threading.excepthook
list(imap(abs, range(2), 2))
assert threading.excepthook is hook
first, second = imap(abs, range(2), 2), imap(abs, range(2), 2)
print(next(first), next(second), *first, *second)
Manager().fail()
"""


def test_errors_of_a_pool_that_is_shut_down_early_are_hidden():
    """Errors during or after the shutdown are hidden; errors before it, of later pools and of other threads are shown."""
    command = [sys.executable, "-c", FAILING_MANAGERS]
    process = subprocess.run(command, capture_output=True, text=True, check=True, cwd=deps.ROOT, timeout=60)
    shown = re.findall(r"Exception in thread (\w+)", process.stderr)
    assert shown == ["ExecutorManagerThread", "ExecutorManagerThread", "another", "ExecutorManagerThread", "ExecutorManagerThread"]
    assert process.stdout == "0 0 1 1\n"


def test_work_runs_in_the_folder_of_the_caller(tmp_path, monkeypatch):
    """Although the processes were started in another folder."""
    list(imap(square, range(4), 2))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "marks").mkdir()
    assert [folder for _, folder in imap(partial(slow, folder=Path("marks")), range(4), 2)] == [tmp_path] * 4


def test_a_cluster_gives_the_same_results(cluster, monkeypatch):
    monkeypatch.setenv(CLUSTER, cluster.address)
    assert list(imap(square, range(20))) == list(map(square, range(20)))
    with pytest.raises(ValueError, match=r"item \d"):
        list(imap(broken, range(3)))
    assert list(imap(square, range(3), workers=1)) == list(map(square, range(3)))


def test_inversion_on_a_cluster_survives_a_killed_worker(cluster, tmp_path, monkeypatch):
    """The bytes equal those of local work, workers run in the caller's folder, and the other worker repeats the lost work."""
    import soundfile

    monkeypatch.chdir(tmp_path)
    saved(tmp_path)
    for number in range(12):
        soundfile.write(f"{number}.wav", babble(2.0, seed=number), 16000)
    model = load(Path("model.safetensors"))
    settings = bulk.Settings(model.path, model.digest, speaker_statistics.average(model.predictor))
    sounds = [Path(f"{number}.wav") for number in range(12)]
    monkeypatch.setattr(bulk, "SMALL", 0)
    local = list(bulk.run(bulk.list_jobs(sounds, Path("local"), ["csv", "npz"]), settings))
    monkeypatch.setenv(CLUSTER, cluster.address)
    remote = []
    for outcome in bulk.run(bulk.list_jobs(sounds, Path("remote"), ["csv", "npz"]), settings):
        if len(remote) == 2:
            cluster.workers[0].send_signal(signal.SIGKILL)
        remote.append(outcome)
    assert {outcome.error for outcome in local + remote} == {""}
    assert [outcome.status for outcome in local] == ["made"] * 12
    assert {outcome.status for outcome in remote} <= {"made", "kept"}  # kept: the killed worker wrote it but did not report it
    for path in Path("local").iterdir():
        assert path.read_bytes() == (Path("remote") / path.name).read_bytes()
    (tmp_path / "marks").mkdir()
    results = list(imap(partial(slow, folder=Path("marks")), range(6)))
    assert results == [(item, tmp_path) for item in range(6)]
    assert len({path.suffix for path in (tmp_path / "marks").iterdir()}) == 1


def test_a_missing_scheduler_is_reported(monkeypatch):
    monkeypatch.setenv(CLUSTER, "tcp://127.0.0.1:1")
    monkeypatch.setattr(parallel, "_PATIENCE", 1)
    parallel._client.cache_clear()
    with pytest.raises(BadParams, match=r"DASK_SCHEDULER_ADDRESS: no scheduler answers at tcp://127\.0\.0\.1:1 .*start one"):
        list(imap(square, range(3)))


def test_a_cluster_without_workers_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "_PATIENCE", 1)
    parallel._client.cache_clear()
    with running(tmp_path, workers=0) as empty:
        monkeypatch.setenv(CLUSTER, empty.address)
        with pytest.raises(BadParams, match=r"has no workers; start some, for instance `dask worker tcp://"):
            list(imap(square, range(3)))
        parallel._client(empty.address).close()
    parallel._client.cache_clear()
