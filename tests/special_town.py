"""A small street with special areas, virtual EAs and links, written as files or made as a District."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.inputs.population import estimate_district
from census_gis.model import District
from census_gis.profile import load_profile
from census_gis.tables import conform

CRS = "EPSG:4549"
X, Y = 500_000.0, 3_450_000.0
CODE = "310118002001"
PROFILE = load_profile("cn2020")


def moved(shape):
    """A shape near the origin, moved to where projected coordinates are."""
    return shapely.transform(shape, lambda xy: np.add(xy, [X, Y]))


def houses(columns=10, rows=10, *, step=30.0, persons=None) -> gpd.GeoDataFrame:
    """Houses of 12 m on a lattice of `step` metres from (10, 10) on."""
    spots = [(10 + step * i, 10 + step * j) for j in range(rows) for i in range(columns)]
    frame = pd.DataFrame(
        {"building_id": [f"b{n:03d}" for n in range(len(spots))], "district_code": CODE, "floors": 2.0,
         "use": "residential", "floors_source": "given", "persons": persons}
    )  # fmt: skip
    shapes = [moved(shapely.box(x, y, x + 12, y + 12)) for x, y in spots]
    return conform(gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS), "BUILDINGS")


def special(*rows) -> gpd.GeoDataFrame:
    """Table SPECIAL of dicts with kind and geometry near the origin."""
    made = [
        {"special_id": f"S{n + 1:03d}", "district_code": CODE, "policy": "own", "sensitive": False, **row}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    frame = pd.DataFrame(made)
    frame["geometry"] = [moved(row["geometry"]) for row in made]
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS), "SPECIAL")


def virtual(*rows) -> pd.DataFrame:
    """Table VIRTUAL of dicts with persons."""
    told = {"district_code": CODE, "reason": "拆迁", "proposed_by": "街道办", "approved_by": "区普查办",
            "approved_on": "2020-09-01"}  # fmt: skip
    return conform(pd.DataFrame([{**told, **row} for row in rows]), "VIRTUAL")


def lines(*rows) -> gpd.GeoDataFrame:
    """Table BARRIERS of (source, class, geometry near the origin)."""
    frame = pd.DataFrame(list(rows), columns=["source", "class", "geometry"]).assign(tunnel=False)
    frame["geometry"] = [moved(shape) for shape in frame["geometry"]]
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS), "BARRIERS")


def district(
    town=None, *, boundary=None, persons=1200, barriers=None, profile=PROFILE, **records
) -> District:
    """A district of 320 m around a town, its people in their buildings."""
    ground = moved(shapely.box(0, 0, 320, 320) if boundary is None else boundary)
    found = District(
        CODE, "花园居委会", profile, gpd.GeoSeries([], crs=CRS).crs, ground,
        houses() if town is None else town, lines() if barriers is None else barriers,
        persons=persons, **records,
    )  # fmt: skip
    return estimate_district(found)
