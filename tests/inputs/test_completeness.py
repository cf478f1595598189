"""Streets without houses tell that houses are missing."""

import numpy as np
import pytest
from shapely import LineString, box

from census_gis.inputs.completeness import incomplete, street_share
from tests.inputs.made import districts, houses, lines, project
from tests.places import place

GROUND = box(0, -100, 2000, 100)
STREET = LineString([(0, 50), (2000, 50)])


def share(shapes, rows):
    return street_share(GROUND, np.array(shapes, dtype=object), lines(rows))


def test_the_share_is_of_length_near_a_building():
    got, metres = share([box(0, 0, 500, 20)], [("roads", "residential", STREET)])
    assert metres == pytest.approx(2000)
    assert got == pytest.approx(
        (500 + 26) / 2000, abs=0.01
    )  # 30 m aside: 26 m more along the street


def test_motorways_tracks_and_railways_are_no_streets():
    rows = [("roads", "motorway", STREET), ("roads", "track", STREET), ("railways", "rail", STREET)]
    assert share([box(0, 0, 500, 20)], rows) == (0.0, 0.0)


@pytest.mark.parametrize(("built", "found"), [(400, ["B501"]), (1000, [])])
def test_a_district_below_a_quarter_is_told(built, found):
    frame = houses(1, geometry=[box(0, 0, built, 20)])
    lot = lines([("roads", "residential", STREET)])
    got = incomplete(project(frame, districts([GROUND]), barriers=lot))
    assert got["code"].tolist() == found


def test_housing_land_without_a_house_is_told():
    rows = [("landuse", "0702", box(1000, 0, 1050, 50)), ("landuse", "0702", box(0, 0, 90, 50)),
            ("landuse", "0101", box(1200, 0, 1290, 50)), ("landuse", "0701", box(1400, 0, 1420, 50))]  # fmt: skip
    got = incomplete(project(houses(2), districts([GROUND]), barriers=lines(rows)))
    assert got["code"].tolist() == ["B502"]
    assert "2500" in got["message_en"][0]


@pytest.mark.parametrize(("name", "sparse"), [("guixi_jiangxi", True), ("monaco", False)])
def test_sparse_mapping_of_a_real_place_is_told(name, sparse):
    from census_gis.inputs.place import usual_sources
    from census_gis.inputs.read import ReadSettings, read_inputs
    from tests.inputs.made import UN

    file = place(name, f"{name}.gpkg")
    found = read_inputs(usual_sources(file), ReadSettings(name, UN)).findings
    assert ("B501" in set(found["code"])) == sparse
