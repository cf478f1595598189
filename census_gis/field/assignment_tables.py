"""Layers of a plan that say who counts what and who leads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.assignment_people import crs_of
from census_gis.field.staffing import UNSTAFFED
from census_gis.tables import conform, names

__all__ = ["assignment_table", "crew_table"]


def assignment_table(
    areas: pd.DataFrame, asked: NDArray[np.bool_], why: pd.DataFrame | None
) -> pd.DataFrame:
    """Layer `assignments`: who counts each EA that asks for somebody, and why it is not the next."""
    columns = ["ea_code", "enumerator", *(["minutes"] if "minutes" in areas else [])]
    rows = pd.DataFrame(areas.loc[asked, columns]).rename(columns={"enumerator": "staff_id"})
    rows = rows.reset_index(drop=True)
    if why is not None:
        rows = rows.assign(
            **{name: why[name].to_numpy(object) for name in ("home_m", "next_best", "reason")}
        )
    return conform(rows, "assignments")


def crew_table(
    areas: pd.DataFrame, label: NDArray[np.int64], leaders: NDArray[np.object_]
) -> pd.DataFrame:
    """Layer `crews`: the EAs of each supervisor, their minutes, and the ground they cover together."""
    shapes = areas["geometry"].to_numpy(object) if "geometry" in areas else None
    codes = areas["ea_code"].to_numpy(object)
    minutes = (
        areas["minutes"].to_numpy(np.float64) if "minutes" in areas else np.full(len(areas), np.nan)
    )
    rows = []
    for number, leader in sorted(enumerate(leaders), key=lambda item: str(item[1])):
        if leader == UNSTAFFED:
            continue
        crew = np.flatnonzero(label == number)
        rows.append({
            "supervisor": leader, "ea_codes": " ".join(sorted(codes[crew])),
            "minutes": None if np.isnan(minutes[crew]).any() else float(minutes[crew].sum()),
            "geometry": None if shapes is None else _cover(shapes[crew]),
        })  # fmt: skip
    return conform(pd.DataFrame(rows, columns=names("crews")), "crews", crs=crs_of(areas))


def _cover(shapes: NDArray[np.object_]) -> shapely.MultiPolygon | None:
    """EAs of one crew as one shape, stacked ones included; None where none has ground."""
    union = shapely.union_all(shapes[~shapely.is_missing(shapes)])
    polygons = shapely.get_parts(union)
    return shapely.multipolygons(polygons) if len(polygons) else None
