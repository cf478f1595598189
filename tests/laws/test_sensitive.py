"""The name of a sensitive area is in no byte of what a run leaves behind."""

import io
import subprocess
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point, box

from census_gis.runner.main import Options, run_project
from census_gis.store.packing import pack
from census_gis.store.shelf import stored_district
from census_gis.store.table_bytes import frame_from
from tests.programs import program
from tests.special_town import CODE, CRS, houses, moved

NAME, OPEN = "红星第三监狱", "育才宿舍"
PROJECT = """
[project]
name = "盈浦街道"
profile = "cn2020"
language = "zh"
output = "out"
[inputs]
virtual = { file = "virtual.csv" }
"""
KEYS = ("districts", "buildings", "roads", "places", "special")


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """A project in which the name is written wherever there is room for it, and its results."""
    folder = tmp_path_factory.mktemp("sensitive")
    town = houses(8, 8)
    tagged = pd.DataFrame({"building_id": town["building_id"], "geometry": town.geometry,
                           "name": [f"{NAME}{n}号楼" for n in range(len(town))]})  # fmt: skip
    rows = {
        "districts": {"district_code": [CODE], "name": ["花园居委会"], "persons": [1300],
                      "geometry": [moved(box(0, 0, 260, 260))]},
        "buildings": tagged,
        "roads": {"class": ["residential"], "name": [f"{NAME}路"],
                  "geometry": [moved(LineString([(0, 146), (260, 146)]))]},
        "places": {"class": ["prison"], "name": [f"{NAME}大门"], "geometry": [moved(Point(90, 90))]},
        "special": {"kind": ["监狱", "宿舍"], "name": [NAME, OPEN], "persons": [500, 400],
                    "contact_office": [f"{NAME}办公室", "学校"],
                    "geometry": [moved(box(65, 65, 125, 125)), moved(box(155, 155, 260, 260))]},
    }  # fmt: skip
    text = PROJECT
    for key in KEYS:
        frame = gpd.GeoDataFrame(pd.DataFrame(rows[key]), geometry="geometry", crs=CRS)
        frame.to_file(folder / "town.gpkg", layer=key, driver="GPKG")
        text += f'{key} = {{ file = "town.gpkg", layer = "{key}" }}\n'
    pd.DataFrame({"district_code": [CODE], "persons": [30], "reason": [f"{NAME}职工户口"],
                  "proposed_by": ["街道办"], "approved_by": ["区普查办"],
                  "approved_on": ["2020-09-01"]}).to_csv(folder / "virtual.csv", index=False)  # fmt: skip
    (folder / "project.toml").write_text(text, encoding="utf-8")
    result = run_project(
        folder / "project.toml", now="2020-09-02T00:00:00Z", options=Options(workers=1)
    )
    assert result.exit_code in (0, 1)
    assert not result.failures
    return folder / "out"


def told(data: bytes, name: str) -> bool:
    """Whether a name is in some bytes, or in an archive they are."""
    if any(
        name.encode(code) in data for code in ("utf-8", "utf-16-le", "gb18030", "unicode_escape")
    ):
        return True
    if data[:4] != b"PK\x03\x04":
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(told(archive.read(entry), name) for entry in archive.namelist())


def test_no_file_holds_a_sensitive_name_and_others_are_kept(output):
    files = [file for file in output.rglob("*") if file.is_file()]
    assert {".gpkg", ".html", ".xlsx", ".pdf", ".json"} <= {file.suffix for file in files}
    assert [file for file in files if told(file.read_bytes(), NAME)] == []
    assert [file.name for file in files if told(file.read_bytes(), OPEN)]


def test_no_sheet_prints_it(output):
    reader = program("pdftotext")
    texts = [
        subprocess.run([reader, file, "-"], capture_output=True, check=True).stdout.decode()
        for file in sorted(output.rglob("*.pdf"))
    ]
    assert not any(NAME in text for text in texts)
    assert any(OPEN in text for text in texts)


def test_the_district_packed_in_the_plan_has_lost_it_too(output):
    kept = stored_district(output / "plan.gpkg", CODE)
    archive = zipfile.ZipFile(io.BytesIO(pack(kept)))
    for entry in archive.namelist():
        data = archive.read(entry)
        if entry.endswith(".zst"):
            data = frame_from(data).to_csv().encode()
        assert not told(data, NAME), entry
