"""Counties and townships: names, levels, and the districts that belong to them."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from census_gis.errors import InputError
from census_gis.inputs.layers import Ground
from census_gis.inputs.sources import Source
from census_gis.inputs.units import check_units, read_units
from census_gis.profile import load_profile
from tests.inputs.made import CRS

CN, UN = load_profile("cn2020"), load_profile("un")
X, Y = 500_000, 3_450_000
GROUND = Ground(gpd.GeoSeries([], crs=CRS).crs, 120.0)
UNITS = pd.DataFrame({
    "level": ["county", "township", "township"], "code": ["310118", "310118001", "310118002"],
    "name": ["青浦区", "盈浦街道", "夏阳街道"],
})  # fmt: skip


def districts(*codes, width=100):
    shapes = [box(X + i * width, Y, X + (i + 1) * width, Y + 100) for i in range(len(codes))]
    return gpd.GeoDataFrame(
        {"district_code": list(codes), "name": list(codes)}, geometry=shapes, crs=CRS
    )


def units(*shapes):
    """UNITS with areas; None for none."""
    geometry = gpd.GeoSeries([*shapes, *[None] * (len(UNITS) - len(shapes))], crs=CRS)
    return gpd.GeoDataFrame(UNITS.copy(), geometry=geometry)


def write(folder, frame):
    path = folder / "units.csv"
    frame.to_csv(path, index=False)
    return Source(path)


def kinds(cases):
    return [case["code"] for case in cases]


def test_names_levels_and_padded_codes(tmp_path):
    given_ = pd.DataFrame({
        "level": ["县级", "街道", "镇"], "code": ["310118000000", "310118001000", "310118100"],
        "name": ["青浦区", "盈浦街道", "朱家角镇"],
    })  # fmt: skip
    got, _ = read_units(write(tmp_path, given_), CN, GROUND)
    assert got["level"].tolist() == ["county", "township", "township"]
    assert got["code"].tolist() == ["310118", "310118001", "310118100"]
    assert got.geometry.isna().all()


def test_without_levels_the_digits_say_them_under_the_chinese_code(tmp_path):
    source = write(tmp_path, UNITS.drop(columns="level"))
    got, _ = read_units(source, CN, GROUND)
    assert got["level"].tolist() == UNITS["level"].tolist()
    with pytest.raises(InputError, match="neither county nor township"):
        read_units(source, UN, GROUND)


def test_areas_come_with_the_names_and_rows_without_area_stay(tmp_path):
    shapes = [None, box(X, Y, X + 100, Y + 100), MultiPolygon([box(X + 100, Y, X + 200, Y + 100)])]
    frame = gpd.GeoDataFrame(UNITS, geometry=gpd.GeoSeries(shapes, crs=CRS))
    path = tmp_path / "units.gpkg"
    frame.to_file(path, layer="units", driver="GPKG")
    got, _ = read_units(Source(path, "units"), CN, GROUND)
    assert got["name"].tolist() == UNITS["name"].tolist()
    assert got.geometry.isna().tolist() == [True, False, False]
    assert got.geometry.area.dropna().tolist() == pytest.approx([10_000, 10_000])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: pd.concat([t, t.iloc[:1]]), "1 unit codes occur in several rows"),
        (lambda t: t.assign(level=["county", "village", "township"]), "1 units are neither county nor township"),
        (lambda t: t.drop(columns="name"), "columns are missing: name"),
    ],
)  # fmt: skip
def test_units_that_cannot_be_used(tmp_path, change, what):
    with pytest.raises(InputError, match=what):
        read_units(write(tmp_path, change(UNITS)), CN, GROUND)


def test_only_units_with_districts_are_kept():
    kept, cases = check_units(districts("310118001001"), units(), snap_m=5)
    assert kept["code"].tolist() == ["310118", "310118001"]
    assert (list(kept.columns), cases) == (["level", "code", "name"], [])


def test_a_district_of_no_unit_is_an_error_that_names_the_nearest():
    _, cases = check_units(districts("310118003001", "310118001001"), units(), snap_m=5)
    assert kinds(cases) == ["D131"]
    assert (cases[0]["row_key"], cases[0]["severity"]) == ("310118003001", "error")
    assert "310118002 夏阳街道" in cases[0]["message_zh"]


def test_no_level_is_asked_for_that_was_not_given():
    county = units().iloc[:1]
    _, cases = check_units(districts("310118003001"), county, snap_m=5)
    assert cases == []


def test_a_district_beyond_its_unit_by_more_than_the_snap_width():
    area = box(X, Y, X + 94, Y + 100)  # the district is 100 m wide

    def of(snap):
        return kinds(check_units(districts("310118001001"), units(None, area), snap_m=snap)[1])

    assert (of(5), of(7)) == (["D132"], [])


def test_a_district_elsewhere_is_an_error():
    area = box(X + 60, Y, X + 200, Y + 100)
    _, cases = check_units(districts("310118001001"), units(None, area), snap_m=5)
    assert (kinds(cases), cases[0]["severity"]) == (["D133"], "error")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.integers(0, 20))
def test_what_is_told_follows_the_width_outside(beyond, snap):
    area = box(X + beyond, Y, X + 300, Y + 100)
    _, cases = check_units(districts("310118001001"), units(None, area), snap_m=snap)
    outside = min(beyond, 100)
    wanted = [] if outside <= snap or outside == 0 else ["D133" if outside > 50 else "D132"]
    assert kinds(cases) == wanted
