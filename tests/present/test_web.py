"""The web map asks nobody for anything, and a name is never markup."""

import json
import re
import subprocess

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, box

from census_gis.present import web_data
from census_gis.present.web import web_page
from census_gis.profile import load_profile
from census_gis.tables import conform, empty
from tests.programs import program

CRS = "EPSG:4549"
NASTY = '</script><img src=x onerror="document.title=1">${alert(1)}<!--'


def plan(name="学府社区"):
    x = 500_000.0
    shapes = [box(x, 3.45e6, x + 200, 3.4502e6), box(x + 200, 3.45e6, x + 400, 3.4502e6)]
    areas = gpd.GeoDataFrame({
        "ea_code": ["1001", "1002"], "district_code": "1", "serial": ["001", "002"], "name": name,
        "kind": "ground", "persons": [301, 12], "households": [100, 4], "buildings": 1, "remark": name,
    }, geometry=shapes, crs=CRS)  # fmt: skip
    parts = gpd.GeoDataFrame({
        "part_id": ["a", "b"], "building_id": ["a", "b"], "ea_code": ["1001", "1002"], "district_code": "1",
        "number_label": ["001", "001"], "unit": 0, "persons": [301, 12], "use": "residential", "name": name,
    }, geometry=[box(x + 10, 3.45001e6, x + 30, 3.45003e6), box(x + 210, 3.45001e6, x + 230, 3.45003e6)],
        crs=CRS)  # fmt: skip
    district = gpd.GeoDataFrame({
        "district_code": ["1"], "name": name, "persons": 313, "ea_count": 2, "state": "draft",
    }, geometry=[box(x, 3.45e6, x + 400, 3.4502e6)], crs=CRS)  # fmt: skip
    lines = gpd.GeoDataFrame({"left_ea": ["1001"], "right_ea": ["1002"], "follows": "road"},
                             geometry=[LineString([(x + 200, 3.45e6), (x + 200, 3.4502e6)])], crs=CRS)  # fmt: skip
    rules = [("project.name", name), ("project.language", "zh")]
    rules += [(key, str(rule.value)) for key, rule in load_profile("cn2020").rules.items()]
    settings = pd.DataFrame(rules, columns=["key", "value"]).assign(unit="", source="")
    given = {
        "enumeration_areas": areas,
        "dwelling_parts": parts,
        "districts": district,
        "ea_lines": lines,
    }
    tables = {key: conform(frame, key, crs=CRS) for key, frame in given.items()}
    bare = ("context_lines", "context_areas", "ea_descriptions")
    return {**tables, "settings": settings, **{key: empty(key, CRS) for key in bare}}


def page(tmp_path, **options):
    target = tmp_path / "index.html"
    web_page(plan(options.pop("name", "学府社区")), target, language="zh", **options)
    return target


def data_of(target):
    text = target.read_text("utf-8")
    block = re.search(r'id="cg-data">(.*?)</script>', text, re.S).group(1)
    return json.loads(block)


def test_the_page_names_no_host(tmp_path):
    text = page(tmp_path).read_text("utf-8")
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert not re.findall(r"(?:src|href)\s*=|url\(\s*[\"']?https?:|@import", markup)
    assert "default-src 'none'" in text


def test_the_same_plan_is_the_same_page(tmp_path):
    first = page(tmp_path).read_bytes()
    assert page(tmp_path).read_bytes() == first


def test_names_stay_data(tmp_path):
    target = page(tmp_path, name=NASTY)
    assert data_of(target)["enumeration_areas"]["features"][0]["properties"]["name"] == NASTY
    assert "<img src=x" not in target.read_text("utf-8").replace("\\", "").split("cg-data")[0]


def test_the_public_page_shows_no_building_and_no_small_count(tmp_path):
    data = data_of(page(tmp_path, audience="public"))
    large, small = (f["properties"] for f in data["enumeration_areas"]["features"])
    assert "dwelling_parts" not in data
    assert large["persons"] == 300
    assert "persons" not in small
    assert "remark" not in large


def test_the_office_page_shows_bands_not_counts(tmp_path):
    buildings = [f["properties"] for f in data_of(page(tmp_path))["dwelling_parts"]["features"]]
    assert [b["persons_band"] for b in buildings] == ["20+", "10-19"]
    assert all("persons" not in b for b in buildings)


def test_the_field_page_shows_no_count_of_a_single_dwelling(tmp_path):
    tables = plan()
    tables["enumeration_areas"]["households"] = pd.array([100, 1], dtype="Int64")
    web_page(tables, tmp_path / "f.html", language="zh", audience="field")
    many, single = (
        f["properties"] for f in data_of(tmp_path / "f.html")["enumeration_areas"]["features"]
    )
    assert many["persons"] == 301
    assert "persons" not in single and "households" not in single


def test_neighbours_differ_in_colour(tmp_path):
    tints = [
        f["properties"]["tint"] for f in data_of(page(tmp_path))["enumeration_areas"]["features"]
    ]
    assert tints[0] != tints[1]


@pytest.mark.parametrize("name", ["学府社区", NASTY])
def test_a_browser_without_network_draws_it_and_runs_no_name(tmp_path, name):
    browser = program("chromium", "chromium-browser", "google-chrome")
    target = page(tmp_path, name=name)
    out = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", target.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    ).stdout  # fmt: skip
    assert out.count("<canvas") == 1
    assert "cg-label" in out
    assert re.search(r"<title>1</title>", out) is None


def test_the_outline_of_a_building_is_no_area_for_the_public(tmp_path):
    tables = plan()
    tables["enumeration_areas"]["kind"] = ["ground", "stacked"]
    for audience, drawn in (("public", ["1001"]), ("office", ["1001", "1002"])):
        web_page(tables, tmp_path / "s.html", language="zh", audience=audience)
        data = data_of(tmp_path / "s.html")
        shown = [f["properties"]["ea_code"] for f in data["enumeration_areas"]["features"]]
        found = [f["properties"]["ea_code"] for f in data["placeless"]["features"]]
        assert shown == drawn and sorted(shown + found) == ["1001", "1002"]


def test_an_area_without_a_place_is_found_by_search(tmp_path):
    tables = plan()
    areas = tables["enumeration_areas"]
    areas["kind"] = ["ground", "virtual"]
    areas.loc[1, "geometry"] = None
    web_page(tables, tmp_path / "v.html", language="zh")
    (only,) = data_of(tmp_path / "v.html")["placeless"]["features"]
    assert only["geometry"] is None
    assert only["properties"]["persons"] == 12


@pytest.mark.parametrize(("most", "overview"), [(1, True), (2, False)])
def test_too_much_for_a_browser_becomes_an_overview_that_says_so(
    tmp_path, monkeypatch, most, overview
):
    monkeypatch.setattr(web_data, "MOST_SHAPES", most)
    target = page(tmp_path)
    data = data_of(target)
    assert ("dwelling_parts" not in data) == overview
    assert ("--district" in target.read_text("utf-8")) == overview
    assert len(data["enumeration_areas"]["features"]) == 2


def test_a_page_of_one_district_has_nothing_of_another(tmp_path):
    tables = plan()
    tables["enumeration_areas"]["district_code"] = ["1", "2"]
    tables["dwelling_parts"]["district_code"] = ["1", "2"]
    second = tables["districts"].assign(district_code="2")
    second["geometry"] = second.geometry.translate(10_000)
    tables["districts"] = pd.concat([tables["districts"], second], ignore_index=True)
    web_page(tables, tmp_path / "d.html", language="zh", districts=["1"])
    data = data_of(tmp_path / "d.html")
    assert [f["properties"]["ea_code"] for f in data["enumeration_areas"]["features"]] == ["1001"]
    assert len(data["dwelling_parts"]["features"]) == len(data["districts"]["features"]) == 1


@pytest.mark.parametrize(("language", "tongue"), [("zh", "zh-CN"), ("en", "en")])
def test_the_page_says_its_language_and_names_its_buttons(tmp_path, language, tongue):
    web_page(plan(), tmp_path / "l.html", language=language)
    text = (tmp_path / "l.html").read_text("utf-8")
    assert f'<html lang="{tongue}">' in text
    words = json.loads(re.search(r"censusMap\(\w+, (\{.*\})\);", text).group(1))
    assert words["zoom_in"] == {"zh": "放大", "en": "zoom in"}[language]
    assert 'aria-label="' in text.split('id="cg-search"')[1][:200]
