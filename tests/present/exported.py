"""The made-up town as something to export, with every value an exchange format has ever stumbled over."""

import pandas as pd
from pyproj import CRS as System

from census_gis.findings import Kind, frame, in_language
from census_gis.language import Text
from census_gis.present.exchange.source import PlanSource
from census_gis.tables import conform, empty
from census_gis.tables.planned import PLANNED
from tests.present.town import CRS, town

HOSTILE = ("=1+1", "<script>alert(1)</script>", "../../x", "@SUM(A1)", "#REF!", 'a"b\'c&d', "-2", "+3", "𠮷野家㐂",
           "长" * 200, "a\nb")  # fmt: skip
X901 = Kind("X901", "note", Text("seen {n}", "见到 {n}"), Text("look", "核对"))


def hostile_town():
    tables = dict(town())
    parts = tables["dwelling_parts"].copy()
    parts["name"] = [HOSTILE[n % len(HOSTILE)] if n % 3 else None for n in range(len(parts))]
    parts.loc[0, ["households", "floor_hi"]] = None
    tables["dwelling_parts"] = conform(parts, "dwelling_parts", crs=CRS)
    tables["districts"].loc[1, "name"] = HOSTILE[1]
    tables["districts"].loc[1, "households"] = None
    shapes = parts.geometry
    found = [X901.at("dwelling_parts", "1", shapes[0].centroid, n=1), X901.at("ea", "2", shapes[1], n=2),
             X901.at("ea", "3", shapes[2].boundary, n=3), X901.at("ea", "4", None, n=4)]  # fmt: skip
    tables["findings"] = in_language(frame(found, CRS), "zh")
    settings = tables["settings"].copy()
    settings.loc[len(settings)] = ["image.0.path", "/home/somebody/ortho.tif", "-", "x"]
    tables["settings"] = settings
    return {name: tables.get(name, empty(name, CRS)) for name in PLANNED}


def source(tables=None):
    tables = tables or hostile_town()
    return PlanSource("青龙镇", "plan.gpkg", System(CRS), tuple(tables), lambda name: tables[name])


def plain(frame):
    """Cells of a frame as comparable values, row by row: None, bool, int, float, text."""
    return [
        [None if value is None or value is pd.NA or value != value else
         value.item() if hasattr(value, "item") else value for value in row]
        for row in zip(*(frame[name].tolist() for name in frame if name != "geometry"), strict=True)
    ]  # fmt: skip
