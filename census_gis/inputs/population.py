"""People are placed in buildings: own counts stay, the rest of each total goes to dwellings, exactly.

The order is the contract's (3.1): a building's own count; the district's control total; a share of the
project's total; the profile's density. Whole numbers come from a running total along a Hilbert curve, so any run
of neighbours is within one person of its share, and the order of rows does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import findings
from census_gis.findings import Kind
from census_gis.inputs.allocate import allocate
from census_gis.inputs.control import Stock, share_total
from census_gis.inputs.dwellings import dwelling_weights, own_counts, space_m2
from census_gis.inputs.floors import fill_floors
from census_gis.inputs.hilbert import hilbert_order
from census_gis.language import Text
from census_gis.model import District, Inputs
from census_gis.profile import Profile

__all__ = ["control_totals", "estimate_district", "estimate_population", "review_district"]

COUNTS = ("persons", "persons_away", "households")

NO_TOTAL = Kind(
    "P511", "warning",
    Text("no control total: {n} persons come from dwelling space times the profile's density.",
         "无控制总数：按居住面积乘以规则密度估计为 {n} 人。"),
    Text("give the district its persons.", "请填写该普查区的人数。"),
)  # fmt: skip
EXCEEDS = Kind(
    "P512", "error",
    Text("the buildings' own counts sum to {counted} persons, more than the {given} given; the counts stand.",
         "建筑自带人数合计 {counted} 人，超过给定的 {given} 人；以建筑计数为准。"),
    Text("correct the counts or the district's persons.", "请更正建筑计数或普查区人数。"),
)  # fmt: skip
DIFFERS = Kind(
    "P513", "error",
    Text("every dwelling has a count; they sum to {counted} persons, {given} were given; the counts stand.",
         "每处住房都有计数，合计 {counted} 人，给定 {given} 人；以建筑计数为准。"),
    Text("correct the counts or the district's persons.", "请更正建筑计数或普查区人数。"),
)  # fmt: skip
NO_DWELLING = Kind(
    "P514", "error",
    Text("{given} persons, but no dwelling to place them in: they form one placeless part.",
         "有 {given} 人，但没有可安置的住房：作为一个无住所部分处理。"),
    Text("add the missing buildings, or correct the total.", "请补充缺少的建筑，或更正总数。"),
)  # fmt: skip
AWAY = Kind(
    "P515", "error",
    Text("{given} persons living elsewhere were given, {kept} can be: they are part of the persons to be "
         "counted, and buildings' own counts stand.",
         "给定人户分离 {given} 人，实际取 {kept} 人：该数包含在应登记人数之内，且以建筑计数为准。"),
    Text("correct persons_away.", "请更正 persons_away。"),
)  # fmt: skip
HOUSEHOLDS = Kind(
    "P516", "error",
    Text("{given} households were given, the buildings hold {counted}; the buildings' counts stand.",
         "给定 {given} 户，建筑计数为 {counted} 户；以建筑计数为准。"),
    Text("correct the counts or the district's households.", "请更正建筑计数或普查区户数。"),
)  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """Buildings of one district in Hilbert order: own counts (NaN for none) and weights."""

    own: dict[str, NDArray[np.float64]]
    weight: NDArray[np.int64]


@dataclass(frozen=True)
class _Placed:
    """What each building received, and the district's totals (None: not known)."""

    rows: dict[str, NDArray[np.float64]]
    totals: dict[str, int | None]


def estimate_population(inputs: Inputs, *, persons_total: int | None = None) -> Inputs:
    """Write whole numbers of persons into all buildings and districts of a project.

    Parameters
    ----------
    inputs
        As read. What was given is kept in columns `…_own`, from which a second call starts again.
    persons_total
        Persons of the project, shared over districts without persons; None where `read_inputs` has done so.

    Returns
    -------
    Inputs whose `buildings` have `persons`, `persons_away` (of them), `households` (where known), `floors`,
    `floors_source`, `persons_source`, whose `districts` hold what was distributed, and whose `findings`
    say what was assumed. Districts sum exactly to their buildings, but for a district without any dwelling, which
    keeps its persons for a placeless part.

    Raises
    ------
    ConfigError
        If districts' persons and `persons_total` differ by more than 0.5 %.
    """
    districts = _keep_own(inputs.districts)
    buildings = _keep_own(inputs.buildings)
    cases: list[dict[str, Any]] = []
    if persons_total is not None:
        persons, cases = control_totals(buildings, districts, inputs.profile, persons_total)
        districts["persons_own"] = pd.array(persons, dtype="Float64").astype("Int64")
    buildings, districts, told = _estimate(buildings, districts, inputs.profile)
    told = [case for case in told + cases if not _known(case, inputs.findings)]
    found = findings.frame([*inputs.findings.to_dict("records"), *told], inputs.crs)
    return replace(inputs, buildings=buildings, districts=districts, findings=found)


def estimate_district(district: District, *, control: int | None = None) -> District:
    """The same for one district.

    Parameters
    ----------
    district
        Its `persons` (None: unknown) are the control total.
    control
        Persons to distribute instead [persons], >= 0.
    """
    placed, row, _ = _estimate_one(district, district.persons if control is None else control)
    persons, away, households = (
        None if pd.isna(row[name].iloc[0]) else int(row[name].iloc[0]) for name in COUNTS
    )
    return replace(
        district, buildings=placed, persons=persons, persons_away=away, households=households
    )


def review_district(district: District) -> list[dict[str, Any]]:
    """What estimation would have to say about a district, without changing it."""
    return _estimate_one(district, district.persons)[2]


def _estimate_one(
    district: District, persons: int | None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[dict[str, Any]]]:
    row = pd.DataFrame(
        {"district_code": [district.id], "persons": pd.array([persons], dtype="Int64"),
         "persons_away": pd.array([district.persons_away], dtype="Int64"),
         "households": pd.array([district.households], dtype="Int64")}
    )  # fmt: skip
    return _estimate(_keep_own(district.buildings), _keep_own(row), district.profile)


def control_totals(
    buildings: gpd.GeoDataFrame, districts: pd.DataFrame, profile: Profile, persons_total: int
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """Persons of each district when the project's total is known (see `share_total`)."""
    order = _canonical(buildings)
    filled, _ = fill_floors(buildings.iloc[order], profile)
    weight, _, _ = dwelling_weights(filled, profile)
    counted = own_counts(filled, "persons")
    codes = districts["district_code"].to_numpy(dtype=object)
    group = pd.Index(codes).get_indexer(filled["district_code"].to_numpy(dtype=object))
    here, free = group >= 0, np.isnan(counted)
    size = len(codes)
    space = np.zeros(size, dtype=np.int64)
    np.add.at(space, group[here & free], weight[here & free])
    known = np.zeros(size, dtype=np.int64)
    np.add.at(known, group[here & ~free], counted[here & ~free].astype(np.int64))
    stock = Stock(own_counts(districts, "persons"), known, space)
    return share_total(stock, persons_total, tolerance=profile["population.total_tolerance"])


def _known(case: dict[str, Any], found: pd.DataFrame) -> bool:
    """Whether a finding is there already (a second call finds the same)."""
    same = (found["code"] == case["code"]) & (found["row_key"] == case["row_key"])
    return bool((same & (found["message_en"] == case["message_en"])).any())


def _keep_own(frame: Any) -> Any:
    """The frame with what was given in columns of its own, so that estimating twice is estimating once."""
    kept = {f"{name}_own": frame[name] for name in COUNTS if f"{name}_own" not in frame}
    return frame.assign(**kept)


def _canonical(buildings: gpd.GeoDataFrame) -> NDArray[np.int64]:
    centre = shapely.centroid(np.asarray(buildings.geometry.array, dtype=object))
    return hilbert_order(
        shapely.get_x(centre), shapely.get_y(centre), buildings["building_id"].astype(str)
    )


def _estimate(
    buildings: gpd.GeoDataFrame, districts: Any, profile: Profile
) -> tuple[gpd.GeoDataFrame, Any, list[dict[str, Any]]]:
    """Estimate all districts; rows come back in the order given."""
    order = _canonical(buildings)
    table, cases = fill_floors(buildings.iloc[order], profile)
    weight, basis, told = dwelling_weights(table, profile)
    cases += told
    own = {name: own_counts(table, name) for name in COUNTS}
    given = {name: own_counts(districts, name) for name in COUNTS}
    codes = districts["district_code"].to_numpy(dtype=object)
    group = pd.Index(codes).get_indexer(table["district_code"].to_numpy(dtype=object))
    members = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[members], np.arange(len(codes) + 1))
    out = {name: np.full(len(table), np.nan) for name in COUNTS}
    totals: dict[str, list[int | None]] = {name: [] for name in COUNTS}
    for d, code in enumerate(codes):
        mine = members[edges[d] : edges[d + 1]]
        rows = _Rows({name: own[name][mine] for name in COUNTS}, weight[mine])
        wanted = {
            name: None if np.isnan(value[d]) else int(value[d]) for name, value in given.items()
        }
        placed, seen = _place(rows, wanted, profile)
        cases += [kind.at("districts", code, **words) for kind, words in seen]
        for name in COUNTS:
            out[name][mine] = placed.rows[name]
            totals[name].append(placed.totals[name])
    counted = ~np.isnan(own["persons"])
    table = table.assign(
        **{name: pd.array(value, dtype="Float64").astype("Int64") for name, value in out.items()},
        persons_source=np.where(counted, "counted", basis),
    )
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    columns = {name: pd.array(value, dtype="Int64") for name, value in totals.items()}
    return table.iloc[back], districts.assign(**columns), cases


Told = list[tuple[Kind, dict[str, Any]]]


def _place(rows: _Rows, wanted: dict[str, int | None], profile: Profile) -> tuple[_Placed, Told]:
    """Place the people of one district."""
    persons, total, told = _persons(rows, wanted["persons"], profile)
    away, total_away, more = _away(rows, wanted["persons_away"], persons, total)
    homes, total_homes, most = _households(rows, wanted["households"], persons, total)
    placed = {"persons": persons.astype(np.float64), "persons_away": away, "households": homes}
    totals = {"persons": total, "persons_away": total_away, "households": total_homes}
    return _Placed(placed, totals), told + more + most


def _persons(
    rows: _Rows, given: int | None, profile: Profile
) -> tuple[NDArray[np.int64], int, Told]:
    """Own counts, then the rest over dwellings without one."""
    own = rows.own["persons"]
    free = np.isnan(own)
    placed = np.where(free, 0, own).astype(np.int64)
    counted = int(placed.sum())
    space = np.where(free, rows.weight, 0)
    open_space = int(space.sum())
    told: Told = []
    if given is None:
        density = profile["population.density"] / 100  # persons per 100 m2
        given = counted + int(np.rint(space_m2(open_space, profile) * density))
        if open_space or not counted:
            told.append((NO_TOTAL, {"n": given}))
    words = {"counted": counted, "given": given}
    if counted > given:
        return placed, counted, [*told, (EXCEEDS, words)]
    if open_space:
        return placed + allocate(given - counted, space), given, told
    if counted == given:
        return placed, given, told
    if (~free & ((rows.weight > 0) | (placed > 0))).any():
        return placed, counted, [*told, (DIFFERS, words)]
    return placed, given, [*told, (NO_DWELLING, words)]


def _away(
    rows: _Rows, given: int | None, persons: NDArray[np.int64], total: int
) -> tuple[NDArray[np.float64], int, Told]:
    """Of the persons placed those who live elsewhere: own counts, then in proportion to persons."""
    own = rows.own["persons_away"]
    free = np.isnan(own)
    away = np.minimum(np.where(free, 0, own).astype(np.int64), persons)
    stated = int(np.nansum(own))
    placeless = total - int(persons.sum())
    wanted = stated if given is None else given
    room = np.where(free, persons, 0)
    rest = min(max(wanted - int(away.sum()), 0), int(room.sum()))
    if given is None:
        rest = 0
    away = away + allocate(rest, room)
    kept = int(away.sum()) + (min(wanted, placeless) if given is not None else 0)
    told: Told = [] if kept == wanted else [(AWAY, {"given": wanted, "kept": kept})]
    return away.astype(np.float64), kept, told


def _households(
    rows: _Rows, given: int | None, persons: NDArray[np.int64], total: int
) -> tuple[NDArray[np.float64], int | None, Told]:
    """Own counts, then the rest of the district's households in proportion to persons in dwellings."""
    own = rows.own["households"]
    free = np.isnan(own)
    counted = int(np.nansum(own))
    if given is None:
        complete = not (free & (persons > 0)).any() and not free.all()
        homes = np.where(free & (persons == 0) & complete, 0, own)
        return homes, counted if complete else None, []
    lived = free & (rows.weight > 0)
    for space in (persons * lived, rows.weight * lived, persons * free):
        if space.any():
            break
    homes = np.where(free, 0, own)
    if counted <= given and (space.any() or counted == given):
        return homes + allocate(given - counted, space), given, []
    if total > int(persons.sum()) and not counted:  # they go with the placeless part
        return homes, given, []
    return homes, counted, [(HOUSEHOLDS, {"given": given, "counted": counted})]
