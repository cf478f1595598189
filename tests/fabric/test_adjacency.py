"""Adjacency is a sum of border pieces: it agrees with the polygons."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from census_gis.fabric.adjacency import adjacency
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh
from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER
from tests.fabric.nasty import district, objects

seeds = st.integers(0, 100_000)
COLUMNS = ["a", "b", "border_m", "road_m", "rail_m", "water_m", "land_m", "other_m", "wall_m"]


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_borders_are_as_long_as_the_polygons_have_in_common(seed):
    mesh = build_mesh(*district(seed, most=30))
    cells, edges = cell_polygons(mesh), adjacency(mesh)
    outline = shapely.boundary(cells)
    for a, b, metres in zip(edges["a"], edges["b"], edges["border_m"], strict=True):
        common = shapely.line_merge(outline[a].intersection(outline[b]))
        assert common.length == pytest.approx(metres, abs=1e-6)
    # And every metre is counted: all outlines together are twice the inner borders and once the district's.
    total = sum(line.length for line in outline if line is not None)
    rim = shapely.coverage_union_all(objects([c for c in cells if c is not None])).length
    assert total == pytest.approx(2 * edges["border_m"].sum() + rim, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_pairs_are_sorted_unique_and_no_part_is_longer_than_the_border(seed):
    edges = adjacency(build_mesh(*district(seed)))
    assert list(edges.columns) == COLUMNS
    assert (edges["a"] < edges["b"]).all()
    pairs = list(zip(edges["a"], edges["b"], strict=True))
    assert pairs == sorted(set(pairs))
    assert (edges["border_m"] > 0).all()
    for column in COLUMNS[3:]:
        assert (edges[column] <= edges["border_m"] + 1e-9).all()


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_adjacency_of_groups_sums_that_of_their_cells(seed):
    mesh = build_mesh(*district(seed))
    group = (np.arange(mesh.n_cells) // 3).astype(np.int32)
    edges, grouped = adjacency(mesh), adjacency(mesh, group)
    a, b = group[edges["a"]], group[edges["b"]]
    apart = edges.assign(a=np.minimum(a, b), b=np.maximum(a, b))[a != b]
    sums = apart.groupby(["a", "b"], as_index=False).sum()
    assert np.allclose(sums[COLUMNS].to_numpy(float), grouped.to_numpy(float))


@pytest.mark.parametrize(
    ("kind", "column"),
    [(ROAD, "road_m"), (RAIL, "rail_m"), (WATER, "water_m"), (LAND, "land_m"), (OTHER, "other_m")],
)
def test_a_border_along_a_barrier_counts_for_its_kind(kind, column):
    houses = objects([box(10, 10, 20, 20), box(10, 60, 20, 70)])
    line = objects([LineString([(-5, 40), (105, 40)])])
    edges = adjacency(build_mesh(box(0, 0, 100, 80), houses, line, np.array([kind], np.uint8)))
    assert edges[["a", "b", "border_m", column]].to_numpy().tolist() == [[0, 1, 100, 100]]
    assert edges[COLUMNS[3:]].to_numpy().sum() == 100


def test_houses_wall_to_wall_have_a_wall_between_them():
    houses = objects([box(0, 0, 10, 10), box(10, 0, 20, 10)])
    edges = adjacency(build_mesh(box(0, 0, 20, 10), houses, objects([]), np.array([], np.uint8)))
    assert edges[["border_m", "wall_m"]].to_numpy().tolist() == [[10, 10]]


def test_one_cell_has_no_neighbours():
    mesh = build_mesh(box(0, 0, 20, 10), objects([]), objects([]), np.array([], np.uint8))
    assert adjacency(mesh).empty
    assert list(adjacency(mesh).columns) == COLUMNS
