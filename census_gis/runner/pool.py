"""Independent jobs over processes, results in the order of the jobs; a killed worker names its job."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from census_gis.inputs.door import prepare_gdal

__all__ = ["cores", "each"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    lost: Callable[[Job], Result],
) -> Iterator[Result]:
    """Results as they come, one for each job.

    Parameters
    ----------
    work
        A top-level function; it, the jobs and the results must be picklable.
    jobs
        What to do.
    workers
        Processes; 1 works in this process.
    lost
        Makes the result of a job whose worker died (memory, kill): such jobs are tried once more,
        alone, so that only the culprit is lost.

    Notes
    -----
    Where the caller is interrupted the workers are ended at once: what they had begun is lost, what
    they had returned is not.
    """
    if workers <= 1 or len(jobs) <= 1:
        yield from map(work, jobs)
        return
    count = min(workers, len(jobs))
    with _pool(count) as pool:
        done, broken = yield from _drain(pool, work, jobs)
    if broken:
        left = [jobs[at] for at in range(len(jobs)) if at not in done]
        # Jobs are begun in order and one waits in the pipe: the culprit is among the first of the rest.
        for job in left[: count + 1]:
            yield _alone(work, job, lost)
        yield from each(work, left[count + 1 :], workers=workers, lost=lost)


def _drain(
    pool: Executor, work: Callable[[Job], Result], jobs: Sequence[Job]
) -> Generator[Result, None, tuple[set[int], bool]]:
    """Yield results until all are in or the pool breaks; returns what is done, and whether it broke."""
    before = set(multiprocessing.active_children())
    done: set[int] = set()
    try:
        with _deaf():
            place: dict[Future[Result], int] = {
                pool.submit(work, job): at for at, job in enumerate(jobs)
            }
        for future in as_completed(place):
            result = future.result()
            done.add(place[future])
            yield result
    except BrokenProcessPool:
        return done, True
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()
        raise
    return done, False


def _alone(work: Callable[[Job], Result], job: Job, lost: Callable[[Job], Result]) -> Result:
    with _pool(1) as pool:
        results = list(_drain(pool, work, [job]))
    return results[0] if results else lost(job)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun meanwhile do not hear Ctrl-C: the caller hears it and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _pool(workers: int) -> ProcessPoolExecutor:
    """Spawned workers: the same on Linux, macOS and Windows, and no lock is inherited."""
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )


def _begin() -> None:
    """Each worker keeps native libraries to one thread: districts are the unit of parallel work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows tells the whole console of Ctrl-C
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    prepare_gdal()
