"""Ground that went astray finds a neighbour, and the rim of a face says what lies across it."""

import numpy as np
import pytest

from census_gis.fabric import empty
from census_gis.fabric.blocks import triangle_areas
from census_gis.fabric.empty import Rim, Strays, edge_lengths, gather_strays, wall_contacts
from census_gis.geometry.halfedges import START, TWIN, edges_after
from census_gis.geometry.triangulation import triangulate
from census_gis.model import DISTRICT, FOOT

PLAIN = pytest.mark.parametrize("plain", [True, False])


def _columns(labels):
    """A strip of squares of one metre with a label each: the ground, its corners' labels, column of each triangle."""
    n = len(labels)
    x, y = np.tile(1_000 * np.arange(n + 1), 2), np.repeat([0, 1_000], n + 1)
    across, along = np.arange(n + 1), np.arange(2 * n + 1)
    along = along[along != n]
    a, b = np.concatenate([across, along]), np.concatenate([across + n + 1, along + 1])
    net = triangulate(x, y, a, b)
    column = net.point[0, net.half[START]].reshape(-1, 3).mean(axis=1) // 1_000
    inside = (net.half[START].reshape(-1, 3) < x.size).all(axis=1)
    corner = np.where(inside, np.array([*labels, -1])[np.where(inside, column, n).astype(int)], -1)
    none = np.full(inside.size, -1, np.int32)
    flags = np.zeros(net.half.shape[1], np.uint8)
    ground = Strays(net.point, net.half, flags, inside, none, triangle_areas(net.point, net.half))
    return ground, np.repeat(corner, 3).astype(np.int32), np.repeat(np.where(inside, column, -1), 3)


@PLAIN
def test_a_stray_beside_strays_goes_with_them_to_the_settled_neighbour(plain, monkeypatch):
    if plain:
        for name in ("_weigh", "_stray_contacts", "relabel"):
            monkeypatch.setattr(empty, name, getattr(empty, name).py_func)
    # The 0 and the 1 at the end are cut off from theirs; the last of them touches no settled ground at first.
    ground, corner, column = _columns([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 1, 0])
    gather_strays(ground, corner, nobody=3, across=1.0)
    now = [int(np.unique(corner[column == k])[0]) for k in range(12)]
    assert now == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2]


@PLAIN
def test_contacts_are_the_labels_across_the_flagged_rim_of_a_face(plain, monkeypatch):
    if plain:
        monkeypatch.setattr(empty, "_contacts", empty._contacts.py_func)
    ground, corner, column = _columns([0, 1, 2])
    # The middle square is a face of its own: a wall on its left, the district line on its right.
    start, twin = ground.half[START], ground.half[TWIN]
    ends = np.column_stack(
        [ground.point[0, start], ground.point[0, start[edges_after(np.arange(start.size))]]]
    )
    flags = np.zeros(start.size, np.uint8)
    flags[(ends == 1_000).all(axis=1)] = FOOT
    flags[(ends == 2_000).all(axis=1)] = DISTRICT
    face = np.where(column[::3] == 1, 0, -1).astype(np.int32)
    metres = edge_lengths(*ground.point, start, flags, 1_000.0)
    found = wall_contacts(Rim(twin, flags, face, metres), np.array([True]), corner)
    # Both ends of the wall, half its metre each, see label 0; nothing is said across the district line.
    assert [each.tolist() for each in found] == [[0, 0], [0, 0], [0.5, 0.5]]
    assert not len(wall_contacts(Rim(twin, flags, face, metres), np.array([False]), corner)[0])
