"""A sheet shows its EA whole, every building with its number, and no count of a single dwelling."""

import numpy as np
import pytest
import shapely

from census_gis.present.display import Words
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order, shown_count
from census_gis.present.sheet import ea_sheet

from .town import CODE, town

ORDER = Order(Paper("A4", 15.0, 35.0), "zh", default_face(), project="测试")


def _sheets(order=ORDER, **kwargs):
    layers = read_layers(town(language=order.language, **kwargs), CODE, order.language)
    eas = layers.eas.loc[layers.eas["kind"] != "virtual"]
    return layers, [(ea, ea_sheet(layers, ea, order)) for _, ea in eas.iterrows()]


def _words(sheet):
    return [item.words for page in sheet.pages for item in page.items if isinstance(item, Words)]


SHAPES = [
    {}, {"size": (150, 700)}, {"size": (1500, 200)}, {"size": (60, 50)}, {"size": (40_000, 30_000)},
    {"per_area": 55, "house": 0.4}, {"size": (4000, 3000), "per_area": 40, "huddle": 0.12},
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_building_is_numbered_and_the_ea_is_whole_in_its_frame(shape):
    layers, sheets = _sheets(**shape)
    for ea, sheet in sheets:
        report = sheet.report
        assert report.dropped == ()
        assert (
            report.numbers
            == report.rows
            == (layers.buildings.rows["ea_code"] == ea["ea_code"]).sum()
        )
        assert shapely.contains(shapely.box(*report.frame), ea["geometry"])
        assert report.least_size >= 6.0
        numbers = set(
            layers.buildings.rows.loc[layers.buildings.rows["ea_code"] == ea["ea_code"], "number"]
        )
        assert numbers <= set(_words(sheet))


def test_no_words_of_a_map_overlap():
    face = ORDER.face
    _, sheets = _sheets(per_area=55, house=0.4)
    for ea, sheet in sheets:
        boxes = []
        for item in sheet.pages[0].items:
            if (
                isinstance(item, Words)
                and item.anchor == "cm"
                and item.type.halo
                and not item.angle
            ):
                # Latin digits fill less than the em, Chinese nearly all of it.
                wide, high = face.width(item.words, item.type.size), item.type.size * 0.3528 * 0.72
                boxes.append(
                    shapely.box(
                        item.x - wide / 2, item.y - high / 2, item.x + wide / 2, item.y + high / 2
                    )
                )
        a, b = shapely.STRtree(boxes).query(boxes, predicate="intersects")
        over = shapely.area(shapely.intersection(np.array(boxes)[a], np.array(boxes)[b]))[a != b]
        assert len(boxes) > (50 if ea["kind"] == "ground" else 2) and not (over > 1e-6).any()


def test_all_words_are_on_the_paper():
    for _, sheet in _sheets()[1]:
        for page in sheet.pages:
            for item in page.items:
                if isinstance(item, Words) and item.anchor[0] == "l":
                    assert item.x + ORDER.face.width(item.words, item.type.size) < page.width - 10
                    assert 10 < item.y < page.height - 10


def test_persons_of_a_building_are_never_printed():
    tables = town(per_area=6)
    parts = tables["dwelling_parts"]
    parts["persons"] = 77_000 + np.arange(len(parts))
    layers = read_layers(tables, CODE, "zh")
    for _, ea in layers.eas.loc[layers.eas["kind"] != "virtual"].iterrows():
        said = _words(ea_sheet(layers, ea, ORDER))
        assert not any("77" in word.replace(",", "") for word in said)


def test_the_count_of_a_single_dwelling_is_hidden():
    ea = {"kind": "ground", "households": 1, "persons": 4}
    assert shown_count(4, ea, np.nan) == "*"
    assert shown_count(4, {**ea, "households": None}, 1) == "*"
    assert shown_count(4321, {**ea, "households": 900}, np.nan) == "4,321"
    assert shown_count(40, {**ea, "kind": "virtual", "households": 0}, np.nan) == "40"


def test_a_title_is_the_full_name_and_without_units_the_digits():
    tables = town()
    tables["units"] = tables["units"].iloc[:0]
    said = [_words(ea_sheet(layers, layers.eas.iloc[0], ORDER)) for layers in
            (read_layers(town(), CODE, "zh"), read_layers(tables, CODE, "zh"))]  # fmt: skip
    assert "鹤山县青龙镇桃源社区居民委员会 第001普查小区图" in said[0]
    assert any("310118 001 " in word and "第001普查小区图" in word for word in said[1])
    assert "普查小区代码 310118 001 003 001" in said[0]


def test_a_legend_explains_only_what_occurs():
    (_, one), *_ = _sheets()[1]
    assert "林地、绿地" in _words(one) and "铁路" not in _words(one)


def test_a_stacked_ea_has_its_floors_drawn():
    _, sheets = _sheets()
    stacked = next(sheet for ea, sheet in sheets if ea["kind"] == "stacked")
    assert "楼层单元示意" in _words(stacked)
    assert {"24", "1", "1单元", "2单元", "002", "005"} <= set(_words(stacked))


def test_a_crowded_hamlet_gets_a_detail_map():
    _, sheets = _sheets(size=(4000, 3000), per_area=40, huddle=0.12)
    report = sheets[0][1].report
    assert report.details >= 1
    assert any("详图A" in word for word in _words(sheets[0][1]))


def test_row_order_does_not_matter():
    tables = town()
    mixed = {name: frame.sample(frac=1, random_state=5) for name, frame in tables.items()}
    pages = [
        [
            item
            for p in ea_sheet(layers, layers.eas.iloc[1], ORDER).pages
            for item in p.items
            if isinstance(item, Words)
        ]
        for layers in (read_layers(tables, CODE, "zh"), read_layers(mixed, CODE, "zh"))
    ]
    assert pages[0] == pages[1]
