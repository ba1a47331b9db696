"""Parallel work on many utterances, speakers or folds, in processes of this machine or on a Dask cluster; used everywhere."""

import os
import signal
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager
from functools import lru_cache
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import joblib
from joblib.externals.loky.backend import resource_tracker as loky_tracker
from threadpoolctl import threadpool_limits

from artinv.runtime.errors import BadParams, reason

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")

CLUSTER = "DASK_SCHEDULER_ADDRESS"
"""Environment variable with the address of a Dask scheduler; its workers then replace the processes of this machine."""

JOBLIB = "1.6.0"
"""Version of joblib, with loky inside, whose private resource tracker this module was tested with."""

_PATIENCE = 30  # s, limit of waiting for the scheduler and its first worker
_SIGNALS = {signal.SIGINT, signal.SIGTERM}
_TRACKER_WARNINGS = "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker"
_POLL = 1.0  # s between a worker's checks that its parent process still runs


def imap(work: Callable[[T], R], items: Iterable[T], workers: int = 0) -> Iterator[R]:
    """Yield `work(item)` in the order of the items; 0 workers means one for every core that this process may use.

    Items and results are handled lazily: only a few are in memory at once. Each worker computes on one thread, so that results
    do not depend on the number or place of the workers. With `workers` 1 this process does all the work, even if a cluster is set.
    """
    if workers == 1:
        yield from map(work, items)
    elif os.environ.get(CLUSTER):
        yield from _on_cluster(os.environ[CLUSTER], work, items)
    else:
        yield from _in_processes(work, items, workers or joblib.cpu_count())


def _in_processes(work: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    if workers == 1:
        yield from map(work, items)
        return
    with joblib.parallel_config("loky", inner_max_num_threads=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        warnings.filterwarnings("ignore", message=".*tasks.*have been")  # a consumer that stops early knows this
        pool = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
        with _signals_blocked():
            results = pool(joblib.delayed(_InFolder(_WithParent(work)))(item) for item in items)
        with closing(results), _shutdown_errors_hidden(pool):
            for result in results:  # noqa: UP028 -- `yield from` would end the pool before this context manager is left
                yield result


@contextmanager
def _shutdown_errors_hidden(pool: joblib.Parallel) -> Iterator[None]:
    """Hide exceptions in loky's manager thread when the consumer stops early: the pool is shut down while the thread runs."""
    def report(fault: threading.ExceptHookArgs) -> None:
        if fault.thread not in (_managers() if getattr(pool, "_aborting", False) else stopped):
            hook_before(fault)

    stopped: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
    hook_before = threading.excepthook
    threading.excepthook = report
    try:
        yield
    except BaseException:  # includes GeneratorExit
        stopped.update(_managers())
        pool = None
        raise  # these threads may fail later, so `report` stays installed
    if threading.excepthook is report:
        threading.excepthook = hook_before


def _managers() -> list[threading.Thread]:
    """Return loky's threads that manage workers; all pools of a process share them."""
    return [thread for thread in threading.enumerate() if thread.name == "ExecutorManagerThread"]


def _on_cluster(address: str, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Run the work on the cluster; tasks of a lost worker are repeated on another, a task that kills several workers fails."""
    client = _client(address)
    from distributed import KilledWorker  # noqa: PLC0415 -- an extra

    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise BadParams(f"{CLUSTER}: {address} has no workers; start some, for instance `dask worker {address}`") from None
    try:
        with joblib.parallel_config("dask", client=client):
            pool = joblib.Parallel(n_jobs=-1, return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
            yield from pool(joblib.delayed(_InFolder(_OnOneThread(work)))(item) for item in items)
    except KilledWorker as error:
        raise BrokenExecutor(reason(error)) from None


@lru_cache(maxsize=1)
def _client(address: str) -> "Client":
    """Connect to the scheduler, once per process."""
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra
    except ImportError:
        raise BadParams(f"{CLUSTER} is set, but Dask is not installed; `pip install distributed`, or unset it") from None
    try:
        return Client(address, set_as_default=False, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadParams(f"{CLUSTER}: no scheduler answers at {address} ({reason(error)}); start one, or unset it") from None


class _InFolder(Generic[T, R]):
    """Run the work in the caller's folder, which workers must be able to reach; workers that are reused may be in another one."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work, self.folder = work, Path.cwd()

    def __call__(self, item: T) -> R:
        """Run on a worker."""
        os.chdir(self.folder)
        return self.work(item)


class _WithParent(Generic[T, R]):
    """Run the work in a process that ends when its parent process ends, even if the parent is killed."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work, self.parent = work, os.getpid()

    def __call__(self, item: T) -> R:
        """Run on a worker."""
        _end_with(self.parent)
        return self.work(item)


@lru_cache(maxsize=1)
def _end_with(parent: int) -> None:
    """End this process when the parent ends; ignore Ctrl-C and SIGTERM here, but not in programs that are started from here."""
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block Ctrl-C and SIGTERM in processes that start inside the block; this process receives them later and ends the others."""
    filters_before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = _TRACKER_WARNINGS  # about files that are deleted but still on the tracker's list
    try:
        for tracker in (loky_tracker, resource_tracker):
            tracker.ensure_running()  # this unblocks the signals, so it precedes the block below
    finally:
        os.environ.pop("PYTHONWARNINGS") if filters_before is None else os.environ.update(PYTHONWARNINGS=filters_before)
    mask_before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask_before)


class _OnOneThread(Generic[T, R]):
    """Run the work on one thread."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work = work

    def __call__(self, item: T) -> R:
        """Run on a worker."""
        with _one_thread():
            return self.work(item)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit numpy, scipy and, if it is loaded, torch to one thread."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
