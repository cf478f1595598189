"""From a project to one job a district: what is kept already, what stands, what has to be planned.

A worker gets paths and a code, never frames: it reads the packed district, plans it, keeps the outcome in a file
and returns a few words.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from census_gis.language import Language, Text
from census_gis.model import Inputs
from census_gis.runner.district import (
    Outcome,
    StandsIn,
    Wish,
    digest,
    layers,
    run_district,
    standing_of,
)
from census_gis.runner.packer import Packer, found_on_the_spot
from census_gis.runner.standing import ROWS, Standing, rows_digest
from census_gis.store.geopackage import read_tables
from census_gis.store.packing import unpack
from census_gis.store.shelf import LEFT, keep_whole, read_seconds, sha256, shelve, whole

__all__ = ["Desk", "Job", "lost", "planned", "planned_from", "standing_in"]

LOST = Text("its worker process was killed (memory?)", "工作进程被终止（内存不足？）")
SUFFIX = ".sqlite"


@dataclass(frozen=True)
class Job:
    """One district to plan: the file it is packed in, where the outcome goes, the plan it stands in.

    The packed file stays until the outcome is in: a job is done again where its worker was killed.
    """

    code: str
    packed: Path
    target: Path
    language: Language
    srs_id: int
    standing: Path | None = None
    day: str = ""
    wish: Wish = field(default_factory=Wish)


class Desk:
    """The folder of work: what was kept there, and what is to be done.

    Parameters
    ----------
    folder
        OUTPUT/.work.
    inputs
        The project, after population.
    plan
        The plan there is, or is to be.
    known
        Its districts.
    srs_id
        Number of the reference system in plans.
    day
        Date of the run, ISO 8601.
    wishes
        What was asked of the division of single districts, under "" of all others.
    """

    def __init__(
        self, folder: Path, inputs: Inputs, plan: Path, known: dict[str, Standing], *,
        srs_id: int, day: str, wishes: Mapping[str, Wish],
    ) -> None:  # fmt: skip
        self._folder, self._inputs, self._plan, self._known = folder, inputs, plan, known
        self._srs_id, self._day, self._wishes = srs_id, day, wishes
        self._packed: dict[str, Path] = {}
        self.ready: list[Outcome] = []

    def clean(self, *, fresh: bool) -> None:
        """Remove what a killed run left half-written, and all that is kept where that is asked for."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.sweep()
        for old in self._folder.iterdir():
            if old.is_dir():  # an earlier version kept folders
                shutil.rmtree(old, ignore_errors=True)
            elif fresh and old.suffix == SUFFIX:
                old.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what was only on its way."""
        for left in [*self._folder.glob(LEFT), *self._folder.glob("*.packed")]:
            left.unlink(missing_ok=True)

    def jobs(self, codes: Sequence[str], *, again: frozenset[str]) -> Iterator[Job]:
        """Districts that have to be planned, packed one after the other; the others go to `ready`."""
        packer = Packer(self._inputs, found_on_the_spot(self._plan))
        for code in codes:
            packed = packer.packed(code)
            known = self._known.get(code)
            stays = known is not None and known.stays and code not in again
            if known is not None and stays and known.digest == sha256(packed):
                self.ready.append(Outcome(code, file=self._plan))
                continue
            mark = rows_digest(self._plan, code) if stays else b""
            wish = self._wishes.get(code, self._wishes[""])
            target, *others = [
                self._folder / f"{_plain(code)}-{self._name(packed, mark, each)}{SUFFIX}"
                for each in _answers(wish)
            ]
            kept = [file for file in (target, *others) if file.is_file() and whole(file)]
            if code not in again and kept:
                self.ready.append(Outcome(code, seconds=read_seconds(kept[0]), file=kept[0]))
                continue
            given = target.with_suffix(".packed")
            keep_whole(given, packed)
            self._packed[code] = given
            yield Job(
                code, given, target, self._inputs.language, self._srs_id,
                standing=self._plan if stays else None, day=self._day, wish=wish,
            )  # fmt: skip

    def _name(self, packed: bytes, mark: bytes, wish: Wish) -> str:
        """What names the outcome of a district among others of the same code."""
        return digest(packed, self._inputs.language, standing=mark, wish=wish)[:16]

    def done(self, code: str) -> None:
        """The outcome of a district is in: what it was packed in is of no more use."""
        self._packed.pop(code).unlink(missing_ok=True)

    def left(self, codes: Sequence[str]) -> None:
        """Districts that are not asked for join `ready` as they stand, where the plan holds them."""
        self.ready += [Outcome(code, file=self._plan) for code in codes if code in self._known]

    def fallen_back(self, outcome: Outcome) -> Outcome:
        """A district that people have signed or edited keeps its rows where it could not be re-clipped."""
        known = self._known.get(outcome.code)
        if outcome.failure is None or known is None or not known.stays:
            return outcome
        return replace(outcome, file=self._plan)

    def tidy(self, outcomes: Sequence[Outcome]) -> None:
        """Remove what was kept of contents that are no more."""
        live = {outcome.file for outcome in outcomes if outcome.file is not None}
        codes = {_plain(outcome.code) for outcome in outcomes if outcome.file is not None}
        for file in self._folder.glob(f"*{SUFFIX}"):
            if file not in live and file.name.rsplit("-", 1)[0] in codes:
                file.unlink(missing_ok=True)


def _answers(wish: Wish) -> list[Wish]:
    """Wishes whose outcome answers one: a plan that was proven as well is done for who asks for no proof."""
    return [wish] if wish.prove else [wish, replace(wish, prove=True)]


def planned(job: Job) -> Outcome:
    """One district in a worker: planned, and kept unless it failed."""
    return planned_from(job, job.packed.read_bytes(), standing_in(job))


def planned_from(job: Job, packed: bytes, standing: StandsIn | None) -> Outcome:
    """The same with all that is read in hand: the packed district, and what it stands in."""
    district = unpack(packed)
    outcome = run_district(district, language=job.language, standing=standing, wish=job.wish)
    if outcome.failure is not None:
        return outcome
    tables = layers(outcome, crs=district.crs, language=job.language)
    shelve(
        job.target, tables, district=(job.code, packed), seconds=outcome.seconds, srs_id=job.srs_id
    )
    return Outcome(job.code, seconds=outcome.seconds, file=job.target)


def lost(job: Job) -> Outcome:
    """The outcome of a district whose worker was killed twice."""
    return Outcome(job.code, failure=LOST)


def standing_in(job: Job) -> StandsIn | None:
    """The EAs a district stands in, as its plan holds them."""
    if job.standing is None:
        return None
    quoted = job.code.replace("'", "''")
    rows = read_tables(job.standing, ROWS, where=f"district_code = '{quoted}'")
    return standing_of(rows, job.code, day=job.day)


def _plain(code: str) -> str:
    """A code as part of a file name: codes are data, and no data names a folder."""
    return re.sub(r"[^0-9A-Za-z]", "_", code)
