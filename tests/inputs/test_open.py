"""Layers, tables and images are read as they are, and hostile files are not read at all."""

import contextlib
import http.server
import json
import shutil
import threading
from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely.geometry import Point, Polygon, box

from census_gis.errors import CensusGISError, ConfigError, InputError
from census_gis.inputs import raw
from census_gis.inputs.open import layers, open_raster, open_rows, open_table, open_vector
from census_gis.inputs.sources import Source
from tests.places import place

NAMES = ["和平里社区", "叡耀花园", "Überlingen"]


def _frame(crs=4547):
    shapes = [box(i, 0, i + 1, 1) for i in range(3)]
    return gpd.GeoDataFrame(
        {"名称": NAMES, "code": ["007", "8", "9"], "层数": [1, 2, 3]}, geometry=shapes, crs=crs
    )


# ---------------------------------------------------------------- round trips


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.gdb"])
def test_a_round_trip_changes_nothing(tmp_path, name):
    frame = _frame(4326)
    options = {"encoding": "UTF-8"} if name == "a.shp" else {}
    frame.to_file(
        tmp_path / name, **({"driver": "OpenFileGDB"} if name == "a.gdb" else {}), **options
    )
    opened = open_vector(Source(tmp_path / name))
    assert opened.frame["名称"].tolist() == NAMES
    assert opened.frame["code"].tolist() == ["007", "8", "9"]
    assert opened.frame["层数"].tolist() == [1, 2, 3]
    assert opened.frame["_row"].tolist() == [0, 1, 2]
    assert opened.frame.crs is None
    assert opened.stated_crs.to_epsg() == 4326
    assert opened.layer == "a"
    assert not opened.findings
    assert shapely.equals(
        shapely.normalize(opened.frame.geometry), shapely.normalize(frame.geometry)
    ).all()


def test_paths_with_spaces_brackets_and_chinese_letters_open(tmp_path):
    path = tmp_path / "建筑 物[1]#%.gpkg"
    _frame().to_file(path)
    assert len(open_vector(Source(path)).frame) == 3


def test_reading_a_geopackage_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "a.gpkg"
    _frame().to_file(path)
    before = path.read_bytes()
    open_vector(Source(path))
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]
    assert path.read_bytes() == before


def test_no_coordinate_system_is_told_as_none(tmp_path):
    for name in ("a.gpkg", "a.shp"):
        _frame(None).to_file(tmp_path / name, encoding="UTF-8")
        assert open_vector(Source(tmp_path / name)).stated_crs is None


def test_rows_are_chosen_by_value_and_keep_their_numbers(tmp_path):
    _frame().to_file(tmp_path / "a.gpkg")
    opened = open_vector(Source(tmp_path / "a.gpkg", where={"层数": "2"}))
    assert opened.frame["_row"].tolist() == [1]
    with pytest.raises(ConfigError, match="层数"):
        open_vector(Source(tmp_path / "a.gpkg", where={"层 数": 2}))


def test_several_layers_must_be_told_apart(tmp_path):
    path = tmp_path / "a.gpkg"
    _frame().to_file(path, layer="buildings")
    _frame().to_file(path, layer="roads")
    assert [one.name for one in layers(path)] == ["buildings", "roads"]
    assert layers(path)[0].columns == ("名称", "code", "层数")
    with pytest.raises(InputError, match="2 layers"):
        open_vector(Source(path))
    with pytest.raises(InputError, match=r"nearest is .roads"):
        open_vector(Source(path, layer="road"))
    assert len(open_vector(Source(path, layer="roads")).frame) == 3


def test_heights_are_dropped_and_broken_coordinates_are_reported(tmp_path):
    shapes = [Point(1, 2, 3), Point(1, 2, 5), Point(np.inf, 2, 0)]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=shapes, crs=4547).to_file(tmp_path / "a.gpkg")
    opened = open_vector(Source(tmp_path / "a.gpkg"))
    assert {row["code"]: row["severity"] for row in opened.findings} == {
        "F004": "note",
        "C001": "error",
    }
    assert not opened.frame.geometry.iloc[:2].has_z.any()
    assert opened.frame.geometry.iloc[2] is None
    assert [row["row_key"] for row in opened.findings if row["code"] == "C001"] == ["3"]


def test_too_many_vertices_or_rows_are_refused(tmp_path, monkeypatch):
    _frame().to_file(tmp_path / "a.gpkg")
    monkeypatch.setattr(raw, "MOST_VERTICES", 4)
    with pytest.raises(InputError, match="vertices"):
        open_vector(Source(tmp_path / "a.gpkg"))
    monkeypatch.setattr(raw, "MOST_ROWS", 2)
    with pytest.raises(InputError, match="rows"):
        open_vector(Source(tmp_path / "a.gpkg"))


def test_a_table_is_no_vector_layer_and_an_image_no_table(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"x and y|x or y"):
        open_vector(Source(tmp_path / "a.csv"))
    with pytest.raises(InputError):
        layers(tmp_path / "a.csv")
    with pytest.raises(InputError):
        open_table(Source(_image(tmp_path / "a.tif")))


# ---------------------------------------------------------------- tables


def test_csv_and_xlsx_give_the_same_texts(tmp_path):
    rows = [["代码", "户数", "备注"], ["007", "12", ""], ["8", "3", "=1+1"]]
    (tmp_path / "a.csv").write_bytes("\n".join(",".join(row) for row in rows).encode("gb18030"))
    book = openpyxl.Workbook()
    for row in rows[:2]:
        book.active.append([cell or None for cell in row])
    book.active.append(["8", 3, None])
    book.save(tmp_path / "a.xlsx")
    csv, xlsx = (open_table(Source(tmp_path / name)) for name in ("a.csv", "a.xlsx"))
    assert csv.drop(columns="备注").equals(xlsx.drop(columns="备注"))
    assert csv["代码"].tolist() == ["007", "8"]
    assert csv["备注"].tolist() == [None, "=1+1"]


def test_a_formula_without_a_stored_value_is_an_error_with_its_cell(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, '=WEBSERVICE("http://127.0.0.1:9")'])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="without a stored value") as caught:
        open_rows(Source(tmp_path / "a.xlsx"))
    assert caught.value.rows == ("B2",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,a\n1,2\n",
        "a,b\n1\n",
        "a,b\n1,2,3\n",
        "a,,b\n1,2,3\n",
        'a,b\n"1,2\n',
        "a,b\n1,\x002\n",
    ],
)
def test_a_ragged_or_nameless_table_is_refused(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text.encode())
    with pytest.raises(InputError):
        open_table(Source(tmp_path / "a.csv"))


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_separators_are_seen(tmp_path, sign):
    (tmp_path / "a.csv").write_text(f"a{sign}b\r\n1{sign}2,5\r\n", encoding="utf-8-sig")
    frame = open_table(Source(tmp_path / "a.csv"))
    assert frame[["a", "b"]].iloc[0].tolist() == ["1", "2,5"]


def test_points_of_a_csv(tmp_path):
    (tmp_path / "a.csv").write_text("名,经度,纬度\n桥,116.3,39.9\n河,,\n", encoding="utf-8")
    opened = open_vector(Source(tmp_path / "a.csv", columns={"x": "经度", "y": "纬度"}))
    assert opened.frame.geometry.iloc[0] == Point(116.3, 39.9)
    assert opened.stated_crs is None


def test_attributes_of_a_geopackage_table(tmp_path):
    _frame().to_file(tmp_path / "a.gpkg")
    table = open_table(Source(tmp_path / "a.gpkg"))
    assert isinstance(table, pd.DataFrame)
    assert "geometry" not in table
    assert table["名称"].tolist() == NAMES


# ---------------------------------------------------------------- images


def _image(path, width=64, height=64, **options):
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:4547", **options}
    where = from_origin(500000, 3000000, 0.5, 0.5)
    with rasterio.open(path, "w", width=width, height=height, transform=where, **profile) as file:
        if height < 1000:
            file.write(np.ones((profile["count"], height, width), profile["dtype"]))
    return path


def test_an_image_opens_with_its_own_driver(tmp_path):
    with open_raster(_image(tmp_path / "a.tif")) as file:
        assert (file.driver, file.shape) == ("GTiff", (64, 64))


def test_an_image_that_declares_far_more_than_it_holds_is_refused(tmp_path):
    path = _image(tmp_path / "a.tif", 200_000, 200_000, tiled=True, SPARSE_OK=True, bigtiff="YES")
    assert path.stat().st_size < 20e6
    with pytest.raises(InputError, match="declares"), open_raster(path):
        pass


def test_too_many_bands_are_refused(tmp_path):
    with pytest.raises(InputError, match="bands"), open_raster(_image(tmp_path / "a.tif", count=9)):
        pass


def test_a_truncated_image_is_an_input_error_when_read(tmp_path):
    path = _image(tmp_path / "a.tif", 256, 256)
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(InputError, match="damaged"), open_raster(path) as file:
        file.read(1)


# ---------------------------------------------------------------- hostile files


class _Counter(http.server.BaseHTTPRequestHandler):
    hits: ClassVar[list[str]] = []

    def do_GET(self):
        self.hits.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def web():
    """A local web server that counts requests; there should be none."""
    _Counter.hits.clear()
    server = http.server.HTTPServer(("127.0.0.1", 0), _Counter)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    assert not _Counter.hits


def test_hostile_files_are_refused_in_a_process_with_all_drivers(tmp_path, web):
    (tmp_path / "secret.txt").write_text("TOP-SECRET" * 20)
    _frame().to_file(tmp_path / "secret.gpkg")
    texts = {
        "vrt.tif": f'<VRTDataset rasterXSize="40" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1" '
        f'subClass="VRTRawRasterBand"><SourceFilename>{tmp_path}/secret.txt</SourceFilename>'
        "</VRTRasterBand></VRTDataset>",
        "wms.tif": f"<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:{web}/</ServerUrl></Service></GDAL_WMS>",
        "vrt.geojson": "<OGRVRTDataSource><OGRVRTLayer name='secret'>"
        f"<SrcDataSource>{tmp_path}/secret.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        # Opened without naming the driver, GDAL runs this and returns the rows of the other file.
        "pipeline.geojson": json.dumps(
            {
                "type": "gdal_streamed_alg",
                "command_line": f"gdal vector pipeline ! read {tmp_path}/secret.gpkg ! filter --where 1=1",
            }
        ),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    names = [*(str(tmp_path / name) for name in texts), texts["vrt.tif"], texts["vrt.geojson"],
             f"/vsicurl/http://127.0.0.1:{web}/a.tif", f"http://127.0.0.1:{web}/a.geojson"]  # fmt: skip
    for name in names:
        with pytest.raises(CensusGISError):
            open_vector(Source(Path(name))) if ".geojson" in name else _open_image(Path(name))


def test_links_inside_a_geojson_are_not_followed(tmp_path, web):
    item = {"type": "Feature", "stac_version": "1.0.0", "properties": {"a": 1}, "geometry": None,
            "links": [{"href": f"http://127.0.0.1:{web}/"}], "assets": {"x": {"href": f"http://127.0.0.1:{web}/x"}}}  # fmt: skip
    (tmp_path / "stac.geojson").write_text(json.dumps(item))
    assert len(open_vector(Source(tmp_path / "stac.geojson")).frame) == 1


def _open_image(name):
    with open_raster(name) as file:
        return file.read(1)


@pytest.mark.parametrize(
    "name", ["a.gpkg", "a.shp", "a.dbf", "a.prj", "a.shx", "a.geojson", "a.xlsx", "a.csv"]
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.floats(0, 1), at=st.floats(0, 0.999), changed=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_but_never_a_surprise(tmp_path, name, cut, at, changed):
    whole = tmp_path / "whole" / name
    if not whole.exists():
        whole.parent.mkdir()
        frame = _frame(4326) if name == "a.geojson" else _frame()
        if name == "a.xlsx":
            frame.drop(columns="geometry").to_excel(whole, index=False)
        elif name == "a.csv":
            frame.drop(columns="geometry").to_csv(whole, index=False, encoding="gb18030")
        else:
            frame.to_file(
                whole.with_suffix(".shp") if whole.suffix in (".dbf", ".prj", ".shx") else whole
            )
    for one in whole.parent.iterdir():
        shutil.copy(one, tmp_path)
    data = bytearray(whole.read_bytes())
    first = int(at * len(data))
    data[first : first + len(changed)] = changed
    (tmp_path / name).write_bytes(data[: int(cut * len(data)) + 1] if cut < 0.5 else data)
    path = tmp_path / ("a.shp" if name in ("a.dbf", "a.prj", "a.shx") else name)
    with contextlib.suppress(InputError):
        open_table(Source(path)) if path.suffix in (".xlsx", ".csv") else open_vector(Source(path))


def test_a_geojson_of_projected_numbers_still_says_wgs84(tmp_path):
    shape = {
        "type": "Feature",
        "properties": {},
        "geometry": shapely.geometry.mapping(box(5e5, 3e6, 5e5 + 9, 3e6 + 9)),
    }
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [shape]})
    )
    assert open_vector(Source(tmp_path / "a.geojson")).stated_crs.to_epsg() == 4326


def test_lists_inside_a_geojson_are_texts(tmp_path):
    shape = {"type": "Feature", "properties": {"a": [1, "二"], "b": {"c": 1}, "d": 1}, "geometry": shapely.geometry.mapping(box(0, 0, 1, 1))}  # fmt: skip
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [shape]})
    )
    frame = open_vector(Source(tmp_path / "a.geojson")).frame
    assert json.loads(frame["a"].iloc[0]) == [1, "二"]
    assert json.loads(frame["b"].iloc[0]) == {"c": 1}
    assert frame["a"].nunique() == 1


def test_damaged_geojson_is_an_input_error(tmp_path):
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": [{]}')
    with pytest.raises(InputError):
        open_vector(Source(tmp_path / "a.geojson"))


def test_geojson_in_gbk_is_refused_not_misread(tmp_path):
    text = _frame(4326).to_json(ensure_ascii=False, drop_id=True).encode("gb18030")
    (tmp_path / "a.geojson").write_bytes(text)
    with pytest.raises(InputError, match="UTF-8"):
        open_vector(Source(tmp_path / "a.geojson"))


# ---------------------------------------------------------------- real deliveries


@pytest.mark.parametrize(
    ("parts", "layer", "encoding", "epsg"),
    [
        (("gbk_shapefile", "建筑物.shp"), None, "gb18030", 4548),
        (("gbk_shapefile_nocpg", "建筑物.shp"), None, "gb18030", 4548),
        (("haidian.gdb",), "JZW", "utf-8", 4548),
        (("haidian_buildings_wgs84.geojson",), None, "utf-8", 4326),
    ],
)
def test_real_formats(parts, layer, encoding, epsg):
    opened = open_vector(Source(place("formats", *parts), layer=layer))
    assert opened.encoding == encoding
    assert opened.stated_crs.to_epsg() == epsg
    assert "东升大厦" in opened.frame["名称"].tolist()
    assert (
        isinstance(opened.frame.geometry.iloc[0], Polygon)
        or opened.frame.geometry.iloc[0].geom_type
    )
