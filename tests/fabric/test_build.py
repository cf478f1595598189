"""A fabric tiles its district, loses nobody, and every atom with ground is one piece."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.build import build_fabric
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.overlaps import overlapping
from census_gis.graph import components
from census_gis.model import ROAD
from tests.fabric.towns import at, barriers, buildings, district, rules, village

ROADS = [
    {"source": "roads", "class": "residential", "geometry": at(shapely.LineString(line))}
    for line in ([(-150, 90), (350, 110)], [(110, -150), (90, 350)])
]


def grounds(fabric):
    """Polygon of each atom that has ground."""
    cells = cell_polygons(fabric.mesh)
    here = ~shapely.is_empty(cells) & ~shapely.is_missing(cells)
    return {
        int(atom): shapely.coverage_union_all(cells[(fabric.cell_atom == atom) & here])
        for atom in np.unique(fabric.cell_atom)
    }


def codes(fabric):
    return fabric.findings["code"].tolist()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["when_needed", "always"]))
def test_atoms_tile_the_district_and_lose_nobody(seed, split):
    town = village(seed, 14)
    given_ = district(town, barriers(*ROADS), profile=rules(split=split))
    fabric = build_fabric(given_)
    for name in ("persons", "persons_away", "households"):
        assert fabric.atoms[name].sum() == fabric.parts[name].fillna(0).sum()
        assert fabric.atoms[name].sum() == town[name].fillna(0).sum()
    assert fabric.atoms["area_m2"].sum() == pytest.approx(given_.boundary.area, abs=1e-3)
    atoms = grounds(fabric)
    assert sum(polygon.area for polygon in atoms.values()) == pytest.approx(given_.boundary.area)
    broken = {
        row
        for row, code in zip(fabric.findings["row_key"], codes(fabric), strict=True)
        if code == "G223"
    }
    for atom, polygon in atoms.items():
        kind, building = fabric.atoms.loc[atom, ["kind", "building_id"]]
        assert kind != "band"
        assert polygon.geom_type == "Polygon" or broken, (kind, building)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_overlapping_buildings_up_to_the_top_are_one_atom(seed):
    town = village(seed, 16)
    fabric = build_fabric(district(town))
    shapes, persons = np.asarray(town.geometry.values), town["persons"].to_numpy()
    i, j = overlapping(shapes)
    _, chain = components(len(town), i, j)
    atoms = fabric.parts.groupby("building_id")["atom"].agg(set)
    for c in np.unique(chain):
        if persons[chain == c].sum() <= 360:
            together = set().union(*atoms[town["building_id"][chain == c]])
            assert len(together) == 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed, random):
    town, lines = village(seed, 10), barriers(*ROADS)
    order = list(range(len(town)))
    random.shuffle(order)
    one = build_fabric(district(town, lines))
    two = build_fabric(district(town.iloc[order].reset_index(drop=True), lines.iloc[::-1]))
    pd.testing.assert_frame_equal(one.atoms, two.atoms)
    pd.testing.assert_frame_equal(one.edges, two.edges)
    assert one.parts["atom"].tolist() == two.parts["atom"].tolist()
    assert one.findings["message_en"].tolist() == two.findings["message_en"].tolist()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_edges_join_existing_atoms_once_and_the_graph_is_the_edges(seed):
    fabric = build_fabric(district(village(seed, 12)))
    edges = fabric.edges
    assert (edges["a"] < edges["b"]).all()
    assert edges["b"].max() < len(fabric.atoms)
    assert not edges.duplicated(["a", "b"]).any()
    assert ((edges["border_m"] > 0) | edges["stair"]).all()
    assert len(fabric.graph) == len(fabric.atoms)
    assert len(fabric.graph.to) == 2 * len(edges)


def test_floor_bands_hang_on_the_ground_by_their_stair():
    tower = {"geometry": at(shapely.box(0, 0, 30, 26)), "persons": 1200, "doors": 2, "floors": 20}
    fabric = build_fabric(district(buildings(tower)))
    assert fabric.atoms["kind"].tolist() == ["slice", "band", "slice", "band"]
    assert fabric.atoms["alone"].all()
    assert fabric.atoms["area_m2"].tolist()[1::2] == [0, 0]
    stairs = fabric.edges[fabric.edges["stair"]]
    assert stairs[["a", "b"]].to_numpy().tolist() == [[0, 1], [2, 3]]
    assert fabric.parts["cell"].tolist() == [0, -1, 1, -1]


def test_bands_above_a_common_base_hang_on_it_door_by_door():
    slab = {"geometry": at(shapely.box(0, 0, 60, 14)), "persons": 1200, "doors": 3, "floors": 20}
    fabric = build_fabric(district(buildings(slab)))
    assert fabric.atoms["kind"].tolist() == ["slice", "band", "band", "band"]
    assert fabric.edges[["a", "b"]].to_numpy().tolist() == [[0, 1], [0, 2], [0, 3]]
    assert fabric.parts.geometry.geom_equals(fabric.parts.geometry[0]).sum() == 1


def test_a_district_of_persons_without_a_dwelling_has_one_placeless_atom():
    fabric = build_fabric(district(buildings(), persons=120))
    assert fabric.parts[["part_id", "building_id", "persons"]].to_numpy().tolist() == [
        ["D-placeless", "", 120]
    ]
    last = fabric.atoms.iloc[-1]
    assert (last["kind"], last["persons"]) == ("placeless", 120)
    assert np.diff(fabric.graph.start)[-1] == 0
    assert fabric.findings["severity"].tolist() == ["error"]
    assert fabric.atoms["area_m2"].sum() == pytest.approx(160_000)


def test_an_empty_district_without_persons_is_one_atom():
    fabric = build_fabric(district(buildings()))
    assert fabric.atoms["kind"].tolist() == ["empty"]
    assert len(fabric.findings) == 0


def test_a_duplicate_goes_with_its_twin_and_is_noticed():
    shape = at(shapely.box(0, 0, 20, 20))
    town = buildings({"geometry": shape, "persons": 30}, {"geometry": shape, "persons": 0})
    fabric = build_fabric(district(town))
    assert fabric.parts["atom"].nunique() == 1
    assert codes(fabric) == ["G221"]


def test_twins_of_more_than_the_top_together_still_share_their_only_ground():
    shape = at(shapely.box(0, 0, 20, 20))
    town = buildings({"geometry": shape, "persons": 200}, {"geometry": shape, "persons": 200})
    fabric = build_fabric(district(town))
    assert fabric.atoms["persons"].tolist() == [400]


def test_a_podium_cut_in_two_by_a_tower_keeps_with_it():
    podium = at(shapely.box(0, 0, 90, 20))
    middle = {"geometry": at(shapely.box(40, -2, 50, 22)), "persons": 300}
    far = {"geometry": at(shapely.box(70, 4, 80, 16)), "persons": 300}
    fabric = build_fabric(district(buildings({"geometry": podium, "persons": 0}, middle, far)))
    atom = fabric.parts.set_index("building_id")["atom"]
    assert all(polygon.geom_type == "Polygon" for polygon in grounds(fabric).values())
    assert "G209" in codes(fabric)
    assert atom["B01"] != atom["B02"]


def test_a_hut_inside_a_large_whole_building_goes_with_it():
    hall = {"geometry": at(shapely.box(0, 0, 60, 30)), "persons": 420}
    hut = {"geometry": at(shapely.box(10, 10, 14, 14)), "persons": 20}
    house = {"geometry": at(shapely.box(100, 0, 110, 10)), "persons": 80}
    fabric = build_fabric(district(buildings(hall, hut, house)))
    atom = fabric.parts.set_index("building_id")["atom"]
    assert atom["B00"] == atom["B01"] != atom["B02"]
    assert "G222" in codes(fabric)


def test_no_more_than_the_spare_joins_a_large_whole_building():
    hall = {"geometry": at(shapely.box(0, 0, 60, 30)), "persons": 420}
    huts = [{"geometry": at(shapely.box(x, 10, x + 4, 14)), "persons": 25} for x in (5, 15, 25, 35)]
    fabric = build_fabric(district(buildings(hall, *huts)))
    assert sorted(fabric.atoms["persons"].tolist()) == [25, 25, 470]


def test_empty_ground_in_a_compound_kept_as_one_goes_with_it():
    area = at(shapely.box(-60, -60, 60, 60))
    lines = barriers(
        {"source": "compounds", "mode": "atom", "geometry": area},
        {
            "source": "roads",
            "class": "service",
            "geometry": at(shapely.LineString([(0, -70), (0, 70)])),
        },
    )
    town = buildings(
        {"geometry": at(shapely.box(20, 0, 30, 10)), "persons": 50},
        {"geometry": at(shapely.box(40, 30, 50, 40)), "persons": 50},
        {"geometry": at(shapely.box(200, 200, 210, 210)), "persons": 50},
    )
    fabric = build_fabric(district(town, lines))
    atom = int(fabric.parts["atom"][0])
    assert fabric.parts["atom"][1] == atom
    assert grounds(fabric)[atom].symmetric_difference(area).area < 1


def test_a_compound_of_two_plots_that_do_not_touch_is_not_kept_together():
    plots = shapely.MultiPolygon(
        [at(shapely.box(-60, -60, -20, -20)), at(shapely.box(220, 220, 260, 260))]
    )
    lines = barriers({"source": "compounds", "mode": "atom", "geometry": plots})
    town = buildings(
        {"geometry": at(shapely.box(-50, -50, -40, -40)), "persons": 50},
        {"geometry": at(shapely.box(230, 230, 240, 240)), "persons": 60},
        {"geometry": at(shapely.box(100, 100, 110, 110)), "persons": 400},
        {"geometry": at(shapely.box(90, 20, 100, 30)), "persons": 70},
        {"geometry": at(shapely.box(20, 90, 30, 100)), "persons": 300},
    )
    fabric = build_fabric(district(town, lines))
    atom = fabric.parts["atom"]
    assert atom[0] != atom[1]
    assert "G225" in codes(fabric)
    assert all(polygon.geom_type == "Polygon" for polygon in grounds(fabric).values())


def test_features_of_the_mesh_are_rows_of_the_district():
    lines = barriers({"source": "links", "geometry": ROADS[0]["geometry"]}, *ROADS)
    house = {"geometry": at(shapely.box(0, 0, 10, 10)), "persons": 5}
    mesh = build_fabric(district(buildings(house), lines)).mesh
    assert set(mesh.feature[(mesh.flags & ROAD) > 0]) == {1, 2}


def test_ground_apart_from_the_rest_is_noticed():
    boundary = shapely.MultiPolygon(
        [at(shapely.box(-50, -50, 50, 50)), at(shapely.box(90, 0, 150, 50))]
    )
    house = {"geometry": at(shapely.box(0, 0, 10, 10)), "persons": 5}
    fabric = build_fabric(district(buildings(house), boundary=boundary))
    assert "G224" in codes(fabric)
