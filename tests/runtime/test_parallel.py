"""Work in this process, in several, and on a cluster of which a worker dies."""

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

from artinv.invert import bulk, inversion, speaker_statistics
from artinv.runtime import parallel
from artinv.runtime.errors import BadParams
from artinv.runtime.parallel import CLUSTER, imap
from tests.support.cluster import running
from tests.support.inverters import babble, saved
from tools import deps


def square(item):
    return item, item**2, np.linalg.norm(np.random.default_rng(item).standard_normal((200, 200)))


def slow(item, folder):
    """Say that it has begun, then take a while."""
    (folder / f"{item}.{os.getpid()}").touch()
    time.sleep(0.05)
    return item, Path.cwd()


def broken(item):
    raise ValueError(f"item {item}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster")) as made:
        yield made
        if parallel._client.cache_info().currsize:
            parallel._client(made.address).close()
        parallel._client.cache_clear()


@pytest.mark.parametrize("workers", [1, 2, 0])
def test_results_come_in_order_and_do_not_depend_on_the_number_of_workers(workers):
    assert list(imap(square, range(20), workers)) == list(map(square, range(20)))


def test_items_are_taken_as_they_are_needed():
    taken = []
    results = imap(square, (taken.append(item) or item for item in range(200)), 2)
    next(results)
    assert len(taken) < 50
    assert len(list(results)) == 199


STUMBLING = """
import joblib
import threading
from artinv.runtime.errors import gate
from artinv.runtime.parallel import imap

class Manager:
    "As loky's: there as long as the pool is, and stumbles when it is told to."

    def __init__(self, name="ExecutorManagerThread"):
        self.told = threading.Event()
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self.thread.start()

    def run(self):
        self.told.wait()
        raise KeyError(7)

    def stumble(self):
        self.told.set()
        self.thread.join()

first, slow, heard = Manager(), Manager(), Manager()

def abort(pool, end=joblib.Parallel._abort):
    end(pool)
    first.stumble()

joblib.Parallel._abort = abort
with gate():
    for place, _ in enumerate(imap(abs, range(20), 2)):
        if place == 3:
            heard.stumble()
            break
    slow.stumble()
    Manager().stumble()
    Manager("another").stumble()
first = Manager()
try:
    list(imap(len, [3, 4, 5], 2))
except TypeError:
    Manager().stumble()
usual = threading.excepthook
list(imap(abs, range(2), 2))
assert threading.excepthook is usual
one, other = imap(abs, range(2), 2), imap(abs, range(2), 2)
print(next(one), next(other), *one, *other)
Manager().stumble()
"""


def test_a_pool_that_is_left_early_stumbles_in_silence():
    """While the pool is ended, or later; before that its thread is heard, and those of later pools and all others are always."""
    done = subprocess.run([sys.executable, "-c", STUMBLING], capture_output=True, text=True, check=True, cwd=deps.ROOT, timeout=60)
    told = re.findall(r"Exception in thread (\w+)", done.stderr)
    assert told == ["ExecutorManagerThread", "ExecutorManagerThread", "another", "ExecutorManagerThread", "ExecutorManagerThread"]
    assert done.stdout == "0 0 1 1\n"


def test_work_is_done_in_the_folder_of_whoever_asks(tmp_path, monkeypatch):
    """Though the processes were started in another one."""
    list(imap(square, range(4), 2))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "marks").mkdir()
    assert [found for _, found in imap(partial(slow, folder=Path("marks")), range(4), 2)] == [tmp_path] * 4


def test_a_cluster_gives_the_same(cluster, monkeypatch):
    monkeypatch.setenv(CLUSTER, cluster.address)
    assert list(imap(square, range(20))) == list(map(square, range(20)))
    with pytest.raises(ValueError, match=r"item \d"):
        list(imap(broken, range(3)))
    assert list(imap(square, range(3), workers=1)) == list(map(square, range(3)))


def test_recordings_are_inverted_on_a_cluster_though_a_worker_is_killed(cluster, tmp_path, monkeypatch):
    """The same bytes as here; workers run in the folder of the caller; the work of the dead one is done by the other."""
    import soundfile

    monkeypatch.chdir(tmp_path)
    saved(tmp_path)
    for number in range(12):
        soundfile.write(f"{number}.wav", babble(2.0, seed=number), 16000)
    model = inversion.load(Path("model.safetensors"))
    settings = bulk.Settings(model.path, model.digest, speaker_statistics.average(model.inverter))
    sounds = [Path(f"{number}.wav") for number in range(12)]
    monkeypatch.setattr(bulk, "SMALL", 0)
    here = list(bulk.run(bulk.plan(sounds, Path("here"), ["csv", "npz"]), settings))
    monkeypatch.setenv(CLUSTER, cluster.address)
    there = []
    for done in bulk.run(bulk.plan(sounds, Path("there"), ["csv", "npz"]), settings):
        if len(there) == 2:
            cluster.workers[0].send_signal(signal.SIGKILL)
        there.append(done)
    assert {done.error for done in here + there} == {""}
    assert [done.status for done in here] == ["made"] * 12
    assert {done.status for done in there} <= {"made", "kept"}  # kept: the dead one had written it, and not said so
    for path in Path("here").iterdir():
        assert path.read_bytes() == (Path("there") / path.name).read_bytes()
    (tmp_path / "marks").mkdir()
    found = list(imap(partial(slow, folder=Path("marks")), range(6)))
    assert found == [(item, tmp_path) for item in range(6)]
    assert len({path.suffix for path in (tmp_path / "marks").iterdir()}) == 1


def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv(CLUSTER, "tcp://127.0.0.1:1")
    monkeypatch.setattr(parallel, "_PATIENCE", 1)
    parallel._client.cache_clear()
    with pytest.raises(BadParams, match=r"DASK_SCHEDULER_ADDRESS: no scheduler answers at tcp://127\.0\.0\.1:1 .*start one"):
        list(imap(square, range(3)))


def test_a_cluster_without_workers_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "_PATIENCE", 1)
    parallel._client.cache_clear()
    with running(tmp_path, workers=0) as empty:
        monkeypatch.setenv(CLUSTER, empty.address)
        with pytest.raises(BadParams, match=r"has no workers; start some, for instance `dask worker tcp://"):
            list(imap(square, range(3)))
        parallel._client(empty.address).close()
    parallel._client.cache_clear()
