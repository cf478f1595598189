"""Corrections from the field: which of them can stand.

Buildings are new, gone, moved, or counted otherwise than the plan has them. A row that cannot stand is refused with the
reason and stays on record; the others wait until the office accepts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.field.corrections import COUNTED, given, moved_to, overlapping, summed
from census_gis.field.corrections_read import MEASURES
from census_gis.language import Language, Text
from census_gis.profile import Profile
from census_gis.tables import USES, conform, names
from census_gis.tables.columns import CORRECTION_KINDS

__all__ = ["NO_BUILDING", "STANDS", "TAKEN", "Ground", "Judged", "judged"]

MOST_PERSONS = 20_000  # of one building: more is a slip of the pen
SAME_M = 0.5  # a move by less is none
POINT_M = 10.0  # side of the square drawn for a new building known by a point only
LIVED = frozenset({"residential", "mixed", "group_quarters", "unknown"})

UNKNOWN_KIND = Text(
    "kind “{kind}” is none of new, gone, moved, counts",
    "变动类型“{kind}”不属于新增、拆除、移位、人数变化",
)
NO_BUILDING = Text("building {key} is not in the plan", "方案中没有建筑物 {key}")
NAMELESS = Text("it names no building", "未写明建筑物")
NO_PLACE = Text("it has no place", "没有位置")
OUTSIDE = Text("its place is in no district of the plan", "位置不在本方案的任何普查区内")
STANDS = Text(
    "building {key} stands there already: correct its counts instead",
    "该处已有建筑物 {key}：请改报人数变化",
)
TAKEN = Text("building {key} is in the plan already", "建筑物 {key} 已在方案中")
CROSSED = Text(
    "its new place is in another district: give it as gone there and new here",
    "新位置在另一普查区：请分别按拆除和新增上报",
)
UNMOVED = Text("it is where it was", "位置没有变化")
SAME = Text("the counts are those of the plan", "与方案中的数量相同")
NO_COUNT = Text("it gives no count", "没有给出任何数量")
UNESTIMATED = Text("neither persons nor dwellings nor households are given, and its floors and outline do not tell",
                   "未给出人数、套数或户数，也无法由层数和轮廓推算")  # fmt: skip
TOO_MANY = Text("{n} persons in one building are too many", "一栋建筑 {n} 人，数量过大")
AWAY = Text(
    "more persons live elsewhere ({away}) than there are ({n})",
    "人户分离 {away} 人多于总人数 {n} 人",
)
UNSIGNED = Text("it does not say {what}", "未写明{what}")
NO_DATE = Text("the date “{text}” is no date", "日期“{text}”无法识别")
LATER = Text("its date {text} is in the future", "日期 {text} 晚于今天")
CLOSED = Text("district {code} is reported: withdraw it first", "普查区 {code} 已上报：请先退回")
AGAIN = Text(
    "the same correction is on record already (number {seq})", "同一更正已在案（第 {seq} 号）"
)
OVERRULED = Text(
    "row {row} of the same file says otherwise, later", "同一文件第 {row} 行有更晚的更正"
)
TOLD_AS = {
    "who": Text("who found it", "核查人"), "when": Text("when", "日期"), "reference": Text("by which form or message", "凭据"),
}  # fmt: skip
ESTIMATED = Text("persons estimated from {basis}", "人数按{basis}推算")
BASIS = {"dwellings": Text("dwellings", "套数"), "households": Text("households", "户数"), "space": Text("floors and outline", "层数和轮廓")}  # fmt: skip
SQUARE = Text("drawn as a square of 10 m: its outline is not known", "轮廓不明，按 10 米见方绘制")


@dataclass(frozen=True)
class Ground:
    """What corrections are held against.

    Attributes
    ----------
    districts : layer `districts`
    parts : layer `dwelling_parts`
    known : layer `corrections`
    profile : rules of the plan
    today : ISO 8601, the latest a row may say
    language : of reasons
    """

    districts: gpd.GeoDataFrame
    parts: gpd.GeoDataFrame
    known: gpd.GeoDataFrame
    profile: Profile
    today: str
    language: Language


@dataclass(frozen=True)
class Judged:
    """Rows of layer `corrections`, and number to why of those that are refused."""

    rows: gpd.GeoDataFrame
    why: Mapping[int, Text]


def judged(rows: gpd.GeoDataFrame, ground: Ground, *, file: str) -> Judged:
    """Rows of a file as rows of layer `corrections`: staged, or refused with the reason.

    Parameters
    ----------
    rows
        As `read_corrections` has them.
    ground
        The plan.
    file
        Name of the file.
    """
    court = _Court(ground)
    said = rows.drop(columns="geometry").astype(object)
    plain = said.where(said.notna(), None).assign(geometry=rows.geometry.to_numpy())
    heard = [court.case(row) for row in plain.to_dict("records")]
    later = _later([case if court.holds(case, why) else None for case, why in heard])
    first = int(ground.known["seq"].max()) + 1 if len(ground.known) else 1
    out, told = [], {}
    for at, (case, why) in enumerate(heard):
        if why is None and at in later:
            why = OVERRULED.format(row=later[at])
        out.append(
            {**(case if why is None else court.refused(case, why)), "seq": first + at, "file": file}
        )
        if why is not None:
            told[first + at] = why
    table = gpd.GeoDataFrame(
        pd.DataFrame(out, columns=names("corrections")), geometry="geometry", crs=rows.crs
    )
    return Judged(conform(table, "corrections"), told)


def _later(rows: Sequence[Mapping[str, Any] | None]) -> dict[int, int]:
    """Rows another one of the file overrules: the same building, a later date, or the same date further down.

    None is a row that says nothing that holds, and overrules no other.
    """
    out: dict[int, int] = {}
    last: dict[tuple[str, str], tuple[str, int]] = {}
    for at, row in enumerate(rows):
        if row is None or not row["building_id"]:
            continue
        # Gone and moved are about the place, counts about the people: a house may be counted anew and moved.
        about = "place" if row["kind"] in ("gone", "moved", "new") else "people"
        key, sign = (row["building_id"], about), (str(row["when"]).replace("/", "-"), at)
        if key in last:
            older, newer = sorted((last[key], sign))
            out[older[1]] = newer[1] + 1
            last[key] = newer
        else:
            last[key] = sign
    return out


class _Court:
    """Judges one row after the other against the plan and what is on record."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        parts = ground.parts[ground.parts["building_id"].astype(object).fillna("") != ""]
        self._homes = _homes(parts)
        self._tree = shapely.STRtree([home["geometry"] for home in self._homes.values()])
        self._ids = list(self._homes)
        self._codes = ground.districts["district_code"].tolist()
        self._land = shapely.STRtree(ground.districts.geometry.to_numpy())
        self._state = dict(zip(self._codes, ground.districts["state"], strict=True))
        self._known = {_sign(row): int(row["seq"]) for row in ground.known.to_dict("records")
                       if row["state"] != "refused"}  # fmt: skip
        self._rates = _rates(parts)

    def case(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], Text | None]:
        """One row of layer `corrections`, and why it cannot stand."""
        home = self._homes.get(row["building_id"] or "")
        shape = row["geometry"] if isinstance(row["geometry"], shapely.Geometry) else None
        case = {name: row.get(name) for name in names("corrections")}
        case |= {name: _whole(row.get(name)) for name in MEASURES if name != "floors"}
        case |= {
            "district_code": home["district_code"] if home else self._district(shape),
            "ea_code": home["ea_code"] if home else None,
            "persons_before": home["persons"] if home else None,
            "geometry": shape, "state": "staged", "reason": None, "decided_by": None, "decided_on": None,
        }  # fmt: skip
        if case["kind"] == "new":
            self._as_new(case)
        return case, row["fault"] or self._fault(case, home)

    def holds(self, case: Mapping[str, Any], why: Text | None) -> bool:
        """Whether what a row says is so: it can stand, or the plan or its corrections say the same already."""
        if why is None or why in (SAME, UNMOVED):
            return True
        seq = self._known.get(_sign(case))
        return seq is not None and why == AGAIN.format(seq=seq)

    def refused(self, case: Mapping[str, Any], why: Text) -> dict[str, Any]:
        """A row that cannot stand as it stays on record."""
        kind = case["kind"] if case["kind"] in CORRECTION_KINDS else "counts"
        return {**case, "kind": kind, "state": "refused", "reason": why.of(self._ground.language)}

    def _as_new(self, case: dict[str, Any]) -> None:
        """A new building with an outline, an id and persons, where these can be told."""
        told = []
        if (
            isinstance(case["geometry"], shapely.Geometry)
            and shapely.get_dimensions(case["geometry"]) < 2
        ):
            case["geometry"] = shapely.box(*_around(case["geometry"].centroid))
            told.append(SQUARE)
        if not case["building_id"] and case["geometry"] is not None:
            spot = case["geometry"].centroid
            case["building_id"] = f"N{spot.x:.0f}-{spot.y:.0f}"
        case["use"] = case["use"] or "residential"
        if case["persons"] is None and case["geometry"] is not None:
            persons, basis = self._estimated(case)
            case["persons"] = persons
            if persons is not None and basis:
                told.append(Text(*(ESTIMATED.of(half).format(basis=BASIS[basis].of(half)) for half in ("en", "zh"))))  # fmt: skip
        if told:
            case["reason"] = "; ".join(text.of(self._ground.language) for text in told)

    def _estimated(self, case: Mapping[str, Any]) -> tuple[int | None, str]:
        """Persons of a new building by its dwellings, households or space, and which; None where nothing tells."""
        if case["use"] not in LIVED:
            return 0, ""
        each, per_m2 = self._rates.get(case["district_code"], (np.nan, np.nan))
        size = float(self._ground.profile["population.persons_per_household"])
        if case["dwellings"] is not None:
            return round(case["dwellings"] * (size if np.isnan(each) else each)), "dwellings"
        if case["households"] is not None:
            return round(case["households"] * size), "households"
        floors = case["floors"]
        if floors is None or np.isnan(floors) or np.isnan(per_m2):
            return None, ""
        return round(float(shapely.area(case["geometry"])) * floors * per_m2), "space"

    def _fault(self, case: Mapping[str, Any], home: Mapping[str, Any] | None) -> Text | None:
        """Why a row cannot stand, None where it can."""
        kind, key = case["kind"], case["building_id"]
        if kind not in CORRECTION_KINDS:
            return UNKNOWN_KIND.format(kind=kind or "")
        for name, words in TOLD_AS.items():
            if not case[name]:
                return Text(UNSIGNED.en.format(what=words.en), UNSIGNED.zh.format(what=words.zh))
        late = self._date(case["when"])
        if late is not None:
            return late
        if kind != "new" and home is None:
            return NO_BUILDING.format(key=key) if key else NAMELESS
        if case["district_code"] is None:
            return NO_PLACE if case["geometry"] is None else OUTSIDE
        if self._state[case["district_code"]] == "reported":
            return CLOSED.format(code=case["district_code"])
        seq = self._known.get(_sign(case))
        if seq is not None:
            return AGAIN.format(seq=seq)
        if kind == "new":
            return self._new(case, home) or self._counts(case)
        if kind == "moved":
            return self._moved(case, home or {})
        return self._counted(case, home or {}) if kind == "counts" else None

    def _date(self, text: str) -> Text | None:
        try:
            found = date.fromisoformat(text.replace("/", "-"))
        except ValueError:
            return NO_DATE.format(text=text)
        return LATER.format(text=text) if found.isoformat() > self._ground.today else None

    def _new(self, case: Mapping[str, Any], home: Mapping[str, Any] | None) -> Text | None:
        if home is not None:
            return TAKEN.format(key=case["building_id"])
        if case["geometry"] is None:
            return NO_PLACE
        there = self._under(case["geometry"])
        if there:
            return STANDS.format(key=there)
        return UNESTIMATED if case["persons"] is None else None

    def _moved(self, case: Mapping[str, Any], home: Mapping[str, Any]) -> Text | None:
        if case["geometry"] is None:
            return NO_PLACE
        shape = moved_to(home["geometry"], case["geometry"])
        if self._district(shape) != home["district_code"]:
            return OUTSIDE if self._district(shape) is None else CROSSED
        there = self._under(shape, but=case["building_id"])
        if there:
            return STANDS.format(key=there)
        same = shapely.hausdorff_distance(shape, home["geometry"]) < SAME_M
        return UNMOVED if same else None

    def _counted(self, case: Mapping[str, Any], home: Mapping[str, Any]) -> Text | None:
        said = [name for name in (*MEASURES, "use") if given(case[name])]
        if not said:
            return NO_COUNT
        if all(_alike(case[name], home.get(name)) for name in said):
            return SAME
        return self._counts({**case, "persons": case["persons"] if given(case["persons"]) else home["persons"]})  # fmt: skip

    def _counts(self, case: Mapping[str, Any]) -> Text | None:
        n, away = case["persons"], case["persons_away"]
        if n is not None and n > MOST_PERSONS:
            return TOO_MANY.format(n=n)
        if away is not None and n is not None and away > n:
            return AWAY.format(away=away, n=n)
        if given(case["use"]) and case["use"] not in USES:
            return Text(f"use “{case['use']}” is not known", f"用途“{case['use']}”无法识别")
        return None

    def _district(self, shape: shapely.Geometry | None) -> str | None:
        """The district a place lies in."""
        if shape is None or shape.is_empty:
            return None
        found = self._land.query(shape.centroid, predicate="intersects")
        return self._codes[int(found.min())] if len(found) else None

    def _under(self, shape: shapely.Geometry, *, but: str | None = None) -> str:
        """A building that stands where a footprint would, '' for none."""
        near = [self._ids[int(at)] for at in self._tree.query(shape, predicate="intersects")]
        others = [key for key in near if key != but]
        there = overlapping(shape, [self._homes[key]["geometry"] for key in others])
        return others[there[0]] if there else ""


def _homes(parts: gpd.GeoDataFrame) -> dict[str, dict[str, Any]]:
    """Buildings of the plan by id: district, EA with most persons, counts and outline."""
    ordered = parts.sort_values(
        ["building_id", "persons", "part_id"], ascending=[True, False, True]
    )
    out: dict[str, dict[str, Any]] = {}
    for key, rows in ordered.groupby("building_id", sort=True):
        first = rows.iloc[0]
        sums = {name: summed(rows[name]) for name in (*COUNTED, "doors")}
        shape = (
            rows.geometry.iloc[0] if len(rows) == 1 else shapely.union_all(rows.geometry.to_numpy())
        )
        out[str(key)] = {
            **sums, "persons": int(sums["persons"] or 0), "district_code": first["district_code"],
            "ea_code": first["ea_code"], "floors": first["floors"], "use": first["use"], "geometry": shape,
        }  # fmt: skip
    return out


def _rates(parts: gpd.GeoDataFrame) -> dict[str, tuple[float, float]]:
    """Persons a dwelling, and persons a square metre of all floors, in each district; NaN where unknown."""
    lived = parts[parts["use"].isin(LIVED) & (parts["persons"] > 0)]
    space = shapely.area(lived.geometry.to_numpy()) * lived["floors"].fillna(1).to_numpy(float)
    frame = pd.DataFrame({
        "code": lived["district_code"].to_numpy(object), "persons": lived["persons"].to_numpy(float), "space": space,
        "dwellings": lived["dwellings"].astype("Float64").to_numpy(float, na_value=np.nan),
    })  # fmt: skip
    out = {}
    for code, rows in frame.groupby("code"):
        known = rows["dwellings"] > 0
        each = (
            rows["persons"][known].sum() / rows["dwellings"][known].sum() if known.any() else np.nan
        )
        whole = rows["space"].sum()
        out[str(code)] = (
            float(each),
            float(rows["persons"].sum() / whole) if whole > 0 else np.nan,
        )
    return out


def _around(point: shapely.Point) -> Iterable[float]:
    half = POINT_M / 2
    return point.x - half, point.y - half, point.x + half, point.y + half


def _sign(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a correction the same one."""
    shape = row["geometry"]
    place = (
        shapely.to_wkb(shape, hex=True)
        if isinstance(shape, shapely.Geometry) and row["kind"] in ("new", "moved")
        else ""
    )
    counts = tuple(None if not given(row[name]) else float(row[name]) for name in MEASURES)
    return (row["kind"], row["building_id"], row["reference"], str(row["when"]), counts, place)


def _whole(value: Any) -> int | None:
    return int(value) if given(value) else None


def _alike(one: Any, two: Any) -> bool:
    if not given(two):
        return False
    return one == two if isinstance(one, str) else float(one) == float(two)
