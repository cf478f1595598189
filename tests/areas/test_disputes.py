"""An open dispute names the districts and EAs it touches; a settled one must be written down."""

import geopandas as gpd
import pytest
import shapely

from census_gis.areas.disputes import dispute_cases
from census_gis.tables import conform, empty

CRS = "EPSG:4549"


def tables(*disputes):
    areas = [(f"{d:03d}{n:03d}", f"{d:03d}", shapely.box(100 * d, 50 * n, 100 * d + 100, 50 * n + 50))
             for d in (1, 2) for n in (1, 2)]  # fmt: skip
    districts = [
        (code, shapely.union_all([box for _, home, box in areas if home == code]))
        for code in ("001", "002")
    ]
    rows = [{"dispute_id": f"D{n}", "parties": "甲村、乙村", "state": state, "decision": decision, "date": date,
             "geometry": shape} for n, (shape, state, decision, date) in enumerate(disputes, start=1)]  # fmt: skip
    return {
        "disputes": conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "disputes"),
        "districts": gpd.GeoDataFrame(districts, columns=["district_code", "geometry"], crs=CRS),
        "enumeration_areas": gpd.GeoDataFrame(
            [(ea, box) for ea, _, box in areas], columns=["ea_code", "geometry"], crs=CRS),
    }  # fmt: skip


def line(*points):
    return shapely.LineString(points)


def test_an_open_dispute_on_a_line_names_both_districts_and_their_areas():
    (case,) = dispute_cases(tables((line((200.5, 60), (200.5, 90)), "open", None, None)))
    assert case["code"] == "D401" and case["severity"] == "warning"
    assert "districts 001 and 002" in case["message_en"] and "001001, 002001" in case["message_en"]
    assert "有争议" in case["message_zh"] and "001、002" in case["message_zh"]


def test_disputed_ground_counts_like_a_line():
    (case,) = dispute_cases(tables((shapely.box(190, 60, 210, 140), "negotiating", None, None)))
    assert case["code"] == "D401" and "协商中" in case["message_zh"]


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (line((100, 60), (100, 90)), "D402"),
        (line((140, 60), (150, 90)), "D403"),
        (line((900, 0), (901, 1)), "D403"),
    ],
)
def test_where_a_dispute_lies_says_what_it_is(shape, code):
    assert [case["code"] for case in dispute_cases(tables((shape, "open", None, None)))] == [code]


def test_a_settled_dispute_needs_its_decision_and_date():
    on = line((200, 60), (200, 90))
    cases = dispute_cases(
        tables((on, "settled", "归甲村", "2020-06-01"), (on, "settled", " ", None))
    )
    assert [case["row_key"] for case in cases] == ["D2", "D2"]
    assert {case["code"] for case in cases} == {"D404"}


def test_no_dispute_is_nothing_to_say():
    assert dispute_cases({"disputes": empty("disputes", CRS)}) == []
