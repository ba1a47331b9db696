"""The one place through which work on many utterances, speakers or folds is spread: over processes, or over a cluster."""

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
from typing import TYPE_CHECKING, TypeVar

import joblib
from joblib.externals.loky.backend import resource_tracker as loky_tracker
from threadpoolctl import threadpool_limits

from artinv.runtime.errors import BadParams, reason

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")

CLUSTER = "DASK_SCHEDULER_ADDRESS"
"""Environment variable: the address of a Dask scheduler, whose workers then do the work instead of processes of this machine."""

_PATIENCE = 30  # s that a cluster without workers is waited for
_SIGNALS = {signal.SIGINT, signal.SIGTERM}
_HUSH = "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker"
_LOOK = 1.0  # s between looks of a worker at whether it is still needed


def imap(work: Callable[[T], R], items: Iterable[T], workers: int = 0) -> Iterator[R]:
    """Results in the order of the items, whatever the number of workers; 0 takes every core this process may use.

    Lazy on both sides: only a few items and results are in memory at once. Workers compute on one thread each, so that a
    result does not depend on how many there are, or where. With `workers` 1 everything happens in this process, cluster or none.
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
        warnings.filterwarnings("ignore", message=".*tasks.*have been")  # whoever stops early knows
        pool = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
        with _deaf():
            results = pool(joblib.delayed(_There(_Bound(work)))(item) for item in items)
        with closing(results), _left_in_peace(pool):
            for result in results:  # noqa: UP028 -- `yield from` would end the pool before this is told of it
                yield result


@contextmanager
def _left_in_peace(pool: joblib.Parallel) -> Iterator[None]:
    """Whoever stops early pulls the pool from under loky's thread, which may stumble over it; that says nothing to anybody."""
    def tell(fault: threading.ExceptHookArgs) -> None:
        if fault.thread not in (_managers() if getattr(pool, "_aborting", False) else stopped):
            usual(fault)

    usual, stopped = threading.excepthook, weakref.WeakSet()
    threading.excepthook = tell
    try:
        yield
    except BaseException:  # of GeneratorExit too
        stopped.update(_managers())
        pool = None
        raise  # these threads may take their time: `tell` stays
    if threading.excepthook is tell:
        threading.excepthook = usual


def _managers() -> list[threading.Thread]:
    """Loky's threads that lead workers; pools of one process share them."""
    return [thread for thread in threading.enumerate() if thread.name == "ExecutorManagerThread"]


def _on_cluster(address: str, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What a lost worker was doing is done again by another one; a task that kills several is given up."""
    client = _client(address)
    from distributed import KilledWorker  # noqa: PLC0415 -- an extra

    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise BadParams(f"{CLUSTER}: {address} has no workers; start some, for instance `dask worker {address}`") from None
    try:
        with joblib.parallel_config("dask", client=client):
            pool = joblib.Parallel(n_jobs=-1, return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
            yield from pool(joblib.delayed(_There(_Alone(work)))(item) for item in items)
    except KilledWorker as error:
        raise BrokenExecutor(reason(error)) from None


@lru_cache(maxsize=1)
def _client(address: str) -> "Client":
    """One connection a process."""
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra
    except ImportError:
        raise BadParams(f"{CLUSTER} is set, but Dask is not installed; `pip install distributed`, or unset it") from None
    try:
        return Client(address, set_as_default=False, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadParams(f"{CLUSTER}: no scheduler answers at {address} ({reason(error)}); start one, or unset it") from None


class _There:
    """Work in the folder of whoever asks for it, which workers have to share; they live on between calls, and remember theirs."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work, self.folder = work, Path.cwd()

    def __call__(self, item: T) -> R:
        """On a worker."""
        os.chdir(self.folder)
        return self.work(item)


class _Bound:
    """Work in a process that does not outlive the one that asks for it, even if that is killed."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work, self.master = work, os.getpid()

    def __call__(self, item: T) -> R:
        """On a worker."""
        _follow(self.master)
        return self.work(item)


@lru_cache(maxsize=1)
def _follow(master: int) -> None:
    """End with the process that asks; pass signals over, but in a way that programs started from here do not inherit."""
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def watch() -> None:
        while os.getppid() == master:
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started inside do not hear Ctrl-C and SIGTERM; this one does, later, and takes them along."""
    usual = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = _HUSH  # of what is off the system but not yet off the tracker's list
    try:
        for tracker in (loky_tracker, resource_tracker):
            tracker.ensure_running()  # which unblocks the signals
    finally:
        os.environ.pop("PYTHONWARNINGS") if usual is None else os.environ.update(PYTHONWARNINGS=usual)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Alone:
    """Work on one thread."""

    def __init__(self, work: Callable[[T], R]) -> None:
        self.work = work

    def __call__(self, item: T) -> R:
        """On a worker."""
        with _one_thread():
            return self.work(item)


@contextmanager
def _one_thread() -> Iterator[None]:
    """For numpy and scipy, and for torch where it is used."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
