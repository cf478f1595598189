"""The same small place comes back equal from every format, and what a format cannot carry is said."""

import json
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from census_gis.errors import InputError
from census_gis.inputs.dxf import read_dxf
from census_gis.inputs.dxf_shapes import Entity, Placement, draw
from census_gis.inputs.inspect import inspect_file
from census_gis.inputs.kml import read_kml
from census_gis.inputs.open import layers, open_rows, open_vector
from census_gis.inputs.sources import Source
from tests.inputs.drawings import drawing, polyline, text

HOLED = Polygon(box(0, 0, 9, 9).exterior.coords, [box(2, 2, 4, 4).exterior.coords])
TWO = MultiPolygon([box(20, 0, 22, 2), box(24, 0, 26, 2)])


def _place():
    """Buildings with a hole, two parts, Chinese names, a missing value and codes with zeros."""
    shapes = [HOLED, TWO, box(30, 0, 39, 9)]
    return gpd.GeoDataFrame(
        {"编号": ["007", "8", "9"], "名称": ["和平里", None, "Überlingen"], "层数": [1, 20, 3], "高": [3.5, 61.25, 9.0]},
        geometry=[shapely.transform(one, lambda xy: 116.3 + xy / 1e5 * [1, 1] - [0, 76.3]) for one in shapes],
        crs=4326,
    )  # fmt: skip


def _write(frame, path):
    """The place in the format a path's name asks for."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix in (".zip", ".kmz"):
        inner = path.with_name("doc.kml" if path.suffix == ".kmz" else "doc.shp")
        _write(frame, inner)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in sorted(path.parent.glob("doc.*")):
                if one != path:
                    archive.write(one, one.name)
    elif path.suffix == ".kml":
        frame.to_file(path, driver="KML")
    elif path.suffix == ".shp":
        frame.to_file(path, encoding="UTF-8")
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize(
    "name",
    ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.parquet", "a.kml", "doc.kmz", "doc.zip"],
)
def test_a_place_comes_back_equal_from_every_format(tmp_path, name):
    frame = _place()
    opened = open_vector(Source(_write(frame, tmp_path / name)))
    # FlatGeobuf orders its rows along a curve.
    read = opened.frame.sort_values("编号").reset_index(drop=True)
    assert opened.stated_crs.to_epsg() == 4326
    assert read["编号"].tolist() == ["007", "8", "9"]
    assert read["名称"].fillna("").tolist() == ["和平里", "", "Überlingen"]
    assert pd.to_numeric(read["层数"]).tolist() == [1, 20, 3]
    assert pd.to_numeric(read["高"]).tolist() == [3.5, 61.25, 9.0]
    apart = shapely.area(
        shapely.symmetric_difference(np.asarray(read.geometry), np.asarray(frame.geometry))
    )
    assert apart.max() < 1e-14
    assert not [case for case in opened.findings if case["severity"] != "note"]
    assert not list(tmp_path.glob("census-gis-*"))


@pytest.mark.parametrize("name", ["a.fgb", "a.parquet", "a.kml", "doc.kmz", "doc.zip"])
def test_inspect_shows_what_is_there(tmp_path, name):
    (report,) = inspect_file(_write(_place(), tmp_path / name))
    assert (report.rows, report.shape, report.role) == (3, "area", "buildings")
    assert report.mapping["floors"] == "层数"
    assert report.stated_crs.startswith("EPSG:4326")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.parquet", "a.kml", "doc.zip"])
def test_a_truncated_file_of_any_format_is_refused(tmp_path, name, share):
    path = _write(_place(), tmp_path / name)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError) as caught:
        open_vector(Source(path))
    assert caught.value.say("zh") != caught.value.say("en")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", ["a.fgb", "a.parquet", "a.kml", "a.dxf", "a.osm", "a.osm.pbf", "a.zip", "a.kmz"])  # fmt: skip
@pytest.mark.parametrize(
    "content", [b"<OGRVRTDataSource/>" * 9, b"\0" * 64, b"{}", b"PK\x05\x06" + b"\0" * 30]
)
def test_a_disguised_file_of_any_format_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError):
        open_vector(Source(tmp_path / name))


@pytest.mark.parametrize("name", ["a.fgb", "a.parquet", "a.kml", "a.dxf", "doc.zip"])
@settings(max_examples=15, deadline=None)
@given(at=st.floats(0, 0.999), changed=st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused_but_never_a_surprise(
    tmp_path_factory, name, at, changed
):
    path = tmp_path_factory.mktemp("d") / name
    if path.suffix == ".dxf":
        path.write_bytes(drawing(polyline("房", [(0, 0), (9, 0), (9, 9)])))
    else:
        _write(_place(), path)
    data = bytearray(path.read_bytes())
    first = int(at * len(data))
    data[first : first + len(changed)] = changed
    path.write_bytes(data)
    try:
        opened = open_vector(Source(path))
    except InputError:
        return
    assert opened.frame.geometry.name == "geometry"


# ---------------------------------------------------------------- FlatGeobuf and Parquet


def test_a_flatgeobuf_without_an_index_or_rows_is_read(tmp_path):
    frame = _place()
    frame.to_file(tmp_path / "a.fgb", SPATIAL_INDEX="NO")
    frame.iloc[:0].to_file(tmp_path / "b.fgb")
    assert len(open_vector(Source(tmp_path / "a.fgb")).frame) == 3
    assert len(open_vector(Source(tmp_path / "b.fgb")).frame) == 0


def test_a_flatgeobuf_that_lost_its_last_rows_whole_is_refused(tmp_path):
    path = _write(_place(), tmp_path / "a.fgb")
    data = path.read_bytes()
    header = struct.unpack_from("<I", data, 8)[0]
    first = 12 + header + 40 * 4
    path.write_bytes(data[: first + 4 + struct.unpack_from("<I", data, first)[0]])
    with pytest.raises(InputError, match="1 of 3 rows"):
        open_vector(Source(path))


def test_a_plain_parquet_is_a_table(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"工号": ["1"], "岗位": ["普查员"], "raw": [b"\0"]}).to_parquet(path)
    rows = open_rows(Source(path))
    assert rows.frame[["工号", "岗位"]].iloc[0].tolist() == ["1", "普查员"]
    assert [case["code"] for case in rows.findings] == ["F017"]
    with pytest.raises(InputError, match=r"no geometry|0 layers"):
        open_vector(Source(path))


def test_parquet_of_categories_lists_and_an_index_gives_plain_values(tmp_path):
    frame = _place().assign(级=pd.Categorical(["a", "b", "a"]), l=[[1], [2, 3], []])
    frame.set_index("编号").to_parquet(tmp_path / "a.parquet")
    read = open_vector(Source(tmp_path / "a.parquet")).frame
    assert read["级"].tolist() == ["a", "b", "a"]
    assert read["编号"].tolist() == ["007", "8", "9"]
    assert json.loads(read["l"].iloc[1]) == [2, 3]


def test_a_parquet_path_that_looks_like_a_partition_adds_no_column(tmp_path):
    folder = tmp_path / "code=5"
    folder.mkdir()
    _place().to_parquet(folder / "a.parquet")
    assert "code" not in open_vector(Source(folder / "a.parquet")).frame


def test_parquet_states_its_system_or_none(tmp_path):
    _place().set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    assert open_vector(Source(tmp_path / "a.parquet")).stated_crs is None
    table = pq.read_table(_write(_place(), tmp_path / "b.parquet"))
    geo = json.loads(table.schema.metadata[b"geo"])
    del geo["columns"]["geometry"]["crs"]  # by the standard: longitude and latitude
    table = table.replace_schema_metadata({**table.schema.metadata, b"geo": json.dumps(geo)})
    pq.write_table(table, tmp_path / "c.parquet")
    assert open_vector(Source(tmp_path / "c.parquet")).stated_crs.to_epsg() == 4326


def test_a_parquet_that_unpacks_without_end_is_stopped(tmp_path, monkeypatch):
    pq.write_table(pa.table({"a": ["x" * 1000] * 10_000}), tmp_path / "a.parquet")
    monkeypatch.setattr("census_gis.inputs.parquet.MOST_BYTES", 1_000_000)
    assert (tmp_path / "a.parquet").stat().st_size < 10_000
    with pytest.raises(InputError, match="unpacks to more"):
        open_rows(Source(tmp_path / "a.parquet"))


# ---------------------------------------------------------------- KML

KML = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
MARK = (
    "<Placemark><name>{}</name><Point><coordinates>116.3,39.9,5</coordinates></Point></Placemark>"
)


def _kml(tmp_path, inside):
    path = tmp_path / "a.kml"
    path.write_text(KML.format(inside), encoding="utf-8")
    return path


def test_folders_of_a_kml_are_layers(tmp_path):
    inside = "".join(
        f"<Folder><name>{name}</name>{MARK.format(name)}</Folder>"
        for name in ("学校", "医院", "学校")
    )
    path = _kml(tmp_path, inside)
    assert [(one.name, one.geometry_type, one.rows) for one in layers(path)] == [
        ("学校", "Point", 2),
        ("医院", "Point", 1),
    ]
    opened = open_vector(Source(path, layer="医院"))
    assert opened.frame["name"].tolist() == ["医院"]
    assert opened.frame.geometry.iloc[0] == Point(116.3, 39.9)


def test_extended_data_without_a_schema_is_text_and_said(tmp_path):
    data = '<ExtendedData><Data name="层数"><value>6</value></Data></ExtendedData>'
    path = _kml(tmp_path, MARK.format("a").replace("<Point>", data + "<Point>"))
    opened = open_vector(Source(path))
    assert opened.frame["层数"].tolist() == ["6"]
    assert [case["code"] for case in opened.findings] == ["F015"]


def test_a_schema_that_lies_leaves_texts(tmp_path):
    schema = '<Schema name="s" id="s"><SimpleField name="n" type="int"/></Schema>'
    data = '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="n">{}</SimpleData></SchemaData></ExtendedData>'
    marks = "".join(
        MARK.format("a").replace("<Point>", data.format(n) + "<Point>") for n in ("1", "二")
    )
    assert open_vector(Source(_kml(tmp_path, schema + marks))).frame["n"].tolist() == ["1", "二"]


def test_links_of_a_kml_are_told_and_not_followed(tmp_path):
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    opened = open_vector(Source(_kml(tmp_path, MARK.format("a") + link)))
    assert [case["code"] for case in opened.findings] == ["F014"]
    with pytest.raises(InputError, match="not followed"):
        open_vector(Source(_kml(tmp_path, link)))


def test_every_folder_of_a_kml_tells_what_was_left_out(tmp_path):
    folders = "".join(f"<Folder><name>{name}</name>{MARK.format(name)}</Folder>" for name in "甲乙")
    path = _kml(tmp_path, folders + "<NetworkLink/>")
    for name in "甲乙":
        found = open_vector(Source(path, layer=name)).findings
        assert [case["code"] for case in found] == ["F014"]


def test_an_entity_bomb_is_refused(tmp_path):
    levels = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    path = tmp_path / "a.kml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY l0 "lol">{levels}]><kml><Document>&l9;</Document></kml>'
    )
    with pytest.raises(InputError, match="DOCTYPE"):
        read_kml(path)
    with pytest.raises(InputError, match="DOCTYPE"):
        open_vector(Source(path))


def test_shapes_that_are_none_are_named(tmp_path):
    bad = "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>1,2 x,4</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    opened = open_vector(Source(_kml(tmp_path, MARK.format("a") + bad)))
    assert opened.frame.geometry.isna().tolist() == [False, True]
    assert {case["code"]: case["row_key"] for case in opened.findings}["F016"] == "2"


# ---------------------------------------------------------------- drawings


@pytest.mark.parametrize(
    ("page", "encoding"), [("ANSI_936", "gb18030"), ("ANSI_1252", "gb18030"), ("ANSI_936", "utf-8")]
)
def test_a_drawing_by_layer_and_kind_whatever_its_code_page_says(tmp_path, page, encoding):
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("房屋", [(0, 0), (10, 0), (10, 10), (0, 10)]),
            polyline("道路中心线", [(0, 0), (10, 0), (20, 5)], closed=False),
            text("注记地名", "和平里小区", (5, 5)),
            page=page, encoding=encoding,
        )
    )  # fmt: skip
    names = [one.name for one in layers(path)]
    assert names == ["房屋:areas", "注记地名:texts", "道路中心线:lines", "areas", "lines", "texts"]
    house = open_vector(Source(path, layer="房屋:areas"))
    assert house.frame.geometry.iloc[0].equals(box(0, 0, 10, 10))
    assert house.stated_crs is None
    assert "F022" in [case["code"] for case in house.findings]
    assert open_vector(Source(path, layer="texts")).frame["name"].tolist() == ["和平里小区"]
    assert (
        open_vector(Source(path, layer="lines", where={"layer": "道路中心线"}))
        .frame.geometry.iloc[0]
        .length
        > 20
    )


def test_an_encoding_stated_is_used_to_list_layers_too(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("a", [(0, 0), (9, 0), (9, 9)]),
            text("a", "ö", (1, 1)),
            page="x",
            encoding="latin-1",
        )
    )
    with pytest.raises(InputError, match="cannot be read as"):
        open_vector(Source(path, layer="texts"))
    opened = open_vector(Source(path, layer="texts", encoding="latin-1"))
    assert opened.frame["name"].tolist() == ["ö"]


def test_roles_of_drawing_layers_are_seen(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("JMD", [(0, 0), (9, 0), (9, 9)]),
            polyline("道路", [(0, 0), (9, 0)], closed=False),
        )
    )
    assert {report.layer: report.role for report in inspect_file(path)} == {
        "JMD:areas": "buildings", "道路:lines": "roads", "areas": None, "lines": None,
    }  # fmt: skip


def test_a_drawing_without_a_closed_shape_has_no_areas(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("房", [(0, 0), (9, 0), (9, 9), (0, 0.005)], closed=False),
            polyline("路", [(0, 0), (1, 1)], closed=False),
        )
    )
    with pytest.raises(InputError, match="no layer 'areas'"):
        open_vector(Source(path, layer="areas"))
    found = open_vector(Source(path, layer="房:lines")).findings
    assert "F021" in [case["code"] for case in found]


def test_an_outline_and_its_hatch_are_one_area(tmp_path):
    ring = [(0, 0), (9, 0), (9, 9), (0, 9)]
    hatch = ["0", "HATCH", "8", "房", "91", "1", "92", "2", "72", "0", "73", "1", "93", "4"]
    for x, y in ring:
        hatch += ["10", str(x), "20", str(y)]
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("房", ring), [*hatch, "97", "0", "75", "1", "76", "1", "10", "5", "20", "5"]
        )
    )
    opened = open_vector(Source(path, layer="areas"))
    assert len(opened.frame) == 1
    assert "F023" in [case["code"] for case in opened.findings]


def test_blocks_are_drawn_where_they_are_inserted(tmp_path):
    block = [
        "0",
        "BLOCK",
        "2",
        "塔",
        "10",
        "1",
        "20",
        "0",
        *polyline("0", [(1, 0), (2, 0), (2, 3)]),
        "0",
        "ENDBLK",
    ]
    insert = [
        "0",
        "INSERT",
        "8",
        "房",
        "2",
        "塔",
        "10",
        "100",
        "20",
        "50",
        "41",
        "2",
        "42",
        "2",
        "50",
        "90",
    ]
    path = tmp_path / "a.dxf"
    path.write_bytes(drawing(insert, blocks=block))
    (row,) = open_vector(Source(path)).frame.itertuples()
    assert row.layer == "房"
    assert row.geometry.equals_exact(Polygon([(100, 50), (100, 52), (94, 52)]), 1e-9)


def test_a_block_in_itself_ends(tmp_path):
    block = [
        "0",
        "BLOCK",
        "2",
        "a",
        "10",
        "0",
        "20",
        "0",
        "0",
        "INSERT",
        "8",
        "0",
        "2",
        "a",
        "10",
        "1",
        "20",
        "1",
        "0",
        "ENDBLK",
    ]
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(["0", "INSERT", "8", "0", "2", "a", "10", "0", "20", "0"], blocks=block)
    )
    with pytest.raises(InputError, match="nested"):
        read_dxf(path)


def test_kinds_not_read_are_counted(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(
        drawing(
            polyline("a", [(0, 0), (9, 0), (9, 9)]),
            ["0", "REGION", "8", "a"],
            ["0", "REGION", "8", "a"],
        )
    )
    (case,) = [one for one in open_vector(Source(path)).findings if one["code"] == "F020"]
    assert "REGION 2" in case["message_en"]


@given(st.floats(0.05, 1), st.floats(1, 100))
def test_a_bulge_is_an_arc_to_the_left_between_its_ends(bulge, length):
    groups = [
        (8, "a"),
        (70, "0"),
        (10, "0"),
        (20, "0"),
        (42, str(bulge)),
        (10, str(length)),
        (20, "0"),
    ]
    (arc,) = draw(Entity("LWPOLYLINE", groups), Placement())
    points = np.asarray(arc.shape.coords)
    # The way turns left, so the arc lies to the right of its chord, no farther than half of it times the bulge.
    assert -bulge * length / 2 - 1e-9 <= points[:, 1].min() < 0
    radius = length * (1 + bulge**2) / (4 * bulge)
    middle = np.array([length / 2, radius - bulge * length / 2])
    assert np.allclose(np.hypot(*(points - middle).T), radius, rtol=1e-6)


def test_circles_and_splines_are_shapes():
    (circle,) = draw(Entity("CIRCLE", [(10, "5"), (20, "5"), (40, "10")]), Placement())
    assert abs(circle.shape.area - np.pi * 100) < 1
    control = [(10, "0"), (20, "0"), (10, "10"), (20, "0")]
    knots = [(40, one) for one in ("0", "0", "1", "1")]
    (line,) = draw(Entity("SPLINE", [(71, "1"), *knots, *control]), Placement())
    assert line.shape.equals(LineString([(0, 0), (10, 0)]))


# ---------------------------------------------------------------- shapefiles


def test_a_shapefile_whose_table_is_of_another_export_is_refused(tmp_path):
    _place().to_file(tmp_path / "a.shp", encoding="UTF-8")
    _place().iloc[:2].to_file(tmp_path / "b.shp", encoding="UTF-8")
    (tmp_path / "a.dbf").write_bytes((tmp_path / "b.dbf").read_bytes())
    with pytest.raises(InputError, match=r"3 shapes .* but 2 rows"):
        open_vector(Source(tmp_path / "a.shp"))


def test_names_as_long_as_a_shapefile_lets_them_be_are_remarked(tmp_path):
    _place().rename(columns={"层数": "总建筑层数"}).to_file(tmp_path / "a.shp", encoding="GBK")
    found = open_vector(Source(tmp_path / "a.shp")).findings
    assert [case["code"] for case in found if case["code"] == "F012"] == ["F012"]


def test_a_polygon_of_a_million_vertices_is_read_and_one_more_is_not(tmp_path):
    def ring(n):
        turn = np.linspace(0, 2 * np.pi, n - 1, endpoint=False)
        return Polygon(116.3 + 0.01 * np.column_stack([np.cos(turn), np.sin(turn)]) - [0, 76.3])

    for n, name in ((1_000_000, "a.gpkg"), (1_000_001, "b.gpkg")):
        gpd.GeoDataFrame({"a": [1]}, geometry=[ring(n)], crs=4326).to_file(tmp_path / name)
    assert len(open_vector(Source(tmp_path / "a.gpkg")).frame) == 1
    with pytest.raises(InputError, match="1,000,001 vertices"):
        open_vector(Source(tmp_path / "b.gpkg"))
