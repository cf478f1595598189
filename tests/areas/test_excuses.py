"""The ground of EAs is judged by itself: what special areas or water part cannot share people."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import MultiPolygon, box

from census_gis.areas.audit import audit, measures
from census_gis.areas.codes import number
from census_gis.areas.counts import size_laws, sum_laws
from census_gis.areas.excuses import excuses
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from census_gis.profile import Rule, load_profile
from tests.fabric.towns import buildings, district

PROFILE = load_profile("cn2020")


def areas(*rows):
    """EAs of (persons, remark, shape) in one district."""
    table = pd.DataFrame(
        [{"ea_code": f"1{n:03d}", "district_code": "1", "kind": "ground", "persons": persons, "remark": remark,
          "households": None, "geometry": shape} for n, (persons, remark, shape) in enumerate(rows, 1)]
    )  # fmt: skip
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4549")


def parts(found):
    return pd.DataFrame(
        {"ea_code": found["ea_code"], "part_id": found["ea_code"] + "a", "building_id": "", "persons": 0, "households": None}
    )  # fmt: skip


def test_ground_behind_a_special_area_is_excused_by_itself():
    cut = areas((300, None, box(0, 0, 10, 10)), (0, "SPECIAL: site", box(10, 0, 20, 10)),
                (120, None, box(20, 0, 30, 10)), (300, None, box(0, 10, 10, 20)))  # fmt: skip
    table = excuses(cut, parts(cut), PROFILE)
    assert table["few"].to_dict() == {"1001": False, "1003": True, "1004": False}
    assert table["rest"].to_dict() == {"1001": 600, "1003": 120, "1004": 600}
    assert [row["code"] for row in size_laws(cut, parts(cut), PROFILE)] == ["S404"]


def test_ground_that_hangs_together_is_no_excuse():
    whole = areas((300, None, box(0, 0, 10, 10)), (120, None, box(10, 0, 20, 10)), (240, None, box(0, 10, 10, 20)))  # fmt: skip
    assert not excuses(whole, parts(whole), PROFILE)["few"].any()
    both = MultiPolygon([box(20, 0, 21, 1), box(0, 10, 10, 20)])
    tied = areas((300, None, box(0, 0, 10, 10)), (240, None, both), (120, None, box(21, 0, 30, 10)))
    assert not excuses(tied, parts(tied), PROFILE)["few"].any()


def test_measures_agree_with_what_is_said():
    cut = areas((300, None, box(0, 0, 10, 10)), (0, "SPECIAL: site", box(10, 0, 20, 10)),
                (120, None, box(20, 0, 30, 10)))  # fmt: skip
    lines = pd.DataFrame({"follows": [], "length_m": []})
    measured = measures(cut, lines, parts(cut), PROFILE)
    assert measured["in_band_or_excused"] == 1.0 and measured["excused_few"] == 1


def test_laws_speak_of_what_the_census_counts():
    rules = {**PROFILE.rules, "load.noun": Rule("units", "-", "test")}
    economic = type(PROFILE)(PROFILE.name, PROFILE.title, rules)
    found = areas((700, None, box(0, 0, 10, 10)))
    (row,) = size_laws(found, parts(found), economic)
    assert "700 units" in row["message_en"] and "700 个单位" in row["message_zh"]
    district = pd.DataFrame({"district_code": ["1"], "persons": [1], "households": [None]})
    said = [row["message_en"] for row in sum_laws(district, found, parts(found), "units")]
    assert said and all("persons" not in text for text in said)


def test_where_households_decide_sizes_and_excuses_are_theirs():
    band = {"low": 80, "target": 100, "high": 120, "cap": 400}
    rules = {
        f"ea.households.{key}": Rule(value, "households", "test") for key, value in band.items()
    }
    by_homes = PROFILE.depart({**rules, "ea.primary": Rule("households", "-", "test")}, "test")
    found = areas(
        *((n, None, box(40 * k, 0, 40 * k + 30, 9)) for k, n in enumerate((700, 60, 900, 90)))
    )
    found["households"] = [100, 20, 300, 60]
    told = parts(found).assign(
        building_id=found["ea_code"] + "b", persons=found["persons"], households=found["households"]
    )
    table = excuses(found, told, by_homes)
    assert table["within"].tolist() == [True, False, False, False]
    assert table["few"].tolist() == [False, True, False, True] and table["big"].tolist() == [
        False,
        False,
        True,
        False,
    ]
    rows = list(size_laws(found, told, by_homes))
    assert [row["code"] for row in rows] == ["S403", "S404", "S404"]
    assert (
        rows[0]["message_en"].startswith("EA 1003 has 300 households, more than 120")
        and "300 户" in rows[0]["message_zh"]
    )
    assert all("persons" not in row["message_en"] for row in rows)
    measured = measures(found, pd.DataFrame({"follows": [], "length_m": []}), told, by_homes)
    assert (measured["in_band"], measured["in_band_or_excused"], measured["max"]) == (
        0.25,
        1.0,
        900,
    )


@pytest.mark.parametrize("persons", [500, 5_000])
def test_persons_without_a_dwelling_are_not_called_a_building(persons):
    fabric = build_fabric(district(buildings(), persons=persons))
    found = audit(number(partition(fabric, seed=1)))
    said = found[found["code"].str.startswith("S")]
    assert ["S119" in set(said["code"]), "S409" in set(said["code"])] == [True, persons == 500]
    assert not set(said["code"]) & {"S104", "S403", "S405"}
    assert not said["message_en"].str.contains("uilding|placeless").any()
    assert not said["message_zh"].str.contains("建筑物|大楼|placeless").any()


def test_part_of_a_building_is_not_called_the_building():
    found = areas((500, None, box(0, 0, 10, 10)), (500, None, box(10, 0, 20, 10)), (700, None, box(20, 0, 30, 10)))  # fmt: skip
    told = parts(found).assign(building_id=["tower", "tower", "hall"], persons=found["persons"])
    assert excuses(found, told, PROFILE)["parted"].tolist() == [True, True, False]
    said = [(row["message_en"], row["message_zh"]) for row in size_laws(found, told, PROFILE)]
    assert ["a part of building tower" in en for en, _ in said] == [True, True, False]
    assert ["tower 的一部分" in zh for _, zh in said] == [True, True, False]
    assert "building hall alone holds 700" in said[2][0] and "建筑物 hall 就有 700 人" in said[2][1]
