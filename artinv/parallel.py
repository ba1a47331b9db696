"""The one place through which work on many utterances, speakers or folds is spread over processes."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import joblib

T = TypeVar("T")
R = TypeVar("R")


def imap(work: Callable[[T], R], items: Iterable[T], workers: int = 0) -> Iterator[R]:
    """Results in the order of the items, whatever the number of workers; 0 takes every core this process may use.

    Lazy on both sides: only a few items and results are in memory at once. Workers compute on one thread each, so that a
    result does not depend on how many there are.
    """
    workers = workers or joblib.cpu_count()
    if workers == 1:
        yield from map(work, items)
        return
    with joblib.parallel_config("loky", inner_max_num_threads=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        pool = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch="3 * n_jobs", batch_size=1)
        yield from pool(joblib.delayed(work)(item) for item in items)
