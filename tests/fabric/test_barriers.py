"""What one sees on the ground is a barrier; footpaths and tunnels are none."""

import numpy as np
import pytest
import shapely

from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.barriers import kind_of_land, select
from census_gis.fabric.build import build_fabric
from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER
from census_gis.partitioning.solve import partition
from tests.fabric.towns import at, barriers, buildings, district

LINE = at(shapely.LineString([(0, 0), (100, 0)]))
FIELD = at(shapely.box(0, 0, 50, 50))
POND = at(shapely.box(0, 0, 20, 20))


@pytest.mark.parametrize(
    ("source", "given", "geometry", "kind"),
    [
        ("roads", "residential", LINE, ROAD), ("roads", "service", LINE, ROAD),
        ("roads", "track", LINE, ROAD), ("roads", None, LINE, ROAD), ("roads", "footway", LINE, 0),
        ("roads", "steps", LINE, 0), ("roads", "construction", LINE, 0),
        ("railways", "rail", LINE, RAIL), ("railways", "platform", LINE, 0),
        ("water", "lake", FIELD, WATER), ("water", "pond", at(shapely.box(0, 0, 9, 9)), 0),
        ("waterways", "stream", LINE, WATER), ("landuse", "residential", FIELD, LAND),
        ("landuse", "swimming_pool", FIELD, 0), ("landuse", "residential", POND, 0),
        ("landuse", "0702", FIELD, LAND), ("landuse", "1104A", POND, WATER), ("landuse", "1003", POND, ROAD),
        ("compounds", None, FIELD, OTHER), ("grids", None, FIELD, OTHER), ("barriers", None, LINE, OTHER),
        ("links", "bridge", LINE, 0),
    ],
)  # fmt: skip
def test_a_row_is_a_barrier_of_the_kind_of_its_class(source, given, geometry, kind):
    _, kinds, _ = select(barriers({"source": source, "class": given, "geometry": geometry}))
    assert kinds.tolist() == ([kind] if kind else [])


@pytest.mark.parametrize("source", ["roads", "railways", "waterways"])
def test_tunnels_are_none(source):
    given = {"roads": "primary", "railways": "subway", "waterways": "river"}[source]
    row = {"source": source, "class": given, "geometry": LINE, "tunnel": True}
    assert not len(select(barriers(row))[0])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("201", LAND), ("203", LAND), ("071", LAND), ("08H2", LAND), ("0201K", LAND), ("09", LAND),
        ("101", RAIL), ("1001", RAIL), ("102", ROAD), ("1004", ROAD), ("111", WATER), ("1107", WATER),
        ("1009", 0), ("123", 0), ("9999", 0), ("grass", LAND), ("swimming_pool", 0),
    ],
)  # fmt: skip
def test_codes_of_the_land_survey_old_and_new(code, kind):
    assert kind_of_land(code) == kind


def test_along_a_line_never_to_be_followed_nothing_is_a_barrier():
    never = at(shapely.LineString([(0, 3), (100, 3)]))
    crossing = at(shapely.LineString([(50, -50), (50, 50)]))
    rows = barriers(
        {"source": "roads", "class": "primary", "geometry": LINE},
        {"source": "roads", "class": "primary", "geometry": crossing},
        {"source": "barriers", "hold": "never", "geometry": never},
    )
    assert select(rows)[2].tolist() == [1]


def test_the_order_of_rows_does_not_matter():
    rows = barriers(
        {"source": "landuse", "class": "park", "geometry": FIELD},
        {"source": "roads", "class": "primary", "geometry": LINE},
        {
            "source": "roads",
            "class": "primary",
            "geometry": at(shapely.LineString([(0, 9), (9, 9)])),
        },
    )
    one, two = select(rows), select(rows.iloc[::-1])
    assert shapely.equals(one[0], two[0]).all()
    assert (one[1] == two[1]).all()
    assert (one[2] == 2 - two[2]).all()


def test_rows_without_shape_or_with_points_are_left_out():
    rows = barriers(
        {"source": "roads", "class": "primary", "geometry": None},
        {"source": "barriers", "geometry": at(shapely.Point(0, 0))},
    )
    geometry, kind, row = select(rows)
    assert len(geometry) == len(kind) == len(row) == 0
    assert kind.dtype == np.uint8


def test_twins_with_other_names_are_in_the_order_of_their_words_not_of_their_rows():
    twins = barriers(
        {"source": "roads", "class": "residential", "name": "乙路", "geometry": LINE},
        {"source": "roads", "class": "residential", "name": "甲路", "geometry": LINE},
        {"source": "roads", "class": "primary", "name": None, "geometry": LINE},
        {"source": "roads", "class": "track", "name": None, "geometry": LINE},
    )
    turned = twins.iloc[::-1].reset_index(drop=True)
    one, two = (table["name"].fillna(table["class"]).iloc[select(table)[2]].tolist() for table in (twins, turned))  # fmt: skip
    assert one == two and len(set(one)) == 4


def test_what_a_line_follows_has_the_same_name_whatever_the_order_of_rows():
    houses = [{"geometry": at(shapely.box(10 * i, y, 10 * i + 6, y + 6)), "persons": 150}
              for i in range(4) for y in (-20, 10)]  # fmt: skip
    lines = barriers(
        {"source": "roads", "class": "residential", "name": "乙路", "geometry": LINE},
        {"source": "roads", "class": "residential", "name": "甲路", "geometry": LINE},
    )
    said = []
    for table in (lines, lines.iloc[::-1].reset_index(drop=True)):
        plan = number(partition(build_fabric(district(buildings(*houses), table)), seed=1))
        drawn = tabulate(plan)["ea_lines"]
        said.append(drawn.loc[drawn["follows"] == "road", "feature_name"].tolist())
    assert said[0] == said[1] and said[0]
