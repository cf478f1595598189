"""From files to Inputs: columns, codes, ids, order, refusals."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from census_gis.errors import ConfigError, InputError
from census_gis.inputs.check import check
from census_gis.inputs.place import read_district, select, usual_sources
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import ReadSettings, read_inputs
from census_gis.inputs.read_buildings import settlements
from census_gis.inputs.sources import Source
from census_gis.profile import load_profile
from tests.inputs.made import CRS, UN, districts, houses, lines
from tests.places import place

X, Y = 500_000, 3_450_000
LAND = [box(X, Y, X + 600, Y + 400), box(X + 600, Y, X + 1200, Y + 400)]


def write(folder, shuffle=None, **layers):
    """A GeoPackage with two districts and thirty houses; layers override, None leaves one out."""
    spots = [(X + 20 + 38 * i, Y + 30 + 60 * (i % 5)) for i in range(30)]
    given = {
        "districts": pd.DataFrame({"code": ["310118002001", "310118002002"], "name": ["甲", "乙"],
                                   "persons": [300, 200], "geometry": LAND}),
        "buildings": pd.DataFrame({"id": [f"h{i:02d}" for i in range(30)], "levels": ["2", "3"] * 15,
                                   "use_class": ["apartments", "retail", "zzz"] * 10,
                                   "geometry": [box(x, y, x + 14, y + 14) for x, y in spots]}),
        "roads": pd.DataFrame({"highway": ["residential", "tertiary"], "name": ["一路", None], "tunnel": [None, "yes"],
                               "geometry": [LineString([(X - 900, Y + 200), (X + 1200, Y + 200)]),
                                            LineString([(X + 600, Y), (X + 600, Y + 400)])]}),
    }  # fmt: skip
    path = folder / "street.gpkg"
    path.unlink(missing_ok=True)
    for name, table in {**given, **layers}.items():
        if table is not None:
            frame = gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)
            if shuffle is not None:
                frame = frame.sample(frac=1, random_state=shuffle)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                frame.to_file(path, layer=name, driver="GPKG")
    return path


def table(folder, layer, **changes):
    return gpd.read_file(write(folder), layer=layer).assign(**changes)


def sources(path, **more):
    found = dict(usual_sources(path))
    use = {"use": {"residential": ("apartments",), "commercial": ("retail",)}}
    found["buildings"] = Source(path, "buildings", found["buildings"].columns, values=use)
    return {**found, **more}


def read(path, **values):
    return read_inputs(sources(path), ReadSettings("test", UN, **values))


def codes(found):
    return set(found["code"])


def test_columns_values_and_districts_are_ours(tmp_path):
    got = read(write(tmp_path))
    assert got.districts["district_code"].tolist() == ["310118002001", "310118002002"]
    assert got.districts["persons"].tolist() == [300, 200]
    assert len(got.buildings) == 30
    assert got.buildings["use"].value_counts().to_dict() == {
        "residential": 10, "commercial": 10, "unknown": 10,
    }  # fmt: skip
    assert got.buildings["floors"].notna().all()
    assert got.barriers["tunnel"].tolist() == [False, True]
    assert got.barriers["class"].tolist() == ["residential", "tertiary"]
    assert shapely.length(got.barriers.geometry).max() == pytest.approx(
        1400
    )  # clipped to 200 m around
    assert {"B305", "L701"} <= codes(got.findings)
    assert (got.crs.to_epsg(), got.language) == (4549, "en")


def test_nothing_depends_on_the_order_of_rows(tmp_path):
    one = estimate_population(read(write(tmp_path)))
    two = estimate_population(read(write(tmp_path, shuffle=3)))
    for name in ("districts", "buildings", "outside", "barriers", "findings"):
        left, right = getattr(one, name), getattr(two, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(left).drop(columns="geometry"),
            pd.DataFrame(right).drop(columns="geometry"),
        )
        assert left.geometry.geom_equals_exact(right.geometry, 0).all() or name == "findings"


def test_ids_are_made_from_the_position_and_stay_when_rows_move(tmp_path):
    frame = table(tmp_path, "buildings").drop(columns="id")
    one = read(write(tmp_path, buildings=frame))
    two = read(write(tmp_path, buildings=frame.iloc[::-1]))
    assert one.buildings["building_id"].is_unique
    assert one.buildings["building_id"].tolist() == two.buildings["building_id"].tolist()
    assert "B306" in codes(one.findings)


def test_ids_that_occur_twice_stop(tmp_path):
    frame = table(tmp_path, "buildings", id=["h1"] * 2 + [f"g{i}" for i in range(28)])
    with pytest.raises(InputError, match="1 building ids") as caught:
        read(write(tmp_path, buildings=frame))
    assert caught.value.rows == ("h1",)


def test_districts_without_a_code_are_numbered_from_the_north_west(tmp_path):
    land = [box(X, Y, X + 600, Y + 200), box(X + 600, Y + 200, X + 1200, Y + 400), box(X, Y + 200, X + 600, Y + 400),
            box(X + 600, Y, X + 1200, Y + 200)]  # fmt: skip
    frame = pd.DataFrame({"name": ["sw", "ne", "nw", "se"], "geometry": land})
    got = read(write(tmp_path, districts=frame))
    assert dict(zip(got.districts["name"], got.districts["district_code"], strict=True)) == {
        "nw": "001", "sw": "002", "ne": "003", "se": "004",
    }  # fmt: skip
    assert (got.findings["code"] == "D101").sum() == 4


def test_codes_of_twelve_digits_where_the_profile_asks(tmp_path):
    path = write(tmp_path)
    settings = ReadSettings("test", load_profile("cn2020"))
    assert len(read_inputs(sources(path), settings).districts) == 2
    frame = table(tmp_path, "districts", code=["31011800200", "310118002002"])
    with pytest.raises(InputError, match="1 district codes do not have 12 digits"):
        read_inputs(sources(write(tmp_path, districts=frame)), settings)


def test_a_district_total_that_is_text_stops_and_is_named(tmp_path):
    frame = table(tmp_path, "districts", persons=["300", "many"])
    with pytest.raises(InputError, match="no number in 1 of 2 rows") as caught:
        read(write(tmp_path, districts=frame))
    assert caught.value.rows == ("310118002002",)


def test_bad_floors_are_findings_that_name_rows(tmp_path):
    frame = table(tmp_path, "buildings", levels=["x", "-1"] + ["2"] * 28)
    got = read(write(tmp_path, buildings=frame))
    said = got.findings[got.findings["code"].isin(["B301", "B302"])]["message_en"].tolist()
    assert ["(h00)" in said[0], "(h01)" in said[1]] == [True, True]
    assert got.buildings.set_index("building_id")["floors"][["h00", "h01"]].isna().all()


def test_a_duplicate_keeps_its_row_with_nobody(tmp_path):
    frame = table(tmp_path, "buildings")
    frame.loc[1, "geometry"] = frame.geometry[0]
    got = estimate_population(read(write(tmp_path, buildings=frame)))
    rows = got.buildings.set_index("building_id")
    assert len(rows) == 30
    assert rows.loc["h01", "persons"] == 0
    assert rows.loc["h00", "persons"] > 0
    assert got.buildings["persons"].sum() == 500


def test_buildings_outside_are_kept_apart(tmp_path):
    frame = table(tmp_path, "buildings")
    frame.loc[0, "geometry"] = box(X - 100, Y, X - 90, Y + 10)
    got = read(write(tmp_path, buildings=frame))
    assert got.outside["building_id"].tolist() == ["h00"]
    assert "B201" in codes(got.findings)


def test_a_broken_outline_is_repaired_and_told(tmp_path):
    frame = table(tmp_path, "buildings")
    frame.loc[0, "geometry"] = shapely.Polygon(
        [(X + 20, Y + 30), (X + 34, Y + 44), (X + 34, Y + 30), (X + 20, Y + 44)]
    )
    got = read(write(tmp_path, buildings=frame))
    assert got.buildings.geometry.is_valid.all()
    assert got.findings.set_index("code").loc["F705", "row_key"] == "h00"


def test_the_total_is_shared_at_the_door_and_what_was_read_is_kept(tmp_path):
    frame = table(tmp_path, "districts").drop(columns="persons")
    got = read(write(tmp_path, districts=frame), persons_total=1000, persons_per_household=2.5)
    assert got.districts["persons"].sum() == 1000
    assert got.districts["persons_given"].isna().all()
    assert got.districts["households"].sum() == pytest.approx(400, abs=1)
    done = estimate_population(got)
    assert done.buildings["persons"].sum() == 1000
    assert done.buildings["households"].sum() == done.districts["households"].sum()
    with pytest.raises(ConfigError):
        read(write(tmp_path), persons_total=600)


def test_identity_columns_stop_and_a_name_of_a_building_does_not(tmp_path):
    frame = table(tmp_path, "buildings", name=[f"{i}号楼" for i in range(30)])
    assert len(read(write(tmp_path, buildings=frame)).buildings) == 30
    with pytest.raises(InputError, match="户主"):
        read(write(tmp_path, buildings=frame.assign(户主="某某")))


def test_registers_fill_counts_by_id_and_by_address(tmp_path):
    path = write(
        tmp_path, buildings=table(tmp_path, "buildings", addr=[f"甲路{i}号" for i in range(30)])
    )
    csv = tmp_path / "register.csv"
    csv.write_text(
        "building_id,address,residents,away,households\nh00,,40,2,15\n,甲路 ３号,7,0,3\n,乙路1号,9,1,2\n",
        encoding="utf-8",
    )
    got = read_inputs(sources(path, register=Source(csv)), ReadSettings("test", UN))
    rows = got.buildings.set_index("building_id")
    assert rows.loc["h00", ["persons", "persons_away", "households"]].tolist() == [42, 2, 15]
    assert rows.loc["h03", "persons"] == 7
    assert rows["persons"].notna().sum() == 2
    assert {"P601", "P602"} <= codes(got.findings)
    csv.write_text("address,residents\na,1\na,1\nb,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="per building or address"):
        read_inputs(sources(path, register=Source(csv)), ReadSettings("test", UN))


def test_staff_may_have_names_to_print_but_no_telephones(tmp_path):
    path = write(tmp_path)
    csv = tmp_path / "staff.csv"
    csv.write_text(
        "staff_id,姓名,role,capacity\n2,王芳,enumerator,300\n1,李伟,supervisor,\n", encoding="utf-8"
    )
    staff = Source(csv, columns={"display_name": "姓名"})
    got = read_inputs(sources(path, staff=staff), ReadSettings("test", UN)).staff
    assert got["staff_id"].tolist() == ["1", "2"]
    assert got["display_name"].tolist() == ["李伟", "王芳"]
    csv.write_text("staff_id,phone\n1,13812345678\n", encoding="utf-8")
    with pytest.raises(InputError, match="phone"):
        read_inputs(sources(path, staff=Source(csv)), ReadSettings("test", UN))


def test_places_and_several_files_of_one_input(tmp_path):
    spots = pd.DataFrame(
        {
            "name": ["学校", "far"],
            "place": ["school", "x"],
            "geometry": [Point(X + 5, Y + 5), Point(X + 9000, Y)],
        }
    )
    path = write(tmp_path, places=spots)
    found = sources(path)
    half = [
        Source(path, "buildings", {**found["buildings"].columns}, where={"levels": one})
        for one in ("2", "3")
    ]
    got = read_inputs({**found, "buildings": half}, ReadSettings("test", UN))
    assert len(got.buildings) == 30
    assert got.places["name"].tolist() == ["学校"]


@pytest.mark.parametrize(
    ("stratum", "code", "land", "wanted"),
    [
        ("220", "001", None, "rural"), ("111", "001", None, "urban"), ("203", "001", None, "rural"),
        ("城镇", "001", None, "urban"), (None, "310118100201", None, "rural"), (None, "310118002001", None, "urban"),
        (None, "001", None, ""), ("111", "001", "0702", "rural"), ("220", "001", "0701", "urban"),
        ("220", "001", "residential", "rural"),
    ],
)  # fmt: skip
def test_town_or_country_by_land_then_class_then_code(stratum, code, land, wanted):
    ground = districts([box(-9, -9, 900, 90)], stratum=[stratum])
    ground["district_code"] = code
    frame = houses(1, district_code=code)
    parcels = lines([("landuse", land, box(-5, -5, 50, 50))] if land else [])
    assert settlements(frame, ground, parcels).tolist() == [wanted]


def test_a_missing_required_input_stops(tmp_path):
    with pytest.raises(InputError, match="the inputs buildings"):
        read_inputs({"districts": Source(write(tmp_path), "districts")}, ReadSettings("test", UN))
    with pytest.raises(InputError, match="no layer buildings"):
        read_district(write(tmp_path, buildings=None), UN)


def test_one_district_is_taken_out_whole(tmp_path):
    got = read_district(write(tmp_path), UN, district="甲", control=123)
    assert (got.id, got.name, got.persons) == ("310118002001", "甲", 123)
    assert set(got.buildings["district_code"]) == {"310118002001"}
    assert got.barriers.total_bounds[2] <= X + 800
    with pytest.raises(InputError, match="2 districts"):
        read_district(write(tmp_path), UN)
    with pytest.raises(InputError, match="no district 'x'"):
        select(read(write(tmp_path)), "x")


def test_checking_twice_finds_the_same_and_changes_nothing(tmp_path):
    frame = table(tmp_path, "buildings")
    frame.loc[1, "geometry"] = frame.geometry[0]
    one = read_district(write(tmp_path, buildings=frame), UN, district="甲")
    before = one.buildings.copy()
    found = check(one)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(check(one)))
    pd.testing.assert_frame_equal(pd.DataFrame(one.buildings), pd.DataFrame(before))
    assert {"B203", "B402"} <= codes(found)


@pytest.mark.parametrize("name", ["suzhou_gusu", "higashimurayama"])
def test_real_places_come_in_whole(name):
    file = place(name, f"{name}.gpkg")
    got = estimate_population(
        read_inputs(usual_sources(file), ReadSettings(name, UN, persons_total=40_000))
    )
    given = gpd.read_file(file, layer="buildings")
    assert len(got.buildings) + len(got.outside) == len(given)
    assert got.buildings["persons"].sum() == 40_000
    assert np.isfinite(got.buildings["floors"]).all()


def drawn(**columns):
    """One line across both districts, as a layer."""
    return pd.DataFrame({**columns, "geometry": [LineString([(X, Y + 9), (X + 1200, Y + 9)])]})


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("must", "must"), ("Never", "never"), ("不得", "never"), ("必须", "must"), (None, "must")],
)
def test_lines_to_hold_say_so_in_either_language(tmp_path, word, wanted):
    path = write(tmp_path, barriers=drawn(hold=[word]))
    found = read_inputs(
        sources(path, barriers=Source(path, "barriers")), ReadSettings("test", UN)
    ).barriers
    assert set(found.loc[found["source"] == "barriers", "hold"]) == {wanted}


def test_a_word_that_neither_holds_nor_forbids_is_refused_and_not_passed_over(tmp_path):
    path = write(tmp_path, barriers=drawn(hold=["mustnot"]))
    with pytest.raises(InputError, match="mustnot") as refused:
        read_inputs(sources(path, barriers=Source(path, "barriers")), ReadSettings("test", UN))
    assert "never" in refused.value.fix.en and refused.value.where == "barriers"


@pytest.mark.parametrize(
    "key", ["railways", "waterways", "compounds", "barriers", "places", "special", "disputes"]
)
def test_an_optional_layer_without_rows_is_a_note(tmp_path, key):
    path = write(tmp_path, **{key: drawn(kind=["site"]).iloc[:0]})
    got = read_inputs(sources(path, **{key: Source(path, key)}), ReadSettings("test", UN))
    told = got.findings[got.findings["code"] == "L702"]
    assert told["layer"].tolist() == [key]
    assert "L701" not in set(got.findings.loc[got.findings["message_en"].str.contains(key), "code"])


def test_required_layers_without_rows_and_conditions_that_nothing_meets_stop(tmp_path):
    path = write(tmp_path, railways=drawn(name=["a"]))
    none = Source(path, "railways", where={"name": "b"})
    with pytest.raises(InputError, match="no row with a geometry"):
        read_inputs(sources(path, railways=none), ReadSettings("test", UN))
    bare = write(tmp_path, buildings=table(tmp_path, "buildings").iloc[:0])
    with pytest.raises(InputError, match="no row with a geometry"):
        read_inputs(sources(bare), ReadSettings("test", UN))
