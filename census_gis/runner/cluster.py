"""Independent jobs over a Dask cluster: of the same shape as `census_gis.runner.pool`, for more machines than one.

Workers share no disk with us: a job carries all it needs, its result comes back by itself. Dask gives the batch of a
worker that is lost to another one; a batch that several workers died of comes back, and its jobs are tried one by one.
"""

from __future__ import annotations

import gc
import hashlib
import logging
import threading
import time
import traceback
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import shapely

from census_gis.errors import ConfigError
from census_gis.inputs.door import prepare_gdal
from census_gis.language import Text
from census_gis.runner.district import digest

__all__ = ["Cluster", "batch_of", "cluster_at", "fingerprint"]

Job = TypeVar("Job")
Result = TypeVar("Result")

WHERE = "--scheduler"
# Jobs of a batch: Dask costs 4 ms a task, a district some 200 ms and more; what a lost worker had begun is done again.
BATCH = 20
# Batches for each worker over a run, so that the last ones end together.
SHARES = 4
# Batches handed out for each worker: one at work and one waiting.
IN_FLIGHT = 2
CONNECT_S = 10.0  # to reach the scheduler
WORKERS_S = (
    30.0  # to wait for a first worker, and for another when all are gone: a nanny takes seconds
)
LOOK_S = 1.0  # how often to look whether there are workers still
# Libraries whose version may show in a plan.
MATTER = ("numpy", "pandas", "scipy", "numba", "shapely", "geopandas", "pyproj", "networkx")
LOGGERS = ("distributed", "distributed.client", "distributed.comm", "distributed.core")

# One job at a time in a process: libraries below are not made for threads side by side.
_ALONE = threading.Lock()


class _OtherProgramError(Exception):
    """A worker has another version of this program or of a library."""


@dataclass
class Cluster:
    """A Dask cluster with workers like us.

    Attributes
    ----------
    client
        `distributed.Client`.
    address
        Of its scheduler, as given.
    patience_s
        Seconds to wait for a worker when all are gone.
    """

    client: Any
    address: str
    patience_s: float = WORKERS_S
    _landed: SimpleQueue[Any] = field(default_factory=SimpleQueue, init=False, repr=False)

    def each(
        self,
        work: Callable[[Job], Result],
        jobs: Iterable[Job],
        *,
        lost: Callable[[Job], Result],
        size: int = 1,
    ) -> Iterator[Result]:
        """Results as they come, one for each job.

        Parameters
        ----------
        work
            A top-level function of this package; jobs and results must be picklable.
        jobs
            What to do; taken as they are needed.
        lost
            Makes the result of a job that was tried alone and killed its workers (Dask's setting
            ``distributed.scheduler.allowed-failures`` says how many).
        size
            Jobs of a batch (`batch_of`).

        Raises
        ------
        ConfigError
            If the scheduler or all workers are gone, or a worker joins that has another program. What was
            yielded before is done.
        """
        waiting = iter(jobs)
        doubtful: list[Job] = []
        batches = iter(lambda: list(islice(waiting, size)), [])
        yield from self._flown(work, batches, doubtful)
        # With nothing else at work: who dies now dies of this job.
        for job in doubtful:
            again: list[Job] = []
            yield from self._flown(work, iter([[job]]), again)
            yield from map(lost, again)

    def _flown(
        self, work: Callable[[Job], Result], batches: Iterator[list[Job]], doubtful: list[Job]
    ) -> Iterator[Result]:
        """Results of batches, a bounded number under way; jobs of those that workers died of are put aside."""
        from distributed import KilledWorker

        flying: dict[str, tuple[Any, list[Job]]] = {}
        try:
            while True:
                for batch in islice(batches, max(self._room() - len(flying), 0)):
                    future = self._handed_out(work, batch)
                    flying[future.key] = future, batch
                if not flying:
                    return
                future, batch = flying.pop(self._next(flying))
                try:
                    results = self._result(future)
                except KilledWorker:
                    doubtful += batch
                else:
                    yield from results
        finally:
            if flying:  # interrupted: nobody waits for these
                self._forget([future for future, _ in flying.values()])

    def _room(self) -> int:
        """Batches that may be under way."""
        return max(self.workers(), 1) * IN_FLIGHT

    def workers(self) -> int:
        """Number of workers there are."""
        try:
            return len(self.client.scheduler_info()["workers"])
        except OSError as error:
            raise _gone(self.address) from error

    def _handed_out(self, work: Callable[[Job], Result], batch: list[Job]) -> Any:
        future = self.client.submit(_done, work, batch, fingerprint(), pure=False)
        future.add_done_callback(lambda landed: self._landed.put(landed.key))
        return future

    def _next(self, flying: Container[str]) -> str:
        """Key of the next batch that has landed; without workers it waits `patience_s` and no longer."""
        alone_since = 0.0
        while True:
            try:
                key: str = self._landed.get(timeout=LOOK_S)
            except Empty:
                alone_since = 0.0 if self.workers() else alone_since or time.monotonic()
                if alone_since and time.monotonic() - alone_since > self.patience_s:
                    raise _empty(self.address, self.patience_s) from None
                continue
            if key in flying:
                return key

    def _result(self, future: Any) -> list[Any]:
        """What a batch returned, or why it could not."""
        from distributed import CancelledError

        try:
            results: list[Any] = future.result()
        except _OtherProgramError as error:
            raise _unlike(self.address, [str(error)]) from error
        except (CancelledError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # a disk is full over there: no batch will do better
            raise _gone(self.address) from error
        return results

    def _forget(self, futures: list[Any]) -> None:
        """Take back what was handed out; a scheduler that is gone has forgotten it already."""
        with suppress(OSError, RuntimeError):
            self.client.cancel(futures, force=True)


@contextmanager
def cluster_at(
    address: str, *, connect_s: float = CONNECT_S, workers_s: float = WORKERS_S
) -> Iterator[Cluster]:
    """A cluster whose scheduler is at an address, for the time of a `with` block.

    Parameters
    ----------
    address
        Of a Dask scheduler: ``tcp://host:8786``, ``tls://host:8786`` or ``host:8786``.
    connect_s, workers_s
        Longest wait [s] for the scheduler, and for its first worker.

    Raises
    ------
    ConfigError
        If Dask is not installed here, nobody answers, there are no workers, or workers have another program.
    """
    client = _client(address, connect_s)
    try:
        _require_like_us(client, address, workers_s)
        yield Cluster(client, address, workers_s)
    finally:
        client.close(timeout=connect_s)


def batch_of(jobs: int, workers: int) -> int:
    """Jobs of a batch: at most `BATCH`, fewer where the last batches would leave workers idle.

    Examples
    --------
    >>> batch_of(34, 2), batch_of(1250, 2), batch_of(1250, 64)
    (4, 20, 4)
    """
    return min(max(jobs // (max(workers, 1) * SHARES), 1), BATCH)


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """What must be the same on all machines for plans to be: our program and the libraries it reckons with."""
    held = [digest(b"", "en"), f"geos {shapely.geos_version_string}"]
    held += [f"{name} {version(name)}" for name in MATTER]
    return hashlib.sha256("\n".join(held).encode()).hexdigest()


def _done(work: Callable[[Job], Result], batch: Sequence[Job], like: str) -> list[Result]:
    """A batch in a worker."""
    if fingerprint() != like:
        from distributed import get_worker

        raise _OtherProgramError(get_worker().address)
    with _ALONE:
        prepare_gdal()
        return [work(job) for job in batch]


def _client(address: str, connect_s: float) -> Any:
    """Connected to the scheduler at an address."""
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            Text("Dask is not installed.", "未安装 Dask。"), where=WHERE,
            fix=Text("run `pip install census-gis[dask]` here and on all machines of the cluster.",
                     "请在本机和集群的各台机器上运行 `pip install census-gis[dask]`。"),
        ) from error  # fmt: skip
    for name in LOGGERS:  # what happens to workers is told by us
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # A batch carries its districts: it is large on purpose.
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
    try:
        return Client(address, timeout=connect_s, set_as_default=False)
    # distributed asserts that the thread of its loop begins within 10 s, which a busy machine may miss.
    except (OSError, ValueError, TypeError, AssertionError) as error:
        _let_go(error)
        raise ConfigError(
            Text(f"no Dask scheduler answers at '{address}' within {connect_s:g} s.",
                 f"在 {connect_s:g} 秒内未能连接到“{address}”的 Dask 调度器。"), where=WHERE,
            fix=Text("start one with `dask scheduler` and give the address it prints, as tcp://HOST:8786.",
                     "请用 `dask scheduler` 启动调度器，并填写它显示的地址，如 tcp://主机:8786。"),
        ) from error  # fmt: skip


def _let_go(error: BaseException | None) -> None:
    """End a client that did not connect, now: collected inside the start of another it waits for a lock that is held."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
    gc.collect()


def _require_like_us(client: Any, address: str, workers_s: float) -> None:
    """Refuse a cluster without workers, or with workers that would plan otherwise."""
    from distributed import TimeoutError as LateError

    try:
        client.wait_for_workers(1, timeout=workers_s)
        said = client.run(fingerprint, on_error="return")
    except LateError as error:
        raise _empty(address, workers_s) from error
    except OSError as error:
        raise _gone(address) from error
    unlike = sorted(worker for worker, told in said.items() if told != fingerprint())
    if unlike:
        raise _unlike(address, unlike)


def _unlike(address: str, workers: Sequence[str]) -> ConfigError:
    return ConfigError(
        Text(f"workers of '{address}' have another census-gis, or other libraries: plans could differ.",
             f"“{address}”的工作节点上 census-gis 或所用程序库的版本与本机不同，方案可能不一致。"),
        where=WHERE, rows=workers,
        fix=Text("install the same version with `pip install --constraint constraints.txt census-gis[dask]` on these machines "
                 "and start their workers again.",
                 "请在这些机器上用 `pip install --constraint constraints.txt census-gis[dask]` 安装相同版本，并重启工作节点。"),
    )  # fmt: skip


def _empty(address: str, seconds: float) -> ConfigError:
    return ConfigError(
        Text(f"the cluster at '{address}' has had no worker for {seconds:g} s.",
             f"“{address}”的集群已有 {seconds:g} 秒没有任何工作节点。"), where=WHERE,
        fix=Text(f"start workers with `dask worker {address} --nworkers auto --nthreads 1` and run again; what is finished is kept.",
                 f"请用 `dask worker {address} --nworkers auto --nthreads 1` 启动工作节点后重新运行；已完成的部分已保留。"),
    )  # fmt: skip


def _gone(address: str) -> ConfigError:
    return ConfigError(
        Text(f"the Dask scheduler at '{address}' does not answer any more.", f"“{address}”的 Dask 调度器已无响应。"),
        where=WHERE,
        fix=Text("start it and its workers again and run again; what is finished is kept.",
                 "请重新启动调度器和工作节点，然后再次运行；已完成的部分已保留。"),
    )  # fmt: skip
