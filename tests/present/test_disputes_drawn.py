"""Disputed lines are on the sheets, dashed and named in the legend; settled ones are not."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, box

from census_gis.present import style
from census_gis.present.display import Words
from census_gis.present.district_sheet import district_sheet
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.sheet import ea_sheet

from .town import CODE, CRS, X0, Y0, town


def disputed(state, shape, language):
    order = Order(Paper("A4", 15.0, 35.0), language, default_face(), project="test")
    frame = pd.DataFrame({"dispute_id": ["D1"], "state": [state], "geometry": [shape]})
    tables = {**town(language=language), "disputes": gpd.GeoDataFrame(frame, crs=CRS)}
    layers = read_layers(tables, CODE, language)
    first = layers.eas.loc[layers.eas["kind"] == "ground"].iloc[0]
    return [district_sheet(layers, order), ea_sheet(layers, first, order)]


def said(sheet):
    return {item.words for item in sheet.pages[0].items if isinstance(item, Words)}


def drawn(sheet):
    return [
        item for item in sheet.pages[0].items if getattr(item, "pen", None) == style.DISPUTE_PEN
    ]


@pytest.mark.parametrize(("language", "word"), [("zh", "争议界线"), ("en", "Disputed line")])
@pytest.mark.parametrize("shape", [LineString([(X0, Y0 + 150), (X0 + 200, Y0 + 160)]), box(X0, Y0 + 150, X0 + 90, Y0 + 260)])  # fmt: skip
def test_an_open_dispute_is_drawn_and_explained(language, word, shape):
    for sheet in disputed("open", shape, language):
        assert word in said(sheet) and len(drawn(sheet)) == 2  # the line and its sample


def test_a_settled_dispute_is_no_line_any_more():
    for sheet in disputed("settled", LineString([(X0, Y0), (X0 + 200, Y0 + 160)]), "zh"):
        assert "争议界线" not in said(sheet) and not drawn(sheet)
