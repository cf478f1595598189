"""Nothing but plain local files, whole and of the kind their name says, gets through the door."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from importlib import resources

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from census_gis.errors import InputError
from census_gis.inputs.door import check, local_path, prepare_gdal

# Reading is tried in a process that imported geopandas (and so GDAL with all its drivers) first.


def _layer(path, **options):
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4547
    )
    frame.to_file(path, **options)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "/vsicurl/http://127.0.0.1:9/a.tif", "/vsizip/a.zip/a.shp", "\\vsimem\\a", "http://host/a.gpkg",
        "https:/host/a.gpkg", "GPKG:/tmp/a.gpkg", "NETCDF:a.nc", "MEM:::DATAPOINTER=1",
        "<VRTDataset></VRTDataset>", ' {"type": "Feature"}', "a\0b.shp", "a\nb.shp", "a\x1bb.shp", "", "  ",
    ],
)  # fmt: skip
def test_what_is_no_plain_path_is_refused(text):
    with pytest.raises(InputError) as caught:
        local_path(text)
    assert caught.value.where.isprintable()


@given(st.text(min_size=1, max_size=30))
def test_a_path_let_through_is_absolute_and_printable(text):
    try:
        path = local_path(text)
    except InputError:
        return
    assert path.is_absolute()
    assert "\0" not in str(path)
    assert not str(path).lower().startswith("/vsi")


def test_relative_paths_start_at_the_project_file(tmp_path):
    assert local_path("../数据/a.shp", base=tmp_path / "p") == tmp_path / "数据" / "a.shp"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tif", b'<VRTDataset rasterXSize="1" rasterYSize="1"/>'),
        (
            "b.tif",
            b'<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9</ServerUrl></Service></GDAL_WMS>',
        ),
        ("c.geojson", b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>"),
        ("d.gpkg", b"<OGRVRTDataSource/>"),
        ("e.shp", b"<OGRVRTDataSource/>" * 10),
        ("f.csv", b" <OGRVRTDataSource/>"),
        ("g.xlsx", b"<OGRVRTDataSource/>"),
        ("h.jpg", b"II*\0"),
        ("i.png", b"\xff\xd8\xff"),
    ],
)
def test_a_disguised_file_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="is not"):
        check(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.vrt", "GeoPackage"),
        ("a.xls", "xlsx"),
        ("a.rar", "zip"),
        ("a.dwg", "dxf"),
        ("a.exe", "GeoPackage"),
        ("a", "GeoPackage"),
    ],
)
def test_other_formats_say_what_to_do(tmp_path, name, remedy):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=remedy):
        check(tmp_path / name)


def test_a_missing_or_empty_file_or_a_folder_is_refused(tmp_path):
    (tmp_path / "empty.gpkg").touch()
    (tmp_path / "folder.gpkg").mkdir()
    (tmp_path / "fake.gdb").mkdir()
    (tmp_path / "file.gdb").write_bytes(b"x")
    for name in ("none.gpkg", "empty.gpkg", "folder.gpkg", "fake.gdb", "file.gdb"):
        with pytest.raises(InputError):
            check(tmp_path / name)


def test_a_link_is_followed_once(tmp_path):
    real = _layer(tmp_path / "real.gpkg")
    one, two = tmp_path / "one.gpkg", tmp_path / "two.gpkg"
    one.symlink_to(real)
    two.symlink_to(one)
    assert check(one).path == real
    with pytest.raises(InputError, match="link to a link"):
        check(two)


def test_a_folder_given_for_a_file_is_called_so_and_a_file_in_it_is_named(tmp_path):
    folder = tmp_path / "建筑物"
    folder.mkdir()
    with pytest.raises(InputError) as empty:
        check(folder)
    assert "is a folder" in empty.value.what.en and "是文件夹" in empty.value.what.zh
    (folder / "jzw.dbf").write_bytes(b"x")
    (folder / "jzw.shp").write_bytes(b"x")
    with pytest.raises(InputError) as shapefile:
        check(folder)
    assert "建筑物/jzw.shp" in shapefile.value.fix.en and "建筑物/jzw.shp" in shapefile.value.fix.zh


def test_a_link_to_a_file_of_another_type_is_refused(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "a.gpkg").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InputError, match="another type"):
        check(tmp_path / "a.gpkg")


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.dbf", "a.geojson"])
def test_a_truncated_file_is_refused(tmp_path, name, share):
    _layer(tmp_path / ("a.shp" if name == "a.dbf" else name))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=r"cut short|damaged"):
        check(tmp_path / ("a.shp" if name == "a.dbf" else name))


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_shapefile_without_its_side_files_is_refused(tmp_path, suffix):
    path = _layer(tmp_path / "a.shp")
    path.with_suffix(suffix).unlink()
    with pytest.raises(InputError, match=re.escape(suffix)):
        check(path)


def test_geopackages_of_gdal_are_let_through(tmp_path):
    assert check(_layer(tmp_path / "a.gpkg")).driver == "GPKG"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER evil AFTER INSERT ON a BEGIN SELECT 1; END",
        "CREATE VIEW evil AS SELECT gdal_get_pixel_value('/etc/passwd', 1, 'pixel', 1, 1) AS x",
        "CREATE VIEW evil AS SELECT * FROM nowhere",
        "CREATE VIRTUAL TABLE evil USING fts4(content)",
    ],
)
def test_a_geopackage_with_programs_of_its_own_is_refused(tmp_path, sql):
    path = _layer(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as file:
        file.execute(sql)
    file.close()
    with pytest.raises(InputError, match="programs of its own") as caught:
        check(path)
    assert "evil" in str(caught.value.rows)


def test_a_geopackage_with_a_plain_view_is_let_through(tmp_path):
    path = _layer(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as file:
        file.execute("CREATE VIEW fine AS SELECT fid, upper(name) AS name FROM a")
    file.close()
    assert check(path).driver == "GPKG"


def test_a_geopackage_still_open_elsewhere_is_refused(tmp_path):
    path = _layer(tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg-wal").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match="still has the file open"):
        check(path)


def test_checking_a_geopackage_leaves_nothing_beside_it(tmp_path):
    path = _layer(tmp_path / "a.gpkg")
    before = path.read_bytes()
    check(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]


def test_prepare_gdal_sets_the_environment(monkeypatch):
    for name in ("GDAL_SKIP", "OGR_SKIP", "PROJ_NETWORK"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    prepare_gdal()
    assert {"VRT", "OGR_VRT", "WMS", "GDALG", "HTTP"} <= set(os.environ["GDAL_SKIP"].split(","))
    assert os.environ["PROJ_NETWORK"] == "OFF"


CHILD = """
import json
from census_gis.inputs.door import prepare_gdal
prepare_gdal()
import pyogrio, rasterio
with rasterio.Env() as env:
    drivers = sorted(set(env.drivers()) | set(pyogrio.list_drivers()))
versions = [rasterio.__gdal_version__, ".".join(map(str, pyogrio.__gdal_version__))]
print(json.dumps([drivers, versions]))
"""


def test_only_the_allowed_drivers_are_registered_after_prepare_gdal():
    out = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    drivers, versions = json.loads(out.stdout)
    known = json.loads(
        resources.files("census_gis.inputs").joinpath("drivers.json").read_text("utf-8")
    )
    assert not set(drivers) & set(known["skipped"])
    new = set(drivers) - set(known["allowed"])
    if (
        new
        and versions != list(known["made_with"].values())
        and not os.environ.get("CENSUS_GIS_ALL")
    ):
        pytest.skip(f"GDAL {versions} has drivers not judged yet: {sorted(new)}")
    assert not new
    assert {"GPKG", "GTiff", "GeoJSON", "ESRI Shapefile", "OpenFileGDB"} <= set(drivers)
