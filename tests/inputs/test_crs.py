"""Words and numbers about coordinates must agree; what is moved is moved rightly or not at all."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import box

from census_gis.errors import ConfigError, InputError
from census_gis.inputs.crs import project, resolve, transform_findings, user_crs, working_crs
from census_gis.inputs.zones import looks_like

GEOGRAPHIC = CRS.from_epsg(4490)
ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_117E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{east}],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
BEIJING = (448_000.0, 4_427_000.0, 450_000.0, 4_429_000.0)  # EPSG:4548
PREFIXED = (39_448_000.0, 4_427_000.0, 39_450_000.0, 4_429_000.0)  # EPSG:4527
DEGREES = (116.39, 39.97, 116.41, 39.99)


def _resolve(bounds, stated=None, source=None, hint=None):
    crs = CRS.from_user_input(stated) if stated else None
    return resolve(bounds, stated=crs, source_crs=source, hint_longitude=hint, where="a.shp")


def _turn(bounds):
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _codes(found):
    return [row["code"] for row in found]


# ---------------------------------------------------------------- zone arithmetic


@settings(max_examples=50, deadline=None)
@given(st.integers(4491, 4554), st.floats(-1.2, 1.2), st.floats(18, 53))
def test_numbers_name_their_zone_whichever_way_round_the_axes_are(code, off, lat):
    crs = CRS.from_epsg(code)
    middle = {p.name: p.value for p in crs.coordinate_operation.params}[
        "Longitude of natural origin"
    ]
    x, y = Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True).transform(middle + off, lat)
    readings = looks_like(x, y, middle + off)
    assert code in [one.epsg for one in readings]
    turned = looks_like(y, x, middle + off)
    assert turned
    assert all("swapped" in one.words.en for one in turned)


def test_a_prefixed_easting_names_its_zone_without_a_hint():
    assert [one.epsg for one in looks_like(39_448_000, 4_428_000, None)] == [4527]
    assert [one.epsg for one in looks_like(20_448_000, 4_428_000, None)] == [4498]
    assert looks_like(448_000, 4_428_000, None)[0].epsg is None


# ---------------------------------------------------------------- agreement


@pytest.mark.parametrize(
    ("bounds", "stated"),
    [(BEIJING, 4548), (PREFIXED, 4527), (DEGREES, 4326), (DEGREES, 4490), (BEIJING, 2434 + 2)],
)
def test_numbers_that_fit_are_taken_without_a_finding(bounds, stated):
    crs, found = _resolve(bounds, stated)
    assert crs.to_epsg() == stated
    assert not found


@pytest.mark.parametrize(
    ("bounds", "stated", "says"),
    [
        (DEGREES, 4548, "4490"), (PREFIXED, 4548, "4527"), (BEIJING, 4527, "x = 448,000"), (BEIJING, 4326, "x = 448,000"),
        (PREFIXED, 4326, "4527"), (PREFIXED, 4525, "4527"),
        ((39_448_000, 4_427_000, 40_450_000, 4_429_000), 4527, "x = 39,448,000"),
    ],
)  # fmt: skip
def test_numbers_that_contradict_the_label_stop_with_both(bounds, stated, says):
    with pytest.raises(InputError, match=f"EPSG:{stated}") as caught:
        _resolve(bounds, stated)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "bounds", [(106.686, 10.780, 106.697, 10.791), (10.780, 106.686, 10.791, 106.697)]
)
@pytest.mark.parametrize("epsg", [32648, 4548, 32631])
def test_degrees_labelled_as_metres_stop_though_they_are_a_dot_near_the_area(bounds, epsg):
    with pytest.raises(InputError, match=r"degrees|latitude and longitude"):
        resolve(bounds, stated=CRS.from_epsg(epsg), source_crs=None, hint_longitude=None, where="x")


def test_small_numbers_that_lie_in_their_area_are_taken():
    there = (20.0, 30.0, 120.0, 90.0)  # EPSG:3857 begins in the Gulf of Guinea, within its area
    crs, found = resolve(
        there, stated=CRS.from_epsg(3857), source_crs=None, hint_longitude=None, where="x"
    )
    assert crs.to_epsg() == 3857 and not found


@pytest.mark.parametrize(
    ("bounds", "stated"), [(BEIJING, 4548), (PREFIXED, 4527), (DEGREES, 4326), (DEGREES, 4490)]
)
def test_swapped_axes_stop_and_are_called_so(bounds, stated):
    with pytest.raises(InputError, match="axes are swapped") as caught:
        _resolve(_turn(bounds), stated)
    assert f"{_turn(bounds)[0]:,.3f}" in str(caught.value)


def test_swapped_degrees_west_of_90_are_seen_by_the_hint_or_the_latitude():
    urumqi = (87.5, 43.7, 87.6, 43.8)
    for hint in (87.5, None):
        with pytest.raises(InputError, match="swapped"):
            _resolve(_turn(urumqi), 4326, hint=hint)
    assert _codes(_resolve(urumqi, 4326, hint=87.5)[1]) == []


@pytest.mark.parametrize("bounds", [BEIJING, PREFIXED, DEGREES])
def test_no_statement_stops_and_suggests_what_the_numbers_say(bounds):
    with pytest.raises(InputError, match="no coordinate system") as caught:
        _resolve(bounds, hint=116.4)
    code = {BEIJING: "4548", PREFIXED: "4527", DEGREES: "4490"}[bounds]
    assert f'crs = "EPSG:{code}"' in str(caught.value)


def test_the_project_file_supplies_or_overrules_what_the_file_states():
    assert _codes(_resolve(BEIJING, None, "EPSG:4548")[1]) == ["C006"]
    crs, found = _resolve(BEIJING, 4549, "EPSG:4548")
    assert (crs.to_epsg(), _codes(found)) == (4548, ["C002"])
    assert _codes(_resolve(BEIJING, 4548, "EPSG:4548")[1]) == []
    with pytest.raises(InputError, match="4490"):
        _resolve(DEGREES, 4326, "EPSG:4548")


def test_a_layer_far_from_the_districts_is_an_error_finding():
    _, found = _resolve(BEIJING, 4549, hint=116.4)
    assert [(row["code"], row["severity"]) for row in found] == [("C005", "error")]
    assert "119.4" in found[0]["message_en"]


def test_an_overlong_zone_is_a_warning():
    wide = (100_000.0, 4_400_000.0, 900_000.0, 4_500_000.0)
    assert _codes(_resolve(wide, 4548)[1]) == ["C007"]


def _row(frame_boxes):
    return gpd.GeoDataFrame(geometry=[box(*one) for one in frame_boxes])


def test_a_few_stray_objects_are_a_finding_with_rows_and_numbers():
    boxes = [tuple(np.array(BEIJING) + i) for i in range(300)]
    boxes[7] = (0, 0, 1, 1)
    _, found = resolve(
        _row(boxes), stated=CRS.from_epsg(4548), source_crs=None, hint_longitude=None, where="a"
    )
    assert (found[0]["code"], found[0]["severity"], found[0]["row_key"]) == ("C003", "error", "8")
    assert "0.000, 0.000" in found[0]["message_en"]


def test_rows_of_the_file_are_named_even_when_some_have_no_geometry():
    boxes = [tuple(np.array(BEIJING) + i) for i in range(30)]
    boxes[7] = (0, 0, 1, 1)
    frame = _row(boxes).assign(_row=range(100, 130))
    frame.loc[3, "geometry"] = None
    _, found = resolve(
        frame, stated=CRS.from_epsg(4548), source_crs=None, hint_longitude=None, where="a"
    )
    assert (found[0]["code"], found[0]["row_key"]) == ("C003", "108")


def test_two_zones_in_one_layer_stop():
    other = (40_448_000, 4_427_000, 40_450_000, 4_429_000)
    frame = _row([PREFIXED] * 5 + [other] * 5)
    with pytest.raises(InputError, match="5 of 10") as caught:
        resolve(frame, stated=CRS.from_epsg(4527), source_crs=None, hint_longitude=None, where="a")
    assert caught.value.rows == (6, 7, 8, 9, 10)
    assert "zone 40" in str(caught.value)


def test_an_esri_description_becomes_its_code_only_when_the_numbers_are_the_same():
    crs, found = _resolve(BEIJING, ESRI.format(east=500000.0))
    assert crs.to_epsg() == 4548
    local, found = _resolve(BEIJING, ESRI.format(east=500123.0))
    assert local.to_epsg() is None
    assert not found


def test_an_empty_layer_keeps_what_is_stated():
    crs, found = resolve(gpd.GeoDataFrame(geometry=[]), stated=CRS.from_epsg(4548), source_crs=None,
                         hint_longitude=None, where="a")  # fmt: skip
    assert (crs.to_epsg(), found) == (4548, [])


# ---------------------------------------------------------------- what a user may write


@pytest.mark.parametrize("text", ["EPSG:4548", "4548", "epsg:4548", ESRI.format(east=500000.0)])
def test_codes_and_wkt_are_understood(text):
    assert user_crs(text, "a").to_epsg() == 4548


def test_a_local_system_may_be_written_in_proj_terms():
    text = "+proj=tmerc +lat_0=0 +lon_0=116.35 +k=1 +x_0=50000 +y_0=-4000000 +ellps=GRS80 +units=m +no_defs"
    assert user_crs(text, "a").is_projected


@pytest.mark.parametrize(
    "text",
    ["http://host/a.wkt", "/etc/passwd", "EPSG:999999", "+init=epsg:4548", "+proj=tmerc +nadgrids=/etc/passwd", "",
     "+proj=pipeline +step +proj=utm", '{"type": "ProjectedCRS"}', "IGNF:LAMB93", "beijing"],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ConfigError):
        user_crs(text, "inputs.roads.crs")


# ---------------------------------------------------------------- moving


def _at(lon, lat, crs=4326, size=0.01):
    frame = gpd.GeoDataFrame(
        geometry=[box(lon - size, lat - size, lon + size, lat + size)], crs=4326
    )
    return frame.to_crs(crs)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(116.4, 39.9, 4548), (117.0, 28.3, 4548), (87.6, 43.8, 4538), (103.8, 1.3, 32648), (9.5, 47.1, 32632),
     (126.9, 37.5, 32652), (85.5, 27.6, 32645), (105.8, 21.0, 32648), (-70.6, -33.4, 32719)],
)  # fmt: skip
def test_the_working_system_follows_the_place(lon, lat, epsg):
    assert working_crs(_at(lon, lat)).to_epsg() == epsg


def test_the_districts_own_metric_system_is_kept_but_web_mercator_is_not():
    assert working_crs(_at(116.4, 39.9, 4549)).to_epsg() == 4549
    assert working_crs(_at(116.4, 39.9, 3857)).to_epsg() == 4548
    assert working_crs(_at(116.4, 39.9, 4549), "EPSG:4508").to_epsg() == 4508


@pytest.mark.parametrize("wanted", ["EPSG:4490", "EPSG:3857", "EPSG:32632", "nonsense"])
def test_an_unfit_working_system_is_a_config_error(wanted):
    with pytest.raises(ConfigError):
        working_crs(_at(116.4, 39.9), wanted)


def test_districts_without_a_system_are_an_input_error():
    with pytest.raises(InputError):
        working_crs(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]))


@settings(max_examples=25, deadline=None)
@given(st.floats(74, 134), st.floats(18, 53), st.sampled_from([4490, 4326, 4548, 4527, 32650]))
def test_there_and_back_is_the_same_place(lon, lat, epsg):
    start = _at(lon, lat)
    to = CRS.from_epsg(epsg) if CRS.from_epsg(epsg).is_geographic else working_crs(start)
    there = project(start, from_crs=start.crs, to_crs=to)
    back = project(there, from_crs=to, to_crs=start.crs)
    assert np.allclose(back.total_bounds, start.total_bounds, atol=1e-9)
    assert there.crs == to


def test_wgs84_and_cgcs2000_are_held_equal_and_it_is_recorded():
    frame = _at(116.4, 39.9)
    one = project(frame, from_crs=CRS.from_epsg(4326), to_crs=CRS.from_epsg(4548))
    two = project(frame, from_crs=CRS.from_epsg(4490), to_crs=CRS.from_epsg(4548))
    assert np.array_equal(one.total_bounds, two.total_bounds)
    found = transform_findings(CRS.from_epsg(4326), CRS.from_epsg(4548), "a")
    assert [(row["code"], row["severity"]) for row in found] == [("C008", "note")]
    assert transform_findings(CRS.from_epsg(4490), CRS.from_epsg(4548), "a") == []


def test_prefix_and_plain_zone_differ_by_the_prefix_alone():
    frame = gpd.GeoDataFrame(geometry=[box(*PREFIXED)])
    moved = project(frame, from_crs=CRS.from_epsg(4527), to_crs=CRS.from_epsg(4548))
    assert np.allclose(moved.total_bounds, BEIJING, atol=1e-6)


@pytest.mark.parametrize("old", [4214, 4610, 2363, 2384, 2434, 2437])
def test_old_chinese_datums_are_never_moved_by_a_guess(old):
    frame = gpd.GeoDataFrame(geometry=[box(*BEIJING)])
    for one, other in ((old, 4548), (4326, old)):
        with pytest.raises(InputError, match="no public transformation"):
            project(frame, from_crs=CRS.from_epsg(one), to_crs=CRS.from_epsg(other))


def test_within_one_old_datum_projection_is_arithmetic():
    frame = gpd.GeoDataFrame(geometry=[box(*PREFIXED)])
    moved = project(frame, from_crs=CRS.from_epsg(2363), to_crs=CRS.from_epsg(2384))
    assert np.allclose(moved.total_bounds, BEIJING, atol=1e-6)


def test_the_same_system_moves_nothing_at_all():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[box(*BEIJING)], index=[5])
    moved = project(
        frame, from_crs=CRS.from_epsg(4548), to_crs=CRS.from_wkt(ESRI.format(east=500000.0))
    )
    assert moved.geometry.iloc[0].equals_exact(frame.geometry.iloc[0], 0)
    assert moved.index.tolist() == [5]


def test_known_datum_shifts_state_their_accuracy():
    found = transform_findings(CRS.from_epsg(4230), CRS.from_epsg(32632), "a")
    assert _codes(found) in (["C009"], [])


def test_coordinates_that_cannot_be_projected_are_named():
    frame = gpd.GeoDataFrame(geometry=[box(*DEGREES), box(116, 95, 117, 96)])
    with pytest.raises(InputError, match="1 objects") as caught:
        project(frame, from_crs=CRS.from_epsg(4490), to_crs=CRS.from_epsg(4548))
    assert caught.value.rows == (2,)
