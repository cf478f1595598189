"""The main job, step by step: inputs, population, fabric, plan, staff, maps, web, report."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis import findings
from census_gis.config import ProjectConfig, load_config
from census_gis.errors import ConfigError, InfeasibleError
from census_gis.fabric import mesh
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.model import Inputs
from census_gis.partitioning import solve
from census_gis.present.quality import faulty
from census_gis.runner import pool
from census_gis.runner.assemble import Assembled, assemble
from census_gis.runner.cluster import Cluster, cluster_at
from census_gis.runner.code_meaning import with_codes_told
from census_gis.runner.district import Outcome
from census_gis.runner.jobs import Desk, Job, lost, planned
from census_gis.runner.pages import PAGES, Pages
from census_gis.runner.parcels import afar
from census_gis.runner.progress import Progress, Silent
from census_gis.runner.provenance import Ledger
from census_gis.runner.standing import refuse_frozen, refuse_lost, standings
from census_gis.runner.wishes import proofs_in, side_by_side, wishes_of
from census_gis.store.blank import srs_id_of
from census_gis.store.geopackage import old_log, read_tables
from census_gis.store.lock import writing
from census_gis.store.log import Entry

__all__ = ["STEPS", "Options", "RunResult", "run_project"]

# Where there is so much to read that workers begin and prepare themselves in less time [bytes].
MUCH = 16_000_000

STEPS = ("inputs", "population", "fabric", "plan", "staff", "maps", "web", "report")
TITLES = {
    "inputs": Text("reading inputs", "读取输入"),
    "population": Text("estimating population", "推算人口"),
    "plan": Text("planning districts", "划分普查小区"),
    "store": Text("writing the plan", "写入方案"),
}


@dataclass(frozen=True)
class Options:
    """How to run: where results go, how far, over how many processes, and which map books.

    `prove` says of each district how good its plan is; `areas` asks for exactly so many EAs in some districts;
    `scheduler` is the address of a Dask cluster that plans the districts ("": processes of this machine).
    """

    out: str | Path | None = None
    until: str = "report"
    workers: int | None = None
    fresh: bool = False
    districts: tuple[str, ...] = ()
    books: tuple[str, ...] | None = None
    prove: bool = False
    areas: Mapping[str, int] = field(default_factory=dict)
    scheduler: str = ""


@dataclass(frozen=True)
class RunResult:
    """Where a run ended: exit status (contract, section 2), folder of the results, key figures.

    `failures` says for each district that could not be planned why; `traces` where, if it was our defect.
    """

    exit_code: int
    output: Path
    figures: Mapping[str, Any]
    findings: pd.DataFrame
    failures: Mapping[str, Text] = field(default_factory=dict)
    traces: Mapping[str, str] = field(default_factory=dict)


def run_project(
    project: str | Path,
    *,
    now: str,
    options: Options | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run a project file up to a step.

    Parameters
    ----------
    project
        Project file (contract, section 3).
    now
        Time of the run, ISO 8601 in UTC, for the log; nothing else depends on it.
    options
        See `Options`.
    progress
        Listener.

    Raises
    ------
    CensusGISError
        If inputs, project file or rules cannot be used; nothing is written then.
    """
    options, progress = options or Options(), progress or Silent()
    if options.until not in STEPS:
        raise ConfigError(
            Text(f"there is no step '{options.until}'.", f"没有步骤“{options.until}”。"),
            where="--until", fix=Text(f"use one of {', '.join(STEPS)}.", f"请用 {'、'.join(STEPS)} 之一。"),
        )  # fmt: skip
    config = load_config(project, out=options.out)
    return _Run(config, options, progress, now).go()


class _Run:
    """One run: what its steps share."""

    def __init__(
        self, config: ProjectConfig, options: Options, progress: Progress, now: str
    ) -> None:
        self.config, self.options, self.progress, self.now = config, options, progress, now
        self.ledger = Ledger()
        self.workers = options.workers or pool.cores()
        self.last = STEPS.index(options.until)
        self.books: Mapping[str, Any] = {}
        self.plan = config.output / "plan.gpkg"
        self.told = 0
        self.cluster: Cluster | None = None
        self.team: pool.Team | None = None

    def go(self) -> RunResult:
        _writable(self.config.output)
        if not self.options.scheduler or self.last < STEPS.index("fabric"):
            with self._team() as self.team:
                return self._done()
        with cluster_at(self.options.scheduler) as self.cluster:  # better known before the work
            return self._done()

    def _team(self) -> AbstractContextManager[pool.Team | None]:
        """Workers that begin while a large project is read."""
        if self.workers == 1 or self.last < STEPS.index("fabric") or self._bytes() < MUCH:
            return nullcontext()
        return pool.ready(self.workers, prepared)

    def _bytes(self) -> int:
        """Size of the files of districts and buildings: folders and files that are not there count as nothing."""
        files = {
            source.file for key in ("districts", "buildings")
            for source in _listed(self.config.sources.get(key, ()))
        }  # fmt: skip
        return sum(file.stat().st_size for file in files if file.is_file())

    def _done(self) -> RunResult:
        inputs = self._inputs()
        if self.last < STEPS.index("fabric"):
            worst = findings.worst(inputs.findings)
            return self._ended(1 if worst == "error" else 0, {}, inputs.findings)
        with writing(self.config.output):
            return self._planned_and_shown(inputs)

    def _planned_and_shown(self, inputs: Inputs) -> RunResult:
        # That a plan cannot be replaced is better known before the work than after.
        old_log(self.plan)
        inputs = with_codes_told(inputs, self.plan)
        outcomes = self._districts(inputs)
        nowhere = [o.error for o in outcomes if isinstance(o.error, InfeasibleError)]
        if nowhere and len(nowhere) == len(outcomes):
            raise nowhere[0]  # rules that hold in no district make no plan
        failed = {o.code: o.failure for o in outcomes if o.failure is not None}
        traces = {o.code: o.trace for o in outcomes if o.trace}
        if outcomes and len(failed) == len(outcomes):  # nothing to keep: the old plan stays
            ended = self._ended(5, {}, inputs.findings)
            return replace(ended, failures=failed, traces=traces)
        made = self._store(inputs, outcomes)
        self._presented(inputs)
        broken = findings.worst(made.found) == "error" or faulty(self.books)
        ended = self._ended(5 if failed else 1 if broken else 0, made.figures, made.found)
        return replace(ended, failures=failed, traces=traces)

    def _inputs(self) -> Inputs:
        with self.ledger.step("inputs"):
            self.progress.step(TITLES["inputs"], 0)
            beside = partial if self.team is None else self.team.beside
            inputs = read_inputs(self.config.sources, self.config.settings, beside=beside)
            self.progress.done()
        if self.last >= STEPS.index("population"):
            with self.ledger.step("population"):
                self.progress.step(TITLES["population"], 0)
                inputs = estimate_population(inputs)
                self.progress.done()
        return inputs

    def _districts(self, inputs: Inputs) -> list[Outcome]:
        """Plan every district; what was planned before from the same content is taken as it is.

        Where districts are asked for, these are planned again and the others stay as they are.
        """
        asked = _asked(inputs, self.options.districts)
        every = list(inputs.districts["district_code"])
        known = standings(self.plan)
        refuse_lost(known, every)
        refuse_frozen(known, every if self.options.fresh and not asked else sorted(asked))
        wishes = wishes_of(self.options.areas, known, every, again=asked, prove=self.options.prove)
        chosen = [code for code in every if code in asked] if asked else every
        work = self.config.output / ".work"
        work.mkdir(parents=True, exist_ok=True)
        desk = Desk(
            work, inputs, self.plan, known, srs_id=srs_id_of(inputs.crs, work), day=self.now[:10],
            wishes=side_by_side(wishes, chosen, cores=1 if self.cluster else self.workers),
        )  # fmt: skip
        desk.clean(fresh=self.options.fresh and not asked)
        if asked:
            desk.left([code for code in every if code not in asked])
        again = asked or (frozenset(every) if self.options.fresh else frozenset())
        with self.ledger.step("plan"):
            self.progress.step(TITLES["plan"], len(chosen) + len(desk.ready))
            try:
                jobs = desk.jobs(chosen, again=again)
                outcomes = list(self._planned(desk, jobs, most=len(chosen)))
            finally:
                desk.sweep()
            self.progress.done()
        outcomes = [desk.fallen_back(outcome) for outcome in outcomes] + desk.ready
        desk.tidy(outcomes)
        return outcomes

    def _planned(self, desk: Desk, jobs: Iterator[Job], *, most: int) -> Iterator[Outcome]:
        """Outcomes as they come; kernels are compiled before the first, where there is one."""
        first = next(jobs, None)
        self._tell(desk)
        if first is None:
            return
        for outcome in self._worked(chain([first], jobs), most):
            desk.done(outcome.code)
            self.progress.advance(outcome.code)
            self._tell(desk)
            yield outcome
        self._tell(desk)

    def _worked(self, jobs: Iterator[Job], most: int) -> Iterator[Outcome]:
        """By processes of this machine, or by a cluster."""
        if self.cluster is not None:
            return afar(self.cluster, jobs, total=most)
        if self.team is None:
            prepared()
        return pool.each(planned, jobs, workers=self.workers, lost=lost, team=self.team)

    def _tell(self, desk: Desk) -> None:
        """Progress of districts that were ready."""
        for outcome in desk.ready[self.told :]:
            self.progress.advance(outcome.code)
        self.told = len(desk.ready)

    def _store(self, inputs: Inputs, outcomes: Sequence[Outcome]) -> Assembled:
        with self.ledger.step("store"):
            self.progress.step(TITLES["store"], 0)
            kept = sum(outcome.file is not None for outcome in outcomes)
            entry = Entry(time=self.now, actor="census-gis run", operation="run",
                          parameters=self._parameters(),
                          after=f"{kept} districts")  # fmt: skip
            made = assemble(
                self.plan, inputs, outcomes, self.config, entry=entry,
                staffing=self.workers if self.last >= STEPS.index("staff") else None,
            )  # fmt: skip
            self.progress.done()
        return made

    def _parameters(self) -> str:
        """What the log keeps of how it was run."""
        said = [f"until={self.options.until}", f"seed={self.config.settings.seed}"]
        said += ["prove"] * self.options.prove
        said += [f"areas={code}={count}" for code, count in sorted(self.options.areas.items())]
        return " ".join(said)

    def _presented(self, inputs: Inputs) -> None:
        wanted = [kind for kind in PAGES if self.last >= STEPS.index(kind)]
        if not wanted:
            return
        pages = Pages(
            self.plan, read_tables(self.plan), inputs.profile, made_on=self.now[:10],
            workers=self.workers, progress=self.progress,
        )  # fmt: skip
        for kind in wanted:
            with self.ledger.step(kind):
                pages.make(kind, books=self.options.books)
        self.books = pages.books

    def _ended(self, code: int, figures: Mapping[str, Any], found: pd.DataFrame) -> RunResult:
        self.config.output.mkdir(parents=True, exist_ok=True)
        whole = {**figures, "books": self.books, "proofs": proofs_in(found)}
        if self.options.areas:
            whole["areas_asked_for"] = dict(sorted(self.options.areas.items()))
        if figures or not self.plan.exists():  # else it tells of the plan that stays as it is
            self.ledger.write(
                self.config.output / "run.json", self.config, now=self.now, figures=whole
            )
        return RunResult(code, self.config.output, whole, found)


def prepared() -> None:
    """Compile kernels, or load what was compiled before."""
    mesh.warm()
    solve.warm()


def _listed(sources: Source | Sequence[Source]) -> Sequence[Source]:
    return [sources] if isinstance(sources, Source) else sources


def _writable(output: Path) -> None:
    """Refuse a folder of results that cannot be written before work is put into it."""
    folder = next(place for place in (output, *output.parents) if place.exists())
    plan = output / "plan.gpkg"
    if not folder.is_dir():
        what = Text(f"'{folder}' is a file, not a folder.", f"“{folder}”是文件，不是文件夹。")
    elif plan.is_dir():
        what = Text("'plan.gpkg' is a folder.", "“plan.gpkg”是文件夹。")
    elif not os.access(folder, os.W_OK | os.X_OK):
        what = Text("this folder may not be written to.", "没有写入该文件夹的权限。")
    else:
        return
    raise ConfigError(
        what, where=str(output),
        fix=Text("name another folder: output in the project file, or --out.",
                 "请另行指定文件夹：项目文件中的 output，或 --out。"),
    )  # fmt: skip


def _asked(inputs: Inputs, asked: Sequence[str]) -> frozenset[str]:
    """The districts asked for, once they are known to exist."""
    strange = sorted(set(asked) - set(inputs.districts["district_code"]))
    if strange:
        raise ConfigError(
            Text(f"there is no district {strange[0]}.", f"没有普查区 {strange[0]}。"),
            where="--districts",
            fix=Text("use codes of the districts layer.", "请使用普查区图层中的代码。"),
        )  # fmt: skip
    return frozenset(asked)
