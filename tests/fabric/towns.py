"""Tiny towns for tests of the fabric."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.model import District
from census_gis.profile import Profile, Rule, load_profile
from census_gis.tables import conform

CRS = "EPSG:4548"
RULES = load_profile("cn2020")
X0, Y0 = 450_000.0, 4_400_000.0


def at(shape):
    """A shape near the origin, moved to where projected coordinates are."""
    return shapely.transform(shape, lambda xy: np.add(xy, [X0, Y0]))


def rules(**changes) -> Profile:
    """The 2020 rules with some replaced: split_building="always", high=400."""
    keys = {"split": "ea.split_building", "low": "ea.persons.low", "high": "ea.persons.high"}
    return RULES.depart({keys[k]: Rule(v, "", "test") for k, v in changes.items()}, "test")


def buildings(*rows) -> gpd.GeoDataFrame:
    """Rows are dicts with geometry and persons; ids B00, B01, ... unless given."""
    made = [{"building_id": f"B{i:02d}", **row} for i, row in enumerate(rows)]
    frame = pd.DataFrame(made if made else {"building_id": [], "persons": [], "geometry": []})
    frame["district_code"] = "D"
    frame["use"] = "residential"
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS), "BUILDINGS")


def barriers(*rows) -> gpd.GeoDataFrame:
    """Rows are dicts with geometry and source."""
    frame = pd.DataFrame(list(rows) if rows else {"source": [], "geometry": []})
    frame["tunnel"] = frame["tunnel"].fillna(False) if "tunnel" in frame else False
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS), "BARRIERS")


def district(town, lines=None, *, boundary=None, profile=RULES, persons=None) -> District:
    """A district around a town."""
    ground = at(shapely.box(-100, -100, 300, 300)) if boundary is None else boundary
    return District(
        id="D", name="D", profile=profile, crs=CRS, boundary=ground, buildings=town,
        barriers=barriers() if lines is None else lines,
        persons=int(town["persons"].sum()) if persons is None else persons,
    )  # fmt: skip


def village(seed: int, n: int) -> gpd.GeoDataFrame:
    """Houses in random places, some overlapping, some large."""
    made = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        x, y = made.uniform(-80, 260, 2).round(2)
        w, h = made.uniform(6, 60, 2).round(2)
        persons = int(made.choice([0, 5, 40, 150, 350, 420, 700, 1300, 2500]))
        rows.append(
            {
                "geometry": at(shapely.box(x, y, min(x + w, 295), min(y + h, 295))),
                "persons": persons,
                "floors": float(made.integers(1, 30)),
                "doors": None if made.random() < 0.4 else int(made.integers(1, 8)),
                "households": None if made.random() < 0.3 else persons // 3,
                "persons_away": persons // 10,
            }
        )
    return buildings(*rows)
