"""Legends tell what is seen, as it is drawn; tables take few pages; signs of a round stand in the EA."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present import style
from census_gis.present.building_table import table_pages
from census_gis.present.display import Box, DisplayList, Path, Words
from census_gis.present.district_sheet import district_sheet
from census_gis.present.fonts import default_face
from census_gis.present.furniture import ENTRY_WIDTH, SWATCH_MM, Draft
from census_gis.present.index_sheet import index_pages
from census_gis.present.labels import Board
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.overview import OverviewNeeds, _sideways, _upright
from census_gis.present.route import draw_start
from census_gis.present.sheet import ea_sheet
from census_gis.present.style import place_class
from census_gis.present.surroundings import layer_of
from census_gis.present.terrain import draw_own, ground_of
from census_gis.present.township_sheet import GROUP_MM
from census_gis.present.view import fit
from census_gis.present.words import SYMBOLS

from .town import CODE, town

ORDER = Order(Paper("A4", 15.0, 35.0), "zh", default_face(), project="测试")
# Rows of the lowest height on the last page of a table, and on any other: upright, landscape.
LAST, OTHER = {True: 68, False: 45}, {True: 102, False: 96}


def _said(page):
    return [item.words for item in page.items if isinstance(item, Words)]


def _sheet(layers, serial):
    return ea_sheet(layers, layers.eas.loc[layers.eas["serial"] == serial].iloc[0], ORDER)


def _table(count, upright):
    rows = [(f"{n:03d}", "人民路1号", "2", "3", "") for n in range(100, 100 + count)]
    return rows, table_pages(CODE + "001", ORDER, upright, rows, "桃源", {"east": "人民路"})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.booleans())
def test_a_table_takes_as_few_pages_as_it_can(count, upright):
    rows, pages = _table(count, upright)
    numbers = [w for page in pages for w in _said(page) if len(w) == 3 and w.isdigit()]
    assert numbers == [row[0] for row in rows]
    assert "新增建筑物" in _said(pages[-1])
    assert len(pages) == 1 + max(0, -(-(count - LAST[upright]) // OTHER[upright]))


@pytest.mark.parametrize(("count", "upright"), [(57, False), (69, True)])
def test_rows_are_high_enough_to_write_in_where_that_costs_no_page(count, upright):
    _, pages = _table(count, upright)
    ys = {round(w.y, 6) for w in pages[0].items if isinstance(w, Words) and w.words[:1] == "1"}
    assert len(pages) == 2 and np.diff(sorted(ys)).min() == pytest.approx(7.0)


@pytest.mark.parametrize("middle", [(20.0, 50.0), (50.0, 20.0), (80.0, 50.0), (50.0, 80.0)])
def test_a_round_starts_in_its_ea(middle):
    page = DisplayList(100, 100)
    board = Board(Box(0, 0, 100, 100))
    land = shapely.box(18, 18, 82, 82)  # every house is at its edge
    assert draw_start(Draft(page, default_face(), "zh"), board, np.array(middle), 3.0, land)
    (sign,) = (item for item in page.items if isinstance(item, Path))
    assert shapely.contains_properly(land, shapely.Point(sign.rings.xy.mean(axis=0)))
    assert draw_start(Draft(page, default_face(), "zh"), board, np.array(middle), 3.0, shapely.Polygon())  # fmt: skip


def test_an_outline_around_the_frame_is_not_in_the_legend():
    layers = read_layers(town(), CODE, "zh")
    for size, seen in ((50_000, False), (5, True)):
        wall = shapely.buffer(layers.eas["geometry"].iloc[0].centroid, size)
        land = layer_of([wall], ["compound"], [""])
        said = _said(_sheet(replace(layers, land=land), "001").pages[0])
        assert ("院落、围墙" in said) == seen


def test_floors_of_an_own_building_are_not_buildings_outside():
    tables = town()
    parts = tables["dwelling_parts"]
    lone = parts.loc[(parts["building_id"] == "tower").to_numpy()]
    for kept, seen in ((lone, False), (parts, True)):
        layers = read_layers({**tables, "dwelling_parts": kept}, CODE, "zh")
        said = _said(_sheet(layers, "002").pages[0] if seen else _sheet(layers, "005").pages[0])
        assert "分属多个小区" in said
        assert ("小区外建筑物" in said) == seen


def test_the_legend_of_a_district_has_its_own_line():
    page = district_sheet(read_layers(town(), CODE, "zh"), ORDER).pages[0]
    said = _said(page)
    assert {"本普查区界", "普查区界", "普查小区界"} <= set(said)
    looks = {i.pen.dash for i in page.items if isinstance(i, Path) and i.pen and i.pen.dash}
    for pen in (style.DISTRICT_SHEET_LINE, style.DISTRICT_PEN, style.DISTRICT_SHEET_EA):
        assert tuple(0.45 * part for part in pen.dash) in looks


def test_an_office_is_a_firm_unless_its_name_says_otherwise():
    assert place_class("office", "柳翠科创园") == place_class("post_office", "") == "place"
    assert place_class("office", "桃源社区居民委员会") == place_class("townhall", "") == "office"


def test_the_list_of_books_is_as_high_as_its_columns_need():
    tables = town()
    one = tables["districts"].iloc[[0]]
    many = pd.concat([one.assign(district_code=f"{CODE[:-3]}{n:03d}") for n in range(40)])
    _, page = index_pages({**tables, "districts": many.reset_index(drop=True)}, ORDER)
    heads = [w.y for w in page.items if isinstance(w, Words) and w.words == "代码"]
    rows = {w.y for w in page.items if isinstance(w, Words) and w.words.startswith(CODE[:-3])}
    assert len(rows) == -(-40 // len(heads))


def test_names_in_the_list_of_a_township_have_room_for_a_line():
    needs = OverviewNeeds(36, group=GROUP_MM)
    for paper in ("A4", "A3"):
        for build in (_upright, _sideways):
            layout = build(Paper(paper, 15.0, 35.0), needs, False)
            assert layout.groups == 1 or layout.inner.width / layout.groups >= GROUP_MM


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_of_a_legend_are_whole_in_its_narrowest_column(language):
    room = ENTRY_WIDTH - SWATCH_MM - 1.5
    for name, text in SYMBOLS.items():
        if name not in style.OVERVIEW_LINES:  # those columns are wider
            assert default_face().width(text.of(language), style.MIN_POINTS) <= room, name


def test_the_outline_of_own_buildings_on_an_image_has_a_sign():
    layers = read_layers(town(), CODE, "zh")
    ea = layers.eas.loc[layers.eas["serial"] == "001"].iloc[0]
    rows = np.flatnonzero(layers.buildings.columns["ea_code"] == ea["ea_code"])
    view = fit(ea["geometry"].bounds, Box(20.0, 20.0, 180.0, 180.0), margin=7.0)
    for imagery, some, sign in ((True, rows, True), (True, rows[:0], False), (False, rows, False)):
        ground = ground_of(layers, view, some, imagery=imagery)
        draw_own(DisplayList(210.0, 297.0), layers, ground, some)
        assert ("pictured" in ground.symbols) == sign
