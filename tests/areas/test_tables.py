"""The tables of a plan agree with each other, in both languages, and the audit sees what is wrong."""

from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from census_gis import tables
from census_gis.areas.audit import audit, audit_tables, measures
from census_gis.areas.codes import number
from census_gis.areas.describe import describe
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.model import Plan
from census_gis.partitioning.solve import partition
from census_gis.profile import load_profile
from tests.areas.towns import CODE, CRS, district, plan

RULES = load_profile("cn2020")
SIZE = {"S401", "S402", "S403", "S404"}


@cache
def _tables(seed=1):
    return tabulate(number(plan(seed)))


def _found(change=None, **parts):
    made = dict(_tables())
    for name, table in parts.items():
        made[name] = table
    if change is not None:
        name, table = change
        made[name] = table
    return audit_tables(
        made["districts"],
        made["enumeration_areas"],
        made["dwelling_parts"],
        made["ea_lines"],
        RULES,
    )


def _codes(found):
    return set(found["code"]) - SIZE


def _areas(**columns):
    return _tables()["enumeration_areas"].assign(**columns)


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_keeps_every_law(seed):
    made = _tables(seed)
    found = audit_tables(
        made["districts"],
        made["enumeration_areas"],
        made["dwelling_parts"],
        made["ea_lines"],
        RULES,
    )
    assert _codes(found) == set()


def test_tables_are_the_contract_s():
    for name, table in _tables().items():
        assert list(table.columns)[: len(tables.names(name))] == tables.names(name)
    assert set(shapely.get_type_id(_tables()["enumeration_areas"].geometry.to_numpy())) == {6}


def test_sums_are_equal_at_every_level():
    made = _tables()
    for count in ("persons", "households"):
        sums = {
            int(made[name][count].sum())
            for name in ("districts", "enumeration_areas", "dwelling_parts")
        }
        assert len(sums) == 1


def test_names_follow_the_language():
    english = tabulate(number(plan(1)), language="en")
    assert english["enumeration_areas"]["name"].iloc[0] == "Enumeration area 1"
    assert _tables()["enumeration_areas"]["name"].iloc[0] == "第一普查小区"
    assert english["ea_descriptions"].equals(_tables()["ea_descriptions"])


def test_a_plan_without_codes_is_refused():
    with pytest.raises(ValueError, match="number"):
        tabulate(plan(1))


def test_audit_of_a_plan_is_that_of_its_tables():
    assert audit(number(plan(1)))["code"].tolist() == _found()["code"].tolist()


def test_a_changed_line_is_seen():
    shapes = _tables()["enumeration_areas"].geometry.to_numpy().copy()
    shapes[0] = shapes[0].buffer(2)
    assert {"A402", "A403", "A421"} <= _codes(_found(enumeration_areas=_areas(geometry=shapes)))


def test_a_missing_line_is_seen():
    assert _codes(_found(ea_lines=_tables()["ea_lines"].iloc[1:])) == {"A421"}


def test_changed_counts_are_seen():
    persons = _tables()["enumeration_areas"]["persons"].to_numpy().copy()
    persons[0] += 1
    assert _codes(_found(enumeration_areas=_areas(persons=persons))) == {"A432", "A433"}


def test_a_house_in_the_wrong_area_is_seen():
    parts = _tables()["dwelling_parts"]
    codes = parts["ea_code"].to_numpy(object).copy()
    codes[0] = codes[-1]
    assert {"A411", "A433"} <= _codes(_found(dwelling_parts=parts.assign(ea_code=codes)))


def test_a_silent_split_is_seen_and_a_small_building_may_not_be_split():
    parts = _tables()["dwelling_parts"]
    ids = parts["building_id"].to_numpy(object).copy()
    ids[0] = ids[-1]
    assert {"A412", "A413"} <= _codes(_found(dwelling_parts=parts.assign(building_id=ids)))


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("ea_code", CODE + "009", "A442"), ("serial", "0x1", "A442"), ("kind", "virtual", "A444"),
     ("district_code", "9", "A446")],
)  # fmt: skip
def test_wrong_codes_are_seen(column, value, code):
    values = _tables()["enumeration_areas"][column].to_numpy(object).copy()
    values[0] = value
    assert code in _codes(_found(enumeration_areas=_areas(**{column: values})))


def test_a_hole_is_seen_unless_the_code_is_retired():
    areas = _tables()["enumeration_areas"].iloc[1:]
    made = _tables()
    rest = (made["dwelling_parts"], made["ea_lines"], RULES)
    assert "A443" in _codes(audit_tables(made["districts"], areas, *rest))
    gone = tables.conform(gpd.pd.DataFrame({"ea_code": [CODE + "001"]}), "retired_codes")
    assert "A443" not in _codes(audit_tables(made["districts"], areas, *rest, retired=gone))


def _block(persons, buildings=None, remark=None):
    """A row of square EAs, one building each, with the given persons."""
    n = len(persons)
    squares = [shapely.box(100 * i, 0, 100 * i + 100, 100) for i in range(n)]
    areas = gpd.GeoDataFrame(
        {"ea_code": [f"{CODE}{i + 1:03d}" for i in range(n)], "district_code": CODE,
         "serial": [f"{i + 1:03d}" for i in range(n)], "kind": "ground", "persons": persons,
         "persons_away": 0, "buildings": 1, "remark": remark},
        geometry=[shapely.multipolygons([s]) for s in squares], crs=CRS,
    )  # fmt: skip
    held = buildings or [[p] for p in persons]
    rows = [(f"{i}-{k}", f"{CODE}{i + 1:03d}", p, shapely.box(100 * i + 20 * k + 5, 5, 100 * i + 20 * k + 20, 20))
            for i, many in enumerate(held) for k, p in enumerate(many)]  # fmt: skip
    parts = gpd.GeoDataFrame(
        {"part_id": [r[0] for r in rows], "building_id": [r[0] for r in rows], "ea_code": [r[1] for r in rows],
         "district_code": CODE, "unit": 0, "persons": [r[2] for r in rows]},
        geometry=[r[3] for r in rows], crs=CRS,
    )  # fmt: skip
    return (
        tables.conform(areas, "enumeration_areas"),
        tables.conform(parts, "dwelling_parts"),
    )


def _sizes(persons, buildings=None):
    from census_gis.areas.counts import size_laws

    areas, parts = _block(persons, buildings)
    return [
        (row["row_key"][-3:], row["code"], row["severity"])
        for row in size_laws(areas, parts, RULES)
    ]


def test_inside_the_band_nothing_is_found():
    assert _sizes([240, 300, 360], [[120, 120], [300], [360]]) == []


def test_outside_the_band_is_an_error_when_it_could_be_mended():
    persons = [200, 300, 300, 400]
    many = [[20] * (p // 20) for p in persons]
    assert _sizes(persons, many) == [("001", "S401", "error"), ("004", "S402", "error")]


def test_one_large_building_is_a_warning():
    assert _sizes([450, 300], [[400, 50], [300]]) == [("001", "S403", "warning")]


def test_a_large_building_with_too_many_others_is_an_error():
    assert ("001", "S402", "error") in _sizes([470, 300, 300], [[400, 70], [300], [300]])


def test_persons_that_fit_no_number_of_areas_are_a_warning():
    assert _sizes([420], [[200, 220]]) == [("001", "S404", "warning")]
    assert _sizes([100], [[100]]) == [("001", "S404", "warning")]


def test_a_building_above_its_cap_is_an_error():
    assert ("001", "S405", "error") in _sizes([2001])
    assert ("001", "S405", "error") not in _sizes([2000])


def test_household_numbers_have_a_cap():
    from census_gis.areas.counts import size_laws

    areas, parts = _block([300])
    for households, expected in ((998, []), (999, ["S406"])):
        table = areas.assign(households=households)
        assert [row["code"] for row in size_laws(table, parts, RULES)] == expected


def test_measures_of_a_small_plan():
    areas, parts = _block([200, 300, 330, 400], [[20] * 10, [300], [330], [400]])
    lines = _tables()["ea_lines"]
    found = measures(areas, lines, parts, RULES)
    assert (found["eas"], found["mean"], found["min"], found["max"]) == (4, 307.5, 200, 400)
    assert (found["in_band"], found["in_10pct"], found["excused_big"]) == (0.5, 0.5, 1)
    assert found["compactness"] == pytest.approx(np.pi / 4, abs=1e-4)
    assert sum(found["follows"].values()) == pytest.approx(1, abs=1e-3)
    assert found["follows_share"] == pytest.approx(1 - found["follows"].get("none", 0), abs=1e-6)


def _square():
    areas, parts = _block([300])
    sides = [((0, 0), (0, 100), "road", "学院路"), ((0, 100), (100, 100), "none", None),
             ((100, 100), (100, 0), "water", None), ((100, 0), (0, 0), "district", "清华东路")]  # fmt: skip
    rows = [{"left_ea": None if f != "district" else f"{CODE}001",
             "right_ea": f"{CODE}001" if f != "district" else None, "follows": f, "feature_name": name,
             "length_m": 100.0, "geometry": shapely.LineString([a, b] if f != "district" else [b, a])}
            for a, b, f, name in sides]  # fmt: skip
    return (
        areas,
        tables.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "ea_lines"),
        parts,
    )


def test_a_boundary_in_words():
    areas, lines, parts = _square()
    words = describe(areas, lines, parts, district="花园居委会").iloc[0]
    assert (
        words["text_zh"]
        == "北至建筑间界线，东至无名水系，南至清华东路（花园居委会界），西至学院路。"
    )
    assert words["west_en"] == "学院路"
    assert words["text_en"].startswith("North: the line between buildings; East: an unnamed water;")


def test_stacked_and_virtual_areas_have_words_too():
    areas, lines, parts = _square()
    named = parts.assign(label_zh="4-9层", label_en="floors 4-9")
    for kind, word in (("stacked", "4-9层"), ("virtual", "无实地")):
        row = describe(areas.assign(kind=kind), lines, named, district="x").iloc[0]
        assert word in row["text_zh"] and row["north_zh"] is None


def _tower_plan(*, persons: int = 1300, doors: int = 2) -> Plan:
    """A town with one tower of twenty floors."""
    home = district(2)
    buildings = home.buildings.copy()
    buildings.loc[3, "persons"] = persons
    buildings["doors"] = buildings["doors"].mask(buildings.index == 3, doors)
    buildings.loc[3, "floors"] = 20.0
    tall = type(home)(
        **{**vars(home), "buildings": buildings, "persons": int(buildings["persons"].sum())}
    )
    return number(partition(build_fabric(tall), seed=1))


def test_a_split_tower_is_recorded_and_its_upper_areas_follow_it():
    made = tabulate(_tower_plan())
    areas, parts = made["enumeration_areas"], made["dwelling_parts"]
    found = audit_tables(made["districts"], areas, parts, made["ea_lines"], RULES)
    assert _codes(found) == set()
    mine = parts[parts["building_id"] == "B0003"]
    codes = sorted(set(mine["ea_code"]))
    assert len(codes) > 2
    remarks = areas.set_index("ea_code")["remark"].loc[codes]
    for code, remark in remarks.items():
        assert remark.startswith("SPLIT: B0003")
        assert all(other in remark for other in codes if other != code)
    stacked = areas[areas["kind"] == "stacked"]
    assert len(stacked) > 0
    serial = areas["serial"].astype(int)
    host = serial[areas["ea_code"].isin(codes) & (areas["kind"] == "ground")].max()
    assert serial[stacked.index].tolist() == list(range(host + 1, host + 1 + len(stacked)))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "the rest in {n} EAs, "), ("zh", "其余部分在{n}个小区：")]
)
def test_a_tower_of_many_areas_has_short_remarks_that_name_all_of_them(language, words):
    made = tabulate(_tower_plan(persons=6000, doors=10), language=language)
    parts = made["dwelling_parts"]
    codes = sorted(set(parts.loc[parts["building_id"] == "B0003", "ea_code"]))
    assert len(codes) > 8
    remarks = made["enumeration_areas"].set_index("ea_code")["remark"]
    join = {"en": (", ", " to "), "zh": ("、", "至")}[language]
    for code in codes:
        head, told = remarks[code].split("; ")[0].split(words.format(n=len(codes) - 1))
        named = set()
        for run in told.split(join[0]):
            first, *last = run.split(join[1])
            named |= {one for one in remarks.index if first <= one <= (last or [first])[0]}
        assert named == set(codes) - {code}
        assert head.startswith("SPLIT: ") and len(remarks[code]) < 250


def test_people_without_a_place_get_a_virtual_area():
    made = plan(1)
    fabric = made.fabric
    n = len(fabric.atoms)
    atoms = gpd.pd.concat(
        [fabric.atoms, fabric.atoms.iloc[:1].assign(kind="placeless", persons=40)],
        ignore_index=True,
    )
    extra = fabric.parts.iloc[:1].assign(
        part_id="P", building_id="", persons=40, households=None, cell=-1, atom=n, geometry=None
    )
    parts = tables.conform(gpd.pd.concat([fabric.parts, extra], ignore_index=True), "PARTS", CRS)
    wide = type(fabric)(**{**vars(fabric), "atoms": atoms, "parts": parts})
    label = np.append(made.label, len(made)).astype(np.int32)
    tabled = tabulate(number(Plan(wide, label, made.findings)))
    last = tabled["enumeration_areas"].iloc[-1]
    assert (last["serial"], last["kind"], last["name"]) == ("900", "virtual", "第900普查小区")
    assert last["remark"] == "VIRTUAL: 无住所登记 40 人" and last.geometry is None
    found = audit_tables(
        tabled["districts"],
        tabled["enumeration_areas"],
        tabled["dwelling_parts"],
        tabled["ea_lines"],
        RULES,
    )
    assert _codes(found) == set()
