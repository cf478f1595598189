"""The previous census's EAs: polygons with codes that the new division begins with and keeps as far as it can."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import text_column
from census_gis.inputs.layers import Cases, Ground, canonical, read_layers
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.tables import conform

__all__ = ["in_districts", "read_previous"]

OUTSIDE = Kind(
    "D421", "note",
    Text("{n} previous EAs lie in none of the districts and are left out.", "{n} 个上次普查小区不在任何普查区内，未采用。"),
    Text("nothing, or check the file.", "无需处理，或核对文件。"),
)  # fmt: skip


def read_previous(
    sources: Source | Sequence[Source], *, ground: Ground
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table PREVIOUS, ordered by code; several rows of one code are one EA.

    Raises
    ------
    InputError
        If a row has no code; or as `read_layer`.
    """
    frame, cases = read_layers("previous", sources, ("ea_code",), ground=ground, wanted="area")
    frame["ea_code"] = text_column(frame, "ea_code")
    lost = frame.loc[frame["ea_code"].isna(), "_key"]
    if len(lost):
        where = sources.label if isinstance(sources, Source) else sources[0].label
        raise InputError(
            Text(f"{len(lost)} previous EAs have no code.", f"{len(lost)} 个上次普查小区没有代码。"),
            where=where, rows=lost.tolist(),
            fix=Text('map it: columns = { ea_code = "…" }.', '请对应字段：columns = { ea_code = "…" }。'),
        )  # fmt: skip
    frame = canonical(frame, ["ea_code"])
    codes, row = np.unique(frame["ea_code"].to_numpy(str), return_inverse=True)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    whole = [shapely.union_all(shapes[row == nth], grid_size=0.001) for nth in range(len(codes))]
    table = gpd.GeoDataFrame(
        {"ea_code": codes.astype(object), "district_code": None}, geometry=whole, crs=frame.crs
    )
    return conform(table, "PREVIOUS"), cases


def in_districts(
    previous: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Previous EAs cut at the lines of the districts they lie in: a row for each district that has some of one."""
    land = np.asarray(districts.geometry.array, dtype=object)
    shapes = np.asarray(previous.geometry.array, dtype=object)
    i, j = shapely.STRtree(land).query(shapes, predicate="intersects")
    common = shapely.intersection(shapes[i], land[j], grid_size=0.001)
    real = shapely.area(common) > 0
    i, j, common = i[real], j[real], common[real]
    rows = gpd.GeoDataFrame(
        {"ea_code": previous["ea_code"].to_numpy(object)[i],
         "district_code": districts["district_code"].to_numpy(object)[j]},
        geometry=common, crs=previous.crs,
    )  # fmt: skip
    rows = rows.sort_values(["district_code", "ea_code"], kind="stable", ignore_index=True)
    lost = len(previous) - len(np.unique(i))
    return conform(rows, "PREVIOUS"), [OUTSIDE.at("previous", n=lost)] if lost else []
