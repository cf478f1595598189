"""A building across a line that must be kept is named, with the line and the EA that has all of it."""

import pytest
from shapely import LineString, box

from census_gis.areas.across import across_held_lines
from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from tests.fabric.towns import at, barriers, buildings, district

LINE = LineString([(100, -150), (100, 350)])


def found(middle, *, hold="must", line=LINE, name="旧河"):
    """Findings of a town of two halves of 300 persons, and a house in the middle."""
    houses = [
        {"geometry": at(box(x, y, x + 12, y + 12)), "persons": 25}
        for x in (0, 40, 140, 180)
        for y in (-60, 0, 60, 120, 180, 240)
    ]
    town = buildings(*houses, {"building_id": "mid", "geometry": at(middle), "persons": 10})
    lines = barriers({"source": "barriers", "hold": hold, "name": name, "geometry": at(line)})
    fabric = build_fabric(district(town, lines))
    tables = tabulate(number(partition(fabric, seed=1)))
    parts = tables["dwelling_parts"]
    home = parts.set_index("building_id")["ea_code"]["mid"]
    return across_held_lines(fabric.district, tables["enumeration_areas"], parts), home


@pytest.mark.parametrize(("left", "right"), [(20, 8), (8, 20)])
def test_the_building_the_line_and_what_is_beyond_it_are_named(left, right):
    told, home = found(box(100 - left, 90, 100 + right, 100))
    (case,) = told.to_dict("records")
    assert (case["code"], case["severity"], case["layer"]) == ("G227", "warning", "buildings")
    assert case["row_key"] == "mid" and home in case["message_en"] and home in case["message_zh"]
    assert "旧河" in case["message_en"] and "280 m2" in case["message_en"]
    assert any(f"with {side * 10} m2" in case["message_en"] for side in (left, right))


@pytest.mark.parametrize("name", [None, "ring road"])
def test_the_side_is_the_one_its_ea_has_not(name):
    told, home = found(box(80, 90, 108, 100), name=name)
    (case,) = told.to_dict("records")
    beyond = 80 if home.endswith("001") else 200  # EAs are numbered from the north-west
    assert f"with {beyond} m2" in case["message_en"]
    assert ("without a name" in case["message_en"]) == (name is None)


@pytest.mark.parametrize(
    "quiet",
    [
        {"hold": "never"},
        {"middle": box(80, 90, 100.3, 100)},
        {"middle": box(60, 90, 99, 100)},
        {"line": LineString([(100, 60), (100, 130)])},
    ],
)
def test_nothing_is_said_of_what_is_not_parted(quiet):
    told, _ = found(**{"middle": box(80, 90, 108, 100), **quiet})
    assert told.empty
