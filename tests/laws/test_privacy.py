"""Contract, law 7: no identity data anywhere, and no count of a single dwelling for the public or the field."""

import json
import re

import pyogrio
import pytest

from census_gis.present.web import web_page
from census_gis.store.geopackage import read_tables

COUNTS = {"persons", "persons_band", "persons_away", "households", "dwellings"}
PEOPLE = re.compile(
    r"id_?card|identity|phone|mobile|birth|resident_name|身份证|电话|手机|户主", re.I
)


@pytest.fixture(scope="module")
def tables(as_given):
    return read_tables(as_given / "plan.gpkg")


def shown(tables, path, audience):
    web_page(tables, path, language="zh", audience=audience)
    text = path.read_text("utf-8")
    data = json.loads(re.search(r'id="cg-data">(.*?)</script>', text, re.S)[1])
    rows = {name: [f["properties"] for f in layer["features"]] for name, layer in data.items()}
    return text, rows


def test_no_layer_has_a_column_for_persons_of_flesh(as_given):
    plan = as_given / "plan.gpkg"
    for name, _ in pyogrio.list_layers(plan):
        columns = pyogrio.read_info(plan, layer=name)["fields"]
        assert not [column for column in columns if PEOPLE.search(column)], name


def test_the_public_sees_no_building_no_staff_and_rounded_counts(tables, tmp_path):
    text, rows = shown(tables, tmp_path / "public.html", "public")
    assert "dwelling_parts" not in rows
    areas = rows["enumeration_areas"] + rows["placeless"]
    assert len(areas) == len(tables["enumeration_areas"])
    assert all(row.get("persons", 0) % 5 == 0 for row in areas)
    hidden = {"enumerator", "supervisor", "remark", "buildings"}
    assert not [row for row in areas if hidden & set(row)]
    assert not [one for one in tables["staff"]["staff_id"] if one in text]


def test_an_area_of_few_people_has_no_number_for_the_public(tables, tmp_path):
    few = tables["enumeration_areas"].assign(
        persons=lambda t: t["persons"].where(t.index > 0, 12),
        households=lambda t: t["households"].where(t.index != 1, 4),
    )
    _, rows = shown({**tables, "enumeration_areas": few}, tmp_path / "few.html", "public")
    row = {row["ea_code"]: row for row in rows["enumeration_areas"]}
    for code in few["ea_code"].iloc[:2]:
        assert not COUNTS & set(row[code])
    assert COUNTS & set(row[few["ea_code"].iloc[2]])


def test_the_field_sees_buildings_without_counts(tables, tmp_path):
    _, rows = shown(tables, tmp_path / "field.html", "field")
    assert len(rows["dwelling_parts"]) > 50
    assert not [row for row in rows["dwelling_parts"] if COUNTS & set(row)]


def test_the_office_sees_bands_of_a_building_never_a_count(tables, tmp_path):
    _, rows = shown(tables, tmp_path / "office.html", "office")
    bands = {row["persons_band"] for row in rows["dwelling_parts"]}
    assert len(bands) > 1 and bands <= {"0", "1-4", "5-9", "10-19", "20+"}
    assert not [row for row in rows["dwelling_parts"] if (COUNTS - {"persons_band"}) & set(row)]
