"""A township put together: districts, buildings and all other layers as frames in one CRS."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import LineString, MultiPolygon, Polygon

from census_gis.synthetic.faults import disturb
from census_gis.synthetic.fill import Fill, House
from census_gis.synthetic.names import Names
from census_gis.synthetic.people import AWAY_SHARE, district_persons, own_counts, shares
from census_gis.synthetic.plan import MOTORWAY_M, RAIL_M, Plan, Site, make_plan
from census_gis.synthetic.settle import settle
from census_gis.synthetic.staff import staff_list
from census_gis.synthetic.streets import Network, make_network, with_exclave
from census_gis.synthetic.town import (
    CENTRE,
    COUNTY,
    COUNTY_NORM,
    STREET_NORM,
    Mix,
    Norm,
    Town,
    generator,
    quotas,
    refit,
)

__all__ = ["Township", "build"]

AS_OF = "2020-09-30"
STOREY_M = 3.0
# Urban-rural class of a committee by the first digit of its township's part of the code: in the middle,
# and at the edge (new towers).
STRATUM = {"0": ("111", "112"), "1": ("121", "122"), "2": ("210", "210")}


@dataclass(frozen=True)
class Township:
    """What a township is to be.

    Attributes
    ----------
    code : 9 digits; 001-099 a street, 100-199 a town, 200-399 a township (statistical division codes)
    mix, persons : districts of each kind, and all who live in them [persons]
    site : where it lies
    alone : it is the whole place, with EAs of 300 persons and supervisors who enumerate; else one of a
        county, with EAs of 247 persons and a supervisor for each district
    """

    code: str
    name: str
    mix: Mix
    persons: int
    site: Site
    alone: bool = True

    @property
    def norm(self) -> Norm:
        """Size of the EAs it is built for."""
        return STREET_NORM if self.alone else COUNTY_NORM

    @property
    def limits(self) -> tuple[int, int]:
        """Least and most persons of a residents' committee."""
        return (1_750, 8_400) if self.alone else (900, 8_400)


def build(township: Township, county: str, seed: int) -> Town:
    """Build one township from its own stream of chance.

    Raises
    ------
    ValueError
        If its mix has no district.
    """
    key = int(township.code[6:9])
    if not township.mix.kinds:
        raise ValueError(f"township {township.code} has no district.")
    quota = quotas(township.mix, township.persons, generator(seed, key, 1), township.norm)
    plan = make_plan(township.site, quota, generator(seed, key, 3))
    area = np.array([face.area for face in plan.faces])
    plan.quotas = refit(plan.quotas, area, township.persons, township.limits)
    plan.norm = township.norm
    network = with_exclave(make_network(plan, seed * 1000 + key), plan)
    names = Names(generator(seed, key, 4), known=township.alone)
    fills = settle(plan, network, names, seed * 1000 + key)
    persons = district_persons(plan, fills, township.persons)
    districts = _districts(township, plan, network, persons, names)
    codes = districts["district_code"].tolist()
    roads = _roads(plan, network, fills, names)
    buildings, register = _buildings(township, fills, codes, persons, roads, seed * 1000 + key)
    districts, buildings = disturb(districts, buildings, generator(seed, key, 9))
    crs = CRS.from_epsg(4549)
    land, estates = _land(plan, fills)
    frames = {
        "districts": districts, "buildings": buildings, "roads": roads,
        "railways": _railways(plan), "water": _water(plan, network, fills),
        "waterways": _waterways(plan, network, names), "landuse": land, "compounds": estates,
        "places": _places(fills),
    }  # fmt: skip
    layers = {name: _placed(frame, crs) for name, frame in frames.items()}
    layers["buildings"] = _one_piece(layers["buildings"])
    units = pd.DataFrame({
        "level": ["county", "township"], "code": [COUNTY, township.code],
        "name": [county, township.name],
    })  # fmt: skip
    return Town(
        name=township.name, crs=crs, persons=township.persons,
        **layers,
        units=units, staff=staff_list(codes, persons, township.norm), register=register,
        norm=township.norm,
    )  # fmt: skip


def _placed(frame: pd.DataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Local metres to the CRS, on a grid of a centimetre."""
    shapes = shapely.set_precision(frame["geometry"].to_numpy(), 0.01)
    moved = shapely.transform(shapes, lambda points: np.round(points + CENTRE, 2))
    good = shapely.is_valid(moved) & ~shapely.is_empty(moved)
    table = frame.drop(columns="geometry").loc[good].reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=moved[good], crs=crs)


def _one_piece(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Houses that rounding took apart at a thin corner: their largest piece."""
    shapes = frame.geometry.to_numpy().copy()
    for row in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON):
        shapes[row] = max(shapely.get_parts(shapes[row]), key=lambda part: float(part.area))
    return frame.set_geometry(shapes, crs=frame.crs)


def _districts(
    township: Township, plan: Plan, network: Network, persons: NDArray[np.int64], names: Names
) -> pd.DataFrame:
    """Codes in the order of the plan: committees from 001, villages from 200, the new quarter 400."""
    kinds = [quota.kind for quota in plan.quotas]
    towers = [row for row, kind in enumerate(kinds) if kind == "tower"]
    fresh = max(towers, key=lambda row: plan.faces[row].centroid.distance(
        shapely.Point(plan.site.centre))) if township.alone and len(towers) > 2 else -1  # fmt: skip
    code, name, serial = [], [], {"committee": 1, "village": 200, "fresh": 400}
    for row, kind in enumerate(kinds):
        which = "fresh" if row == fresh else "village" if kind == "village" else "committee"
        code.append(f"{township.code}{serial[which]:03d}")
        serial[which] += 1
        name.append({"fresh": names.preparatory, "village": names.village,
                     "committee": names.committee}[which]())  # fmt: skip
    weight = np.array([{"village": 1.5, "old": 1.3, "tower": 0.7}.get(kind, 1.0) for kind in kinds])
    away = shares(persons, round(township.persons * AWAY_SHARE), weight)
    return pd.DataFrame({
        "district_code": code, "name": name, "persons": persons, "persons_away": away,
        "households": np.round(persons / 2.62).astype(np.int64),
        "stratum": [_stratum(kind, township.code) for kind in kinds],
        "geometry": [_multi(shape) for shape in network.districts],
    })  # fmt: skip


def _stratum(kind: str, township: str) -> str:
    """Urban-rural class of a district: 220 for a village."""
    return "220" if kind == "village" else STRATUM[township[6]][kind == "tower"]


def _multi(shape: Polygon | MultiPolygon) -> MultiPolygon:
    return MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _roads(plan: Plan, network: Network, fills: list[Fill], names: Names) -> pd.DataFrame:
    """Streets with names, lanes of estates and fields, the motorway as two carriageways."""
    rows: list[tuple[str, str | None, LineString]] = []
    named: dict[int, str] = {}
    order = ("primary", "secondary", "tertiary", "residential", "unclassified")
    for line, kind, street in sorted(network.roads, key=lambda road: order.index(road[1])):
        if street not in named:
            named[street] = names.road(kind)
        rows.append((kind, named[street], line))
    for fill in fills:
        for line, kind in fill.roads:
            name = names.road(kind) if kind == "living_street" and line.length > 60 else None
            rows.append((kind, name, line))
    reach = plan.site.outline.buffer(250)
    for side in (13.0, -13.0):
        way = plan.site.barriers.motorway.offset_curve(side).intersection(reach)
        rows += [("motorway", plan.site.barriers.names[1], part) for part in shapely.get_parts(way)]
    return pd.DataFrame(rows, columns=["class", "name", "geometry"])


def _railways(plan: Plan) -> pd.DataFrame:
    line = plan.site.barriers.railway.intersection(plan.site.outline.buffer(250))
    parts = list(shapely.get_parts(line))
    name = plan.site.barriers.names[2]
    return pd.DataFrame({"class": "rail", "name": name, "geometry": parts},
                        columns=["class", "name", "geometry"])  # fmt: skip


def _water(plan: Plan, network: Network, fills: list[Fill]) -> pd.DataFrame:
    ponds = [pond for fill in fills for pond in fill.water]
    rows = [("river" if shape.area > 40_000 else "canal", shape) for shape in network.water]
    rows += [("lake" if shape.area > 3_000 else "pond", shape) for shape in ponds]
    kind, shapes = zip(*rows, strict=True)
    name = [plan.site.barriers.names[0] if one == "river" else None for one in kind]
    return pd.DataFrame({"class": list(kind), "name": name, "geometry": list(shapes)})


def _waterways(plan: Plan, network: Network, names: Names) -> pd.DataFrame:
    river = plan.site.barriers.river.intersection(plan.site.outline)
    rows = [("river", plan.site.barriers.names[0], part) for part in shapely.get_parts(river)]
    rows += [("canal", names.canal(), line) for line in network.canals]
    return pd.DataFrame(rows, columns=["class", "name", "geometry"])


def _land(plan: Plan, fills: list[Fill]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parcels with DLBM classes, transport land among them; walled estates."""
    outline, barriers = plan.site.outline, plan.site.barriers
    rows = [(land.dlbm, land.name or None, land.shape) for fill in fills for land in fill.land]
    rail = barriers.railway.buffer(RAIL_M / 2 - 4, cap_style="flat").intersection(outline)
    fast = barriers.motorway.buffer(MOTORWAY_M / 2 - 6, cap_style="flat").intersection(outline)
    for strip, dlbm in ((shapely.difference(fast, rail), "1003"), (rail, "1001")):
        rows += [(dlbm, None, part) for part in shapely.get_parts(strip)]
    rows = [row for row in rows if row[2].geom_type == "Polygon" and row[2].area > 5]
    estates = [(name or None, shape) for fill in fills for shape, name in fill.estates]
    return (pd.DataFrame(rows, columns=["class", "name", "geometry"]),
            pd.DataFrame(estates, columns=["name", "geometry"]))  # fmt: skip


def _places(fills: list[Fill]) -> pd.DataFrame:
    rows = [(name, kind, point) for fill in fills for point, kind, name in fill.places]
    return pd.DataFrame(rows, columns=["name", "class", "geometry"])


def _buildings(
    township: Township, fills: list[Fill], codes: list[str],
    persons: NDArray[np.int64], roads: pd.DataFrame, seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """All buildings with numbers, names and addresses, and the register's counts of some."""
    rows: list[dict[str, object]] = []
    counts: list[tuple[str, str, int, int, int, str]] = []
    streets = roads[roads["name"].notna() & ~roads["class"].isin(["motorway"])]
    tree, street = shapely.STRtree(streets["geometry"].to_numpy()), streets["name"].to_list()
    for index, fill in enumerate(fills):
        rng = generator(seed, 31, index)
        listed = {id(house): row for house, *row in own_counts(fill, int(persons[index]), rng)}
        middles = shapely.centroid(np.array([house.shape for house in fill.houses]))
        near = tree.query_nearest(middles, all_matches=False)[1] if len(middles) else []
        estate_no: dict[int, int] = {}
        for serial, (house, way) in enumerate(zip(fill.houses, near, strict=True), start=1):
            number = f"{township.code[6:9]}{codes[index][9:12]}{serial:04d}"
            estate_no[house.estate] = estate_no.get(house.estate, 0) + 1
            rows.append(_row(house, number, street[way], estate_no[house.estate], fill, rng))
            if id(house) in listed:
                households, residents, away = listed[id(house)]
                counts.append((codes[index], number, households, residents, away, AS_OF))
                rows[-1]["persons"] = None
    table = pd.DataFrame(rows)
    for column in ("floors", "doors", "dwellings", "persons"):
        table[column] = table[column].astype("Int64")
    columns = ["village_code", "building_id", "households", "residents", "away", "as_of"]
    return table, pd.DataFrame(counts, columns=columns)


def _row(
    house: House, number: str, street: str, nth: int, fill: Fill, rng: np.random.Generator
) -> dict[str, object]:
    """One building as an office would have it: here and there a field is empty."""
    estate = fill.estates[house.estate][1] if house.estate >= 0 else ""
    homes = house.use in ("residential", "mixed")
    unsaid = rng.random(4)
    lost = homes and house.form in ("old", "rural") and unsaid[1] < 0.06
    odd = house.form == "old" and unsaid[2] < 0.008
    height = round(house.floors * STOREY_M + float(rng.uniform(-0.3, 1.2)), 1)
    address = f"{street}{int(number[-4:])}号"
    if estate and homes:
        address = f"{street}{int(number[-4:]) // 40 * 2 + 1}弄{nth}号"
    return {
        "building_id": number,
        "floors": None if unsaid[0] < 0.10 else house.floors,
        "height": height if unsaid[3] < 0.7 else None,
        "use": None if odd else house.use,
        "dwellings": None if lost or odd or not homes else house.dwellings,
        "doors": house.doors if homes or house.use == "group_quarters" else None,
        "persons": house.own,
        "name": house.name or (f"{estate}{nth}号楼" if estate and house.form in ("slab", "tower", "landmark") else None),
        "address": address,
        "geometry": house.shape,
    }  # fmt: skip
