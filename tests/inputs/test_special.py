"""Special areas, virtual EAs, links and landmarks on their way in; sensitive names that stay outside."""

import io
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from census_gis.errors import ConfigError, InputError
from census_gis.inputs.joints import check_links, check_places
from census_gis.inputs.layers import Ground
from census_gis.inputs.place import select
from census_gis.inputs.population import estimate_district, estimate_population
from census_gis.inputs.read import ReadSettings, read_inputs
from census_gis.inputs.sensitive import secrecy_of, unmarked
from census_gis.inputs.sources import Source
from census_gis.inputs.special import counted_in, read_special
from census_gis.inputs.virtual import check_virtual, read_virtual, virtual_areas
from census_gis.store.packing import pack
from census_gis.store.table_bytes import frame_from
from tests.inputs.made import districts
from tests.special_town import CODE, CRS, PROFILE, district, houses, lines, moved, special, virtual

NAME = "红星第三监狱"


def layer(folder, rows, name="special"):
    """A layer of a GeoPackage as a Source."""
    frame = pd.DataFrame(rows)
    frame["geometry"] = [moved(shape) for shape in frame["geometry"]]
    path = folder / f"{name}.gpkg"
    gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS).to_file(path, layer=name, driver="GPKG")
    return Source(path, name)


def given_special(folder, *rows):
    crs = gpd.GeoSeries([], crs=CRS).crs
    return read_special(layer(folder, rows), ground=Ground(crs, 120.0), profile=PROFILE)


def test_chinese_words_defaults_and_numbers_from_the_north_west(tmp_path):
    found, cases = given_special(
        tmp_path,
        {"kind": "工地", "geometry": box(50, 0, 60, 10)},
        {"kind": "监狱", "geometry": box(0, 50, 10, 60)},
        {"kind": "宿舍", "geometry": box(90, 0, 99, 10)},
    )
    assert found["special_id"].tolist() == ["S001", "S002", "S003"]
    assert found["kind"].tolist() == ["prison", "site", "dormitory"]
    assert found["policy"].tolist() == ["own", "join", "join"]
    assert found["sensitive"].tolist() == [True, False, False]
    assert cases == []


def test_an_institution_is_an_area_of_its_own_from_the_bands_lower_bound_on(tmp_path):
    rows = [{"kind": "dormitory", "persons": n, "geometry": box(20 * i, 0, 20 * i + 9, 9)}
            for i, n in enumerate((239, 240))]  # fmt: skip
    assert given_special(tmp_path, *rows)[0]["policy"].tolist() == ["join", "own"]


@pytest.mark.parametrize("row", [{"kind": "casern"}, {"kind": "prison", "policy": "maybe"},
                                 {"kind": "prison", "sensitive": "perhaps"}, {"kind": None}])  # fmt: skip
def test_words_we_do_not_know_are_refused_with_the_nearest(tmp_path, row):
    with pytest.raises(InputError, match="nearest") as caught:
        given_special(tmp_path, {**row, "geometry": box(0, 0, 9, 9)})
    assert caught.value.rows == ("1",)


def test_ground_that_two_areas_claim_stays_with_the_first(tmp_path):
    found, cases = given_special(
        tmp_path,
        {"special_id": "a", "kind": "site", "geometry": box(0, 0, 20, 20)},
        {"special_id": "b", "kind": "site", "geometry": box(10, 0, 30, 20)},
    )
    assert shapely.area(found.geometry.to_numpy()).round(3).tolist() == [400, 200]
    assert [case["code"] for case in cases] == ["L711"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 900),
       st.lists(st.none() | st.integers(0, 60), min_size=16, max_size=16))  # fmt: skip
def test_own_counts_stay_and_the_area_gets_its_number(total, persons, counts):
    area = special({"kind": "dormitory", "geometry": box(0, 0, 65, 65), "persons": persons})
    town = houses(4, 4)
    town["persons"] = pd.array(counts, dtype="Int64")
    found = district(town, boundary=box(0, 0, 140, 140), persons=total, special=area)
    held = shapely.within(town.geometry.to_numpy(), moved(box(0, 0, 65, 65)))
    kept = town["persons"].notna().to_numpy()
    after = found.buildings["persons"].astype(int).to_numpy()
    assert (after[kept] == town["persons"][kept].astype(int).to_numpy()).all()
    own = int(town["persons"][held].sum())
    expected = own if kept[held].all() else max(persons, own)
    assert int(after[held].sum()) == expected
    assert found.persons == int(after.sum())


def test_whoever_counts_themselves_is_no_load():
    area = special({"kind": "military", "geometry": box(0, 0, 65, 65), "persons": 900})
    found = district(houses(4, 4), boundary=box(0, 0, 140, 140), persons=120, special=area)
    held = shapely.within(found.buildings.geometry.to_numpy(), moved(box(0, 0, 65, 65)))
    assert int(found.buildings["persons"][held].sum()) == 0
    assert int(found.buildings["persons"].sum()) == 120


@pytest.mark.parametrize(("kind", "persons", "told"), [
    ("prison", 500, True), ("military", 900, True), ("prison", None, False), ("prison", 0, False), ("dormitory", 77, False),
])  # fmt: skip
def test_a_number_that_is_not_used_is_told_without_saying_of_whom(kind, persons, told):
    area = special({"kind": kind, "geometry": box(0, 0, 65, 65), "persons": persons})
    town = houses(4, 4)
    _, cases = counted_in(town, area, np.full(len(town), np.nan), np.ones(len(town), np.int64))
    rows = [case for case in cases if case["code"] == "P534"]
    assert len(rows) == told and all(case["geometry"] is None for case in rows)
    assert not any(
        kind in case["message_en"] or str(persons) in case["message_en"] for case in rows
    )


def test_estimating_twice_is_estimating_once():
    area = special({"kind": "dormitory", "geometry": box(0, 0, 65, 65), "persons": 77})
    once = district(special=area, virtual=virtual({"persons": 9}), households=500, persons=1209)
    pd.testing.assert_frame_equal(estimate_district(once).buildings, once.buildings)


def table(folder, **columns):
    path = folder / "virtual.csv"
    rows = {"district_code": [CODE], "persons": [5], "reason": ["拆迁"], "proposed_by": ["街道办"],
            "approved_by": ["区普查办"], "approved_on": ["2020-09-01"], **columns}  # fmt: skip
    pd.DataFrame(rows).to_csv(path, index=False)
    return Source(path)


@pytest.mark.parametrize(
    "wrong", [{"persons": [None]}, {"persons": ["many"]}, {"persons": [2.5]}, {"district_code": [None]},
              {"reason": ["11010519491231002X 未迁"]}, {"reason": ["电话 13800138000"]}],
)  # fmt: skip
def test_rows_without_a_number_or_with_identity_data_are_refused(tmp_path, wrong):
    with pytest.raises(InputError):
        read_virtual(table(tmp_path, **wrong))


def test_virtual_areas_are_held_against_their_district():
    land = districts([box(0, 0, 9, 9)], persons=[100]).assign(district_code=CODE)
    with pytest.raises(InputError, match=r"100 persons.*150"):
        check_virtual(virtual({"persons": 90}, {"persons": 60}), land)
    with pytest.raises(InputError, match="not in the project"):
        check_virtual(virtual({"persons": 1, "district_code": "nowhere"}), land)
    cases = check_virtual(virtual({"persons": 5, "approved_on": None}, {"persons": 0}), land)
    assert [case["code"] for case in cases] == ["P541", "P542"]
    assert check_virtual(virtual({"persons": 100}), land) == []
    for day in ("2020-02-31", "20201301", "2020年2月30日", "2019/2/29"):
        (case,) = check_virtual(virtual({"persons": 5, "approved_on": day}), land)
        assert case["code"] == "P543" and day in case["message_zh"]
    for day in ("2020-02-29", "20200801", "2020年8月1日 下午", "1 August 2020"):
        assert check_virtual(virtual({"persons": 5, "approved_on": day}), land) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60_000), st.none() | st.integers(0, 20_000))
def test_shares_of_a_virtual_row_sum_and_differ_by_one_at_most(persons, households):
    made = virtual_areas(virtual({"persons": persons, "households": households}), PROFILE)
    assert int(made["persons"].sum()) == persons
    if persons:
        assert np.ptp(made["persons"]) <= 1
        assert made["persons"].max() <= 4995
        assert made["households"].isna().all() if households is None else (
            int(made["households"].sum()) == households and made["households"].max() <= 998
        )  # fmt: skip


def test_a_link_that_ends_nowhere_and_landmarks_without_names_are_told():
    land = districts([moved(box(0, 0, 100, 100))])
    drawn = lines(("links", None, LineString([(90, 50), (130, 50)])),
                  ("links", None, LineString([(10, 50), (50, 50)])),
                  ("links", None, LineString([(500, 50), (600, 50)])))  # fmt: skip
    assert [case["code"] for case in check_links(drawn, land)] == ["L721"]
    spots = gpd.GeoDataFrame({"name": [None, "a", "a", "b"], "class": None},
                             geometry=[Point(0, 0), Point(1, 0), Point(3, 0), Point(2, 0)], crs=CRS)  # fmt: skip
    assert [case["code"] for case in check_places(spots)] == ["L723", "L724"]


def test_more_than_25_km2_without_a_break_are_told_once():
    half = [box(0, 0, 2000, 6500), box(2000, 0, 4000, 6500)]
    assert [case["code"] for case in secrecy_of(districts(half), 25.0)] == ["D304"]
    assert secrecy_of(districts(half), 0.0) == []
    assert secrecy_of(districts([half[0], box(9000, 0, 11_000, 6500)]), 25.0) == []


def project(folder, name="盈浦街道", **columns):
    """Inputs of one district with a prison whose name is written everywhere."""
    town = houses(4, 4)
    tagged = pd.DataFrame({"building_id": town["building_id"], "geometry": town.geometry,
                           "name": [NAME + "食堂", "一号楼"] * 8, "address": "幸福路1号", **columns})  # fmt: skip
    path = folder / "town.gpkg"
    road = [moved(LineString([(0, 66), (140, 66)])), moved(LineString([(-50, 20), (190, 20)]))]
    layers = {
        "districts": {"district_code": [CODE], "name": [NAME + "社区"], "persons": [300],
                      "geometry": [moved(box(0, 0, 140, 140))]},
        "buildings": tagged,
        "roads": {"class": ["residential"] * 2, "name": [NAME + "路", "幸福路"], "geometry": road},
        "landuse": {"class": ["military"], "name": [NAME], "geometry": [moved(box(0, 0, 65, 65))]},
        "places": {"class": ["prison", "market"], "name": [NAME.upper(), "市场"],
                   "geometry": [moved(Point(99, 99)), moved(Point(20, 20))]},
        "special": {"kind": ["prison"], "name": [NAME], "contact_office": [NAME + "办公室"], "persons": [50],
                    "geometry": [moved(box(0, 0, 65, 65))]},
    }  # fmt: skip
    for key, rows in layers.items():
        gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=CRS).to_file(
            path, layer=key, driver="GPKG"
        )
    sources = {key: Source(path, key) for key in layers}
    sources["virtual"] = table(folder, reason=[NAME + "职工"])
    return read_inputs(sources, ReadSettings(name, PROFILE))


def texts_of(inputs):
    """Every text of the inputs, the packed district opened."""
    frames = [value for value in vars(inputs).values() if isinstance(value, pd.DataFrame)]
    said = [
        str(value)
        for frame in frames
        for value in frame.drop(columns="geometry", errors="ignore").to_numpy().ravel()
    ]
    archive = zipfile.ZipFile(io.BytesIO(pack(select(inputs, CODE))))
    tables = [
        frame_from(archive.read(name)) for name in archive.namelist() if name.endswith(".zst")
    ]
    assert tables
    said += [str(value) for frame in tables for value in frame.to_numpy().ravel()]
    return "\n".join([inputs.name, archive.read("head.json").decode(), *said])


def test_a_sensitive_name_is_nowhere_once_the_door_is_shut(tmp_path):
    found = estimate_population(project(tmp_path))
    assert NAME not in texts_of(found)
    assert "一号楼" in texts_of(found)
    assert "幸福路" in found.barriers["name"].tolist()
    assert found.places.empty
    assert found.barriers.query("source == 'landuse'")["class"].isna().all()
    assert found.districts["name"].tolist() == [CODE]
    inside = shapely.within(found.buildings.geometry.to_numpy(), moved(box(0, 0, 65, 65)))
    assert found.buildings.loc[inside, ["name", "address"]].isna().all(axis=None)
    told = found.findings[found.findings["code"] == "L714"]
    assert len(told) == 1
    assert int("".join(filter(str.isdigit, told["message_en"].iloc[0]))) >= 16


def test_ids_and_project_names_that_hold_a_sensitive_name(tmp_path):
    ids = [f"{NAME}{n}" for n in range(16)]
    found = project(tmp_path, building_id=ids)
    assert NAME not in texts_of(found)
    assert found.buildings["building_id"].is_unique
    with pytest.raises(ConfigError, match="sensitive"):
        project(tmp_path, name=f"{NAME}街道")


def test_a_plan_keeps_neither_name_nor_kind_of_a_sensitive_area():
    areas = special(
        {"kind": "prison", "sensitive": True, "name": "x", "persons": 400, "geometry": box(0, 0, 9, 9)},
        {"kind": "hospital", "sensitive": True, "persons": 30, "geometry": box(20, 0, 29, 9)},
        {"kind": "site", "name": "y", "persons": 5, "geometry": box(40, 0, 49, 9)},
    )  # fmt: skip
    kept = unmarked(areas)
    assert kept["kind"].isna().tolist() == [True, True, False]
    assert kept["name"].isna().tolist() == [True, True, False]
    # Nobody's load is known by its kind alone.
    assert kept["persons"].fillna(0).tolist() == [0, 30, 5]
