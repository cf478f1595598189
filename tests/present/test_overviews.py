"""Sheets beyond the EA's: every EA and district is named, crews can be told apart, names are found by the index."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.present import style
from census_gis.present.cover import cover_page
from census_gis.present.crews_drawn import LOOKS, crews_of
from census_gis.present.display import Box, DisplayList, Words
from census_gis.present.district_sheet import district_sheet
from census_gis.present.fonts import default_face, tidy
from census_gis.present.furniture import Draft, header
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.legend_page import legend_page
from census_gis.present.order import Order
from census_gis.present.overview import overview_paper
from census_gis.present.reference_grid import grid_of, say_cells
from census_gis.present.sheet import ea_sheet
from census_gis.present.street_index import street_index
from census_gis.present.township_sheet import Volume, in_two, township_sheet
from census_gis.present.words import SYMBOLS

from .town import CODE, town

FACE = default_face()
POINT_MM = 25.4 / 72


def _order(language="zh"):
    return Order(
        Paper("A4", 15.0, 35.0), language, FACE, project="测试" if language == "zh" else "Trial"
    )


def _words(pages):
    return [item.words for page in pages for item in page.items if isinstance(item, Words)]


def _staffed():
    tables = town()
    areas = tables["enumeration_areas"].copy()
    areas["enumerator"] = [f"E{n:02d}" for n in range(len(areas))]
    areas["supervisor"] = [f"S{n // 2}" for n in range(len(areas))]
    return {**tables, "enumeration_areas": areas}


def _overlapping(page):
    """Pairs of words with a halo, all of which stand on the map, whose black parts overlap."""
    boxes, said = [], []
    for item in page.items:
        if isinstance(item, Words) and item.type.halo and not item.angle:
            wide, high = FACE.width(item.words, item.type.size), item.type.size * POINT_MM * 0.7
            boxes.append(
                shapely.box(
                    item.x - wide / 2, item.y - high / 2, item.x + wide / 2, item.y + high / 2
                )
            )
            said.append(item.words)
    boxes = np.array(boxes)
    a, b = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    over = shapely.area(shapely.intersection(boxes[a], boxes[b])) > 1e-6
    return [(said[i], said[j]) for i, j in zip(a[over], b[over], strict=True) if i < j]


@given(
    st.sampled_from([(400, 300), (150, 700), (1500, 200), (9000, 6000)]),
    st.sampled_from(["zh", "en"]),
)
@settings(max_examples=8, deadline=None)
def test_every_ea_and_every_district_has_its_code_and_no_words_overlap(size, language):
    tables = town(size=size, language=language)
    layers = read_layers(tables, CODE, language)
    sheets = (
        district_sheet(layers, _order(language)),
        township_sheet(tables, CODE[:9], _order(language)),
    )
    for sheet, codes in zip(
        sheets, (["001", "002", "003", "004", "005"], ["003", "004"]), strict=True
    ):
        assert sheet.report.dropped == () and sheet.report.numbers == len(codes)
        assert set(codes) <= set(_words(sheet.pages)) and sheet.report.least_size >= 6.0
        assert _overlapping(sheet.pages[0]) == []
        assert min(i.type.size for p in sheet.pages for i in p.items if isinstance(i, Words)) >= 5.5


def test_a_district_sheet_lists_who_counts_where_and_its_crews():
    layers = read_layers(_staffed(), CODE, "zh")
    said = " ".join(_words(district_sheet(layers, _order()).pages))
    assert all(name in said for name in ("E00", "E04", "S0", "S1", "001–002", "普查指导员分片"))


def test_crews_that_touch_never_look_alike():
    layers = read_layers(_staffed(), CODE, "zh")
    crews = crews_of(layers.eas)
    for n, shape in enumerate(crews.shapes):
        for m in range(n):
            if shapely.dwithin(shape, crews.shapes[m], 1.0):
                assert crews.look[n] != crews.look[m]
    # In grey the fill or the hatch tells any two apart.
    assert len({(round(sum(fill), 2), hatch) for fill, hatch in LOOKS}) == len(LOOKS)


def _two_townships(tables):
    """The town, its neighbour in the next township, and a district of its own township north of that."""
    west, _, east, north = tables["districts"].geometry.iloc[1].bounds
    areas = tables["districts"].copy()
    areas.loc[areas.index[1], "district_code"] = "310118002004"
    third = areas.iloc[[0]].assign(
        district_code="310118001009", geometry=[shapely.box(west, north, east, north + 60)]
    )
    return {**tables, "districts": pd.concat([areas, third], ignore_index=True)}


@pytest.mark.parametrize(("tables", "many"), [(town(), 0), (_two_townships(town()), 1)])
def test_a_line_between_townships_looks_like_no_other(tables, many):
    sheet = district_sheet(read_layers(tables, CODE, "zh"), _order())
    drawn = [
        item
        for item in sheet.pages[0].items
        if getattr(item, "pen", None) == style.OVERVIEW_TOWNSHIP
    ]
    assert bool(drawn) == bool(many)
    assert ("乡级界（总图）" in _words(sheet.pages)) == bool(many)


def test_a_township_has_an_outline_of_its_own():
    said = _words(township_sheet(town(), CODE[:9], _order()).pages)
    assert {"乡级界（总图）", "普查区界（总图）"} <= set(said)


def test_before_staffing_there_are_no_crews():
    layers = read_layers(town(), CODE, "zh")
    assert len(crews_of(layers.eas)) == 0
    assert len(crews_of(layers.eas.drop(columns="supervisor"))) == 0


def test_overviews_are_larger_where_the_rule_says_so_and_never_smaller():
    a4, a3 = Paper("A4", 15.0, 35.0), Paper("A3", 15.0, 35.0)
    assert overview_paper(a4, {"sheet.overview_paper": "A3"}).name == "A3"
    assert overview_paper(a3, {"sheet.overview_paper": "A4"}).name == "A3"
    assert overview_paper(a4, {}).name == "A4"


def test_a_township_sheet_names_the_books_of_its_districts():
    sheet = township_sheet(town(), CODE[:9], _order(), {CODE: Volume(f"{CODE}.pdf", 12)})
    said = _words(sheet.pages)
    assert f"{CODE}.pdf" in said and "12" in said and "桃源社区居民委员会" in said
    assert "鹤山县青龙镇普查区分布图" in said


def test_a_township_that_is_not_there_is_said():
    with pytest.raises(InputError, match="999"):
        township_sheet(town(), "999", _order())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_legend_page_has_every_sign(language):
    said = _words([legend_page(_order(language))])
    assert {text.of(language) for text in SYMBOLS.values()} <= set(said)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_cover_says_what_the_book_is_of(language):
    layers = read_layers(town(language=language), CODE, language)
    page = cover_page(layers, _order(language))
    said = " ".join(_words([page]))
    assert "310118 001 003" in said and layers.place_name[2] in said
    assert language == "zh" or not any(0x4E00 <= ord(c) < 0xA000 for c in said)


def test_a_name_is_found_on_the_sheets_where_it_is():
    layers = read_layers(town(), CODE, "zh")
    sheets = [district_sheet(layers, _order())]
    sheets += [
        ea_sheet(layers, ea, _order()) for _, ea in layers.eas.iterrows() if ea["kind"] == "ground"
    ]
    (page,) = street_index(layers, _order(), [sheet.report for sheet in sheets])
    words = [item for item in page.items if isinstance(item, Words)]
    # The main street runs along the line between all four EAs; the clinic is outside the district.
    street = next(item for item in words if item.words == "人民路")
    row = " ".join(item.words for item in words if item.y == street.y)
    assert all(f"{serial} " in row for serial in ("001", "002"))
    said = {item.words for item in words}
    assert "第一小学" in said and "卫生站" not in said


def test_row_order_changes_nothing():
    tables = _staffed()
    mixed = {name: frame.sample(frac=1, random_state=5) for name, frame in tables.items()}
    pages = []
    for some in (tables, mixed):
        layers = read_layers(some, CODE, "zh")
        sheet = district_sheet(layers, _order())
        names = street_index(layers, _order(), [sheet.report])
        pages.append(
            _words([*sheet.pages, *names, *township_sheet(some, CODE[:9], _order()).pages])
        )
    assert pages[0] == pages[1]


@given(st.floats(20, 400), st.floats(20, 400), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_cell_holds_its_point(width, height, x, y):
    grid = grid_of(Box(10.0, 20.0, 10.0 + width, 20.0 + height))
    (cell,) = grid.cells(np.array([(10.0 + x * width, 20.0 + y * height)]))
    column, row = ord(cell[0]) - ord("A"), int(cell[1:]) - 1
    assert 0 <= column < grid.columns <= 8 and 0 <= row < grid.rows <= 10
    assert column - 1e-9 <= x * grid.columns <= column + 1 + 1e-9
    assert row - 1e-9 <= (1 - y) * grid.rows <= row + 1 + 1e-9


def test_cells_are_said_from_the_first_to_the_last():
    assert (
        say_cells(["B10", "B3"]) == "B3–B10" and say_cells(["A1"]) == "A1" and say_cells([]) == ""
    )


@pytest.mark.parametrize("stacked", [1, 3, 6])
def test_every_ea_stacked_on_a_small_building_has_its_serial(stacked):
    tables = dict(town(size=(2400.0, 1800.0)))
    eas = tables["enumeration_areas"]
    small = shapely.affinity.scale(eas.loc[eas["serial"] == "005", "geometry"].iloc[0], 0.12, 0.2)
    # A ground EA that is nothing but the building, and those above it.
    ground = shapely.buffer(small, 6.0, join_style="mitre")
    rows = [eas.loc[eas["kind"] == "ground"].iloc[:1].assign(serial="010", geometry=[ground])]
    for n in range(stacked):
        row = eas.loc[eas["serial"] == "005"].iloc[:1]
        rows.append(row.assign(serial=f"{11 + n:03d}", geometry=[small]))
    extra = pd.concat(rows)
    extra["ea_code"] = [CODE + serial for serial in extra["serial"]]
    tables["enumeration_areas"] = pd.concat([eas.loc[eas["serial"] != "005"], extra])
    sheet = district_sheet(read_layers(tables, CODE, "zh"), _order())
    assert sheet.report.dropped == ()
    words = [item.words for item in sheet.pages[0].items if isinstance(item, Words)]
    assert {f"{10 + n:03d}" for n in range(stacked + 1)} <= set(words)


@pytest.mark.parametrize(
    ("language", "lines"), [("zh", ("桃源社区", "居民委员会")), ("en", ("Peach", "Spring"))]
)
def test_a_name_too_long_for_its_district_stands_on_two_lines(language, lines):
    sheet = township_sheet(town((60, 900), language=language), CODE[:9], _order(language))
    set_ = {
        item.words: item
        for item in sheet.pages[0].items
        if isinstance(item, Words) and item.words in (CODE[9:], *lines)
    }
    code, first, second = (set_[words] for words in (CODE[9:], *lines))
    assert code.x == first.x == second.x and code.y > first.y > second.y
    assert code.y - first.y == pytest.approx(first.y - second.y)
    assert code.y - first.y > code.type.size * POINT_MM
    assert not _overlapping(sheet.pages[0])


@given(st.text("桃源社区居民委员会村筹备组 Peach", max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_name_on_two_lines_is_still_the_name(words):
    name = tidy(words)
    lines = in_two(name)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(lines) or not name


LONG = {"zh": "第一家属院与第二家属院及其周边自建住宅联合片区社区" * 3, "en": "Old Harbour Quarter and " * 6 + "Mill"}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "title", "whole"),
    [
        ("zh", "{} 第001普查小区图", "第001普查小区图"),
        ("zh", "{}第001普查小区建筑物表 （续）", "第001普查小区建筑物表 （续）"),
        ("en", "Enumeration area 001, {}", "Enumeration area 001"),
        ("en", "Enumeration area 001, {}: buildings", "Enumeration area 001: buildings"),
        ("en", "{}: census districts", "census districts"),
    ],
)
def test_a_long_title_keeps_the_area_and_what_is_shown_of_it(language, title, whole):
    page = DisplayList(210.0, 297.0)
    box = Box(35.0, 260.0, 195.0, 282.0)
    header(Draft(page, FACE, language), box, title.format(LONG[language]), "", "")
    lines = [item.words for item in page.items if isinstance(item, Words) and item.words]
    assert whole in lines and len(lines) == 2
    assert all(FACE.width(line, 8.0) <= box.width for line in lines)
