"""Independent jobs over processes; a worker that dies costs its own job only, and that job is named."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event, Lock
from typing import Any, TypeVar

from census_gis.inputs.door import prepare_gdal

__all__ = ["Team", "cores", "each", "ready"]

Job = TypeVar("Job")
Result = TypeVar("Result")

# Jobs handed out for each worker: one at work and one waiting, so that no worker waits for the parent and
# a death puts few jobs in doubt.
IN_FLIGHT = 2
GONE_S = 5.0  # what is killed is gone at once, unless the disk holds it
# How workers begin: the same on Linux, macOS and Windows, and no lock is inherited.
START = "spawn"
# Windows waits for 63 handles at once, two of them the executor's own: it refuses more workers.
MOST_ON_WINDOWS = 61


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Team:
    """Workers that have been begun before there are jobs (`ready`)."""

    def __init__(self, workers: int, prepare: Callable[[], object]) -> None:
        self.before = set(multiprocessing.active_children())
        self._workers, self._prepare = workers, prepare
        self._prepared = multiprocessing.get_context(START).Event()
        self.pool = self._begun(workers)
        for _ in range(workers):  # a pool begins a worker for each job it gets while none is idle
            with _deaf():
                self.pool.submit(cores)

    def _begun(self, workers: int) -> ProcessPoolExecutor:
        lock = multiprocessing.get_context(START).Lock()  # one a dead worker holds is never let go
        return _pool(workers, (self._prepare, lock, self._prepared))

    def again(self, workers: int) -> ProcessPoolExecutor:
        """A pool for after a death, prepared alike; not where nobody came through it: that may be what kills."""
        return self._begun(workers) if self._prepared.is_set() else _pool(workers)

    def renew(self) -> None:
        """Take other workers where some died."""
        self.pool = self.again(self._workers)

    def beside(self, work: Callable[..., Result], *given: Any) -> Callable[[], Result]:
        """Begin work in a worker; what is returned waits for its result.

        Where the worker dies, or none is prepared yet (kernels take a minute to compile on a fresh machine), the
        work is done by the caller when it asks; errors are raised then too.
        """
        here = partial(work, *given)
        try:
            with _deaf():
                future = self.pool.submit(work, *given)
        except BrokenProcessPool:
            return here

        def result() -> Result:
            if not self._prepared.is_set():
                future.cancel()
                return here()
            try:
                return future.result()
            except BrokenProcessPool:
                return here()

        return result

    def end(self) -> None:
        """End the workers, whatever they are doing."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        _end(self.before)


@contextmanager
def ready(workers: int, prepare: Callable[[], object]) -> Iterator[Team]:
    """Workers that begin at once and prepare themselves beside what the caller does; ended with the block.

    Parameters
    ----------
    workers
        Processes, 2 or more.
    prepare
        A top-level function that every worker runs first; one runs it alone before the others do, so that
        what it leaves on the disk is made once.
    """
    team = Team(workers, prepare)
    try:
        yield team
    finally:
        team.end()


def each(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    workers: int,
    lost: Callable[[Job], Result],
    team: Team | None = None,
) -> Iterator[Result]:
    """Results as they come, one for each job.

    Parameters
    ----------
    work
        A top-level function; it, the jobs and the results must be picklable.
    jobs
        What to do; taken as they are needed, so that preparing them runs beside the work.
    workers
        Processes; 1 works in this process.
    lost
        Makes the result of a job whose worker died (memory, kill) when it was tried once more alone.
    team
        Workers that are ready, as many as `workers`; they stay so afterwards.

    Notes
    -----
    Where the caller is interrupted the workers are ended at once: what they had begun is lost, what
    they had returned is not.
    """
    if workers <= 1:
        yield from map(work, jobs)
        return
    waiting = iter(jobs)
    while (first := next(waiting, None)) is not None:
        doubtful: list[Job] = []
        # Not by `with`: after Ctrl-C nothing waits for processes that have been ended.
        pool = _pool(workers) if team is None else team.pool
        before = None if team is None else team.before
        yield from _drain(pool, work, chain([first], waiting), workers, doubtful, before=before)
        if team is None:
            pool.shutdown()
        elif doubtful:
            pool.shutdown()
            team.renew()
        for job in doubtful:
            yield _alone(work, job, lost, _pool(1) if team is None else team.again(1))


def _drain(
    pool: Executor,
    work: Callable[[Job], Result],
    jobs: Iterator[Job],
    workers: int,
    doubtful: list[Job],
    *,
    before: Set[BaseProcess] | None = None,
) -> Iterator[Result]:
    """Yield results until all are in or the pool breaks; what was handed out and is not in is then `doubtful`.

    Processes that are not among those of `before` (None: of now) are the pool's own.
    """
    if before is None:
        before = set(multiprocessing.active_children())
    flying: dict[Future[Result], Job] = {}
    try:
        while True:
            for job in islice(jobs, workers * IN_FLIGHT - len(flying)):
                doubtful.append(job)  # a broken pool refuses the job: it must not be lost
                with _deaf():
                    future = _handed_out(pool, work, job)
                flying[future] = doubtful.pop()
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                result = future.result()
                del flying[future]
                yield result
    except BrokenProcessPool:
        for future, job in flying.items():
            if future.done() and future.exception() is None:
                yield future.result()  # it was in before the pool broke
            else:
                doubtful.append(job)
        _end(before)  # one that was begun while the pool broke is not known to it
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end(before)
        raise


def _handed_out(pool: Executor, work: Callable[[Job], Result], job: Job) -> Future[Result]:
    """Submit a job; a pool that breaks in this very moment is said to be broken.

    A worker that dies while another is begun closes pipes under it: `submit` then fails with whatever
    it trips over (CPython 3.11: OSError "handle is closed", ValueError of descriptors, RuntimeError).
    """
    try:
        return pool.submit(work, job)
    except (OSError, ValueError, RuntimeError):
        pool.submit(cores).cancel()  # raises BrokenProcessPool where that was the reason
        raise


def _end(before: Set[BaseProcess]) -> None:
    """End the workers begun since; they keep files whole by renaming, and one that is asked may be deaf."""
    ended = set(multiprocessing.active_children()) - before
    for worker in ended:
        worker.kill()
    for worker in ended:
        worker.join(GONE_S)


def _alone(
    work: Callable[[Job], Result], job: Job, lost: Callable[[Job], Result], pool: Executor
) -> Result:
    again: list[Job] = []
    with pool:
        results = list(_drain(pool, work, iter([job]), 1, again))
    return results[0] if results else lost(job)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun meanwhile do not hear Ctrl-C: the caller hears it and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
    elif hasattr(signal, "pthread_sigmask"):  # held back, not lost: it comes when the block ends
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    else:
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, heard)


def _pool(workers: int, prepared: tuple[Any, ...] = ()) -> ProcessPoolExecutor:
    """Workers that keep native libraries to one thread; `prepared` as `_begin` takes it."""
    context = multiprocessing.get_context(START)
    if sys.platform == "win32":
        workers = min(workers, MOST_ON_WINDOWS)
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=prepared)


def _begin(
    prepare: Callable[[], object] | None = None,
    first: Lock | None = None,
    done: Event | None = None,
) -> None:
    """Each worker keeps native libraries to one thread: districts are the unit of parallel work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows tells the whole console of Ctrl-C
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    # Frames go when they are done with; looking through all modules for circles again and again finds none.
    gc.set_threshold(10_000, 20, 50)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare_gdal()
    if prepare is None or first is None or done is None:
        return
    with first:  # a worker that dies here breaks the pool: nobody waits for the lock then
        if not done.is_set():
            prepare()
            done.set()
            return
    prepare()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for jobs for ever: both ends of the queue are its own."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
