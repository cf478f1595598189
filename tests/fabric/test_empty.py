"""What counts as a median or as lanes: narrow, and between roads or on all sides of hamlets."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from census_gis.fabric.adjacency import adjacency
from census_gis.fabric.borders import point_coordinates
from census_gis.fabric.build import build_fabric
from census_gis.fabric.empty import COLUMNS, FAR, Faces, is_narrow
from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.settings import STANDARD
from census_gis.graph import components
from census_gis.model import LAND, ROAD
from tests.fabric.towns import at, barriers, buildings, district

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


def _hamlets(columns: int, rows: int, lane: float, *, side: float = 120.0):
    """A lattice of parcels with lanes between them, and a house in each: ground, parcels, houses."""
    corners = [(c * (side + lane), r * (side + lane)) for c in range(columns) for r in range(rows)]
    ground = shapely.box(0, 0, *(n * (side + lane) - lane for n in (columns, rows)))
    parcels = np.array([shapely.box(x, y, x + side, y + side) for x, y in corners], object)
    houses = np.array([shapely.box(x + 50, y + 50, x + 62, y + 60) for x, y in corners], object)
    return ground, parcels, houses


def _meshed(ground, parcels, houses):
    return build_mesh(ground, houses, parcels, np.full(len(parcels), LAND, np.uint8))


@settings(max_examples=20, deadline=None)
@given(columns=st.integers(2, 4), rows=st.integers(2, 4), lane=st.floats(1.0, 24.0))
def test_hamlets_meet_across_lanes_that_no_line_was_given_for(columns, rows, lane):
    mesh = _meshed(*_hamlets(columns, rows, lane))
    pairs = adjacency(mesh)
    both = (pairs["b"] < mesh.n_footprints).to_numpy()
    joined = components(mesh.n_footprints, *(pairs[end].to_numpy(np.int64)[both] for end in "ab"))
    assert joined[0] == 1
    assert mesh.n_cells == mesh.n_footprints


def test_hamlets_part_in_the_middle_of_their_lanes():
    ground, parcels, houses = _hamlets(2, 2, 16.0)
    mesh = _meshed(ground, parcels, houses)
    assert mesh.lane.sum() == 1
    lanes = shapely.difference(ground, shapely.union_all(parcels))
    assert _inside(mesh, shapely.box(122, 0, 134, 100)) > 80
    assert _inside(mesh, lanes.buffer(-5)) > 400


def test_one_lane_between_two_hamlets_stays_a_place():
    mesh = _meshed(*_hamlets(2, 1, 16.0))
    assert not mesh.lane.any()
    assert mesh.n_cells == mesh.n_footprints + 1


def test_wide_ground_between_hamlets_stays_a_place():
    mesh = _meshed(*_hamlets(2, 2, 60.0))
    assert not mesh.lane.any()
    assert mesh.n_cells == mesh.n_footprints + 1


def test_a_square_is_no_lane_and_a_net_of_lanes_with_a_river_bed_is():
    rim = np.zeros((2, COLUMNS))
    rim[:, FAR] = 110.0, 680.0
    net_and_square = Faces(np.full(2, 6_500.0), np.full(2, 1_000.0), rim)
    narrow = is_narrow(net_and_square, STANDARD, far_share=STANDARD.lane_far_share)
    assert narrow.tolist() == [True, False]
    assert not is_narrow(net_and_square, STANDARD).any()


def test_lanes_among_fields_without_a_house_stay_a_place():
    ground, parcels, houses = _hamlets(3, 3, 16.0)
    mesh = _meshed(ground, parcels, houses[:2])
    assert not mesh.lane.any()


def test_lanes_without_a_line_are_said_and_with_roads_there_are_none():
    ground, parcels, houses = _hamlets(2, 2, 16.0)
    town = buildings(*({"geometry": at(house), "persons": 100} for house in houses))
    land = [{"source": "landuse", "class": "farmland", "geometry": at(each)} for each in parcels]
    streets = [LineString([(128, -9), (128, 309)]), LineString([(-9, 128), (309, 128)])]
    roads = [{"source": "roads", "class": "residential", "geometry": at(each)} for each in streets]
    for given_roads, said in (([], 1), (roads, 0)):
        lines = barriers(*land, *given_roads)
        found = build_fabric(district(town, lines, boundary=at(ground))).findings
        assert (found["code"] == "G228").sum() == said
