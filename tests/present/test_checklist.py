"""The checklist of a first-class EA sheet: boxes apart, classes told in grey, nothing too small, nothing lost."""

from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.inputs.imagery import open_images
from census_gis.present import style
from census_gis.present.display import Box, Path, Picture, Words
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Needs, Paper, arrange, plain_page
from census_gis.present.order import Order
from census_gis.present.panels import panels_of
from census_gis.present.pdf import PdfBook
from census_gis.present.route import legs_of
from census_gis.present.sheet import ea_sheet
from census_gis.present.surroundings import layer_of, standing_in
from census_gis.present.view import fit

from .town import CODE, town

ORDER = Order(Paper("A4", 15.0, 35.0), "zh", default_face(), project="测试")


def _sheet(serial="001", order=ORDER, tables=None, **kwargs):
    layers = read_layers(tables or town(language=order.language, **kwargs), CODE, order.language)
    ea = layers.eas.loc[layers.eas["serial"] == serial].iloc[0]
    return layers, ea_sheet(layers, ea, order)


def _said(sheet, page=None):
    pages = sheet.pages if page is None else [sheet.pages[page]]
    return [item.words for one in pages for item in one.items if isinstance(item, Words)]


def _drawn(page, pen):
    return [item for item in page.items if isinstance(item, Path) and item.pen == pen]


def _grey(color):
    return 100 * (1 - np.dot(color, (0.299, 0.587, 0.114)))


@settings(max_examples=40, deadline=None)
@given(
    paper=st.sampled_from(["A4", "A3"]), binding=st.sampled_from([10.0, 35.0]), rows=st.integers(0, 300),
    words=st.booleans(), ladder=st.sampled_from([0.0, 21.0, 60.0]), full=st.booleans(),
    east=st.floats(30, 9000), north=st.floats(30, 9000),
)  # fmt: skip
def test_boxes_of_a_sheet_stand_apart_inside_the_margins(
    paper, binding, rows, words, ladder, full, east, north
):
    needs = Needs(rows, words=words, ladder=ladder, full=full, aspect=east / north)
    layout, view = arrange(
        Paper(paper, 15.0, binding), lambda frame: fit((0, 0, east, north), frame, margin=7), needs
    )
    names = ("frame", "header", "scale", "legend", "bounds", "signs", "foot", "table", "ladder", "notes", "locator", "code")  # fmt: skip
    boxes = {name: getattr(layout, name) for name in names if getattr(layout, name) is not None}
    for name, box in boxes.items():
        assert box.width > 15 and box.height >= 7, name
        assert layout.inner.x0 - 1e-6 <= box.x0 and box.x1 <= layout.inner.x1 + 1e-6, name
        assert layout.inner.y0 - 1e-6 <= box.y0 and box.y1 <= layout.inner.y1 + 1e-6, name
    for (a, one), (b, other) in combinations(boxes.items(), 2):
        assert shapely.box(*one).intersection(shapely.box(*other)).area < 1e-6, (a, b)
    assert view.ground[0] <= 0 and view.ground[2] >= east
    if full:
        assert layout.locator.width == layout.locator.height == 35
        assert layout.code.width == layout.code.height == 20
        assert layout.notes is None or (layout.notes.width >= 40 and layout.notes.height >= 20)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 999),
    wide=st.floats(100, 9000),
    high=st.floats(100, 9000),
    count=st.integers(1, 60),
)
def test_a_divided_ea_is_whole_and_each_building_on_one_map(seed, wide, high, count):
    points = np.random.default_rng(seed).random((count, 2)) * (wide, high)
    pages = [plain_page(ORDER.paper, upright) for upright in (True, False)]
    shape = shapely.box(0, 0, wide, high)
    panels = panels_of(shape, points, pages, 200_000)
    assert panels
    assert (np.sum([panel.inside for panel in panels], axis=0) == 1).all()
    seen = shapely.union_all([shapely.box(*panel.view.ground) for panel in panels])
    assert shapely.covers(seen, shape)
    for n, panel in enumerate(panels):
        for match in panel.matches:
            assert match.beyond in (n - 1, n + 1)
            beyond = panels[match.beyond].view
            # At least 5 mm of each map lie beyond the line it meets the other in.
            for view in (panel.view, beyond):
                overlap = shapely.box(*view.ground).intersection(match.line.buffer(5 / view.factor))
                assert overlap.area >= 0.99 * 2 * 5 / view.factor * min(wide, high)
    assert not panels_of(shape, points, pages, 100)


def test_classes_differ_in_pattern_or_by_15_points_of_grey():
    looks = {name: look for name, look in style.AREAS.items() if name not in ("building", "detail")}
    looks["white"], looks["band"] = (style.WHITE, None, None), (style.BAND, None, None)

    def pattern(look):
        fill, hatch, pen = look
        if hatch is not None:
            return (hatch.angle, hatch.spacing, bool(hatch.pen.dash))
        return pen.dash if pen is not None and fill in (None, style.WHITE) else None

    for (a, one), (b, other) in combinations(looks.items(), 2):
        apart = abs(_grey(one[0] or style.WHITE) - _grey(other[0] or style.WHITE))
        outlined = (one[2] is None) != (other[2] is None)
        assert pattern(one) != pattern(other) or apart >= 14.9 or outlined, (a, b)


def test_lines_differ_in_dashes_or_are_twice_as_wide():
    for (a, one), (b, other) in combinations(style.LINES.items(), 2):
        wider = max(one.width, other.width) / min(one.width, other.width)
        assert one.dash != other.dash or wider >= 1.9, (a, b)


BAD = {
    "one building": {"per_area": 1}, "400 buildings": {"per_area": 400, "house": 0.5, "size": (800, 600)},
    "9 km": {"size": (18_000, 900), "per_area": 60, "huddle": 0.5},
    "hamlet in farmland": {"size": (4000, 3000), "per_area": 40, "huddle": 0.12}, "tiny": {"size": (40, 30)},
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", BAD)
def test_bad_cases_lose_nothing_and_print_nothing_under_6_points(case, language):
    order = replace(ORDER, language=language)
    layers, sheet = _sheet(order=order, **BAD[case])
    report = sheet.report
    assert report.dropped == () and report.numbers == report.rows
    for page in sheet.pages:
        for item in page.items:
            if isinstance(item, Words):
                assert item.type.size >= 6.0 - 1e-9, item.words
        assert len(page.maps) <= 1
    own = layers.buildings.rows["ea_code"] == CODE + "001"
    numbers = set(layers.buildings.rows.loc[own, "number"])
    assert numbers <= set(_said(sheet))
    # Numbers led out are few, or the sheet is divided.
    assert report.led_out <= max(3, 0.05 * report.rows) or report.details


def _special(tables, kinds):
    """Special areas over the first buildings of the first EA, one each, of these kinds."""
    own = tables["dwelling_parts"].query(f"ea_code == '{CODE}001'").geometry.iloc[: len(kinds)]
    frame = gpd.GeoDataFrame(
        {"special_id": [str(n) for n in range(len(kinds))], "kind": kinds, "name": "secret"},
        geometry=own.buffer(2.0).to_list(), crs=tables["districts"].crs,
    )  # fmt: skip
    return {**tables, "special_areas": frame}


def test_buildings_on_sites_are_dashed_and_those_in_demolition_areas_crossed_out():
    plain, drawn = (
        _sheet()[1],
        _sheet(tables=_special(town(), ["site", "demolished", "military"]))[1],
    )
    for sheet, many in ((plain, 0), (drawn, 1)):
        page = sheet.pages[0]
        said = _said(sheet, 0)
        assert ("工地内建筑物" in said) == ("拆迁区建筑物" in said) == bool(many)
        dashed = list(_drawn(page, style.PLANNED_PEN))
        assert (
            sum(len(item.rings.counts) for item in dashed) == 2 * many
        )  # on the map and in the legend
        crosses = list(_drawn(page, style.CROSS_PEN))
        assert sum(len(item.rings.counts) for item in crosses) == 4 * many
    assert drawn.report.numbers == plain.report.numbers


def test_a_building_is_of_the_special_area_that_holds_most_of_it():
    houses = np.array(
        [shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), None, shapely.box(90, 0, 91, 1)]
    )
    land = gpd.GeoDataFrame({"kind": ["site", "site", "prison"]}, geometry=[
        shapely.box(-1, -1, 3, 11), shapely.box(2, -1, 24, 11), shapely.box(80, -9, 99, 9)])  # fmt: skip
    tables = {"special_areas": land}
    assert standing_in(tables, houses, "site").tolist() == [True, False, False, False]
    assert not standing_in(tables, houses, "demolished").any()
    assert not standing_in({}, houses, "site").any()


def test_too_many_buildings_go_on_larger_paper_unless_there_is_none():
    _, sheet = _sheet(per_area=120)
    assert sheet.report.paper == "A3" and sheet.pages[0].width + sheet.pages[0].height == 717
    _, sheet = _sheet(per_area=120, order=replace(ORDER, larger=""))
    assert sheet.report.paper == "A4" and sheet.report.dropped == ()


@pytest.mark.parametrize("huddle", [0.25, 0.12])
def test_a_detail_map_does_not_excuse_numbers_led_out(huddle):
    _, sheet = _sheet(size=(1500, 1000), per_area=40, huddle=huddle, house=0.7)
    assert sheet.report.details and sheet.report.led_out <= 3


def test_a_long_ea_has_maps_that_tell_where_they_meet():
    _, sheet = _sheet(**BAD["9 km"])
    said = _said(sheet)
    assert {"接A图", "接B图"} <= set(said)
    assert any("详图A" in words for words in said)


def test_a_name_of_60_characters_keeps_the_number_of_the_area_whole():
    for language, name, number in (
        ("zh", "东部新城经济技术开发区第二工业园区职工家属院社区" * 3, "第001普查小区图"),
        ("en", "Eastern New Town Economic and Technical Development Zone " * 3, "Enumeration area 001"),
    ):  # fmt: skip
        tables = town(language=language)
        tables["districts"]["name"] = name
        _, sheet = _sheet(order=replace(ORDER, language=language), tables=tables)
        said = _said(sheet, 0)
        assert number in said
        face = ORDER.face
        for item in sheet.pages[0].items:
            if isinstance(item, Words) and item.type.bold and item.anchor == "c":
                assert face.width(item.words, item.type.size) <= 210 - 35 - 15 + 88


def test_a_character_the_font_lacks_is_told():
    lacking = next(c for c in "𠮷𪚥\U000323af龘ﷺ𒀀" if not ORDER.face.glyph(c)[0])
    tables = town()
    tables["districts"]["name"] = f"{lacking}村民委员会"
    _, sheet = _sheet(tables=tables)
    book = PdfBook(ORDER.face)
    for page in sheet.pages:
        book.add(page)
    assert lacking in book.ink.missing


def test_a_missing_image_is_said_and_the_plain_map_drawn(tmp_path):
    path = tmp_path / "far.tif"
    with rasterio.open(path, "w", driver="GTiff", width=8, height=8, count=3, dtype="uint8",
                       crs="EPSG:4549", transform=rasterio.transform.from_origin(600_000, 3_000_000, 1, 1)) as file:  # fmt: skip
        file.write(np.full((3, 8, 8), 90, dtype=np.uint8))
    images, _ = open_images([path], taken="2026-05", source="某院")
    _, sheet = _sheet(order=replace(ORDER, images=images))
    assert any("2026-05 某院" in words for words in _said(sheet, 0))
    assert any("此处无影像" in words for words in _said(sheet, 0))
    assert not any(isinstance(item, Picture) for item in sheet.pages[0].items)


def test_a_base_sheet_has_the_same_frame_and_no_numbers():
    for kind in ("base", "blank"):
        _, plan = _sheet()
        layers, base = _sheet(order=replace(ORDER, kind=kind))
        own = layers.buildings.rows["ea_code"] == CODE + "001"
        said = _said(base)
        assert not set(layers.buildings.rows.loc[own, "number"]) - {"001", "002", "003", "004", "005"} & set(said)  # fmt: skip
        assert any(words.endswith("普查小区底样") for words in said) and "更正记录" in said
        assert base.pages[0].maps[0].ground[0] <= plan.pages[0].maps[0].ground[2]
        assert _drawn(base.pages[0], style.EA_DISTRICT_PEN) and not _drawn(base.pages[0], style.OWN_PEN)  # fmt: skip


def test_a_round_has_a_start_and_arrows_each_30_mm():
    tables = town()
    tables["dwelling_parts"]["visit"] = tables["dwelling_parts"]["building_number"]
    layers, sheet = _sheet(tables=tables)
    page = sheet.pages[0]
    (path,) = _drawn(page, style.ROUTE_PEN)[:1]
    own = layers.buildings.rows["ea_code"] == CODE + "001"
    assert len(path.rings.xy) == own.sum()
    arrows = [i for i in page.items if isinstance(i, Path) and i.fill == style.ARROW]
    length = np.hypot(*np.diff(path.rings.xy, axis=0).T).sum()
    assert 0.6 * length / 30 <= len(arrows) <= length / 30 + 1
    assert {"走访路线", "路线起点"} <= set(_said(sheet, 0))
    _, plain = _sheet()
    assert "走访路线" not in _said(plain, 0)


def test_legs_that_would_mislead_are_left_out():
    layers = read_layers(town(), CODE, "zh")
    own = np.flatnonzero(layers.buildings.rows["ea_code"] == CODE + "001")
    shape = layers.eas["geometry"].iloc[0]
    near = legs_of(layers, shape, own)
    assert len(near) == len(own) - 1 and near.any()
    west, south, _, _ = shape.bounds
    points = layers.buildings.points.copy()
    points[own[1]] = (west - 50, south - 50)  # over the line
    moved = replace(layers, buildings=replace(layers.buildings, points=points))
    assert not legs_of(moved, shape, own)[:2].any()
    wall = shapely.buffer(shapely.Point(layers.buildings.points[own[0]]), 1.0)
    land = layer_of([wall], ["compound"], [""])
    assert not legs_of(replace(layers, land=land), shape, own)[0]
    assert not len(legs_of(layers, shape, own[:1]))


def test_a_vertical_cut_is_drawn_and_noted_on_both_sides():
    tables = town()
    parts = tables["dwelling_parts"]
    west, south, east, north = parts.geometry.iloc[0].bounds
    middle = (west + east) / 2
    other = parts.iloc[[0]].copy()
    parts.loc[parts.index[0], "geometry"] = shapely.box(west, south, middle, north)
    other["geometry"] = [shapely.box(middle, south, east, north)]
    other["part_id"], other["unit"], other["ea_code"] = "cut", 2, CODE + "004"
    other["building_number"], other["number_label"] = 77, "077"
    tables["dwelling_parts"] = pd.concat([parts, other], ignore_index=True)
    for serial, beyond in (("001", "004"), ("004", "001")):
        _, sheet = _sheet(serial, tables=tables)
        page = sheet.pages[0]
        assert _drawn(page, style.CUT_PEN)
        assert _said(sheet, 0).count(f"属{beyond}") == 1
        assert "小区间切分线" in _said(sheet, 0)


def test_a_line_between_townships_is_another_than_between_districts():
    tables = town()
    _, sheet = _sheet("002", tables=tables)
    assert not _drawn(sheet.pages[0], style.TOWNSHIP_PEN)
    tables = town(size=(400, 300))
    tables["districts"].loc[1, "district_code"] = "310118002004"
    _, sheet = _sheet("001", tables=tables)
    assert "乡级界" not in _said(sheet, 0) or _drawn(sheet.pages[0], style.TOWNSHIP_PEN)
    _, sheet = _sheet("002", tables=tables)
    page = sheet.pages[0]
    assert _drawn(page, style.TOWNSHIP_PEN) and "乡级界" in _said(sheet, 0)


def test_staff_identification_and_marks_are_on_the_sheet():
    tables = town()
    eas = tables["enumeration_areas"]
    eas["enumerator"], eas["supervisor"] = "E0012", "S0003"
    _, sheet = _sheet(tables=tables)
    said = _said(sheet, 0)
    assert {"E0012", "S0003", "鹤山县  310118", "青龙镇  001", "（盖章处）", "1 乡级普查机构", "在普查区中的位置"} <= set(said)  # fmt: skip
    assert sheet.pages[0].code_box is not None
    code = shapely.box(*sheet.pages[0].code_box)
    for item in sheet.pages[0].items:
        if isinstance(item, Words):
            assert not code.contains(shapely.Point(item.x, item.y)), item.words


def test_the_code_box_is_free_and_of_20_mm():
    _, sheet = _sheet()
    box = sheet.pages[0].code_box
    assert isinstance(box, Box) and box.width == box.height == 20
