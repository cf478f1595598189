"""Archives are unpacked within limits, into a folder that goes away, and lead nowhere else."""

import errno
import stat
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from census_gis.errors import InputError
from census_gis.inputs import archive
from census_gis.inputs.archive import members
from census_gis.inputs.inspect import inspect_file
from census_gis.inputs.open import layers, open_rows, open_vector
from census_gis.inputs.sources import Source
from tests.places import place

GEOJSON = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[116,40]}}]}'


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Temporary folders of this test; none may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


def _zip(path, entries, **options):
    """An archive of (name or ZipInfo, content)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def _shapefile(tmp_path, name):
    frame = gpd.GeoDataFrame({"名称": [name]}, geometry=[box(5e5, 3e6, 5e5 + 9, 3e6 + 9)], crs=4547)
    folder = tmp_path / "made"
    folder.mkdir(exist_ok=True)
    frame.to_file(folder / f"{name}.shp", encoding="GBK")
    return [(one.name, one.read_bytes()) for one in sorted(folder.glob(f"{name}.*"))]


def test_layers_of_a_zip_are_chosen_by_name(tmp_path):
    path = _zip(tmp_path / "交付.zip", [*_shapefile(tmp_path, "建筑"), *_shapefile(tmp_path, "道路"), ("读我.pdf", b"x")])  # fmt: skip
    assert [one.name for one in layers(path)] == ["建筑", "道路"]
    opened = open_vector(Source(path, layer="道路"))
    assert opened.frame["名称"].tolist() == ["道路"]
    assert (opened.driver, opened.layer, opened.encoding) == ("ESRI Shapefile", "道路", "gb18030")
    assert [case["code"] for case in opened.findings] == ["F013"]
    with pytest.raises(InputError, match="2 layers"):
        open_vector(Source(path))
    with pytest.raises(InputError, match=r"nearest is '道路'"):
        open_vector(Source(path, layer="道"))


def test_names_in_gbk_and_upper_case_ends_are_read(tmp_path):
    """As Windows in Chinese packs: names in GB18030, which nothing in the archive says."""
    entries = [
        (name.upper().replace("建筑", "WXYZ"), data) for name, data in _shapefile(tmp_path, "建筑")
    ]
    path = _zip(tmp_path / "a.zip", entries)
    path.write_bytes(path.read_bytes().replace(b"WXYZ", "建筑".encode("gb18030")))
    assert [one.name for one in layers(path)] == ["建筑"]
    assert len(open_vector(Source(path)).frame) == 1


def test_two_layers_of_one_name_are_told_apart_by_their_files(tmp_path):
    path = _zip(tmp_path / "a.zip", [("东/a.geojson", GEOJSON), ("西/a.geojson", GEOJSON)])
    names = [one.name for one in layers(path)]
    assert names == ["东/a.geojson/a", "西/a.geojson/a"]
    assert len(open_vector(Source(path, layer=names[1])).frame) == 1


def test_a_table_in_a_zip_is_rows(tmp_path):
    path = _zip(tmp_path / "a.zip", [("人员.csv", "工号,岗位\n1,普查员\n")])
    assert open_rows(Source(path)).frame["岗位"].tolist() == ["普查员"]
    (report,) = inspect_file(path)
    assert (report.role, report.rows, report.shape) == ("staff", 1, "")


@pytest.mark.parametrize(
    "name",
    ["../a.geojson", "x/../../a.geojson", "/etc/a.geojson", "\\a.geojson", "C:\\a.geojson", "c:a.geojson", "x\\..\\a.geojson", "a\x01.geojson"],
)  # fmt: skip
def test_a_member_that_leads_out_is_refused(tmp_path, name):
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    with pytest.raises(InputError, match="leads out") as caught:
        open_vector(Source(_zip(tmp_path / "a.zip", [(info, GEOJSON)])))
    assert str(caught.value).replace("\n", "").isprintable()
    assert sorted(one.name for one in tmp_path.rglob("*.geojson")) == []


def test_a_link_a_device_or_a_nested_archive_is_refused(tmp_path):
    link = zipfile.ZipInfo("a.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InputError, match="is a link"):
        open_vector(Source(_zip(tmp_path / "a.zip", [(link, "/etc/passwd")])))
    inner = _zip(tmp_path / "inner.zip", [("a.geojson", GEOJSON)]).read_bytes()
    for name in ("b.zip", "x/b.KMZ", "b.tar.gz", "b.7z"):
        with pytest.raises(InputError, match="archive in the archive"):
            open_vector(Source(_zip(tmp_path / "a.zip", [("a.geojson", GEOJSON), (name, inner)])))
    # Under another name it is data of that name, and no such data.
    with pytest.raises(InputError, match="is not GeoJSON"):
        open_vector(Source(_zip(tmp_path / "a.zip", [("a.geojson", inner)])))


def test_a_disguised_member_is_refused_by_its_name_in_the_archive(tmp_path):
    path = _zip(tmp_path / "a.zip", [("x/a.geojson", "<OGRVRTDataSource/>")])
    with pytest.raises(InputError, match="is not GeoJSON") as caught:
        open_vector(Source(path))
    assert caught.value.where == "a.zip/x/a.geojson"


def test_too_many_members_locked_or_empty_archives_are_refused(tmp_path):
    with pytest.raises(InputError, match="501 members"):
        layers(_zip(tmp_path / "a.zip", [(f"{i}.geojson", GEOJSON) for i in range(501)]))
    with pytest.raises(InputError, match="no file of a kind"):
        layers(_zip(tmp_path / "b.zip", [("a.exe", "x"), ("__MACOSX/a.geojson", "x")]))
    with pytest.raises(InputError, match="no file of a kind"):
        layers(_zip(tmp_path / "d.zip", []))
    path = _zip(tmp_path / "c.zip", [("a.geojson", GEOJSON)])
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the local header's flags, and those of the list of contents
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="password"):
        layers(path)


def test_a_bomb_is_refused_by_what_it_says(tmp_path):
    path = _zip(tmp_path / "a.zip", [("a.csv", b"0" * (archive.SMALL + 1))])
    with pytest.raises(InputError, match="unpacks to more"):
        layers(path)


def test_a_bomb_is_refused_by_what_it_really_holds(tmp_path):
    """The list of contents says 100 bytes; the data goes on for 20 MB."""
    path = _zip(tmp_path / "a.zip", [("a.csv", b"0" * 20_000_000)])
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        first = data.index(mark) + at
        data[first : first + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    assert zipfile.ZipFile(path).infolist()[0].file_size == 100
    with pytest.raises(InputError, match=r"unpacks to more|damaged"):
        open_rows(Source(path))


def test_the_budget_holds_for_all_members_together(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 3_000)
    path = _zip(tmp_path / "a.zip", [(f"{i}.csv", f"a,b\n{i},{'x' * 1000}\n") for i in range(3)])
    with pytest.raises(InputError, match="unpacks to more"):
        layers(path)


@settings(max_examples=30, deadline=None)
@given(at=st.floats(0, 0.999), changed=st.binary(min_size=1, max_size=6))
def test_a_damaged_archive_is_read_or_refused(tmp_path_factory, at, changed):
    folder = tmp_path_factory.mktemp("z")
    path = _zip(folder / "a.zip", [("甲/a.geojson", GEOJSON), ("b.csv", "a,b\n1,2\n")])
    data = bytearray(path.read_bytes())
    first = int(at * len(data))
    data[first : first + len(changed)] = changed
    path.write_bytes(data)
    try:
        layers(path)
    except InputError as error:
        assert error.say("zh")
    assert [one.name for one in folder.iterdir()] == ["a.zip"]


def test_nothing_stays_when_the_block_fails(tmp_path):
    path = _zip(tmp_path / "a.zip", [("a.geojson", GEOJSON)])
    with pytest.raises(ZeroDivisionError), members(path) as files:
        assert files.all[0].checked.path.exists()
        assert stat.S_IMODE(files.all[0].checked.path.parent.stat().st_mode) == 0o700
        raise ZeroDivisionError


def test_a_full_disk_is_not_the_archives_fault(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "_inflate", full)
    with pytest.raises(OSError, match="No space"):
        layers(_zip(tmp_path / "a.zip", [("a.geojson", GEOJSON)]))


def test_a_zipped_geodatabase_is_read(tmp_path):
    folder = Path(place("formats", "haidian.gdb"))
    path = _zip(tmp_path / "a.zip", [(f"数据/haidian.gdb/{one.name}", one.read_bytes()) for one in folder.iterdir()])  # fmt: skip
    assert [one.name for one in layers(path)] == ["JZW", "XZQ", "DL", "SX"]
    assert len(open_vector(Source(path, layer="JZW")).frame) == 509
