"""`census-gis apply`: edits by hand done to a finished plan, district by district, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from census_gis import findings
from census_gis.areas.edits import DONE
from census_gis.errors import ConfigError, InputError
from census_gis.inputs.edits import Known, place_edits, read_edits
from census_gis.inputs.layers import Ground, longitude_of
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.present.outputs import language_of
from census_gis.runner.amend import amend
from census_gis.runner.copied import is_copy, moved_parts
from census_gis.runner.district import (
    Made,
    Outcome,
    fabric_of,
    recalled,
    standing_of,
    tables_of,
)
from census_gis.runner.keeping import amend_at_work, at_work
from census_gis.runner.plan_file import changing, open_plan
from census_gis.store.log import Entry
from census_gis.store.shelf import stored_district

__all__ = ["Applied", "Change", "Order", "apply"]

RECLIPPED = ("A501", "A502")  # of `census_gis.areas.reclipped`
MOST_LOGGED = 40  # codes or edits one log entry names


@dataclass(frozen=True)
class Order:
    """Who orders the edits, why, and when (ISO 8601, UTC)."""

    by: str
    now: str
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """One edit and what became of it, in the plan's language."""

    seq: int
    district: str
    op: str
    subject: str
    done: bool
    words: str


@dataclass(frozen=True)
class Applied:
    """What a list of edits did.

    Attributes
    ----------
    changes : one for each edit and district
    persons : EA code to persons before and after, None where it did not exist; only EAs that changed
    errors : error findings in the touched districts
    districts : their codes
    noticed : what was odd about the file of edits
    """

    changes: tuple[Change, ...]
    persons: Mapping[str, tuple[int | None, int | None]]
    errors: pd.DataFrame = field(default_factory=pd.DataFrame)
    districts: tuple[str, ...] = ()
    noticed: tuple[Text, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where an edit was refused or a touched district has an error."""
        refused = any(not change.done for change in self.changes)
        return 1 if refused or len(self.errors) else 0


def apply(plan: Path, edits: Path, *, order: Order, layer: str | None = None) -> Applied:
    """Do edits to a plan. People are given out anew until they have begun; then only EAs that are new get somebody else.

    Parameters
    ----------
    plan
        plan.gpkg.
    edits
        A table of edits, or a copy of the layer `dwelling_parts` with another `ea_code` here and there.
    order
        Who, when, why; what a row of edits says itself goes before.
    layer
        Layer of the file of edits, where it has several.

    Raises
    ------
    InputError
        If a file cannot be used, a copy lacks rows or has others, or a district is reported.
    ConfigError
        If nobody is named, buildings of an approved district are to move without a reason, or another process
        is writing to the plan's folder.
    """
    with changing(plan):
        return _applied(plan, edits, order=order, layer=layer)


def _applied(plan: Path, edits: Path, *, order: Order, layer: str | None) -> Applied:
    """What `apply` does while nobody else writes to the plan."""
    tables = open_plan(plan)
    given, told = _given(edits, layer, tables, order)
    districts = tables["dwelling_parts"].set_index("part_id")["district_code"]
    buildings = tables["dwelling_parts"].set_index("building_id")["district_code"]
    placed, lost = place_edits(
        given, Known(tables["districts"], buildings.to_dict(), districts.to_dict())
    )
    language = language_of(tables)
    nowhere = [
        Change(int(case["row_key"]), "", "", "", False, case[f"message_{language}"])
        for case in lost
    ]
    codes = sorted(set(placed["district_code"].dropna()))
    _require_open(tables["districts"], placed, codes, order)
    works = [_worked(plan, code, placed, tables, day=order.now[:10]) for code in codes]
    going = [work for work in works if any(change.done for change in work.changes)]
    if going:
        outcomes, entries = zip(*((work.outcome, _entry(work, order, edits)) for work in going), strict=True)  # fmt: skip
        if at_work(tables):
            amend_at_work(plan, outcomes, entries=entries, before=tables)
        else:
            amend(plan, outcomes, entries=entries)
    changes = (*nowhere, *(change for work in works for change in work.changes))
    return Applied(
        tuple(sorted(changes, key=lambda one: (one.seq, one.district))),
        {code: pair for work in works for code, pair in work.persons.items()},
        _errors(works),
        tuple(codes),
        tuple(Text(case["message_en"], case["message_zh"]) for case in told),
    )


@dataclass(frozen=True)
class _Work:
    """One district edited, ready to be written."""

    outcome: Outcome
    record: pd.DataFrame
    changes: tuple[Change, ...]
    persons: Mapping[str, tuple[int | None, int | None]]


def _given(
    file: Path, layer: str | None, tables: Mapping[str, gpd.GeoDataFrame], order: Order
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Table EDITS from either kind of file, filled in with who and when."""
    source = Source(file, layer=layer)
    districts = tables["districts"]
    if is_copy(source):
        edits, told = moved_parts(source, tables["dwelling_parts"]), list[dict[str, Any]]()
    else:
        ground = Ground(districts.crs, longitude_of(districts))
        edits, told = read_edits(source, ground=ground)
    filled = {"who": order.by.strip(), "reason": order.reason or None, "when": order.now[:10]}
    for name, value in filled.items():
        column = edits[name].astype(object)
        edits[name] = column.where(column.notna() & (column != ""), value)
    nameless = edits["seq"][edits["who"].isna() | (edits["who"].str.strip() == "")]
    if len(nameless):
        raise ConfigError(
            Text(f"{len(nameless)} edits do not say who decided.", f"{len(nameless)} 条编辑未写明决定人。"),
            where="--by", rows=nameless,
            fix=Text('add --by "Zhang San", or fill the column who.', "请加上 --by \"张三\"，或填写 who 列。"),
        )  # fmt: skip
    return edits, told


def _require_open(
    districts: gpd.GeoDataFrame, edits: gpd.GeoDataFrame, codes: Sequence[str], order: Order
) -> None:
    """Reported districts are closed; approved ones want a reason."""
    state = dict(zip(districts["district_code"], districts["state"], strict=True))
    shut = [code for code in codes if state[code] == "reported"]
    if shut:
        raise InputError(
            Text(f"{len(shut)} districts are reported; they are not edited.", f"{len(shut)} 个普查区已上报，不能编辑。"),
            where="districts", rows=shut,
            fix=Text("withdraw them first: census-gis sign PLAN.gpkg approved --by WHO --reason WHY.",
                     "请先退回：census-gis sign PLAN.gpkg approved --by 姓名 --reason 原因。"),
        )  # fmt: skip
    approved = [code for code in codes if state[code] == "approved"]
    bare = edits[edits["district_code"].isin(approved) & edits["reason"].isna()]
    if len(bare) and not order.reason.strip():
        raise ConfigError(
            Text(f"{len(approved)} districts are approved; edits to them need a reason.",
                 f"{len(approved)} 个普查区已批准，编辑必须写明原因。"),
            where="--reason", rows=approved,
            fix=Text('add --reason "…", or fill the column reason.', "请加上 --reason \"…\"，或填写 reason 列。"),
        )  # fmt: skip


def _worked(
    plan: Path, code: str, edits: gpd.GeoDataFrame, tables: Mapping[str, gpd.GeoDataFrame], *, day: str
) -> _Work:  # fmt: skip
    """One district: recalled, edited, drawn and audited."""
    rows = gpd.GeoDataFrame(edits[edits["district_code"] == code].reset_index(drop=True))
    standing = standing_of(tables, code, day=day, orders=rows)
    standing = replace(standing, told=tables["findings"])
    district = replace(stored_district(plan, code), edits=rows)
    language = language_of(tables)
    made = recalled(standing, fabric_of(district, standing), language)
    outcome = Outcome(code, _flagged(tables_of(made, language), tables["findings"], code))
    return _Work(
        outcome, made.record, _changes(rows, made, code),
        _persons(standing.ground.areas, outcome.tables["enumeration_areas"]),
    )  # fmt: skip


def _flagged(
    made: dict[str, pd.DataFrame], before: pd.DataFrame, code: str
) -> dict[str, pd.DataFrame]:
    """The new tables, and what an earlier run said of EAs on changed ground: that stands until somebody has looked."""
    found, areas = made["findings"], set(made["enumeration_areas"]["ea_code"])
    known = set(zip(found["code"], found["row_key"], strict=True))
    rows = [
        findings.in_both(row)
        for row in before[before["code"].isin(RECLIPPED)].to_dict("records")
        if row["row_key"] in areas
        and row["row_key"].startswith(code)
        and (row["code"], row["row_key"]) not in known
    ]
    if not rows:
        return made
    every = [*found.to_dict("records"), *rows]
    return {**made, "findings": findings.frame(every, found.crs)}


def _errors(works: Sequence[_Work]) -> pd.DataFrame:
    """Error findings of the districts that were worked on."""
    found = [work.outcome.tables["findings"] for work in works]
    every = pd.concat(found, ignore_index=True) if found else findings.frame([], None)
    return pd.DataFrame(every[every["severity"] == "error"].drop(columns="geometry"))


def _changes(rows: pd.DataFrame, made: Made, code: str) -> tuple[Change, ...]:
    """Each edit in words."""
    found = []
    given = rows.sort_values("seq", kind="stable").to_dict("records")
    for row, outcome, words in zip(given, made.record["outcome"], made.words, strict=True):
        subject = " ".join(
            str(row[name]) for name in ("part_id", "building_id", "ea_code") if isinstance(row[name], str) and row[name]
        )  # fmt: skip
        found.append(Change(int(row["seq"]), code, row["op"], subject, outcome == DONE, words))
    return tuple(found)


def _persons(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, tuple[int | None, int | None]]:
    """EAs whose persons changed, or that came or went."""
    was = dict(zip(before["ea_code"], before["persons"], strict=True))
    now = dict(zip(after["ea_code"], after["persons"], strict=True))
    pairs = {code: (was.get(code), now.get(code)) for code in sorted({*was, *now})}
    return {
        code: (None if a is None else int(a), None if b is None else int(b))
        for code, (a, b) in pairs.items()
        if a != b
    }


def _entry(work: _Work, order: Order, file: Path) -> Entry:
    """The act as the log keeps it."""
    done = [change for change in work.changes if change.done]
    refused = [change for change in work.changes if not change.done]
    told = [f"{change.op} {change.subject}" for change in done]
    more = f" … +{len(told) - MOST_LOGGED}" if len(told) > MOST_LOGGED else ""
    pairs = list(work.persons.items())[:MOST_LOGGED]
    return Entry(
        order.now, order.by.strip() or ", ".join(sorted(set(work.record["who"]))), "apply",
        f"{work.outcome.code}: {'; '.join(told[:MOST_LOGGED])}{more} (refused: {len(refused)}; file: {file.name})",
        ", ".join(f"{code}={pair[0]}" for code, pair in pairs if pair[0] is not None),
        ", ".join(f"{code}={pair[1]}" for code, pair in pairs if pair[1] is not None),
        order.reason.strip() or "; ".join(sorted(set(work.record["reason"].dropna()))),
    )  # fmt: skip
