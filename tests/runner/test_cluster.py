"""A real Dask scheduler with two worker processes: what is lost is done again, what kills is named, plans are the same."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_gis import synthetic
from census_gis.errors import ConfigError, InputError
from census_gis.language import Text
from census_gis.runner import cluster as cluster_module
from census_gis.runner.cluster import BATCH, batch_of, cluster_at
from census_gis.runner.main import Options, run_project
from census_gis.runner.sign import Act, sign
from census_gis.store.geopackage import read_tables

distributed = pytest.importorskip("distributed")
posix = pytest.mark.skipif(os.name != "posix", reason="kills by signal")

NOW = "2020-11-02T08:00:00Z"
ROOT = Path(__file__).parents[2]
KILLER = 13
FAILURES = "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"


def doubled(number: int) -> int:
    if number == KILLER:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def slow(number: int) -> tuple[int, int]:
    time.sleep(0.3)
    return number, os.getpid()  # a worker without a nanny, which the test began


def raising(number: int) -> int:
    if number == 1:
        raise OSError(28, "No space left")
    raise InputError(Text("x", "x"), where="w", fix=Text("f", "f"))


def dead(number: int) -> int:
    return -number


def _begun(*words, folder, failures):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), FAILURES: str(failures)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _ended(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def cluster_of(workers, *words, failures):
    """Address of a scheduler of its own on loopback, and its processes: scheduler, then workers (with these options)."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    told = folder / "scheduler.json"
    here = ["--scheduler-file", str(told), "--host", "127.0.0.1"]
    begun = [_begun("scheduler", *here, "--port", "0", folder=folder, failures=failures)]
    for _ in range(workers):
        begun.append(_begun("worker", *here, "--nthreads", "1", "--local-directory", str(folder),
                            *words, folder=folder, failures=failures))  # fmt: skip
    try:
        yield _address(told), begun
    finally:
        for process in begun[::-1]:
            _ended(process)
        shutil.rmtree(folder, ignore_errors=True)


def _address(told):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if told.is_file() and told.stat().st_size:
            return json.loads(told.read_text())["address"]
        time.sleep(0.1)
    raise TimeoutError(told)


@pytest.fixture(scope="module")
def address():
    """A cluster of two workers; a job is given up after one died of it: the tests are quicker."""
    with cluster_of(2, failures=0) as (at, _):
        with distributed.Client(at, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield at


@given(st.integers(1, 100_000), st.integers(1, 500))
def test_batches_are_bounded_and_leave_no_worker_idle(jobs, workers):
    size = batch_of(jobs, workers)
    assert 1 <= size <= BATCH
    assert size == 1 or jobs // size >= workers


def test_every_job_has_one_result(address):
    with cluster_at(address) as cluster:
        found = list(cluster.each(abs, iter(range(-23, 0)), lost=dead, size=4))
        assert sorted(found) == list(range(1, 24))
        assert list(cluster.each(abs, iter([]), lost=dead, size=4)) == []


@posix
def test_a_job_that_kills_its_workers_is_named_and_the_others_are_done(address):
    with cluster_at(address) as cluster:
        jobs = [1, 2, KILLER, 3, 4, 5, 6]
        found = list(cluster.each(doubled, iter(jobs), lost=dead, size=3))
    assert sorted(found) == [-KILLER, 2, 4, 6, 8, 10, 12]


def test_errors_of_a_job_come_back_as_they_are(address):
    with cluster_at(address) as cluster:
        with pytest.raises(OSError, match="No space") as caught:
            list(cluster.each(raising, iter([1]), lost=dead))
        assert caught.value.errno == 28
        with pytest.raises(InputError):
            list(cluster.each(raising, iter([2]), lost=dead))


def test_workers_with_another_program_are_refused(address, monkeypatch):
    def fingerprint():
        return "another"

    fingerprint.__module__, fingerprint.__qualname__ = cluster_module.__name__, "fingerprint"
    with cluster_at(address) as cluster:
        monkeypatch.setattr(cluster_module, "fingerprint", fingerprint)
        with pytest.raises(ConfigError, match="other libraries") as caught:
            list(cluster.each(abs, iter([1]), lost=dead))  # one that joined later
        assert caught.value.rows[0].startswith("tcp://127.0.0.1")
        with pytest.raises(ConfigError, match="other libraries"), cluster_at(address):
            pass


@pytest.mark.parametrize("bad", ["127.0.0.1:1", "no such host:1", "tcp://", "ftp://x:1"])
def test_an_address_nobody_answers_at_is_said_in_time(bad):
    refused = pytest.raises(ConfigError, match="no Dask scheduler answers")
    with refused as caught, cluster_at(bad, connect_s=1):
        pass
    assert "dask scheduler" in caught.value.say("zh")


def test_without_dask_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused = pytest.raises(ConfigError, match=r"pip install census-gis\[dask\]")
    with refused, cluster_at("127.0.0.1:1"):
        pass


@posix
def test_who_is_killed_costs_no_job_and_what_cannot_go_on_is_said():
    """Workers without nannies do not come back."""
    begun = cluster_of(2, "--no-nanny", failures=3)
    with begun as (at, (scheduler, first, second)), cluster_at(at) as cluster:
        cluster.client.wait_for_workers(2, timeout=60)
        found = []
        for number, worker in cluster.each(slow, iter(range(12)), lost=dead):
            found.append(number)
            if worker == first.pid:
                _ended(first)
        assert first.poll() is not None
        assert sorted(found) == list(range(12))

        cluster.patience_s = 1.0
        with pytest.raises(ConfigError, match="no worker") as caught:
            for number, _ in cluster.each(slow, iter(range(100, 200)), lost=dead):
                found.append(number)
                _ended(second)
        assert 12 < len(found) < 112
        assert "dask worker" in caught.value.say("zh")

        with pytest.raises(ConfigError, match="no worker"), cluster_at(at, workers_s=0.5):
            pass  # a cluster without workers is said in time

        cluster.patience_s = 60.0
        threading.Timer(1.5, _ended, [scheduler]).start()
        with pytest.raises(ConfigError, match="does not answer"):
            list(cluster.each(slow, iter([1]), lost=dead))


def _digest(plan):
    """Of all bytes but the moments at which GDAL wrote its tables."""
    moment = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    return hashlib.sha256(re.sub(moment, b"", plan.read_bytes())).hexdigest()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    return synthetic.write(synthetic.county(districts=5, persons=4_000, seed=7), folder)


def test_a_cluster_makes_the_same_plan_byte_for_byte(address, project, tmp_path):
    ways = {"here": Options(workers=1), "afar": Options(scheduler=address)}
    made = {}
    for name, way in ways.items():
        out = tmp_path / name
        done = run_project(project, now=NOW, options=replace(way, out=out, until="plan"))
        kept = sorted(file.name for file in (out / ".work").iterdir())
        made[name] = done.exit_code, kept, _digest(out / "plan.gpkg")
    assert made["here"] == made["afar"]

    # A district that people have checked keeps its EAs under other rules: what it stands in travels too.
    codes = sorted(
        read_tables(tmp_path / "here" / "plan.gpkg", ("districts",))["districts"]["district_code"]
    )
    text = project.read_text(encoding="utf-8")
    rule = '[rules]\n"ea.persons.target" = { value = 280, source = "test" }\n'
    other = project.with_name("other.toml")
    other.write_text(text.replace("[rules]\n", rule), encoding="utf-8")
    for name, way in ways.items():
        out = tmp_path / name
        sign(out / "plan.gpkg", "checked", act=Act("张三", NOW), districts=[codes[-1]])
        done = run_project(other, now=NOW, options=replace(way, out=out, until="plan"))
        made[name] = done.exit_code, _digest(out / "plan.gpkg")
    assert made["here"] == made["afar"]
