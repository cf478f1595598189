"""Kills, a dead worker and a full disk: what a run leaves behind, and what the next run makes of it.

    python benchmarks/reliability/kills.py [--kills 30] [--districts 30] [--seed 7] [--folder DIR]

A synthetic county is planned undisturbed. Then each run of it is ended at a moment drawn at random: the parent alone or the
whole group by SIGKILL, SIGINT as a terminal sends it, SIGTERM; every second one while an older plan (another seed) lies
there. After each kill the plan must be the old one or the new one and readable; the resumed run must make the same
content as undisturbed, plan nothing again that was kept, and leave no scratch file and no process. Needs POSIX.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-m", "census_gis.cli", "run"]
SETTLED = (0, 1)  # done, perhaps with a rule broken: the plan is whole
ENDINGS = ("SIGKILL parent", "SIGKILL all", "SIGINT", "SIGTERM")
INTERRUPTED = (
    130,
    -signal.SIGINT,
)  # Python ends itself so where Ctrl-C fell into code made by `exec`
GRACE_S, PATIENCE_S = 30.0, 10.0


@dataclass(frozen=True)
class Kill:
    """One kill and what came of it; `faults` is empty when all was well."""

    ending: str
    after_s: float
    status: int
    kept: int
    over_old: bool
    faults: tuple[str, ...]


def make(folder: Path, districts: int, persons: int = 600) -> Path:
    """Project file of a synthetic county in a folder."""
    from census_gis import synthetic

    return synthetic.write(
        synthetic.county(districts=districts, persons=districts * persons, seed=7), folder
    )


def words(project: Path, out: Path, *more: str) -> list[str]:
    return [*COMMAND, str(project), "--out", str(out), "--until", "plan", "--workers", "2", "--quiet",
            "--lang", "en", *more]  # fmt: skip


def run(project: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words(project, out, *more), capture_output=True, text=True)


def content(plan: Path) -> dict[str, str]:
    """SHA-256 of the rows of each layer; of the log only the operations, because a resumed run logs itself."""
    with closing(sqlite3.connect(f"{plan.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise ValueError(f"{plan} is damaged")
        names = [
            row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents ORDER BY 1")
        ]
        return {name: _rows(connection, name) for name in names if name != "audit_log"}


def _rows(connection: sqlite3.Connection, name: str) -> str:
    state = hashlib.sha256()
    for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):
        state.update(repr(row).encode())
    return state.hexdigest()


def scratch(out: Path) -> list[str]:
    """Files that a run may only have on its way."""
    signs = (".writing", ".packed", "-journal", "-wal", "-shm")
    return sorted(path.name for path in out.rglob("*") if any(sign in path.name for sign in signs))


def stamps(out: Path) -> dict[str, tuple[int, str]]:
    """What is kept of districts: time of writing and digest by name."""
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in (out / ".work").glob("*.sqlite")
    }


def group(leader: int) -> list[int]:
    """Processes that still live in the session of a run."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid,sid,stat"], capture_output=True, text=True
    ).stdout
    rows = [line.split() for line in listed.splitlines()[1:]]
    return [int(pid) for pid, sid, state in rows if int(sid) == leader and state[0] != "Z"]


def ended(running: subprocess.Popen[str], ending: str) -> int:
    """End a run so; its exit status."""
    if ending == "SIGKILL parent":
        running.kill()
    elif ending == "SIGKILL all":
        os.killpg(running.pid, signal.SIGKILL)
    elif ending == "SIGINT":
        os.killpg(running.pid, signal.SIGINT)
    else:
        running.terminate()
    try:
        return running.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        return running.wait()


def alone(leader: int) -> bool:
    """Whether all processes of a run end within some seconds; those that do not are killed."""
    until = time.monotonic() + 10
    while group(leader) and time.monotonic() < until:
        time.sleep(0.1)
    left = group(leader)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return not left


def disturbed(
    project: Path, out: Path, *, ending: str, after_s: float, wanted: dict[str, str]
) -> Kill:
    """One kill and the run after it."""
    plan = out / "plan.gpkg"
    old = content(plan) if plan.exists() else None
    running = subprocess.Popen(
        words(project, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    faults = []
    try:
        status = running.wait(timeout=after_s)
        ending = "none: it was done"
    except subprocess.TimeoutExpired:
        began = time.monotonic()
        status = ended(running, ending)
        took = time.monotonic() - began
        faults += [f"it went on for {took:.0f} s"] if took > PATIENCE_S else []
    faults += [] if alone(running.pid) else ["processes were left"]
    said = running.stderr.read() if running.stderr else ""
    if "Traceback" in said:
        faults.append(f"a traceback was shown: {said[-300:]}")
    if ending in ("SIGINT", "SIGTERM") and status not in (*INTERRUPTED, *SETTLED):
        faults.append(f"exit {status} after {ending}")
    faults += _between(plan, old, wanted)
    before = stamps(out)
    again = run(project, out)
    faults += after_kill(out, again, before, wanted)
    return Kill(ending, after_s, status, len(before), old is not None, tuple(faults))


def _between(plan: Path, old: dict[str, str] | None, wanted: dict[str, str]) -> list[str]:
    """Faults of what lies there after a kill."""
    if not plan.exists():
        return [] if old is None else ["the old plan is gone"]
    try:
        found = content(plan)
    except (sqlite3.DatabaseError, ValueError) as error:
        return [f"the plan cannot be read: {error}"]
    return [] if found in (old, wanted) else ["the plan is neither the old one nor the new one"]


def after_kill(
    out: Path, again: subprocess.CompletedProcess[str], before: dict[str, tuple[int, str]],
    wanted: dict[str, str],
) -> list[str]:  # fmt: skip
    """Faults of what the resumed run made."""
    if again.returncode not in SETTLED:
        return [f"the next run ended with {again.returncode}: {again.stderr[-300:]}"]
    found, after = content(out / "plan.gpkg"), stamps(out)
    other = sorted(name for name in wanted if wanted[name] != found.get(name))
    twice = sorted(name for name in before if name in after and after[name] != before[name])
    faults = [f"other content: {other}"] if other else []
    faults += [f"planned twice: {twice}"] if twice else []
    faults += [f"left over: {scratch(out)}"] if scratch(out) else []
    return faults


def kills(project: Path, folder: Path, count: int, seed: int) -> list[Kill]:
    """So many kills, each in a folder of its own, at moments and in ways drawn from the seed."""
    began = time.monotonic()
    first = run(project, folder / "undisturbed")
    lasts = time.monotonic() - began
    if first.returncode not in SETTLED:
        raise RuntimeError(first.stderr)
    wanted = content(folder / "undisturbed" / "plan.gpkg")
    older = project.with_name("older.toml")
    text = project.read_text(encoding="utf-8")
    older.write_text(text.replace("seed     = 7", "seed     = 8", 1), encoding="utf-8")
    run(older, folder / "older")
    if content(folder / "older" / "plan.gpkg") == wanted:
        raise RuntimeError("the older plan is the same: a mix of both would not be seen")
    drawn = random.Random(seed)
    done: list[Kill] = []
    number = 0
    while sum(kill.ending in ENDINGS for kill in done) < count:
        out = folder / f"out{number:03d}"
        if number % 2:
            shutil.copytree(folder / "older", out)
        ending = ENDINGS[number % len(ENDINGS)] if count >= len(ENDINGS) else drawn.choice(ENDINGS)
        after_s = drawn.uniform(0.02, 1.02) * lasts
        done.append(disturbed(project, out, ending=ending, after_s=after_s, wanted=wanted))
        if done[-1].ending not in ENDINGS:  # it was done before: the machine has less to do now
            lasts *= 0.9
        shutil.rmtree(out)
        number += 1
    return done


def workers_of(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid,ppid,args"], capture_output=True, text=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()[1:]]
    return [int(pid) for pid, ppid, said in rows if int(ppid) == parent and "spawn_main" in said]


def killed_worker(project: Path, out: Path, districts: int) -> list[str]:
    """Kill the workers whenever only one district is left: it must be named, the others kept."""
    running = subprocess.Popen(
        words(project, out, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    while running.poll() is None:
        if len(list((out / ".work").glob("*.sqlite"))) == districts - 1:
            for worker in workers_of(running.pid):
                os.kill(worker, signal.SIGKILL)
        time.sleep(0.01)
    said, err = running.communicate()
    kept = {name.split("-")[0] for name in stamps(out)}
    faults = [] if running.returncode == 5 else [f"exit {running.returncode}, not 5: {err[-300:]}"]
    if len(kept) != districts - 1:
        faults.append(f"{len(kept)} districts were kept")
    named = [line for line in err.splitlines() if "could not be planned" in line]
    if len(named) != 1 or any(code in named[0] for code in kept):
        faults.append(f"the culprit is not named alone: {named}")
    if '"exit": 5' not in said:
        faults.append("the record does not say exit 5")
    return faults


def full_disk(project: Path, folder: Path, wanted: dict[str, str]) -> list[str]:
    """A disk that fills up while a second plan is made (a small tmpfs; needs the right to mount)."""
    place = folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(place)], check=True)
    try:
        out = place / "out"
        run(project.with_name("older.toml"), out)
        plan = out / "plan.gpkg"
        before, faults = plan.read_bytes(), []
        shutil.rmtree(out / ".work")
        for left in (0, 64 << 10, 512 << 10, plan.stat().st_size // 2):
            free = shutil.disk_usage(place).free
            filler = place / "filler"
            filler.write_bytes(b"\0" * max(free - left - (64 << 10), 0))
            failed = run(project, out)
            if failed.returncode not in (2, 5) or "the disk is full" not in failed.stderr.lower():
                faults.append(
                    f"{left} bytes free: exit {failed.returncode}: {failed.stderr[-300:]}"
                )
            if plan.read_bytes() != before:
                faults.append(f"{left} bytes free: the old plan was changed")
            if scratch(out):
                faults.append(f"{left} bytes free: left over {scratch(out)}")
            filler.unlink()
        again = run(project, out)
        if again.returncode not in SETTLED or content(plan) != wanted:
            faults.append(f"with room again: exit {again.returncode}: {again.stderr[-300:]}")
        return faults
    finally:
        subprocess.run(["umount", str(place)], check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--districts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args(arguments)
    # A shell that starts this in the background has SIGINT ignored, and runs would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    folder.mkdir(parents=True, exist_ok=True)
    project = make(folder / "county", asked.districts)
    done = kills(project, folder, asked.kills, asked.seed)
    for kill in done:
        print(f"{kill.ending:15} after {kill.after_s:5.1f} s: exit {kill.status:4}, {kill.kept:2} kept, "
              f"{'over an older plan' if kill.over_old else 'new folder'}: {'; '.join(kill.faults) or 'ok'}")  # fmt: skip
    lost = killed_worker(project, folder / "lost", asked.districts)
    print(f"a worker killed on purpose: {'; '.join(lost) or 'ok'}")
    wanted = content(folder / "undisturbed" / "plan.gpkg")
    full = full_disk(project, folder, wanted) if os.geteuid() == 0 else ["not tried: needs root"]
    print(f"a full disk: {'; '.join(full) or 'ok'}")
    bad = [kill for kill in done if kill.faults]
    print(f"{len(done)} kills, {len(bad)} with a fault")
    return 1 if bad or lost or (full and os.geteuid() == 0) else 0


if __name__ == "__main__":
    sys.exit(main())
