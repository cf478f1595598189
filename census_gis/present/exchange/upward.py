"""The three polygon layers of a report package, built from the bottom up: EAs, districts, townships.

A district is the exact union of its ground EAs, which share their vertices; a township the union of its
districts. Across a district line both sides lie on one line but may have vertices of their own, so the
union leaves slits thinner than an atom's breadth on paper; these are closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.present.exchange.source import PlanSource, is_missing

__all__ = ["Levels", "built_up"]

SLIT_M = 1e-3  # rings narrower than this on average are traces of arithmetic [m]
# Of the statistical division code (rules of the census).
CODE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS = 12, 9, 6


@dataclass(frozen=True)
class Levels:
    """Three layers with one row a unit, ordered by code, and the EAs that have no ground of their own.

    Each layer has `code`, `name`, `ea_count`, `persons`, `area_m2` [m2] and the geometry; districts and
    EAs the code of what they lie in. `bare` has the stacked and virtual EAs, without geometry.
    """

    township: gpd.GeoDataFrame
    district: gpd.GeoDataFrame
    ea: gpd.GeoDataFrame
    bare: pd.DataFrame
    county: str
    county_name: str
    states: tuple[str, ...]


def built_up(plan: PlanSource) -> Levels:
    """Townships and districts as unions of the ground EAs of a plan.

    Raises
    ------
    InputError
        When the townships are not known: codes of other than 12 digits, and no units given.
    """
    areas = plan.layer("enumeration_areas").sort_values("ea_code", ignore_index=True)
    districts = plan.layer("districts").sort_values("district_code", ignore_index=True)
    units = plan.layer("units")
    town_of = _townships(districts["district_code"].astype(str).tolist(), units)
    ea = _ea_layer(areas[areas["kind"] == "ground"], plan)
    district = _district_layer(areas, districts, town_of, plan)
    named = {str(code): name for code, name in zip(units["code"], units["name"], strict=True)}
    township = _township_layer(district, named, plan)
    counties = {code[:COUNTY_DIGITS] for code in township["code"] if len(code) == TOWNSHIP_DIGITS}
    county = counties.pop() if len(counties) == 1 else ""
    plain = ["ea_code", "district_code", "name", "kind", "persons", "remark"]
    return Levels(
        township, district, ea,
        pd.DataFrame(areas.loc[areas["kind"] != "ground", plain]).reset_index(drop=True),
        county, str(named.get(county) or ""), tuple(sorted(set(districts["state"].astype(str)))),
    )  # fmt: skip


def _townships(codes: list[str], units: pd.DataFrame) -> dict[str, str]:
    """Township of each district: the one given whose code begins its code, else the first nine digits."""
    given = sorted(units.loc[units["level"] == "township", "code"].astype(str), key=len)
    found = {code: town for town in given for code in codes if code.startswith(town)}
    found |= {code: code[:TOWNSHIP_DIGITS] for code in codes
              if code not in found and len(code) == CODE_DIGITS and code.isdigit()}  # fmt: skip
    lost = [code for code in codes if code not in found]
    if lost:
        raise InputError(
            Text(f"the township of {len(lost)} districts is not known: their codes do not have {CODE_DIGITS} digits.",
                 f"{len(lost)} 个普查区无法确定所属乡级单位：代码不是 {CODE_DIGITS} 位。"),
            where="districts", rows=lost,
            fix=Text("give the townships with their codes as [inputs.units] and run again.",
                     "请在 [inputs.units] 中给出乡级单位及其代码后重新运行。"),
        )  # fmt: skip
    return found


def _ea_layer(ground: gpd.GeoDataFrame, plan: PlanSource) -> gpd.GeoDataFrame:
    table = {
        "code": ground["ea_code"], "name": ground["name"], "district_code": ground["district_code"],
        "ea_count": 1, "persons": ground["persons"],
        "area_m2": shapely.area(ground.geometry.to_numpy()),
    }  # fmt: skip
    return _layer(pd.DataFrame(table), ground.geometry.to_numpy(), plan)


def _district_layer(
    areas: gpd.GeoDataFrame, districts: pd.DataFrame, town_of: dict[str, str], plan: PlanSource
) -> gpd.GeoDataFrame:
    ground = areas[areas["kind"] == "ground"]
    pieces = ground.groupby("district_code").geometry
    shapes = {str(code): shapely.coverage_union_all(own.to_numpy()) for code, own in pieces}
    codes = districts["district_code"].astype(str)
    geometry = np.array([shapes.get(code) for code in codes], dtype=object)
    counts = areas.groupby(["district_code", "kind"]).size().unstack(fill_value=0)
    kinds = {kind: [int(counts.at[code, kind]) if kind in counts and code in counts.index else 0
                    for code in codes] for kind in ("ground", "stacked", "virtual")}  # fmt: skip
    table = pd.DataFrame({
        "code": codes, "name": districts["name"], "township_code": codes.map(town_of),
        "ea_count": np.sum(list(kinds.values()), axis=0), "persons": districts["persons"],
        "area_m2": shapely.area(geometry), **kinds,
    })  # fmt: skip
    return _layer(table, geometry, plan)


def _township_layer(
    district: gpd.GeoDataFrame, named: dict[str, str], plan: PlanSource
) -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for code, own in district.groupby("township_code", sort=True):
        shape = _closed(shapely.union_all(own.geometry.to_numpy()))
        shapes.append(shape)
        rows.append({
            "code": str(code), "name": named.get(str(code)), "districts": len(own),
            "ea_count": int(own["ea_count"].sum()), "persons": int(own["persons"].sum()),
            "area_m2": float(shapely.area(shape)),
        })  # fmt: skip
    return _layer(pd.DataFrame(rows), np.array(shapes, dtype=object), plan)


def _closed(shape: Polygon | MultiPolygon) -> MultiPolygon:
    """A union without the slits that arithmetic left in it."""
    pieces = []
    for piece in shapely.get_parts(shape):
        rings = [ring for ring in piece.interiors
                 if 2 * Polygon(ring).area > SLIT_M * ring.length]  # fmt: skip
        pieces.append(Polygon(piece.exterior, rings))
    return MultiPolygon(pieces)


def _layer(table: pd.DataFrame, shapes: NDArray[np.object_], plan: PlanSource) -> gpd.GeoDataFrame:
    texts = {name: [None if is_missing(v) else str(v) for v in table[name]]
             for name in ("code", "name")}  # fmt: skip
    table = table.reset_index(drop=True).assign(
        **{name: pd.Series(values, dtype=object) for name, values in texts.items()},
        area_m2=np.round(table["area_m2"].to_numpy(float), 2),
    )
    return gpd.GeoDataFrame(table, geometry=shapes, crs=plan.crs)
