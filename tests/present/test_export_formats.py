"""Each exchange format gives back every row and cell of the plan, or says what it lost."""

import json
import re
import zipfile

import defusedxml.ElementTree as ElementTree
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from openpyxl import load_workbook

from census_gis.present.exchange.containers import write_geopackage, write_parquet
from census_gis.present.exchange.fields import heading, short_names
from census_gis.present.exchange.geojson import rounded, write_geojson
from census_gis.present.exchange.kml import write_kml
from census_gis.present.exchange.shapefile import write_shapefiles
from census_gis.present.exchange.source import to_lonlat
from census_gis.present.exchange.workbook import SHEETS, write_xlsx
from census_gis.store.blank import LAYERS
from tests.present.exported import HOSTILE, hostile_town, plain, source

KML = "{http://www.opengis.net/kml/2.2}"


def quiet(_):
    """Nobody watches."""


@pytest.fixture(scope="module")
def tables():
    return hostile_town()


def given(tables, layer):
    """A layer as it may be handed over."""
    return source(tables).layer(layer)


def filled(tables):
    return [name for name, frame in tables.items() if len(frame)]


def same_shapes(ours, theirs, tolerance):
    """Shapes equal but for rounding; what has none has none."""
    ours, theirs = np.asarray(ours, dtype=object), np.asarray(theirs, dtype=object)
    gone = shapely.is_missing(ours)
    assert (gone == (shapely.is_missing(theirs) | shapely.is_empty(theirs))).all()
    for one, other in zip(ours[~gone], theirs[~gone], strict=True):
        assert shapely.hausdorff_distance(one, other) <= tolerance
        assert one.area == pytest.approx(other.area, abs=tolerance * max(one.length, 1))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_shapefiles(tables, tmp_path, encoding):
    losses = write_shapefiles(source(tables), tmp_path, encoding=encoding, advance=quiet)
    whole = {tuple(row[:3]): row[3] for row in pd.read_csv(
        tmp_path / "texts.csv", dtype=str, keep_default_na=False).itertuples(index=False, name=None)}  # fmt: skip
    for layer in filled(tables):
        frame = given(tables, layer)
        if layer == "findings":
            continue
        names = [name for name in frame if name != "geometry"]
        short = short_names(names)
        path = tmp_path / f"{layer}.{'shp' if 'geometry' in frame else 'dbf'}"
        back = pyogrio.read_dataframe(path, read_geometry="geometry" in frame)
        assert list(back.columns.drop("geometry", errors="ignore")) == [
            short[name] for name in names
        ]
        for n, (one, other) in enumerate(zip(plain(frame), plain(back), strict=True)):
            for name, ours, theirs in zip(names, one, other, strict=True):
                if isinstance(ours, float):
                    assert theirs == pytest.approx(ours, abs=1e-6)
                elif ours != "" and ours is not None and theirs != ours:
                    key = str(frame["part_id"][n]) if layer == "dwelling_parts" else None
                    assert whole[layer, key, name].removeprefix("'") == ours
        if "geometry" in frame:
            same_shapes(frame.geometry, back.geometry, 1e-9)
            assert back.crs.to_epsg() == 4549
            assert (tmp_path / f"{layer}.prj").read_text().startswith("PROJCS[")
        assert (tmp_path / f"{layer}.cpg").read_text() == {"utf-8": "UTF-8", "gbk": "GBK"}[encoding]
    said = " ".join(loss.say().zh for loss in losses)
    assert "310118001003900" in said  # the virtual EA has no shape
    assert ("GBK 没有的字" in said) == (encoding == "gbk")
    assert not any("?" in text for text in pyogrio.read_dataframe(tmp_path / "dwelling_parts.dbf", read_geometry=False)["name"].dropna())  # fmt: skip


def test_shapes_of_several_kinds_go_into_several_shapefiles(tables, tmp_path):
    write_shapefiles(source(tables), tmp_path, encoding="utf-8", advance=quiet)
    kinds = {"point": "Point", "area": "Polygon", "line": "LineString"}
    for kind, shape in kinds.items():
        one = gpd.read_file(tmp_path / f"findings_{kind}.shp")
        assert set(one.geom_type) == {shape}
        assert len(one) == 1
    rest = pyogrio.read_dataframe(tmp_path / "findings_table.dbf", read_geometry=False)
    assert rest["message"].tolist() == ["见到 4"]
    assert not (tmp_path / "findings.shp").exists()
    assert not (tmp_path / "crews.shp").exists()  # no rows


def test_geojson(tables, tmp_path):
    write_geojson(source(tables), tmp_path, advance=quiet)
    for layer in filled(tables):
        frame = given(tables, layer)
        text = (tmp_path / f"{layer}.geojson").read_text(encoding="utf-8")
        features = json.loads(text)["features"]
        names = [name for name in frame if name != "geometry"]
        assert [[row["properties"][name] for name in names] for row in features] == plain(frame)
        assert "crs" not in json.loads(text)
        if "geometry" not in frame:
            assert all(row["geometry"] is None for row in features)
            continue
        shapes = [
            None if row["geometry"] is None else shapely.geometry.shape(row["geometry"])
            for row in features
        ]
        placed = to_lonlat(frame, source(tables).crs)
        same_shapes(placed.geometry, shapes, 2e-8)
        for shape in filter(None, shapes):
            for piece in shapely.get_parts(shape):
                if piece.geom_type == "Polygon":
                    assert piece.exterior.is_ccw
                    assert not any(ring.is_ccw for ring in piece.interiors)
        assert not re.search(r"\d\.\d{9,}", re.sub(r'"properties":\{.*?\},"geometry"', "", text))


def test_shapes_that_would_break_are_given_more_digits():
    sound = shapely.Polygon([(0, 0), (3e-9, 0), (3e-9, 3e-9), (0, 3e-9)])
    shapes, digits = rounded(np.array([sound, None], dtype=object))
    assert digits == 9
    assert shapes[0].is_valid
    assert shapes[1] is None


def test_geoparquet(tables, tmp_path):
    write_parquet(source(tables), tmp_path, advance=quiet)
    for layer in filled(tables):
        frame = given(tables, layer)
        read = gpd.read_parquet if "geometry" in frame else pd.read_parquet
        back = read(tmp_path / f"{layer}.parquet")
        assert list(back.columns) == list(frame.columns)
        assert plain(back) == plain(frame)
        if "geometry" in frame:
            same_shapes(frame.geometry, back.geometry, 0)
            assert back.crs.to_epsg() == 4549


def test_geopackage_holds_the_layers_and_nothing_else(tables, tmp_path):
    write_geopackage(source(tables), tmp_path, advance=quiet)
    path = tmp_path / "plan.gpkg"
    assert {name for name, _ in pyogrio.list_layers(path)} == {*tables, "layer_styles"}
    for layer in tables:
        frame = given(tables, layer)
        back = pyogrio.read_dataframe(path, layer=layer, read_geometry="geometry" in frame)
        assert plain(back[[name for name in frame if name != "geometry"]]) == plain(frame)
        if "geometry" in frame and len(frame):
            same_shapes(frame.geometry, back.geometry, 0)
    assert b"audit_log" not in path.read_bytes()
    assert b"/home/somebody" not in path.read_bytes()


def test_excel(tables, tmp_path):
    write_xlsx(source(tables), tmp_path, language="zh", advance=quiet)
    book = load_workbook(tmp_path / "plan.xlsx")
    assert len(book.worksheets) == len(filled(tables))
    for layer, sheet in zip(filled(tables), book.worksheets, strict=True):
        frame = given(tables, layer)
        names = [name for name in frame if name != "geometry"]
        rows = list(sheet.iter_rows())
        assert [cell.value for cell in rows[0]][: len(names)] == [
            f"{heading(n).zh}\n{heading(n).en}" for n in names
        ]
        ours = [[None if v == "" else v for v in row] for row in plain(frame)]
        theirs = [[cell.value for cell in row[: len(names)]] for row in rows[1:]]
        assert theirs == ours
        assert all(cell.data_type not in ("f", "e") for row in rows for cell in row)
        assert sheet.freeze_panes == "A2"
    areas = book["普查小区"]
    assert areas["A2"].value == "310118001003001"
    assert areas["A2"].data_type == "s"
    acting = [cell for row in book["建筑物"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert acting
    assert all(cell.quotePrefix for cell in acting)


def test_excel_measures_shapes_it_leaves_out(tables, tmp_path):
    write_xlsx(source(tables), tmp_path, language="en", advance=quiet)
    sheet = load_workbook(tmp_path / "plan.xlsx")["districts"]
    head = [cell.value for cell in sheet[1]]
    area = sheet.cell(2, head.index("面积（平方米）\narea [m2]") + 1).value
    assert area == pytest.approx(tables["districts"].geometry[0].area)


def test_kml(tables, tmp_path):
    write_kml(source(tables), tmp_path, language="zh", advance=quiet)
    root = ElementTree.parse(tmp_path / "plan.kml").getroot()
    codes = tables["districts"]["district_code"].tolist()
    folders = root.find(f"{KML}Document").findall(f"{KML}Folder")
    assert len(folders) == len(codes)
    assert folders[1].find(f"{KML}name").text == HOSTILE[1]
    seen = {"districts": [], "enumeration_areas": [], "ea_lines": [], "dwelling_parts": []}
    for file in [tmp_path / "plan.kml", *sorted((tmp_path / "buildings").iterdir())]:
        for mark in ElementTree.parse(file).getroot().iter(f"{KML}Placemark"):
            data = {d.get("name"): d[0].text for d in mark.iter(f"{KML}Data")}
            seen[mark.find(f"{KML}styleUrl").text[1:]].append((data, mark))
    for layer, marks in seen.items():
        frame = given(tables, layer)
        names = [name for name in frame if name != "geometry"]
        ours = [
            {n: str(v) for n, v in zip(names, row, strict=True) if v not in (None, "")}
            for row in plain(frame)
        ]
        theirs = [{n: v for n, v in data.items() if v and n in names} for data, _ in marks]
        assert sorted(map(sorted, (row.items() for row in theirs))) == sorted(
            map(sorted, (row.items() for row in ours))
        )
    text = (tmp_path / "plan.kml").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script" not in text.split("<description>", 1)[1].split("</description>")[0]
    assert "href" not in text
    virtual = next(
        mark for data, mark in seen["enumeration_areas"] if data["ea_code"].endswith("900")
    )
    assert virtual.find(f"{KML}Polygon") is None
    ours = to_lonlat(tables["districts"], source(tables).crs).geometry[0]
    line = next(seen["districts"][0][1].iter(f"{KML}coordinates")).text
    ring = [tuple(map(float, pair.split(","))) for pair in line.split()]
    assert shapely.hausdorff_distance(shapely.Polygon(ring), ours) < 2e-8


def test_the_same_plan_gives_the_same_bytes(tables, tmp_path):
    for nth in "ab":
        folder = tmp_path / nth
        for kind in ("shp", "geojson", "parquet", "gpkg", "xlsx", "kml"):
            (folder / kind).mkdir(parents=True)
        write_shapefiles(source(tables), folder / "shp", encoding="gbk", advance=quiet)
        write_geojson(source(tables), folder / "geojson", advance=quiet)
        write_parquet(source(tables), folder / "parquet", advance=quiet)
        write_geopackage(source(tables), folder / "gpkg", advance=quiet)
        write_xlsx(source(tables), folder / "xlsx", language="zh", advance=quiet)
        write_kml(source(tables), folder / "kml", language="zh", advance=quiet)
    files = sorted(
        p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()
    )
    assert len(files) > 60
    assert [
        f for f in files if (tmp_path / "a" / f).read_bytes() != (tmp_path / "b" / f).read_bytes()
    ] == []


def test_nothing_is_exported_that_no_layer_holds(tables, tmp_path):
    """The place of imagery on somebody's computer stays there."""
    for kind, write in {"shp": lambda f: write_shapefiles(source(tables), f, encoding="utf-8", advance=quiet),
                        "geojson": lambda f: write_geojson(source(tables), f, advance=quiet)}.items():  # fmt: skip
        (tmp_path / kind).mkdir()
        write(tmp_path / kind)
        for file in (tmp_path / kind).iterdir():
            assert b"somebody" not in file.read_bytes()
    write_xlsx(source(tables), tmp_path, language="zh", advance=quiet)
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        assert not any(b"somebody" in archive.read(name) for name in archive.namelist())


def test_every_layer_of_a_plan_has_a_sheet_with_a_name_in_both_languages():
    assert set(LAYERS) == set(SHEETS)
    assert all(text.en != text.zh for text in SHEETS.values())
