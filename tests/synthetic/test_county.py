"""A county adds up whatever its size, and is written one township at a time."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from census_gis.config import load_config
from census_gis.errors import ConfigError
from census_gis.synthetic import Town, county, shuffled, township_count, townships, write, write_all
from census_gis.synthetic.county import planned
from census_gis.synthetic.project import LAYERS

SMALL = {"districts": 6, "persons": 4_500, "count": 2}


@cache
def the_towns() -> tuple[Town, ...]:
    return tuple(townships(seed=7, **SMALL))


@st.composite
def sizes(draw):
    districts = draw(st.integers(2, 300))
    each = draw(st.integers(300, 6_000))
    count = draw(st.one_of(st.none(), st.integers(2, min(140, districts))))
    return districts, districts * each + draw(st.integers(0, 299)), count


@settings(max_examples=20, deadline=None)
@given(sizes(), st.integers(0, 9))
def test_districts_and_persons_add_up_whatever_is_asked_for(size, seed):
    districts, persons, count = size
    plans = planned(districts=districts, persons=persons, seed=seed, count=count)
    assert len(plans) == township_count(districts, count)
    assert sum(len(one.mix.kinds) for one in plans) == districts
    assert sum(one.persons for one in plans) == persons
    assert all(one.mix.kinds and one.persons >= 200 * len(one.mix.kinds) for one in plans)
    assert all(len([kind for kind in one.mix.kinds if kind == "village"]) <= 200 for one in plans)


@settings(max_examples=8, deadline=None)
@given(sizes())
def test_codes_say_what_a_township_is(size):
    districts, persons, count = size
    plans = planned(districts=districts, persons=persons, seed=7, count=count)
    codes = [one.code for one in plans]
    assert codes == sorted(set(codes))
    assert len({one.name for one in plans}) == len(plans)
    for one in plans:
        key = int(one.code[6:])
        ending = "街道" if 1 <= key <= 99 else "镇" if key <= 199 else "乡" if key <= 399 else "?"
        assert one.name.endswith(ending)


def test_the_county_of_the_report_has_its_districts_and_about_7100_areas():
    plans = planned(districts=1_250, persons=1_756_000, seed=7)
    kinds = [kind for one in plans for kind in one.mix.kinds]
    assert len(plans) == 35 and len(kinds) == 1_250
    assert {one.name[-1] for one in plans} == {"道", "镇", "乡"}
    assert sum(one.persons for one in plans) == 1_756_000
    assert {one.norm.target for one in plans} == {247}
    assert 100 <= len(kinds) - kinds.count("village") <= 220
    middle = np.array([one.site.outline.centroid.coords[0] for one in plans if one.code[6] == "0"])
    outer = np.array([one.site.outline.centroid.coords[0] for one in plans if one.code[6] == "2"])
    assert np.hypot(*middle.T).max() < np.hypot(*outer.T).min()


@pytest.mark.parametrize("asked", [
    {"districts": 0, "persons": 900}, {"districts": 4, "persons": 1_100},
    {"districts": 4, "persons": 9_000, "count": 5}, {"districts": 4, "persons": 9_000, "count": 0},
    {"districts": 9_000, "persons": 9_000_000},
])  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_made(asked):
    with pytest.raises(ConfigError) as caught:
        townships(seed=7, **asked)
    assert caught.value.say("zh") != caught.value.say("en")


def test_neighbouring_townships_share_one_line():
    plans = planned(districts=1_250, persons=1_756_000, seed=7)
    shapes = np.array([one.site.outline for one in plans])
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    shared = shapely.intersection(shapes[first[pairs]], shapes[second[pairs]])
    assert shapely.area(shared).max() < 1e-6
    whole = shapely.union_all(shapes)
    assert whole.geom_type == "Polygon" and len(whole.interiors) == 0
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-9)


@pytest.mark.parametrize(
    ("districts", "persons", "count"), [(4, 6_000, 2), (3, 1_000, 3), (5, 2_500, 4), (2, 9_000, 2)]
)
def test_tiny_counties_are_as_exact(districts, persons, count):
    town = county(districts=districts, persons=persons, count=count)
    assert len(town.districts) == districts
    assert town.districts["persons"].sum() == town.persons == persons
    assert (town.districts["persons"] > 0).all()
    tree = shapely.STRtree(town.districts.geometry.to_numpy())
    middles = shapely.centroid(town.buildings.geometry.to_numpy())
    assert len(np.unique(tree.query(middles, predicate="within")[0])) == len(middles)


def test_names_are_unique_in_a_township_and_end_as_names_of_committees_do():
    for town in the_towns():
        table = town.districts
        assert table["name"].is_unique
        serial = table["district_code"].str[9:].astype(int)
        rural = table["stratum"] == "220"
        assert (serial[rural] >= 200).all() and (serial[rural] <= 399).all()
        assert (serial[~rural] >= 1).all() and (serial[~rural] <= 199).all()
        assert table.loc[rural, "name"].str.endswith("村民委员会").all()
        assert table.loc[~rural, "name"].str.endswith("居民委员会").all()


def test_villages_of_a_county_have_the_houses_an_area_needs():
    town = county(districts=6, persons=7_000, count=2)
    rural = town.districts["stratum"] == "220"
    codes = town.districts.loc[rural, "district_code"].str[6:]
    houses = town.buildings["building_id"].str[:6].isin(set(codes)).sum()
    assert 44 <= houses * 247 / town.districts.loc[rural, "persons"].sum() <= 66


def test_a_county_has_a_supervisor_for_each_district_and_an_enumerator_for_each_area():
    for town in the_towns():
        staff = town.staff.groupby(["district_code", "role"]).size().unstack()
        assert list(staff.index) == sorted(town.districts["district_code"])
        assert (staff["supervisor"] == 1).all()
        areas = (town.districts.set_index("district_code")["persons"] / 247).round().clip(lower=1)
        assert (staff["enumerator"] >= areas.sort_index()).all()
        assert town.staff["staff_id"].is_unique


def layers(path) -> dict[str, pd.DataFrame]:
    tables = {}
    for name, _ in pyogrio.list_layers(path):
        frame = pyogrio.read_dataframe(path, layer=name)
        if isinstance(frame, gpd.GeoDataFrame):
            frame = pd.DataFrame(frame).assign(geometry=shapely.to_wkb(frame.geometry.to_numpy()))
        tables[name] = frame
    return tables


def test_written_by_townships_it_is_the_same_as_written_whole(tmp_path):
    made = write_all(iter(the_towns()), tmp_path / "a")
    project = write(county(seed=7, **SMALL), tmp_path / "b")
    assert made.project.read_text("utf-8") == project.read_text("utf-8")
    assert (tmp_path / "a/register.csv").read_bytes() == (tmp_path / "b/register.csv").read_bytes()
    one, two = (layers(tmp_path / name / "street.gpkg") for name in "ab")
    assert set(one) == set(two) <= set(LAYERS)
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, two[name], obj=name, check_exact=True)
        assert made.layers[name] == len(table)
    sheets = [list(load_workbook(tmp_path / name / "staff.xlsx").active.values) for name in "ab"]
    assert sheets[0] == sheets[1] and len(sheets[0]) > 20


def test_the_counts_told_are_those_in_the_files(tmp_path):
    told: list[str] = []
    made = write_all(the_towns(), tmp_path, told=lambda town: told.append(town.name))
    counts = made.counts()
    found = layers(tmp_path / "street.gpkg")
    districts, buildings = found["districts"], found["buildings"]
    assert told == [town.name for town in the_towns()]
    assert counts["districts"] == len(districts) == 6
    assert counts["persons"] == districts["persons"].sum() == 4_500
    assert counts["buildings"] == len(buildings) and counts["roads"] == len(found["roads"])
    assert counts["villages"] == (districts["stratum"] == "220").sum()
    assert counts["towns"] + counts["villages"] == 6 and counts["townships"] == 2
    assert made.codes == tuple(districts["district_code"].sort_values())
    assert (found["units"]["level"] == "county").sum() == 1


def test_the_project_of_a_county_says_its_size_of_areas_and_why(tmp_path):
    project = write_all(the_towns(), tmp_path).project
    rules = tomllib.loads(project.read_text("utf-8"))["rules"]
    band = [rules[f"ea.persons.{name}"] for name in ("target", "low", "high")]
    assert [one["value"] for one in band] == [247, 198, 296]
    assert all(one["source"] for one in rules.values())
    config = load_config(project)
    assert config.profile["ea.persons.target"] == 247
    assert config.profile["staff.supervisor_enumerates"] is False


def test_a_township_that_cannot_be_made_leaves_what_was_there(tmp_path):
    write_all(the_towns(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Iterator[Town]:
        yield the_towns()[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_all(broken(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_shuffled_rows_are_the_same_rows():
    town = the_towns()[0]
    mixed = shuffled(town, seed=3)
    assert list(mixed.buildings["building_id"]) != list(town.buildings["building_id"])
    back = mixed.buildings.set_index("building_id").loc[town.buildings["building_id"]]
    assert back.geometry.geom_equals_exact(
        town.buildings.set_index("building_id").geometry, 0
    ).all()
    assert mixed.districts.crs == town.districts.crs
    assert replace(mixed, buildings=town.buildings).persons == town.persons
