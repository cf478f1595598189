"""EA polygons tile the district, share their vertices, and never enter a house of another EA."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas import drawing
from census_gis.areas.drawing import draw, polygons
from census_gis.areas.outline import kinds, outline, part_areas
from census_gis.fabric.borders import border_pieces, settle_crumbs
from tests.areas.towns import fabric, grouped, plan

seeds = st.integers(0, 14)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 1000), st.integers(2, 40))
def test_ground_areas_tile_the_district_exactly(seed, grouping, per_area):
    made = grouped(fabric(seed), grouping, per_area)
    shapes = outline(made)
    ground = shapes.geometry[shapes["kind"] == "ground"].to_numpy()
    land = made.fabric.district.boundary
    assert shapely.is_valid(ground).all()
    assert shapely.coverage_is_valid(ground)
    assert shapely.symmetric_difference(shapely.coverage_union_all(ground), land).area < 1e-6
    assert abs(shapely.area(ground).sum() - land.area) < 1e-6


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(0, 1000))
def test_no_line_goes_through_a_house(seed, grouping):
    made = grouped(fabric(seed), grouping)
    shapes = outline(made).geometry.to_numpy()
    foot = made.fabric.parts.geometry.to_numpy()
    inside = shapely.intersection(foot, made.fabric.district.boundary)
    out = shapely.difference(inside, shapes[part_areas(made)], grid_size=0.001)
    # What two footprints claim may be in the other's EA.
    i, j = shapely.STRtree(foot).query(foot, predicate="intersects")
    for one, two in zip(i[i != j], j[i != j], strict=True):
        out[one] = shapely.difference(out[one], foot[two])
    assert shapely.area(out).max() < 0.5


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_every_area_is_one_piece(seed):
    made = plan(seed)
    shapes = outline(made)
    ground = shapes["kind"] == "ground"
    assert (shapely.get_num_geometries(shapes.geometry[ground].to_numpy()) == 1).all()


def test_persons_and_households_are_those_of_the_parts():
    made = plan(3)
    table = outline(made)
    assert table["persons"].sum() == made.fabric.parts["persons"].sum()
    assert table["households"].sum() == made.fabric.parts["households"].sum()
    assert table["buildings"].sum() == made.fabric.parts["building_id"].nunique()


def test_households_are_null_where_none_is_given():
    made = plan(3)
    parts = made.fabric.parts.assign(households=None)
    bare = type(made.fabric)(**{**vars(made.fabric), "parts": parts})
    assert outline(type(made)(bare, made.label, made.findings))["households"].isna().all()


def test_the_same_plan_is_drawn_the_same():
    one, two = draw(plan(5)), draw(plan(5))
    assert all(a.equals_exact(b, 0) for a, b in zip(polygons(one), polygons(two), strict=True))


def test_drawn_lines_have_fewer_points_and_turn_less_than_cells():
    made = plan(2)
    mesh = made.fabric.mesh
    pieces = border_pieces(mesh, settle_crumbs(mesh, made.label[made.fabric.cell_atom]))
    assert draw(made).path.size < 0.6 * len(pieces.start)


def test_the_district_line_does_not_move():
    made = plan(4)
    shapes = outline(made)
    union = shapely.coverage_union_all(shapes.geometry.dropna().to_numpy())
    land = made.fabric.district.boundary
    corners = shapely.points(shapely.get_coordinates(land))
    assert shapely.hausdorff_distance(union.boundary, land.boundary) < 1e-6
    assert shapely.distance(corners, shapely.multipoints(shapely.get_coordinates(union))).max() == 0


@pytest.mark.parametrize(
    ("atoms", "expected"),
    [(["ground", "band"], "ground"), (["band", "band"], "stacked"), (["placeless"], "virtual")],
)
def test_kind_of_an_area_follows_its_atoms(atoms, expected):
    made = plan(0)
    table = made.fabric.atoms.iloc[: len(atoms)].assign(kind=atoms)
    bare = type(made.fabric)(**{**vars(made.fabric), "atoms": table})
    few = type(made)(bare, np.zeros(len(atoms), np.int32), made.findings)
    assert kinds(few).tolist() == [expected]


def test_an_area_at_a_spike_whose_sides_cross_is_valid_without_it():
    ring = [(0, 0), (100, 0), (100, 100), (50, 100), (50, 110), (50 + 1e-9, 100), (0, 100)]
    shapes = np.array([shapely.Polygon(ring), None, shapely.box(100, 0, 200, 100)], object)
    assert not shapes[0].is_valid
    clean = drawing._unspiked(shapes.copy())
    assert clean[0].is_valid
    assert clean[0].geom_type == "Polygon"
    assert abs(clean[0].area - 10_000) < 1e-3
    assert clean[1] is None
    assert clean[2] is shapes[2]


def test_an_area_that_would_lose_ground_or_fall_apart_is_left_as_it_is():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert drawing._unspiked(np.array([bow], object))[0] is bow
