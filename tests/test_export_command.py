"""`census-gis export`: each format from a real plan, one message for each fault, in both languages."""

import json
import sys

import geopandas as gpd
import pytest

from census_gis import api, cli
from census_gis.runner.main import Options, run_project
from census_gis.synthetic import county, write

FORMATS = ("gpkg", "shp", "geojson", "kml", "xlsx", "parquet", "package")


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    project = write(county(districts=2, persons=1_200, seed=5), folder)
    done = run_project(
        project, now="2020-11-01T00:00:00Z", options=Options(until="plan", workers=1)
    )
    return done.output / "plan.gpkg"


@pytest.fixture
def census(capsys, monkeypatch):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["census-gis", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, said.out, said.err

    return call


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format(plan, tmp_path, census, kind):
    before = plan.read_bytes()
    code, out, _ = census(
        "export", plan, "--format", kind, "--out", tmp_path / "x", "--json", "--quiet"
    )
    told = json.loads(out)
    assert code == 0
    assert told["files"] == sorted(
        p.relative_to(tmp_path / "x").as_posix() for p in (tmp_path / "x").rglob("*") if p.is_file()
    )
    assert {"README.txt", "export.json"} <= set(told["files"])
    readme = (tmp_path / "x" / "README.txt").read_text(encoding="utf-8-sig")
    assert "未能原样保留" in readme
    assert "do not carry" in readme
    assert all(loss["what"].split(" (")[0] in readme for loss in told["losses"])
    assert plan.read_bytes() == before


def test_beside_the_plan_and_again(plan, census):
    for _ in range(2):
        assert census("export", plan, "--format", "parquet", "--quiet", "--lang", "zh")[0] == 0
    folder = plan.parent / "export"
    assert [p.name for p in folder.iterdir()] == ["parquet"]
    assert len(gpd.read_parquet(folder / "parquet" / "districts.parquet")) == 2


FAULTS = {
    "format": (3, "shap", ("--format", "shap")),
    "encoding": (3, "big5", ("--format", "shp", "--encoding", "big5")),
    "option": (3, "--codes", ("--format", "shp", "--codes", "a.csv")),
    "codes": (2, "nowhere.csv", ("--format", "package", "--codes", "nowhere.csv")),
    "list": (2, "nowhere.xlsx", ("--format", "package", "--list", "nowhere.xlsx")),
    "issued": (2, "nowhere.gpkg", ("--format", "package", "--issued", "nowhere.gpkg:a")),
    "url": (2, "http", ("--format", "package", "--issued", "http://example.com/a.gpkg")),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_fault_is_one_message_and_leaves_nothing(plan, tmp_path, census, fault, language):
    status, named, words = FAULTS[fault]
    code, out, err = census(
        "export", plan, *words, "--out", tmp_path / "x", "--quiet", "--lang", language
    )
    assert (code, out) == (status, "")
    assert named in err
    assert err.count("处理:" if language == "zh" else "fix:") == 1
    assert list(tmp_path.iterdir()) == []


def test_no_plan_is_no_export(tmp_path, census):
    (tmp_path / "plan.gpkg").write_bytes(b"SQLite format 3\0" + bytes(200))
    assert census("export", tmp_path / "plan.gpkg", "--format", "shp", "--quiet")[0] == 2
    assert census("export", tmp_path / "none.gpkg", "--format", "shp", "--quiet")[0] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["plan.gpkg"]


def test_package_against_what_was_issued(plan, tmp_path, census):
    districts = gpd.read_file(plan, layer="districts")
    issued = districts[["district_code", "name", "geometry"]].rename(
        columns={"district_code": "XZQDM"}
    )
    issued.to_file(tmp_path / "issued.gpkg", layer="villages")
    rows = [f"{row.XZQDM},{row.name}" for row in issued.itertuples(index=False)]
    (tmp_path / "codes.csv").write_text("代码,名称\n" + "\n".join(rows), encoding="gbk")
    code, out, _ = census("export", plan, "--format", "package", "--issued", f"{tmp_path / 'issued.gpkg'}:villages",
                          "--codes", tmp_path / "codes.csv", "--out", tmp_path / "x", "--quiet")  # fmt: skip
    assert code == 0
    assert "differences from what was issued" not in out


def test_from_a_notebook(plan, tmp_path):
    folder = api.export(plan, tmp_path / "x", format="geojson")
    assert (folder / "districts.geojson").is_file()
