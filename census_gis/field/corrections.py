"""What accepted corrections make of a district: buildings come, go, move, or hold other people; the total follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.model import District

__all__ = ["COUNTED", "corrected", "given", "in_turn", "moved_to", "overlapping", "summed"]

OVERLAP = 0.5  # share of the smaller footprint from which two buildings are one
COUNTED = ("persons", "persons_away", "households", "dwellings")


def corrected(district: District, rows: pd.DataFrame) -> District:
    """A district after corrections, one after the other (`in_turn`); those that are done already change nothing.

    Parameters
    ----------
    district
        With whole persons.
    rows
        Accepted rows of layer `corrections`; those of other districts are left out.
    """
    if not len(rows):
        return district
    for row in in_turn(rows[rows["district_code"] == district.id]):
        district = _one(district, row)
    return district


def in_turn(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Accepted rows as they hold: what was decided later goes after, of one decision what was found later."""
    found = rows["when"].fillna("").astype(str).str.replace("/", "-")
    order = (
        rows.assign(found=found).sort_values(["decided_on", "found", "seq"], kind="stable").index
    )
    return [
        {str(name): value for name, value in row.items()}
        for row in rows.loc[order].to_dict("records")
    ]


def _one(district: District, row: Mapping[str, Any]) -> District:
    homes = district.buildings
    at = np.flatnonzero((homes["building_id"] == row["building_id"]).to_numpy(bool))
    if row["kind"] == "new":
        after = homes if len(at) else _with(homes, district.id, row)
    elif not len(at):
        return district
    elif row["kind"] == "gone":
        after = homes.drop(index=homes.index[at]).reset_index(drop=True)
    elif row["kind"] == "moved":
        shapes = homes.geometry.to_numpy().copy()
        shapes[at[0]] = moved_to(shapes[at[0]], row["geometry"])
        after = homes.set_geometry(gpd.GeoSeries(shapes, index=homes.index, crs=homes.crs))
    else:
        after = _recounted(homes, int(at[0]), row)
    return replace(
        district, buildings=after,
        persons=_total(district.persons, homes["persons"], after["persons"]),
        persons_away=_total(district.persons_away, homes["persons_away"], after["persons_away"]),
        households=_total(district.households, homes["households"], after["households"]),
    )  # fmt: skip


def _total(before: int | None, was: pd.Series, now: pd.Series) -> int | None:
    """A total that follows its buildings."""
    return None if before is None else before + (summed(now) or 0) - (summed(was) or 0)


def _with(homes: gpd.GeoDataFrame, code: str, row: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Buildings and one more, in the order of ids."""
    said = {
        name: row[name]
        for name in ("building_id", "use", "name", "address", "floors", *COUNTED, "doors")
    }
    said |= {
        "district_code": code, "geometry": row["geometry"], "persons_source": "counted",
        "floors_source": "given" if given(row["floors"]) else "default",
        "floors": row["floors"] if given(row["floors"]) else 1.0,
        "persons_away": row["persons_away"] if given(row["persons_away"]) else 0,
    }  # fmt: skip
    if not given(said["households"]) and homes["households"].notna().any():
        said["households"] = 0
    own = {f"{name}_own": said[name] for name in COUNTED if f"{name}_own" in homes}
    one = gpd.GeoDataFrame([{**said, **own}], geometry="geometry", crs=homes.crs)
    one = one.reindex(columns=homes.columns)
    for name in homes.columns:
        if name != "geometry":
            one[name] = one[name].astype(object).where(one[name].notna(), None).astype(homes[name].dtype)  # fmt: skip
    whole = pd.concat([homes, one], ignore_index=True)
    return gpd.GeoDataFrame(whole.sort_values("building_id", kind="stable", ignore_index=True), geometry="geometry", crs=homes.crs)  # fmt: skip


def _recounted(homes: gpd.GeoDataFrame, at: int, row: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Buildings with other counts of one."""
    after = homes.copy()
    for name in (*COUNTED, "doors", "floors", "use"):
        if given(row[name]):
            after.iloc[at, after.columns.get_loc(name)] = row[name]
            if f"{name}_own" in after:
                after.iloc[at, after.columns.get_loc(f"{name}_own")] = row[name]
    away, persons = after["persons_away"].iloc[at], after["persons"].iloc[at]
    if given(away) and int(away) > int(persons):
        after.iloc[at, after.columns.get_loc("persons_away")] = int(persons)
    after.iloc[at, after.columns.get_loc("persons_source")] = "counted"
    return after


def moved_to(shape: shapely.Geometry, place: shapely.Geometry) -> shapely.Geometry:
    """A footprint at a new place: as drawn anew, or shifted so that its middle is at a point."""
    if shapely.get_dimensions(place) == 2:
        return place
    way = np.subtract(place.centroid.coords[0], shape.centroid.coords[0])
    return shapely.transform(shape, lambda at: at + way)


def overlapping(shape: shapely.Geometry, others: Sequence[shapely.Geometry]) -> list[int]:
    """Which of other footprints are one building with a footprint, by what they share of the smaller."""
    shapes = np.asarray(others, dtype=object)
    small = np.minimum(shapely.area(shape), shapely.area(shapes))
    common = shapely.area(shapely.intersection(shape, shapes))
    return np.flatnonzero(common > OVERLAP * small).tolist()


def summed(values: pd.Series) -> int | None:
    """Sum of what is known, None where nothing is."""
    known = pd.to_numeric(values).dropna()
    return int(known.sum()) if len(known) else None


def given(value: Any) -> bool:
    """Whether a cell holds something."""
    return value is not None and value is not pd.NA and value == value and value != ""
