"""Tiny buildings, districts and projects for the tests of this room."""

from functools import cache

import geopandas as gpd
import pandas as pd
from shapely import box

from census_gis import findings
from census_gis.model import District, Inputs
from census_gis.profile import load_profile
from census_gis.tables import TABLES, conform, empty

CRS = "EPSG:4549"
UN = load_profile("un")


@cache
def nothing(table):
    """A table without rows."""
    return empty(table, CRS)


def typed(frame, table):
    """As `conform`, without its validation: a hundred property examples would spend their time there."""
    n, data = len(frame), {}
    for name, column in TABLES[table].items():
        if column.dtype == "geometry":
            continue
        dtype = "object" if column.dtype == "str" else column.dtype
        values = list(frame[name]) if name in frame else [None] * n
        data[name] = pd.Series(values, dtype=dtype)
    return gpd.GeoDataFrame(data, geometry=list(frame.geometry), crs=frame.crs)


def houses(n, **columns):
    """`n` houses of 20 m x 20 m in a row, 1 floor, residential; columns override."""
    shape = columns.pop("geometry", [box(30 * i, 0, 30 * i + 20, 20) for i in range(n)])
    given = {
        "building_id": [f"b{i:03d}" for i in range(n)], "district_code": "001", "floors": 1.0, "height": None,
        "use": "residential", "floors_source": "given",
    }  # fmt: skip
    table = pd.DataFrame({**given, **columns}, index=range(n))
    return typed(gpd.GeoDataFrame(table, geometry=list(shape), crs=CRS), "BUILDINGS")


def districts(shapes, **columns):
    """Districts 001, 002 … of the shapes given."""
    codes = [f"{i + 1:03d}" for i in range(len(shapes))]
    table = pd.DataFrame({"district_code": codes, "name": codes, **columns})
    return typed(gpd.GeoDataFrame(table, geometry=list(shapes), crs=CRS), "DISTRICTS")


def lines(rows):
    """Table BARRIERS of (source, class, geometry)."""
    if not rows:
        return nothing("BARRIERS")
    table = pd.DataFrame(rows, columns=["source", "class", "geometry"]).assign(tunnel=False)
    return conform(gpd.GeoDataFrame(table, geometry="geometry", crs=CRS), "BARRIERS")


def project(buildings, land, profile=UN, barriers=None):
    """Inputs of buildings and districts."""
    return Inputs(
        "test", "zh", buildings.crs, profile, 7, land, buildings, buildings.iloc[:0],
        lines([]) if barriers is None else barriers, nothing("PLACES"), nothing("UNITS"), nothing("STAFF"), (),
        findings.frame([], buildings.crs),
    )  # fmt: skip


def district(buildings, profile=UN, barriers=None, **values):
    """One district around the buildings."""
    ground = box(*buildings.total_bounds).buffer(10, join_style="mitre")
    lot = lines([]) if barriers is None else barriers
    return District("001", "one", profile, buildings.crs, ground, buildings, lot, **values)
