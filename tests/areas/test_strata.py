"""Strata with bands of their own: each district by its table, all others exactly as before."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from census_gis.areas.audit import measures
from census_gis.areas.strata import Bands
from census_gis.errors import ConfigError, InfeasibleError
from census_gis.inputs.strata import check_strata
from census_gis.partitioning.solve import partition
from census_gis.profile import load_profile, stratum_key
from census_gis.runner.recheck import profile_of
from tests.partitioning.towns import grid_fabric

TABLE = """
[strata.220.ea.persons]
low    = { value = 150, source = "office letter" }
target = { value = 200, source = "office letter" }
high   = { value = 250, source = "office letter" }
[strata.rural.ea.households]
target = { value = 60, source = "office letter" }
"""


def profile(tmp_path, text=TABLE, head='extends = "un"\n'):
    path = tmp_path / "office.toml"
    path.write_text(head + text, encoding="utf-8")
    return load_profile(path)


def test_a_stratum_departs_from_the_census_and_the_rest_stays(tmp_path):
    rules, plain = profile(tmp_path), load_profile("un")
    village = rules.of_stratum("220")
    assert (village["ea.persons.low"], village["ea.persons.target"]) == (150, 200)
    assert village["ea.persons.spare"] == plain["ea.persons.spare"] and not village.strata
    for name in ("", "111", "2", "rural village"):
        assert rules.of_stratum(name).rules == plain.rules
    assert rules.of_stratum("rural")["ea.households.target"] == 60


def test_a_class_of_digits_has_the_table_of_its_longest_beginning(tmp_path):
    rules = profile(tmp_path, TABLE + '[strata.2.ea.persons]\ntarget = { value = 250, source = "x" }\n')  # fmt: skip
    found = {name: rules.of_stratum(name)["ea.persons.target"] for name in ("210", "220", "111")}
    assert found == {"210": 250, "220": 200, "111": 300}


def test_tables_are_inherited_key_by_key_and_say_who_set_them(tmp_path):
    profile(tmp_path)
    child = tmp_path / "child.toml"
    child.write_text(f'extends = "{tmp_path / "office.toml"}"\n[strata.220.ea.persons]\ntarget = {{ value = 210, source = "x" }}\n')  # fmt: skip
    rules = load_profile(child).strata["220"]
    assert (rules["ea.persons.target"].value, rules["ea.persons.low"].value) == (210, 150)
    assert (rules["ea.persons.target"].origin, rules["ea.persons.low"].origin) == ("child", "office")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('[strata.220.staff]\nrounding = { value = "up", source = "x" }\n', ConfigError, "no rule"),
        ("[strata.220.ea.persons]\nlow = { value = 100 }\n", ConfigError, "no source"),
        ("strata.220 = 7\n", ConfigError, "no rule"),
        ("strata = 7\n", ConfigError, "strata"),
        ('[strata.220.ea.persons]\nlow = { value = 350, source = "x" }\n', InfeasibleError, "350-360"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_refused(tmp_path, text, error, said):
    with pytest.raises(error) as caught:
        profile(tmp_path, text)
    assert said in caught.value.say("en") and "strata" in caught.value.say("en")


def test_a_plan_carries_the_tables(tmp_path):
    rules = profile(tmp_path)
    rows = [(key, str(rule.value), rule.unit, rule.source) for key, rule in rules.every().items()]
    rows.append(("project.profile", "office", "-", "x"))
    settings = pd.DataFrame(rows, columns=["key", "value", "unit", "source"])
    again = profile_of(settings)
    assert again.every() == rules.every() and again.of_stratum("220")["ea.persons.high"] == 250
    assert stratum_key("strata.a.b.ea.persons.low") == ("a.b", "ea.persons.low")
    assert "220" in rules.meaning("strata.220.ea.persons.low").zh


def test_each_district_is_measured_by_its_own_band(tmp_path):
    rules = profile(tmp_path)
    areas = gpd.GeoDataFrame(
        {"ea_code": ["1001", "2001"], "district_code": ["1", "2"], "kind": "ground", "remark": None,
         "persons": [200, 200], "households": None},
        geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs="EPSG:4549",
    )  # fmt: skip
    parts = pd.DataFrame({"ea_code": areas["ea_code"], "part_id": areas["ea_code"], "building_id": "", "persons": 200})  # fmt: skip
    lines = pd.DataFrame({"follows": [], "length_m": []})
    districts = pd.DataFrame({"district_code": ["1", "2"], "stratum": ["111", "220"]})
    told = measures(areas, lines, parts, rules, districts=districts)
    assert told["in_band"] == 0.5 and told["in_10pct"] == 0.5
    assert measures(areas, lines, parts, rules)["in_band"] == 0.0
    bands = Bands(rules, districts)
    assert [bands.high(code) for code in ("1", "2", "3")] == [360, 250, 360]


def test_a_table_no_district_is_of_is_told(tmp_path):
    rules = profile(tmp_path)
    districts = pd.DataFrame({"district_code": ["1", "2"], "stratum": ["220", None]})
    assert [case["code"] for case in check_strata(districts, rules)] == ["D141", "D142"]
    assert check_strata(districts, load_profile("un")) == []


def test_a_plan_of_a_district_without_a_table_is_the_plan_of_the_census(tmp_path):
    fabric, rules = grid_fabric(8, 8, np.full(64, 30)), profile(tmp_path)
    mine = replace(fabric, district=replace(fabric.district, profile=rules.of_stratum("111")))
    there = replace(fabric, district=replace(fabric.district, profile=load_profile("un")))
    assert (partition(mine, seed=7).label == partition(there, seed=7).label).all()
