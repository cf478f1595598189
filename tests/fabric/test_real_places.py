"""The laws of the fabric on two real places; skipped where their files are absent."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from census_gis.fabric.build import build_fabric
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.cutting import spread
from census_gis.model import District
from census_gis.tables import conform, empty
from tests.fabric.towns import RULES
from tests.places import place


def read(name, number, persons):
    """One district of a place, its persons spread over floor area."""
    file = place(name, f"{name}.gpkg")
    boundary = gpd.read_file(file, layer="district").geometry.iloc[number]
    town = gpd.read_file(file, layer="buildings")
    inside = shapely.area(shapely.intersection(town.geometry.values, boundary))
    town = town[inside > 0.5 * town.area].reset_index(drop=True)
    space = (town.area * town["levels"].fillna(3)).round().astype(int)
    home = town["use_class"].isin(["residential", "unknown"])
    made = gpd.GeoDataFrame(
        {
            "building_id": town["id"].astype(str), "district_code": "D", "use": "unknown",
            "floors": town["levels"], "persons": spread(persons, space.where(home, 0).tolist()),
            "geometry": town.geometry,
        },
        crs=town.crs,
    )  # fmt: skip
    roads = gpd.read_file(file, layer="roads")
    lines = conform(
        gpd.GeoDataFrame(
            {
                "source": "roads",
                "class": roads["highway"],
                "tunnel": False,
                "geometry": roads.geometry,
            },
            crs=roads.crs,
        ),
        "BARRIERS",
    )
    buildings = conform(made, "BUILDINGS")
    ground = shapely.force_2d(boundary)
    return District("D", name, RULES, roads.crs, ground, buildings, lines, persons)


@pytest.mark.parametrize(
    ("name", "number", "persons"), [("singapore_punggol", 2, 52_000), ("monaco", 1, 15_000)]
)
def test_a_real_place_is_tiled_by_atoms_of_one_piece_and_nobody_is_lost(name, number, persons):
    fabric = build_fabric(read(name, number, persons))
    assert fabric.atoms["persons"].sum() == fabric.parts["persons"].sum() == persons
    cells = cell_polygons(fabric.mesh)
    ground = ~(shapely.is_missing(cells) | shapely.is_empty(cells))
    atoms = (
        pd.Series(cells[ground])
        .groupby(fabric.cell_atom[ground])
        .agg(lambda polygons: shapely.coverage_union_all(polygons.to_numpy()))
    )
    assert all(polygon.geom_type == "Polygon" for polygon in atoms)
    whole = shapely.union_all(atoms.to_numpy())
    assert whole.symmetric_difference(fabric.district.boundary).area < 0.01
    assert (fabric.parts["persons"] > 360).sum() == (fabric.findings["code"] == "G202").sum() + (
        fabric.findings["code"].isin(["G203", "G204"]).sum()
    )
    cut = fabric.parts[fabric.parts["label"] != ""]
    assert len(cut) > 3
    assert cut["persons"].between(240, 360).all()
    assert np.isfinite(fabric.atoms[["x", "y", "area_m2"]].to_numpy()).all()


def test_a_place_without_lines_is_one_block():
    given = read("monaco", 3, 1_000)
    fabric = build_fabric(
        District(
            "D",
            "M",
            RULES,
            given.crs,
            given.boundary,
            given.buildings,
            empty("BARRIERS", given.crs),
        )
    )
    assert fabric.edges[["road_m", "rail_m", "water_m", "land_m"]].to_numpy().sum() == 0
    assert fabric.atoms["area_m2"].sum() == pytest.approx(given.boundary.area, abs=1e-3)
