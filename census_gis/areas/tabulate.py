"""The tables of one district's plan, as the contract names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import tables
from census_gis.areas.codes import area_name, building_numbers, part_labels
from census_gis.areas.describe import describe
from census_gis.areas.drawing import draw
from census_gis.areas.fabric_terms import fabric_terms, mean_border
from census_gis.areas.lines import ea_lines
from census_gis.areas.outline import outline, part_areas
from census_gis.areas.remarks import remarks
from census_gis.fabric.votes import most_of
from census_gis.language import Language
from census_gis.model import Plan

__all__ = ["tabulate"]


def tabulate(
    plan: Plan, *, language: Language = "zh", state: str = "draft"
) -> dict[str, pd.DataFrame]:
    """The contract's tables of a numbered plan.

    Parameters
    ----------
    plan : Plan
        With codes (`number`).
    language
        Language of names and remarks; descriptions are in both.
    state
        State of the district: draft, checked, approved or reported.

    Returns
    -------
    dict of str to DataFrame
        `districts` (one row), `enumeration_areas`, `dwelling_parts`, `ea_lines`, `ea_descriptions`,
        each ordered by code. `ea_lines` carries `district_code`, for `seam`.

    Raises
    ------
    ValueError
        If the plan has no codes.
    """
    if len(plan.codes) != len(plan):
        raise ValueError("the plan has no codes; call number(plan) first.")
    drawing = draw(plan)
    shapes = outline(plan, drawing=drawing)
    area = part_areas(plan)
    areas = _areas(plan, shapes, language)
    parts = _parts(plan, area, language)
    lines = ea_lines(plan, drawing=drawing)
    district = plan.fabric.district
    words = describe(
        areas, lines, _labelled(plan, areas, area), district=district.name or district.id
    )
    return {
        "districts": _district(plan, areas, state),
        "enumeration_areas": areas,
        "dwelling_parts": parts,
        "ea_lines": lines,
        "ea_descriptions": words,
    }


def _labelled(plan: Plan, areas: pd.DataFrame, area: NDArray[np.int64]) -> pd.DataFrame:
    """What the parts of stacked EAs are called; without rows where there are none."""
    parts = plan.fabric.parts
    if not (areas["kind"] == "stacked").any():
        parts, area = parts.iloc[:0], area[:0]
    return pd.DataFrame(
        {
            "building_id": parts["building_id"].to_numpy(object),
            "ea_code": np.array(plan.codes, dtype=object)[area],
            "label_zh": part_labels(parts, "zh"),
            "label_en": part_labels(parts, "en"),
        }
    )


def _areas(plan: Plan, shapes: gpd.GeoDataFrame, language: Language) -> gpd.GeoDataFrame:
    """Table `enumeration_areas`, ordered by code."""
    district = plan.fabric.district
    serial = [code[len(district.id) :] for code in plan.codes]
    virtual = (shapes["kind"] == "virtual").to_numpy()
    named = [
        area_name(int(number), virtual=bool(none)).of(language)
        for number, none in zip(serial, virtual, strict=True)
    ]
    columns = {
        **{name: values.array for name, values in pd.DataFrame(shapes).items()},
        "district_code": _same(district.id, len(plan)),
        "serial": serial,
        "name": named,
        "remark": remarks(plan, shapes, language),
        **{name: values.array for name, values in fabric_terms(plan).items()},
        "block": _blocks(plan),
        "geometry": _multi(shapes.geometry.to_numpy()),
    }
    return _ordered(columns, np.argsort(np.array(plan.codes, dtype=object), kind="stable"),
                    "enumeration_areas", district.crs)  # fmt: skip


def _same(value: str, count: int) -> NDArray[np.object_]:
    """A text for each of so many rows."""
    return np.full(count, value, dtype=object)


def _ordered(
    columns: Mapping[str, Any], order: NDArray[np.int64], table: str, crs: object
) -> gpd.GeoDataFrame:
    """Columns as rows of a table, in an order."""
    arrays = {
        name: tables.listed(values) if isinstance(values, list) else values
        for name, values in columns.items()
    }
    return tables.conform({name: each[order] for name, each in arrays.items()}, table, crs)


def _blocks(plan: Plan) -> pd.arrays.IntegerArray:
    """Block that most people of each area live in, missing where the district has none."""
    found, none = np.zeros(len(plan), np.int64), np.ones(len(plan), bool)
    if "block" in plan.fabric.atoms:
        block = plan.fabric.atoms["block"].to_numpy(np.int64)
        persons = plan.fabric.atoms["persons"].to_numpy(np.int64)
        most = most_of(plan.label[block > 0], block[block > 0], persons[block > 0])
        rows = most.index.to_numpy(np.int64)
        found[rows], none[rows] = most.to_numpy(np.int64), False
    return pd.arrays.IntegerArray(found, none)


def _parts(plan: Plan, area: NDArray[np.int64], language: Language) -> gpd.GeoDataFrame:
    """Table `dwelling_parts`, ordered by EA, number, door and floor."""
    fabric = plan.fabric
    numbers = building_numbers(fabric.parts, area, language=language)
    keep = [name for name in tables.names("dwelling_parts") if name in fabric.parts]
    own = pd.DataFrame(fabric.parts)
    ids = own["building_id"].to_numpy(object).copy()
    ids[ids == ""] = None
    columns = {
        **{name: own[name].array for name in keep},
        "building_id": ids,
        "ea_code": np.array(plan.codes, dtype=object)[area],
        "district_code": _same(fabric.district.id, len(area)),
        "building_number": numbers["building_number"].array,
        "number_label": numbers["number_label"].array,
    }
    # Virtual EAs have persons and no dwelling part (contract, law 3).
    listed = fabric.atoms["virtual"].to_numpy()[fabric.parts["atom"].to_numpy(np.int64)] >= 0
    order = _by_number(columns)
    return _ordered(columns, order[~listed[order]], "dwelling_parts", fabric.district.crs)


def _by_number(parts: Mapping[str, Any]) -> NDArray[np.int64]:
    """Order by EA, number, door and floor, what has none of these last."""
    counts = [
        pd.Series(parts[name]).to_numpy(dtype=np.float64, na_value=np.inf)
        for name in ("floor_lo", "unit", "building_number")
    ]
    texts = [
        np.unique(np.asarray(parts[name], dtype=object).astype(str), return_inverse=True)[1]
        for name in ("part_id", "ea_code")
    ]
    return np.lexsort((texts[0], *counts, texts[1])).astype(np.int64)


def _district(plan: Plan, areas: gpd.GeoDataFrame, state: str) -> gpd.GeoDataFrame:
    """Table `districts`, one row: sums of its EAs, and what was given."""
    district = plan.fabric.district
    given = areas["households"].notna().any()
    row = {
        "district_code": district.id,
        "name": district.name,
        "persons": int(areas["persons"].sum()),
        "persons_given": district.persons,
        "persons_away": int(areas["persons_away"].sum()),
        "households": int(areas["households"].sum()) if given else None,
        "ea_count": len(areas),
        "state": state,
        "stratum": district.stratum or None,
        "mean_border_m": mean_border(plan.fabric),
        "geometry": _multi(np.array([district.boundary], dtype=object))[0],
    }
    return tables.conform(
        {name: np.array([value]) if isinstance(value, int | float) else tables.listed([value])
         for name, value in row.items() if value is not None}, "districts", district.crs,
    )  # fmt: skip


def _multi(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons as MultiPolygons, as the contract stores them; None stays."""
    result = shapes.copy()
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    result[single] = shapely.multipolygons(shapes[single], indices=np.arange(int(single.sum())))
    return result
