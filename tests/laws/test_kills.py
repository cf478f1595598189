"""A run may be ended at any moment: the plan is the old one or the new one, and the next run goes on.

The long version, with figures, is benchmarks/reliability/kills.py.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
FILE = Path(__file__).parents[2] / "benchmarks" / "reliability" / "kills.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("kills", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["kills"] = module
    spec.loader.exec_module(module)
    return module


def begun(bench, project, out):
    return subprocess.Popen(
        bench.words(project, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def waited(running, there):
    """Whether a run came to where it is wanted before it ended."""
    end = time.monotonic() + 60
    while not there() and time.monotonic() < end:
        if running.poll() is not None:
            return False
        time.sleep(0.002)
    return True


def test_three_kills_and_the_run_after_them(bench, tmp_path):
    """Told to end, killed alone, and killed with its workers while the plan is put together."""
    project, out = bench.make(tmp_path / "county", 6, persons=600), tmp_path / "out"
    assert bench.run(project, tmp_path / "undisturbed").returncode in bench.SETTLED
    wanted = bench.content(tmp_path / "undisturbed" / "plan.gpkg")
    older = project.with_name("older.toml")
    text = project.read_text("utf-8")
    older.write_text(text.replace("seed     = 7", "seed     = 8", 1), "utf-8")
    assert bench.run(older, out).returncode in bench.SETTLED
    plan = out / "plan.gpkg"
    old, others, before = plan.read_bytes(), bench.stamps(out), {}
    for ending, status, kept in (
        ("SIGTERM", 130, 1), ("SIGKILL parent", -signal.SIGKILL, 3), ("SIGKILL all", -signal.SIGKILL, 6),
    ):  # fmt: skip
        running = begun(bench, project, out)
        assert waited(running, lambda k=kept: len(set(bench.stamps(out)) - set(others)) >= k), (
            ending
        )
        if ending == "SIGKILL all":
            assert waited(running, lambda: any(out.glob(".plan.writing*")))
        assert bench.ended(running, ending) == status
        assert bench.alone(running.pid), "workers outlive the run"
        said = running.stderr.read()
        assert "Traceback" not in said
        assert ("interrupted" in said) == (ending == "SIGTERM")
        assert plan.read_bytes() == old
        after = {name: stamp for name, stamp in bench.stamps(out).items() if name not in others}
        assert {name: after[name] for name in before} == before
        before = after
    assert bench.after_kill(out, bench.run(project, out), before, wanted) == []
