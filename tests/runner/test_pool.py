"""Each job has one result, whoever dies; a job whose result is in is not done again."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from census_gis.runner import pool

posix = pytest.mark.skipif(os.name != "posix", reason="kills by signal")


def doubled(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 99:
        raise OSError(28, "No space left on device")
    return 2 * number


def dead(number: int) -> int:
    return -number


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_has_one_result(workers):
    found = list(pool.each(doubled, iter(range(7)), workers=workers, lost=dead))
    assert sorted(found) == [0, 2, 4, 6, 8, 10, 12]


@posix
def test_a_job_that_kills_its_worker_is_named_and_the_others_are_done():
    found = list(pool.each(doubled, iter([1, 13, 2, 3, 4]), workers=2, lost=dead))
    assert sorted(found) == [-13, 2, 4, 6, 8]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_the_disk_ends_the_work(workers):
    with pytest.raises(OSError, match="No space"):
        list(pool.each(doubled, iter([1, 99, 2]), workers=workers, lost=dead))


class Breaking(Executor):
    """A pool that breaks at once: even jobs were done before, odd ones were not."""

    def submit(self, work, job):
        future = Future()
        if job % 2:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(work(job))
        return future


@pytest.mark.parametrize("first", range(12))
def test_what_was_in_before_the_pool_broke_is_not_done_again(first):
    doubtful: list[int] = []
    jobs = range(first, first + 4)
    found = list(pool._drain(Breaking(), doubled, iter(jobs), 2, doubtful))
    assert sorted(found) == [2 * job for job in jobs if not job % 2]
    assert doubtful == [job for job in jobs if job % 2]


ORPHANS = """
import os, signal, sys
from census_gis.runner import pool
from tests.runner.test_pool import named
if __name__ == "__main__":
    for worker in pool.each(named, iter(range(4)), workers=2, lost=named):
        print(worker, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def named(_: int) -> int:
    return os.getpid()


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@posix
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL
    worker, until = int(ended.stdout), time.monotonic() + 20
    while lives(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not lives(worker)
