"""People are placed in buildings: own counts stay, the rest of each total goes to dwellings, exactly.

The order is the contract's (3.1): a building's own count; the district's control total; a share of the
project's total; the profile's density. Special areas say how many are in them, or that nobody is; virtual EAs
and areas without a building keep their people beside the buildings. Whole numbers come from a running total
along a Hilbert curve, so any run of neighbours is within one person of its share, and the order of rows does not
matter.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from census_gis.inputs.beside import COLLECTIVE, Records, beside_of
from census_gis.inputs.control import Stock, share_total
from census_gis.inputs.dwellings import dwelling_weights, own_counts, space_m2
from census_gis.inputs.floors import fill_floors
from census_gis.inputs.hilbert import hilbert_order
from census_gis.inputs.special import counted_in
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
VIRTUAL_AWAY = Kind(
    "P517", "warning",
    Text("{given} persons living elsewhere were given, but the virtual EAs alone hold {virtual}, who all do.",
         "给定人户分离 {given} 人，而仅虚拟小区就有 {virtual} 人，均不在本地居住。"),
    Text("correct persons_away: it includes virtual EAs.", "请更正 persons_away：其中应含虚拟小区人数。"),
)  # fmt: skip
HOUSEHOLDS = Kind(
    "P516", "error",
    Text("{given} households were given, the buildings hold {counted}; the buildings' counts stand.",
         "给定 {given} 户，建筑计数为 {counted} 户；以建筑计数为准。"),
    Text("correct the counts or the district's households.", "请更正建筑计数或普查区户数。"),
)  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """Buildings of one district in Hilbert order: own counts (NaN for none) and weights.

    `told` are buildings whose persons their special area says; `beside` are people that stand in no
    building: those of virtual EAs, all of whom live elsewhere, and those of special areas without one.
    """

    own: dict[str, NDArray[np.float64]]
    weight: NDArray[np.int64]
    told: NDArray[np.bool_]
    beside: dict[str, int]


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
    records = Records(inputs.special, inputs.virtual)
    cases: list[dict[str, Any]] = []
    if persons_total is not None:
        persons, cases = control_totals(
            buildings, districts, inputs.profile, persons_total, records=records
        )
        districts["persons_own"] = pd.array(persons, dtype="Float64").astype("Int64")
    buildings, districts, told = _estimate(buildings, districts, inputs.profile, records)
    told = _unknown(told + cases, inputs.findings)
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
    records = Records(district.special, district.virtual)
    return _estimate(_keep_own(district.buildings), _keep_own(row), district.profile, records)


def control_totals(
    buildings: gpd.GeoDataFrame,
    districts: pd.DataFrame,
    profile: Profile,
    persons_total: int,
    *,
    records: Records,
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """Persons of each district when the project's total is known (see `share_total`)."""
    order, centre = _canonical(buildings)
    filled, _ = fill_floors(buildings.iloc[order], profile, centre=centre)
    weight, _, _ = dwelling_weights(filled, profile)
    held, _ = counted_in(filled, records.special, own_counts(filled, "persons"), weight)
    weight, counted = held.weight, held.own
    codes = districts["district_code"].to_numpy(dtype=object)
    group = pd.Index(codes).get_indexer(filled["district_code"].to_numpy(dtype=object))
    here, free = group >= 0, np.isnan(counted)
    size = len(codes)
    space = np.zeros(size, dtype=np.int64)
    np.add.at(space, group[here & free], weight[here & free])
    known = np.zeros(size, dtype=np.int64)
    np.add.at(known, group[here & ~free], counted[here & ~free].astype(np.int64))
    known += beside_of(records, buildings, codes, profile)["persons"]
    stock = Stock(own_counts(districts, "persons"), known, space)
    return share_total(stock, persons_total, tolerance=profile["population.total_tolerance"])


def _unknown(cases: Sequence[dict[str, Any]], found: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings that are not there already (a second call finds the same)."""
    told = ["code", "row_key", "message_en"]
    known = set(found[told].itertuples(index=False, name=None))
    return [case for case in cases if tuple(case[name] for name in told) not in known]


def _keep_own(frame: Any) -> Any:
    """The frame with what was given in columns of its own, so that estimating twice is estimating once."""
    kept = {f"{name}_own": frame[name] for name in COUNTS if f"{name}_own" not in frame}
    return frame.assign(**kept)


def _canonical(
    buildings: gpd.GeoDataFrame,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows in canonical order, and the middles of the buildings in that order [m]."""
    middle = shapely.centroid(np.asarray(buildings.geometry.array, dtype=object))
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    order = hilbert_order(x, y, buildings["building_id"].astype(str))
    return order, np.column_stack([x, y])[order]


def _estimate(
    buildings: gpd.GeoDataFrame, districts: Any, profile: Profile, records: Records
) -> tuple[gpd.GeoDataFrame, Any, list[dict[str, Any]]]:
    """Estimate all districts; rows come back in the order given."""
    order, centre = _canonical(buildings)
    table, cases = fill_floors(buildings.iloc[order], profile, centre=centre)
    weight, basis, told = dwelling_weights(table, profile)
    cases += told
    own = {name: own_counts(table, name) for name in COUNTS}
    counted = ~np.isnan(own["persons"])
    held, told = counted_in(table, records.special, own["persons"], weight)
    cases += told
    own["persons"], weight = held.own, held.weight
    given = {name: own_counts(districts, name) for name in COUNTS}
    codes = districts["district_code"].to_numpy(dtype=object)
    group = pd.Index(codes).get_indexer(table["district_code"].to_numpy(dtype=object))
    members = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[members], np.arange(len(codes) + 1))
    out = {name: np.full(len(table), np.nan) for name in COUNTS}
    totals: dict[str, list[int | None]] = {name: [] for name in COUNTS}
    beside = beside_of(records, buildings, codes, profile)
    for d, code in enumerate(codes):
        mine = members[edges[d] : edges[d + 1]]
        rows = _Rows(
            {name: own[name][mine] for name in COUNTS}, weight[mine], held.told[mine],
            {name: int(count[d]) for name, count in beside.items()},
        )  # fmt: skip
        wanted = {
            name: None if np.isnan(value[d]) else int(value[d]) for name, value in given.items()
        }
        placed, seen = _place(rows, wanted, profile)
        cases += [kind.at("districts", code, **words) for kind, words in seen]
        for name in COUNTS:
            out[name][mine] = placed.rows[name]
            totals[name].append(placed.totals[name])
    source = np.where(counted, "counted", np.where(held.told, "special", basis))
    table = table.assign(
        **{name: pd.array(value, dtype="Float64").astype("Int64") for name, value in out.items()},
        persons_source=source,
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
    homes, total_homes, most = _households(
        _with_collective(rows, wanted["households"], persons, profile), wanted["households"], persons, total
    )  # fmt: skip
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
    counted = int(placed.sum()) + rows.beside["persons"]
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
    virtual = rows.beside["persons_away"]
    stated = int(np.nansum(own)) + virtual
    placeless = total - int(persons.sum()) - virtual
    wanted = stated if given is None else given
    told: Told = []
    if wanted < virtual:
        told.append((VIRTUAL_AWAY, {"given": wanted, "virtual": virtual}))
        wanted = virtual
    room = np.where(free, persons, 0)
    rest = min(max(wanted - virtual - int(away.sum()), 0), int(room.sum()))
    if given is None:
        rest = 0
    away = away + allocate(rest, room)
    kept = int(away.sum()) + virtual
    kept += min(wanted - virtual, placeless) if given is not None else 0
    if kept != wanted:
        told.append((AWAY, {"given": wanted, "kept": kept}))
    return away.astype(np.float64), kept, told


def _with_collective(
    rows: _Rows, given: int | None, persons: NDArray[np.int64], profile: Profile
) -> _Rows:
    """Where the district has households: those of a special area's buildings are collective ones."""
    own = rows.own["households"]
    mine = rows.told & np.isnan(own)
    if given is None or not mine.any():
        return rows
    known = np.where(mine, -(-persons // profile[COLLECTIVE]), own)
    if np.nansum(known) + rows.beside["households"] > given:
        return rows
    return replace(rows, own={**rows.own, "households": known})


def _households(
    rows: _Rows, given: int | None, persons: NDArray[np.int64], total: int
) -> tuple[NDArray[np.float64], int | None, Told]:
    """Own counts, then the rest of the district's households in proportion to persons in dwellings."""
    own = rows.own["households"]
    free = np.isnan(own)
    counted = int(np.nansum(own)) + rows.beside["households"]
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
    placeless = total - int(persons.sum()) - rows.beside["persons"]
    if placeless > 0 and counted == rows.beside["households"]:  # they go with the placeless part
        return homes, given, []
    return homes, counted, [(HOUSEHOLDS, {"given": given, "counted": counted})]
