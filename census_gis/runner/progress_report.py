"""`census-gis progress`: reports are taken in, the bulletin and the dashboard are written, people are given out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.field.events import Known, Taken, appended, fold, read_events
from census_gis.field.progress import daily, expected_of, progress_of, summed
from census_gis.field.progress_calendar import checklist, milestones, stage_days, stage_on
from census_gis.field.replan import CHOICES, Choice, Replanned, four_ways
from census_gis.field.replan_tables import assigned, departed, field_of, holders_of
from census_gis.field.staffing import UNSTAFFED, needed
from census_gis.language import Language, Text
from census_gis.present.bulletin import Bulletin, write_bulletin
from census_gis.present.dashboard import write_dashboard
from census_gis.present.outputs import language_of
from census_gis.profile import Profile, nearest
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.progress_replan import led_by, write_people
from census_gis.runner.recheck import profile_of
from census_gis.store.geopackage import revise
from census_gis.store.log import Entry
from census_gis.tables.columns import STAGES

__all__ = ["Asked", "Ways", "Worked", "report_progress"]

DASHBOARD = "dashboard.html"
MOST_LOGGED = 40  # EAs an entry of the log names


@dataclass(frozen=True)
class Asked:
    """What is asked of a report.

    Attributes
    ----------
    now : ISO 8601, UTC
    by : who
    day : of the report, '' for today
    stage : of it, '' for the one of the day
    dropped : people who have left
    choice : key of `CHOICES`, '' to be shown all four and change nothing
    language : of the bulletin, None for the plan's
    """

    now: str
    by: str = ""
    day: str = ""
    stage: str = ""
    dropped: tuple[str, ...] = ()
    choice: str = ""
    language: Language | None = None


@dataclass(frozen=True)
class Ways:
    """Four ways to give out the work again, and what was chosen (None: nothing yet)."""

    ways: tuple[Replanned, ...]
    chosen: Choice | None
    changed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Worked:
    """What a report came to."""

    bulletin: Bulletin
    taken: int
    known: int
    refused: tuple[tuple[int, Text], ...]
    files: tuple[Path, ...]
    ways: Ways | None = None
    unstaffed: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where rows were refused or an EA that is not finished has nobody."""
        return 1 if self.refused or self.unstaffed else 0


def report_progress(plan: Path, file: Path | None, *, asked: Asked) -> Worked:
    """Take in reports, write the bulletin and the dashboard to the plan's folder ``report``.

    Parameters
    ----------
    plan
        plan.gpkg.
    file
        Reports; None makes the bulletin from what is known.
    asked
        Day, stage, drop-outs.

    Raises
    ------
    InputError
        If a file cannot be used; nothing is changed then.
    ConfigError
        If a day, stage, person or choice is unknown, or a rule of the calendar is no date.
    """
    with changing(plan):
        tables = open_plan(plan)
        profile = profile_of(tables["settings"])
        day = _day(asked)
        _require(asked, tables)
        taken = Taken(tables["events"].iloc[:0], ())
        if file is not None:
            taken = read_events(file, _known(tables, profile, asked))
        events = appended(tables["events"], taken.rows) if len(taken.rows) else tables["events"]
        new = len(events) - len(tables["events"])
        tables = {**tables, "events": events}
        stage = asked.stage or stage_on(profile, day, reported=events["stage"])
        ways, given = _replanned(tables, profile, asked, stage=stage, day=day)
        entries = _entries(asked, file, new, taken, ways)
        if entries:
            with revise(plan, entries=entries) as copy:
                copy.put("events", events)
                if given is not None:
                    areas = copy.frame("enumeration_areas")
                    write_people(copy, areas, staff=given.staff, who=given.who, leaders=given.leaders,
                                 why=tables["assignments"].set_index("ea_code"))  # fmt: skip
            tables = open_plan(plan)
        bulletin = _bulletin(
            tables, profile, day=day, stage=stage, language=asked.language or language_of(tables)
        )
        folder = plan.parent / "report"
        files = write_bulletin(bulletin, folder)
        write_dashboard(bulletin, tables["enumeration_areas"], folder / DASHBOARD)
    return Worked(
        bulletin, new, len(taken.rows) - new, taken.refused, (*files, folder / DASHBOARD), ways,
        _nobody(tables, bulletin.areas),
    )  # fmt: skip


def _day(asked: Asked) -> str:
    if not asked.day:
        return asked.now[:10]
    found = pd.to_datetime(asked.day, format="%Y-%m-%d", errors="coerce")
    if pd.isna(found):
        raise ConfigError(
            Text(f"“{asked.day}” is no date.", f"“{asked.day}”不是日期。"), where="--day",
            fix=Text("write it as 2020-11-05.", "请写成 2020-11-05 的形式。"),
        )  # fmt: skip
    return str(found.date().isoformat())


def _require(asked: Asked, tables: Mapping[str, pd.DataFrame]) -> None:
    """Options that name something name something that is there."""
    people = tables["staff"]["staff_id"].tolist()
    if asked.choice and not people:
        raise ConfigError(
            Text("the plan has no people to give the work to.", "方案中没有人员，无法重新安排。"), where="--choose",
            fix=Text("make staff first: census-gis staff PLAN.gpkg.", "请先安排人员：census-gis staff PLAN.gpkg。"),
        )  # fmt: skip
    strange = [who for who in asked.dropped if who not in set(people)]
    if strange:
        near = nearest(strange[0], people) if people else ""
        raise ConfigError(
            Text(f"nobody has the number {strange[0]}.", f"没有编号为 {strange[0]} 的人员。"), where="--drop", rows=strange,
            fix=Text(f"the nearest number is {near}." if near else "make staff first: census-gis staff PLAN.gpkg.",
                     f"最接近的编号是 {near}。" if near else "请先安排人员：census-gis staff PLAN.gpkg。"),
        )  # fmt: skip
    keys = [choice.key for choice in CHOICES]
    for option, word, known in (
        ("--choose", asked.choice, keys),
        ("--stage", asked.stage, list(STAGES)),
    ):
        if word and word not in known:
            raise ConfigError(
                Text(f"there is no {word}.", f"没有“{word}”。"), where=option,
                fix=Text(f"use one of {', '.join(known)} (nearest: {nearest(word, known)}).",
                         f"请用 {'、'.join(known)} 之一（最接近：{nearest(word, known)}）。"),
            )  # fmt: skip
    if asked.choice and not asked.by.strip():
        raise ConfigError(
            Text("nobody is named who decides.", "未写明由谁决定。"), where="--by",
            fix=Text('add --by "Zhang San".', '请加上 --by "张三"。'),
        )  # fmt: skip


def _known(tables: Mapping[str, pd.DataFrame], profile: Profile, asked: Asked) -> Known:
    stages = [(key, *stage_days(profile, key)) for key in STAGES]
    return Known(frozenset(tables["enumeration_areas"]["ea_code"]), frozenset(tables["staff"]["staff_id"]), stages, asked.now)  # fmt: skip


def _state(
    tables: Mapping[str, pd.DataFrame], profile: Profile, stage: str, day: str
) -> pd.DataFrame:
    """`progress_of` a stage."""
    areas = tables["enumeration_areas"]
    areas = areas[needed(areas)]
    state = fold(tables["events"], expected_of(areas, profile), stage=stage, day=day)
    return progress_of(state, areas, day=day, stage=stage_days(profile, stage))


@dataclass(frozen=True)
class _Given:
    """Layer `staff`, and EA code to enumerator and to supervisor, after a choice."""

    staff: pd.DataFrame
    who: Mapping[str, str]
    leaders: Mapping[str, Any]


def _replanned(
    tables: Mapping[str, pd.DataFrame], profile: Profile, asked: Asked, *, stage: str, day: str
) -> tuple[Ways | None, _Given | None]:
    """The four ways where people have left or an EA has nobody, and who has what by the chosen one."""
    if not (asked.dropped or asked.choice):
        return None, None
    areas = tables["enumeration_areas"]
    holders = holders_of(areas)
    state = _state(tables, profile, stage, day)
    begun, finished = (
        state.loc[state["status"] == one, "ea_code"] for one in ("begun", "finished")
    )
    ground = field_of(tables, profile, holders=holders, gone=asked.dropped, begun=begun, finished=finished)  # fmt: skip
    ways = four_ways(ground.work, ground.people, ground.terms, holding=ground.holding)
    if not asked.choice:
        return Ways(ways, None, {}), None
    way = next(one for one in ways if one.choice.key == asked.choice)
    now = assigned(ground, way.person)
    changed = {code: (holders.get(code, UNSTAFFED), who) for code, who in sorted(now.items())
               if holders.get(code, UNSTAFFED) != who}  # fmt: skip
    who = {**dict(zip(areas["ea_code"], areas["enumerator"], strict=True)), **now}
    staff = departed(tables["staff"], asked.dropped)
    return Ways(ways, way.choice, changed), _Given(staff, who, led_by(areas, asked.dropped, staff))


def _entries(
    asked: Asked, file: Path | None, new: int, taken: Taken, ways: Ways | None
) -> list[Entry]:
    """The acts to log: reports taken in, people given out again; none where nothing changes."""
    out = []
    by = asked.by.strip() or "census-gis progress"
    if new:
        name = file.name if file else ""
        out.append(
            Entry(
                asked.now,
                by,
                "progress",
                f"{new} reports, refused {len(taken.refused)} (file: {name})",
            )
        )
    if ways is not None and ways.chosen is not None:
        codes = list(ways.changed)
        had, told = (
            [f"{code}={ways.changed[code][nth]}" for code in codes[:MOST_LOGGED]] for nth in (0, 1)
        )
        out.append(Entry(
            asked.now, by, "staff", f"dropped {', '.join(asked.dropped) or '-'}; choice {ways.chosen.key}; {len(codes)} EAs",
            ", ".join(had), ", ".join(told),
        ))  # fmt: skip
    return out


def _bulletin(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, day: str, stage: str, language: Language
) -> Bulletin:  # fmt: skip
    states: dict[str, pd.DataFrame] = {
        one: _state(tables, profile, one, day)
        for one in sorted({*tables["events"]["stage"], stage})
    }
    areas, asked = states[stage], tables["enumeration_areas"]
    named = tables["districts"].set_index("district_code")["name"]
    districts = summed(areas, "district_code")
    districts.insert(1, "name", [named.get(code, "") for code in districts["district_code"]])
    finished = {one: _share(state["status"] == "finished") for one, state in states.items()}
    stones = milestones(
        profile,
        day=day,
        finished=finished,
        reported=_share(tables["districts"]["state"] == "reported"),
    )
    expected = expected_of(asked[needed(asked)], profile)
    return Bulletin(
        str(tables["settings"].set_index("key")["value"]["project.name"]), language, day, stage,
        summed(areas, ""), districts, summed(areas, "supervisor"), areas, stones,
        checklist(tables, states), daily(tables["events"], expected, stage=stage, day=day),
    )  # fmt: skip


def _share(hit: pd.Series) -> float:
    return float(hit.mean()) if len(hit) else 0.0


def _nobody(tables: Mapping[str, pd.DataFrame], progress: pd.DataFrame) -> tuple[str, ...]:
    """EAs that are not finished and have nobody, in a plan with people."""
    if not len(tables["staff"]):
        return ()
    left = progress[progress["status"] != "finished"]
    return tuple(sorted(set(left["ea_code"]) - holders_of(left).keys()))
