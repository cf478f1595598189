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

from census_gis.errors import InputError
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


def touched() -> None:
    """Leave a mark, if told where."""
    if folder := os.environ.get("POOL_MARKS"):
        (Path(folder) / str(os.getpid())).write_text("prepared")


def idle() -> None:
    time.sleep(600)


def waited(team) -> None:
    """Until a worker is prepared."""
    assert team._prepared.wait(60)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refused(number: int) -> int:
    raise InputError("none", where=str(number), fix="none")


def test_workers_that_are_ready_have_prepared_themselves_and_do_every_job(tmp_path, monkeypatch):
    monkeypatch.setenv("POOL_MARKS", str(tmp_path))
    with pool.ready(2, touched) as team:
        found = list(pool.each(named, iter(range(12)), workers=2, lost=named, team=team))
    assert set(map(str, found)) <= {mark.name for mark in tmp_path.iterdir()}
    assert len(found) == 12 and os.getpid() not in found
    assert not any(map(lives, found))


def test_work_beside_is_done_by_a_worker_and_its_error_is_raised_when_it_is_asked_for():
    with pool.ready(2, touched) as team:
        worker, wrong = team.beside(named, 0), team.beside(refused, 7)
        waited(team)
        assert worker() != os.getpid()
        with pytest.raises(InputError) as caught:
            wrong()
    assert caught.value.where == "7"


def test_nobody_waits_for_workers_that_are_not_prepared_yet():
    with pool.ready(2, idle) as team:
        assert team.beside(named, 0)() == os.getpid()
        with pytest.raises(InputError):
            team.beside(refused, 7)()


@posix
def test_where_workers_die_before_there_is_work_it_is_done_all_the_same():
    with pool.ready(2, killed) as team:
        assert team.beside(named, 0)() == os.getpid()
        found = list(pool.each(doubled, iter([1, 13, 2]), workers=2, lost=dead, team=team))
    assert sorted(found) == [-13, 2, 4]


def prepared(number: int) -> tuple[int, int, bool]:
    """The job, the worker, and whether it has prepared itself."""
    doubled(number)
    return number, os.getpid(), (Path(os.environ["POOL_MARKS"]) / str(os.getpid())).is_file()


def gone(number: int) -> tuple[int, int, bool]:
    return number, 0, True


@posix
def test_workers_begun_after_a_death_have_prepared_themselves_too(tmp_path, monkeypatch):
    monkeypatch.setenv("POOL_MARKS", str(tmp_path))
    with pool.ready(2, touched) as team:
        waited(team)
        found = list(
            pool.each(prepared, iter([1, 13, *range(2, 9)]), workers=2, lost=gone, team=team)
        )
    assert sorted(number for number, *_ in found) == [*range(1, 9), 13]
    assert all(mark for *_, mark in found)


def test_a_team_that_has_done_its_jobs_does_others(tmp_path, monkeypatch):
    monkeypatch.setenv("POOL_MARKS", str(tmp_path))
    with pool.ready(2, touched) as team:
        for _ in range(2):
            found = list(pool.each(prepared, iter(range(4)), workers=2, lost=gone, team=team))
            assert sorted(number for number, *_ in found) == [0, 1, 2, 3]
    assert len(list(tmp_path.iterdir())) <= 2  # no worker was begun anew


@posix
def test_workers_that_are_ready_end_with_the_block_whatever_they_do():
    with pytest.raises(ZeroDivisionError), pool.ready(2, touched) as team:
        waited(team)
        worker = team.beside(named, 0)()
        team.beside(time.sleep, 600)
        raise ZeroDivisionError
    until = time.monotonic() + 20
    while lives(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not lives(worker)


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


def test_windows_is_not_asked_for_more_workers_than_it_can_wait_for(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    made = pool._pool(64)  # the executor itself refuses 62 and more there
    made.shutdown()
    assert made._max_workers == pool.MOST_ON_WINDOWS
