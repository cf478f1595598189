"""Compile the kernels that place words, or load them from numba's cache."""

from __future__ import annotations

import numpy as np
import shapely

from census_gis.present.display import Box, line_rings, polygon_rings
from census_gis.present.fonts import default_face
from census_gis.present.labels import Board, Numbers, along, has_room, numbers_on, spread, within
from census_gis.present.lettering import lattice

__all__ = ["warm"]


def warm() -> None:
    """Place words on a map of three houses, so that processes find the kernels in numba's cache."""
    board = Board(Box(0.0, 0.0, 30.0, 30.0))
    shapes = np.array([shapely.box(x, 5.0, x + 9.0 / 3**x, 9.0) for x in (0.0, 1.0, 2.0)])
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    radius = np.array([2.0, 0.0, 0.0])  # the last two find no room on themselves
    numbers = Numbers(["1", "2", "3"], shapes, middle, middle, radius, np.arange(1, 4))
    board.own(
        polygon_rings(shapes[:1], (1.0, 0.0, 0.0)),
        line_rings(shapely.boundary(shapes), (1.0, 0.0, 0.0)),
    )
    numbers_on(board, numbers, default_face())
    outline, spots = lattice(shapely.box(10.0, 10.0, 30.0, 30.0))
    within(board, outline, spots, (3.0, 6.0))
    has_room(outline, spots, (3.0, 6.0))
    spread(board, spots, 3.0, 6.0)
    along(board, np.array([(0.0, 20.0), (30.0, 20.0)]), 3.0, 6.0)
    board.price(Box(1.0, 1.0, 2.0, 2.0), 0)
