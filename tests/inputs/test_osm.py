"""OpenStreetMap files as layers: what is drawn there is here, with its tags."""

import subprocess
import sys

import pytest
from shapely.geometry import LineString, Point, Polygon

from census_gis.errors import InputError
from census_gis.inputs.inspect import inspect_file
from census_gis.inputs.open import layers, open_vector
from census_gis.inputs.osm import USES
from census_gis.inputs.sources import Source
from census_gis.tables import USES as UseWords
from tests.places import place

osmium = pytest.importorskip("osmium")

NODES = {1: (0, 0), 2: (9, 0), 3: (9, 9), 4: (0, 9), 5: (2, 2), 6: (4, 2), 7: (4, 4), 8: (2, 4), 9: (20, 0), 10: (29, 5)}  # fmt: skip


def _at(number):
    x, y = NODES[number]
    return round(116.3 + x / 1e5, 7), round(39.9 + y / 1e5, 7)


def _tags(tags):
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def _way(number, nodes, tags=None):
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}" version="1">{refs}{_tags(tags or {})}</way>'


def _relation(number, members, tags):
    listed = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
    return f'<relation id="{number}" version="1">{listed}{_tags({"type": "multipolygon", **tags})}</relation>'


def _osm(path, *objects, points=()):
    nodes = ""
    for number in NODES:
        x, y = _at(number)
        tags = dict(points).get(number, {})
        nodes += f'<node id="{number}" version="1" lon="{x}" lat="{y}">{_tags(tags)}</node>'
    path.write_text(
        f'<?xml version="1.0"?><osm version="0.6">{nodes}{"".join(objects)}</osm>', encoding="utf-8"
    )
    return path


def _street(path):
    """A building with a court, a road, a stream, a lake, a landmark, a flat-numbered house and a broken relation."""
    return _osm(
        path,
        _way(20, [1, 2, 3, 4, 1]),
        _way(21, [5, 6, 7, 8, 5], {"natural": "water", "name": "天井池"}),
        _way(22, [9, 10], {"highway": "residential", "name": "和平路", "tunnel": "yes"}),
        _way(23, [1, 9], {"waterway": "stream"}),
        _way(24, [9, 10, 3, 9], {"building": "house", "building:levels": "2", "addr:street": "和平路", "addr:housenumber": "7", "phone": "13800000000"}),
        _way(25, [1, 9], {"railway": "rail"}),
        _way(26, [1, 2, 3, 4, 1], {"boundary": "administrative", "admin_level": "10", "name": "和平社区"}),
        _way(27, [9, 10], {"highway": "proposed"}),
        _relation(30, [(20, "outer"), (21, "inner")], {"building": "apartments", "building:levels": "6", "height": "18 m"}),
        _relation(31, [(22, "outer")], {"landuse": "residential"}),
        points={3: {"amenity": "school", "name": "和平小学"}, 4: {"amenity": "bench"}},
    )  # fmt: skip


def test_every_layer_with_its_tags(tmp_path):
    path = _street(tmp_path / "a.osm")
    names = [one.name for one in layers(path)]
    assert names == ["buildings", "roads", "railways", "water", "waterways", "places", "boundaries"]
    read = {name: open_vector(Source(path, layer=name)) for name in names}
    buildings = read["buildings"].frame
    assert buildings["osm_id"].tolist() == ["r30", "w24"]
    court = Polygon([_at(n) for n in (1, 2, 3, 4)], [[_at(n) for n in (5, 6, 7, 8)]])
    assert buildings.geometry.iloc[0].equals(court)
    assert buildings["building:levels"].tolist() == ["6", "2"]
    assert buildings["address"].tolist() == [None, "和平路 7"]
    assert buildings["use"].tolist() == ["residential", "residential"]
    assert "phone" not in buildings
    roads = read["roads"].frame
    assert roads[["class", "name", "tunnel"]].to_numpy().tolist() == [
        ["residential", "和平路", "yes"]
    ]
    assert roads.geometry.iloc[0].equals(LineString([_at(9), _at(10)]))
    assert read["places"].frame[["class", "name"]].to_numpy().tolist() == [["school", "和平小学"]]
    assert read["places"].frame.geometry.iloc[0] == Point(_at(3))
    assert read["boundaries"].frame["admin_level"].tolist() == ["10"]
    assert read["water"].frame["name"].tolist() == ["天井池"]
    assert all(one.stated_crs.to_epsg() == 4326 for one in read.values())


def test_xml_and_pbf_give_the_same(tmp_path):
    path = _street(tmp_path / "a.osm")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for item in osmium.FileProcessor(str(path)):
            writer.add(item)
    for info in layers(path):
        xml, pbf = (
            open_vector(Source(tmp_path / name, layer=info.name)).frame
            for name in ("a.osm", "a.osm.pbf")
        )
        assert xml.drop(columns="geometry").equals(pbf.drop(columns="geometry"))
        assert xml.geometry.to_wkb().tolist() == pbf.geometry.to_wkb().tolist()


def test_a_relation_that_makes_no_area_is_named(tmp_path):
    way = _way(20, [1, 2, 3, 4, 1], {"landuse": "grass"})
    path = _osm(
        tmp_path / "a.osm",
        way,
        _way(22, [9, 10]),
        _relation(31, [(22, "outer")], {"landuse": "residential"}),
    )
    (case,) = open_vector(Source(path)).findings
    assert (case["code"], case["row_key"]) == ("F018", "r31")


def test_ways_cut_by_the_extract_are_named(tmp_path):
    path = _osm(
        tmp_path / "a.osm",
        _way(1, [1, 99], {"highway": "service"}),
        _way(2, [1, 2], {"highway": "service"}),
    )
    opened = open_vector(Source(path))
    assert opened.frame["osm_id"].tolist() == ["w2"]
    assert [(case["code"], case["row_key"]) for case in opened.findings] == [("F019", "w1")]


def test_a_file_without_buildings_says_what_it_has(tmp_path):
    path = _osm(tmp_path / "a.osm", _way(1, [1, 2], {"highway": "service"}))
    with pytest.raises(InputError, match=r"no layer 'buildings'"):
        open_vector(Source(path, layer="buildings"))
    with pytest.raises(InputError, match="no building, road"):
        layers(_osm(tmp_path / "b.osm"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_a_truncated_extract_is_refused(tmp_path, name, share):
    path = _street(tmp_path / "a.osm")
    if name.endswith("pbf"):
        path = tmp_path / name
        with osmium.SimpleWriter(str(path)) as writer:
            for item in osmium.FileProcessor(str(tmp_path / "a.osm")):
                writer.add(item)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError):
        layers(path)


def test_entities_in_an_extract_are_refused(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"></osm>'
    )
    with pytest.raises(InputError, match="DOCTYPE"):
        layers(path)


def test_without_the_library_the_error_names_the_command(tmp_path):
    path = _street(tmp_path / "a.osm")
    code = (
        "import sys; sys.modules['osmium'] = None\n"
        "from pathlib import Path\n"
        "from census_gis.errors import InputError\n"
        "from census_gis.inputs.osm import read_osm\n"
        "try:\n    read_osm(Path(sys.argv[1]))\n"
        "except InputError as error:\n    sys.stdout.buffer.write((error.say('en') + error.say('zh')).encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True)
    said = done.stdout.decode()
    assert said.count('pip install "census-gis[osm]"') == 2
    assert "尚未安装" in said


def test_roles_of_the_layers_are_seen(tmp_path):
    roles = {report.layer: report.role for report in inspect_file(_street(tmp_path / "a.osm"))}
    assert {"buildings", "roads", "railways", "water", "waterways", "places"} <= set(roles.values())
    assert roles["buildings"] == "buildings"


def test_uses_are_those_of_the_census():
    assert set(USES) <= set(UseWords)


@pytest.mark.parametrize(("name", "houses"), [("monaco.osm.pbf", 1283), ("guixi.osm", 165)])
def test_real_extracts(name, houses):
    path = place("formats", name)
    assert len(open_vector(Source(path, layer="buildings")).frame) == houses
    assert len(open_vector(Source(path, layer="roads")).frame) > 100
