"""Where floors come from is said for every building."""

import numpy as np
from shapely import box

from census_gis.inputs.floors import fill_floors
from tests.inputs.made import UN, houses


def far(i):
    return box(1000 * i, 0, 1000 * i + 20, 20)


def test_given_height_neighbours_district_default_in_this_order():
    frame = houses(
        6,
        geometry=[far(0), box(30, 0, 50, 20), box(60, 0, 80, 20), far(1), far(2), far(3)],
        floors=[6.0, None, None, None, None, None],
        floors_source=["given", None, None, None, None, None],
        height=[None, 13.0, None, None, None, None],
        district_code=["001", "001", "001", "001", "002", "002"],
    )
    filled, cases = fill_floors(frame, UN)
    # 13 m / 3.2 m = 4.06 -> 4; median of 6 and 4 within 150 m and in the district is 5; 002 knows nothing: 3.
    assert filled["floors"].tolist() == [6, 4, 5, 5, 3, 3]
    assert filled["floors_source"].tolist() == [
        "given",
        "height",
        "neighbours",
        "neighbours",
        "default",
        "default",
    ]
    assert [(case["code"], case["row_key"]) for case in cases] == [("B401", "001"), ("B401", "002")]
    again, told = fill_floors(filled, UN)
    assert again["floors"].tolist() == filled["floors"].tolist()
    assert told == cases


def test_a_shed_does_not_say_how_high_houses_are():
    frame = houses(
        3,
        floors=[1.0, 9.0, np.nan],
        floors_source=["given", "given", None],
        use=["other", "residential", "residential"],
    )
    assert fill_floors(frame, UN)[0]["floors"].tolist() == [1, 9, 9]


def test_complete_floors_say_nothing():
    assert fill_floors(houses(3), UN)[1] == []
