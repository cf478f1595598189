"""Border pieces close around every label, for cells and for groups of cells alike."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric import borders
from census_gis.fabric.blocks import piece_counts
from census_gis.fabric.borders import border_pieces, point_coordinates, rings, settle_crumbs
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh
from tests.fabric.nasty import district
from tests.fabric.test_mesh import assert_tiles

seeds = st.integers(0, 100_000)


def polygons_of(mesh, pieces, n):
    """Polygons of labels out of pieces, with points numbered anew."""
    ids, row = np.unique(np.concatenate([pieces.start, pieces.end]), return_inverse=True)
    start, end = row[: pieces.start.size], row[pieces.start.size :]
    x, y = point_coordinates(mesh, ids)
    a, b = pieces.left >= 0, pieces.right >= 0
    return rings(
        np.concatenate([pieces.left[a], pieces.right[b]]),
        np.concatenate([start[a], end[b]]),
        np.concatenate([end[a], start[b]]),
        x,
        y,
        n,
    )


def some_groups(mesh, seed):
    """Groups of cells in a row, covered ones with the cell that covers them."""
    return (np.arange(mesh.n_cells) // (1 + seed % 9)).astype(np.int32)[mesh.cover]


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_groups_with_settled_crumbs_tile_the_district(seed):
    boundary, *rest = district(seed)
    mesh = build_mesh(boundary, *rest)
    group = some_groups(mesh, seed)
    pieces = border_pieces(mesh, settle_crumbs(mesh, group))
    assert_tiles(polygons_of(mesh, pieces, int(group.max()) + 1), boundary)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_settling_crumbs_breaks_no_group_and_moves_no_house(seed):
    mesh = build_mesh(*district(seed))
    group = some_groups(mesh, seed)
    before, after = np.append(group, -1)[mesh.cell].astype(np.int32), settle_crumbs(mesh, group)
    n = int(group.max()) + 1

    def pieces(corner):
        return piece_counts(mesh.twin, corner, mesh.inside, n)

    assert (pieces(after) <= pieces(before)).all()
    settled = np.repeat(mesh.owner >= 0, 3) | ~np.repeat(mesh.inside, 3)
    assert (before[settled] == after[settled]).all()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_pieces_of_the_cells_are_those_the_mesh_keeps(seed):
    mesh = build_mesh(*district(seed))
    pieces = border_pieces(mesh, mesh.cell)
    assert (pieces.start == mesh.point_id[mesh.start]).all()
    assert (pieces.end == mesh.point_id[mesh.end]).all()
    assert (pieces.left == mesh.left).all()
    assert (pieces.right == mesh.right).all()
    assert (pieces.flags == mesh.piece_flags).all()
    assert (pieces.feature == mesh.piece_feature).all()
    assert (pieces.left != pieces.right).all()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_polygons_of_groups_are_the_unions_of_their_cells(seed):
    mesh = build_mesh(*district(seed, most=40))
    group = some_groups(mesh, seed)
    cells, groups = cell_polygons(mesh), cell_polygons(mesh, group)
    for g, polygon in enumerate(groups):
        mine = [cell for cell, of in zip(cells, group, strict=True) if of == g and cell is not None]
        if polygon is not None:
            assert shapely.coverage_union_all(mine).symmetric_difference(polygon).area < 1e-6


def test_a_ring_that_touches_itself_becomes_two_simple_rings():
    x = np.array([0.0, 1, 1, 0, 2, 2])
    y = np.array([0.0, 0, 1, 1, 1, 2])
    start = np.array([0, 1, 2, 3, 2, 4, 5])
    end = np.array([1, 2, 3, 0, 4, 5, 2])
    polygon = rings(np.zeros(7, int), start, end, x, y, 1)[0]
    assert polygon.is_valid
    assert polygon.geom_type == "MultiPolygon"
    assert polygon.area == pytest.approx(1.5)


def test_an_island_of_the_same_label_in_a_hole_stays_an_island():
    # Shell and island run counter-clockwise, the hole between them clockwise.
    shell, hole, island = (
        np.array([(a, a), (b, a), (b, b), (a, b)][::way], float)
        for a, b, way in ((0, 9, 1), (2, 7, -1), (3, 5, 1))
    )
    x, y = np.vstack([shell, hole, island]).T.copy()
    end = np.concatenate([np.roll(np.arange(i, i + 4), -1) for i in (0, 4, 8)])
    polygon = rings(np.zeros(12, int), np.arange(12), end, x, y, 1)[0]
    assert polygon.is_valid
    assert polygon.area == 81 - 25 + 4
    assert len(polygon.geoms) == 2


def test_pieces_that_do_not_close_are_refused():
    x, y = np.array([0.0, 1, 1]), np.array([0.0, 0, 1])
    with pytest.raises(ValueError, match="do not close"):
        rings(np.zeros(2, int), np.array([0, 1]), np.array([1, 2]), x, y, 1)


def test_no_pieces_no_polygons():
    nothing = np.empty(0, int)
    assert list(rings(nothing, nothing, nothing, np.empty(0), np.empty(0), 2)) == [None, None]


def test_pieces_say_what_they_run_along_as_plain_python_does():
    mesh = build_mesh(*district(7))
    out = np.empty((5, mesh.twin.size), np.int64)
    n = borders._collect(mesh.tri, mesh.twin, mesh.cell, out)
    says = (mesh.flags, mesh.feature), (mesh.strip_flags, mesh.strip_feature)
    plain = borders._finished.py_func(out[:, :n], mesh.twin, mesh.fx.size, *says)
    for column, known in zip(plain, border_pieces(mesh, mesh.cell), strict=True):
        assert column.tolist() == known.tolist()
    *_, flags, feature = plain
    on_edge = out[4, :n] < mesh.twin.size
    edge = np.where(on_edge, out[4, :n], 0)
    drawn = on_edge & (mesh.flags[edge] > 0)
    assert drawn.any() and not drawn.all()
    assert (flags[drawn] == mesh.flags[edge[drawn]]).all()
    assert (feature[drawn] == mesh.feature[edge[drawn]]).all()
