"""What counts as a median: narrow from end to end, and between roads."""

import numpy as np
import shapely
from shapely import LineString, Polygon

from census_gis.fabric.borders import point_coordinates
from census_gis.fabric.mesh import build_mesh
from census_gis.model import ROAD

DISTRICT = shapely.box(0, 0, 600, 300)
HOUSES = np.array([shapely.box(x, y, x + 20, y + 15) for x in (100, 300, 480) for y in (40, 240)], object)  # fmt: skip


def _cells(*streets):
    lines = np.array([LineString(street) for street in streets], object)
    return build_mesh(DISTRICT, HOUSES, lines, np.full(len(lines), ROAD, np.uint8))


def _inside(mesh, ground: Polygon) -> float:
    """Metres of border between cells that run inside a piece of ground, along no street."""
    x, y = point_coordinates(mesh, mesh.point_id)
    ends = np.column_stack([x, y])
    pieces = shapely.linestrings(np.stack([ends[mesh.start], ends[mesh.end]], axis=1))
    inner = (mesh.left >= 0) & (mesh.right >= 0)
    return float(shapely.length(shapely.intersection(pieces[inner], ground)).sum())


def test_the_ground_between_two_carriageways_is_shared_along_its_middle():
    mesh = _cells([(-9, 150), (609, 150)], [(-9, 160), (609, 160)])
    assert _inside(mesh, shapely.box(0, 152, 600, 158)) > 500


def test_a_wedge_that_opens_is_no_median_though_narrow_on_the_mean():
    mesh = _cells([(-9, 150), (609, 150)], [(-9, 151), (609, 196)])
    wedge = Polygon([(10, 150.5), (598, 150.5), (598, 193), (10, 151.5)])
    assert _inside(mesh, wedge.buffer(-0.3)) == 0
